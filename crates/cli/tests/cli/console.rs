//! The console in a real browser, against a real demo: from the link that the demo prints to an
//! event in the inbox and in the log.

use crate::browser::{Browser, ENTER};
use crate::support::Demo;

const FILTER: &str = "$.changes[?(@.attribute == \"department\")]";

/// Loads the HR file again, after somebody moved from one department to another.
const MOVE: &str = r#"
    sed '/^E0100004,/s/,Support,/,Marketing,/' muster-demo/hr.csv > muster-demo/hr-new.csv
    api -F file=@muster-demo/hr-new.csv "$SAIL_BASE_URL/v2026/sources/$SOURCE/load-accounts""#;

#[test]
fn an_event_goes_from_a_subscription_to_the_inbox_and_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let demo = Demo::start(folder.path());
    let base = demo.text("baseUrl").to_owned();
    let browser = Browser::start();

    browser.open(demo.text("consoleUrl"));
    browser.find("//h1[text()='Overview']");
    browser.find("//*[contains(@class,'station')]//data[text()='250']");

    // The detail is fetched alone and has an address.
    browser.open(&format!("{base}/console/triggers"));
    browser.find("//a[contains(., 'Identity Created')]").click();
    browser.find("//article//h2[text()='Identity Created']");
    browser.find("//a[@aria-current='true' and contains(., 'Identity Created')]");
    assert_eq!(
        browser.script("return location.pathname"),
        "/console/triggers/idn:identity-created"
    );

    subscribe_by_keyboard(&browser, &base, demo.text("inboxUrl"));

    // The inbox is open while the event happens, and shows it without being loaded again.
    browser.open(&format!("{base}/console/inbox"));
    browser.find("//*[@id='caught']//*[contains(., 'Nothing was caught yet')]");
    let script = format!(
        "cd '{}'; SOURCE={}; {MOVE}",
        folder.path().display(),
        demo.text("sourceId")
    );
    demo.shell(&script);
    browser
        .find("//*[@id='caught']//a[contains(., 'Nadia Mensah')]")
        .click();
    browser.find("//dt[text()='webhook-signature']");
    browser.find("//*[@id='body' and contains(., 'Marketing')]");

    browser.open(&format!("{base}/console/invocations"));
    browser.find("//tr[contains(., 'Nadia Mensah')]//a").click();
    browser.find("//aside//*[@data-state='ok' and contains(., 'Delivered')]");
    browser.find("//aside//details").click();
    browser
        .find("//aside//button[contains(., 'Resend')]")
        .click();
    browser.find("//*[@role='status' and contains(., 'Sent again')]");
    browser.open(&format!("{base}/console/inbox"));
    browser.find("(//*[@id='caught']//a)[2]");
    assert_eq!(browser.complaints(), Vec::<String>::new());

    every_page_fits_a_phone_and_loads_nothing_from_elsewhere(&browser, &base);
}

/// Fills in the form with keys alone, and watches the tester answer.
fn subscribe_by_keyboard(browser: &Browser, base: &str, inbox: &str) {
    browser.open(&format!("{base}/console/subscriptions/new"));
    browser.tab_to("name");
    browser.press("Movers");
    browser.tab_to("filter");
    browser.press("$.changes[?(");
    browser.find("//*[@id='trial-error']//*[contains(., 'Position')]");
    browser.press(FILTER.strip_prefix("$.changes[?(").unwrap());
    browser.find("//*[@id='trial']//code[text()='changes[*].attribute']");
    browser.find("//*[@id='trial']//strong[contains(., 'Fires for the trigger')]");
    browser.tab_to("url");
    browser.press(inbox);
    browser.press(ENTER);
    browser.find("//*[@role='status' and contains(., 'Saved')]");
    browser.find("//h1[text()='Movers']");
}

/// And axe-core finds nothing wrong with any of them.
fn every_page_fits_a_phone_and_loads_nothing_from_elsewhere(browser: &Browser, base: &str) {
    for width in [1280, 390] {
        browser.resize(width);
        for path in [
            "/console",
            "/console/triggers",
            "/console/triggers/idn:identity-attributes-changed",
            "/console/subscriptions",
            "/console/subscriptions/new?starter=failures",
            "/console/invocations",
            "/console/inbox",
            "/docs",
        ] {
            browser.open(&format!("{base}{path}"));
            browser.find("//h1");
            let wide = browser.script("return document.documentElement.scrollWidth - innerWidth");
            assert!(
                wide.as_i64().unwrap() <= 0,
                "{path} is {wide} px wider than {width}"
            );
            let elsewhere = browser.script(
                "return performance.getEntriesByType('resource').map(one => one.name)
                    .filter(name => !name.startsWith(location.origin))",
            );
            assert_eq!(elsewhere, serde_json::json!([]), "{path}");
            assert_eq!(
                browser.violations(),
                Vec::<String>::new(),
                "{path}, {width} px"
            );
        }
    }
    assert_eq!(browser.complaints(), Vec::<String>::new());
}
