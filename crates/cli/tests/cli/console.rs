//! The console in a real browser, against a real demo: from the link that the demo prints to an
//! event in the inbox and in the log.

use std::path::Path;

use crate::browser::{BACKSPACE, Browser, ENTER};
use crate::support::Demo;

const FILTER: &str = "$.changes[?(@.attribute == \"department\")]";

/// Loads the HR file again, after somebody moved from one department to another.
fn move_somebody(demo: &Demo, folder: &Path, (from, to): (&str, &str)) {
    let source = demo.text("sourceId");
    demo.shell(&format!(
        "cd '{}'
        sed -i '/^E0100004,/s/,{from},/,{to},/' muster-demo/hr.csv
        api -F file=@muster-demo/hr.csv \"$SAIL_BASE_URL/v2026/sources/{source}/load-accounts\"",
        folder.display()
    ));
}

/// Makes a subscription to an endpoint that nobody listens at; gives its id.
fn subscribe_nobody(demo: &Demo) -> String {
    let made = demo.shell(
        r#"api -H 'Content-Type: application/json' "$SAIL_BASE_URL/muster/v1/subscriptions" -d '{
            "name": "Nobody home", "triggerId": "idn:identity-attributes-changed", "type": "HTTP",
            "httpConfig": {"url": "http://127.0.0.1:1/"}}'"#,
    );
    let made: serde_json::Value = serde_json::from_str(&made).unwrap();
    made["id"].as_str().unwrap().to_owned()
}

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
    let nobody = subscribe_nobody(&demo);

    // The inbox is open while the event happens, and shows it without being loaded again.
    browser.open(&format!("{base}/console/inbox"));
    browser.find("//*[@id='caught']//*[contains(., 'Nothing was caught yet')]");
    move_somebody(&demo, folder.path(), ("Support", "Marketing"));
    browser
        .find("//*[@id='caught']//a[contains(., 'Nadia Mensah')]")
        .click();
    browser.find("//dt[text()='webhook-signature']");
    browser.find("//*[@id='body' and contains(., 'Marketing')]");

    browser.open(&format!("{base}/console/invocations"));
    browser
        .find("//nav[@aria-label='Status']/a[text()='Delivered']")
        .click();
    browser.find("//nav[@aria-label='Status']/a[text()='Delivered' and @aria-current]");
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

    move_somebody(&demo, folder.path(), ("Marketing", "Sales"));
    let retrying =
        what_fails_is_shown_as_retrying_and_what_waits_behind_it_as_held(&browser, &base, &nobody);
    let subscription = format!("/console/subscriptions/{nobody}");
    let signing = format!("{subscription}/signing");
    a_signing_secret_is_shown_once(&browser, &format!("{base}{signing}"));
    let own = [&*subscription, &signing, &retrying];
    every_page_fits_a_phone_and_loads_nothing_from_elsewhere(&browser, &base, &own);
}

fn a_signing_secret_is_shown_once(browser: &Browser, page: &str) {
    browser.open(page);
    browser
        .find("//button[contains(., 'Make a new secret')]")
        .click();
    browser.find("//input[@id='secret' and starts-with(@value, 'whsec_')]");
    browser.open(page);
    browser.find("(//button[contains(., 'Withdraw')])[2]");
    let text = browser.script("return document.documentElement.outerHTML");
    assert!(!text.as_str().unwrap().contains("whsec_"), "{text}");
}

/// And from the one that is held a link leads to the one that holds it, whose address is given.
fn what_fails_is_shown_as_retrying_and_what_waits_behind_it_as_held(
    browser: &Browser,
    base: &str,
    nobody: &str,
) -> String {
    browser.open(&format!("{base}/console/subscriptions/{nobody}"));
    browser
        .find("//header//a[contains(., 'Invocations')]")
        .click();
    browser.find("//select[@name='subscription']/option[@selected and text()='Nobody home']");
    let held = format!("{base}/console/invocations?subscription={nobody}&state=HELD");
    browser
        .open_until(&held, "//tr[contains(., 'Nadia Mensah')]//a")
        .click();
    browser
        .find("//aside//strong[contains(., 'waits behind an earlier event of the same person')]");
    browser.find("//aside//a[text()='That one']").click();
    browser.find("//aside//*[@data-state='warn' and contains(., 'Retrying')]");
    browser.find("//aside//p[contains(., 'It is tried again at')]/time");
    let retrying = browser.script("return location.pathname");
    browser
        .find("//nav[@aria-label='Status']/a[text()='Failed']")
        .click();
    browser.find("//h2[text()='No invocation fits']");
    retrying.as_str().unwrap().to_owned()
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
    // What is refused comes back in its open section, with the focus at the field.
    browser.tab_to("delivery");
    browser.press(" ");
    browser.tab_to("schedule");
    browser.press("0s, 1s, 5s");
    browser.tab_to("rate");
    browser.press("0");
    browser.press(ENTER);
    browser.find("//details[@open]//input[@id='rate' and @aria-invalid='true']");
    browser.find("//p[@id='ratePerSecond-e' and contains(., 'use 1 to')]");
    assert_eq!(browser.script("return document.activeElement.id"), "rate");
    browser.press(BACKSPACE);
    browser.press("50");
    browser.press(ENTER);
    browser.find("//*[@role='status' and contains(., 'Saved')]");
    browser.find("//h1[text()='Movers']");
    browser.find("//summary[contains(., 'own retry schedule, limited')]");
    // The browser notes the one answer that was meant to be a refusal, and nothing else.
    let complaints = browser.complaints();
    assert!(
        complaints.len() == 1 && complaints[0].contains("422"),
        "{complaints:?}"
    );
}

/// And axe-core finds nothing wrong with any of them, folded parts included.
fn every_page_fits_a_phone_and_loads_nothing_from_elsewhere(
    browser: &Browser,
    base: &str,
    own: &[&str],
) {
    let common = [
        "/console",
        "/console/triggers",
        "/console/triggers/idn:identity-attributes-changed",
        "/console/subscriptions",
        "/console/subscriptions/new?starter=failures",
        "/console/invocations",
        "/console/inbox",
        "/docs",
    ];
    for (width, scheme) in [
        (1280, "light"),
        (1280, "dark"),
        (390, "light"),
        (390, "dark"),
    ] {
        browser.resize(width);
        browser.prefer(scheme);
        for path in common.iter().chain(own) {
            browser.open(&format!("{base}{path}"));
            browser.find("//h1");
            browser
                .script("for (const one of document.querySelectorAll('details')) one.open = true");
            let wide = browser.script("return document.documentElement.scrollWidth - innerWidth");
            assert!(
                wide.as_i64().unwrap() <= 0,
                "{path} is {wide} px wider than {width}"
            );
            let cut = browser.script(
                "return [...document.querySelectorAll('.scrolls')]
                    .filter(one => one.scrollWidth > one.clientWidth).map(one => one.innerText)",
            );
            assert_eq!(cut, serde_json::json!([]), "{path}, {width} px: cut off");
            let elsewhere = browser.script(
                "return performance.getEntriesByType('resource').map(one => one.name)
                    .filter(name => !name.startsWith(location.origin))",
            );
            assert_eq!(elsewhere, serde_json::json!([]), "{path}");
            assert_eq!(
                browser.violations(),
                Vec::<String>::new(),
                "{path}, {width} px, {scheme}"
            );
        }
    }
    assert_eq!(browser.complaints(), Vec::<String>::new());
}
