//! Pages without a browser: what they show, what they refuse, and that nothing in them would need a
//! weaker policy.

use axum::http::StatusCode;

use crate::support::{Browser, World};

/// Makes a subscription; gives the path of its page.
pub(crate) async fn subscribe(world: &World, browser: &Browser, fields: &[(&str, &str)]) -> String {
    let page = browser
        .post(
            world,
            "/console/subscriptions/new",
            "/console/subscriptions",
            fields,
        )
        .await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.text);
    let to = page.header("location").unwrap();
    to.split('?').next().unwrap().to_owned()
}

pub(crate) const MOVERS: [(&str, &str); 6] = [
    ("name", "Movers"),
    ("triggerId", "idn:identity-attributes-changed"),
    ("enabled", "on"),
    ("filter", "$.changes[?(@.attribute == \"department\")]"),
    ("url", "https://hooks.example.com/movers"),
    ("authentication", "NO_AUTH"),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_page_holds_script_or_style_of_its_own_and_each_says_what_it_may_load() {
    let world = World::new();
    let browser = world.signed_in().await;
    let subscription = subscribe(&world, &browser, &MOVERS).await;
    browser
        .post(
            &world,
            "/console/inbox",
            "/console/inbox",
            &[("name", "Mine")],
        )
        .await;
    let delete = format!("{subscription}/delete");
    let signing = format!("{subscription}/signing");
    for path in [
        "/console",
        "/console/triggers",
        "/console/triggers/idn:identity-attributes-changed",
        "/console/subscriptions",
        "/console/subscriptions/new?starter=movers",
        &subscription,
        &delete,
        &signing,
        "/console/invocations",
        "/console/inbox",
        "/console/sign-in",
        "/console/nothing",
    ] {
        let page = browser.get(&world, path).await;
        let policy = page.header("content-security-policy").unwrap();
        assert!(
            policy.starts_with("default-src 'none'") && !policy.contains("unsafe"),
            "{path}"
        );
        for script in page.text.split("<script").skip(1) {
            assert!(
                script.starts_with(" src=\"/console/assets/"),
                "{path}: {script}"
            );
        }
        for forbidden in [
            " style=",
            "<style",
            " onclick",
            "hx-on",
            "javascript:",
            "js:",
            "http-equiv",
        ] {
            assert!(!page.text.contains(forbidden), "{path} has {forbidden}");
        }
        let title = page
            .text
            .split("<title>")
            .nth(1)
            .unwrap()
            .split('<')
            .next()
            .unwrap();
        assert!(
            title.len() > " · Muster".len() && title.ends_with(" · Muster"),
            "{path}: {title}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_subscription_is_made_changed_and_deleted_over_the_api() {
    let world = World::new();
    let browser = world.signed_in().await;
    let path = subscribe(&world, &browser, &MOVERS).await;
    let list = browser.get(&world, "/console/subscriptions").await;
    assert!(list.text.contains("Movers") && list.text.contains("hooks.example.com"));
    let page = browser.get(&world, &path).await;
    assert!(
        page.text.contains("Fires</strong>") || page.text.contains("Fires for"),
        "{}",
        page.text
    );

    let mut changed = MOVERS;
    changed[0].1 = "Leavers";
    let saved = browser.post(&world, &path, &path, &changed).await;
    assert_eq!(saved.header("location"), Some(&*format!("{path}?saved")));
    let page = browser.get(&world, &format!("{path}?saved")).await;
    assert!(page.text.contains("<h1>Leavers</h1>") && page.text.contains("role=\"status\""));

    let gone = browser
        .post(&world, &path, &format!("{path}/delete"), &[])
        .await;
    assert_eq!(gone.status, StatusCode::SEE_OTHER);
    assert_eq!(
        browser.get(&world, &path).await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_form_comes_back_as_it_was_filled_in_with_the_reason_at_its_field() {
    let world = World::new();
    let browser = world.signed_in().await;
    let mut wrong = MOVERS;
    wrong[3].1 = "$.changes[?(@.attribute = 'x')]";
    let page = browser
        .post(
            &world,
            "/console/subscriptions/new",
            "/console/subscriptions",
            &wrong,
        )
        .await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        page.text.contains("value=\"Movers\"")
            && page
                .text
                .contains("value=\"https://hooks.example.com/movers\"")
    );
    let filter = page
        .text
        .split("name=\"filter\"")
        .nth(1)
        .unwrap()
        .split('>')
        .next()
        .unwrap();
    assert!(filter.contains("aria-invalid=\"true\""), "{filter}");
    let mut wrong = MOVERS;
    wrong[4].1 = "ftp://hooks.example.com";
    let page = browser
        .post(
            &world,
            "/console/subscriptions/new",
            "/console/subscriptions",
            &wrong,
        )
        .await;
    let url = page
        .text
        .split("name=\"url\"")
        .nth(1)
        .unwrap()
        .split('>')
        .next()
        .unwrap();
    assert!(url.contains("aria-invalid=\"true\""), "{url}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stored_secret_is_never_shown_and_kept_when_nothing_is_typed() {
    let world = World::new();
    let browser = world.signed_in().await;
    let mut fields = MOVERS.to_vec();
    fields[5].1 = "BEARER_TOKEN";
    fields.push(("bearerToken", "very-secret"));
    let path = subscribe(&world, &browser, &fields).await;
    let page = browser.get(&world, &path).await;
    assert!(!page.text.contains("very-secret") && page.text.contains("Stored. Type to replace"));
    fields.pop();
    let saved = browser.post(&world, &path, &path, &fields).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text);
}

/// What a person may set in the section "Delivery".
const DELIVERY: [(&str, &str); 9] = [
    ("type", "HTTP"),
    ("retrySchedule", "0s, 5s, 2min"),
    ("ordering", "none"),
    ("ratePerSecond", "20"),
    ("concurrentMax", "4"),
    ("headerName", "X-Api-Key"),
    ("headerValue", "very-secret"),
    ("headerName", ""),
    ("headerValue", ""),
];

/// The part of a page from a field's name to the end of its tag.
fn field<'a>(text: &'a str, name: &str) -> &'a str {
    let after = text.split(&format!("name=\"{name}\"")).nth(1);
    let after = after.unwrap_or_else(|| panic!("no field {name}: {text}"));
    after.split('>').next().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn delivery_settings_are_stored_shown_and_kept_when_a_secret_is_not_typed_again() {
    let world = World::new();
    let browser = world.signed_in().await;
    let mut fields = [&MOVERS[..], &DELIVERY[..]].concat();
    let path = subscribe(&world, &browser, &fields).await;
    let page = browser.get(&world, &path).await;
    for (name, value) in [
        ("retrySchedule", "0s, 5s, 2min"),
        ("ratePerSecond", "20"),
        ("concurrentMax", "4"),
        ("headerName", "x-api-key"),
    ] {
        let shown = field(&page.text, name);
        assert!(shown.contains(&format!("value=\"{value}\"")), "{shown}");
    }
    assert!(page.text.contains("value=\"none\" checked"));
    assert!(
        page.text
            .contains("own retry schedule, in any order, limited, own headers")
    );
    assert!(!page.text.contains("very-secret"));

    let secret = fields.iter_mut().find(|one| one.1 == "very-secret");
    secret.unwrap().1 = "";
    let saved = browser.post(&world, &path, &path, &fields).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text);
    let mut emptied = fields.clone();
    emptied.retain(|one| !one.0.starts_with("header"));
    let saved = browser.post(&world, &path, &path, &emptied).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text);
    let page = browser.get(&world, &path).await;
    assert!(!page.text.contains("x-api-key"), "{}", page.text);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_setting_opens_its_section_and_leaves_no_half_of_a_subscription() {
    let world = World::new();
    let browser = world.signed_in().await;
    let new = "/console/subscriptions/new";
    for (name, value, expected) in [
        ("ratePerSecond", "0", "settings.ratePerSecond is 0"),
        (
            "ratePerSecond",
            "many",
            "settings.ratePerSecond: invalid type",
        ),
        ("concurrentMax", "65", "use 1 to 64"),
        ("retrySchedule", "soon", "“soon” is no wait"),
        ("headerName", "Host", "belongs to HTTP or to Muster"),
        (
            "clientCertificate",
            "x",
            "settings.tls.clientKey is missing",
        ),
        ("certificateAuthority", "x", "holds no certificate"),
    ] {
        let mut fields = [&MOVERS[..], &DELIVERY[..]].concat();
        fields.retain(|one| one.0 != name);
        fields.push((name, value));
        if name == "headerName" {
            fields.retain(|one| one.0 != "headerValue");
            fields.push(("headerValue", "x"));
        }
        let page = browser
            .post(&world, new, "/console/subscriptions", &fields)
            .await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
        assert!(page.text.contains(expected), "{name}: {}", page.text);
        assert!(
            page.text.contains("<details class=\"fold\" open>"),
            "{name}"
        );
        let marked = match name {
            "clientCertificate" => "clientKey",
            name => name,
        };
        let shown = field(&page.text, marked);
        assert!(shown.contains("aria-invalid=\"true\""), "{name}: {shown}");
    }
    let list = browser.get(&world, "/console/subscriptions").await;
    assert!(!list.text.contains("Movers"), "{}", list.text);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fixed_answer_is_made_and_turned_into_an_endpoint() {
    let world = World::new();
    let browser = world.signed_in().await;
    let mut fields = MOVERS.to_vec();
    fields.retain(|one| one.0 != "url");
    fields.push(("type", "INLINE"));
    fields.push(("inlineOutput", "{\"approved\": true"));
    let page = browser
        .post(
            &world,
            "/console/subscriptions/new",
            "/console/subscriptions",
            &fields,
        )
        .await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        page.text.contains("The answer is not JSON"),
        "{}",
        page.text
    );
    fields.last_mut().unwrap().1 = "{\"approved\": true}";
    let path = subscribe(&world, &browser, &fields).await;
    let page = browser.get(&world, &path).await;
    assert!(
        page.text.contains("value=\"INLINE\" checked")
            && page.text.contains("&#34;approved&#34;: true"),
        "{}",
        page.text
    );
    let mut changed = MOVERS.to_vec();
    changed.push(("type", "HTTP"));
    let saved = browser.post(&world, &path, &path, &changed).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text);
    let list = browser.get(&world, "/console/subscriptions").await;
    assert!(list.text.contains("hooks.example.com"), "{}", list.text);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signing_secret_is_shown_once_and_the_old_one_is_withdrawn() {
    let world = World::new();
    let browser = world.signed_in().await;
    let path = subscribe(&world, &browser, &MOVERS).await;
    let signing = format!("{path}/signing");
    let before = browser.get(&world, &signing).await;
    assert!(!before.text.contains("whsec_") && !before.text.contains("/withdraw"));
    let made = browser.post(&world, &signing, &signing, &[]).await;
    assert!(made.text.contains("value=\"whsec_"), "{}", made.text);
    let both = browser.get(&world, &signing).await;
    assert!(!both.text.contains("whsec_"), "{}", both.text);
    let old = both.text.split("/withdraw\"").nth(1).unwrap();
    let old = old.rsplit("/signing/").next().unwrap();
    let gone = browser
        .post(&world, &signing, &format!("{signing}/{old}/withdraw"), &[])
        .await;
    assert_eq!(
        gone.header("location"),
        Some(&*format!("{signing}?withdrawn"))
    );
    let left = browser.get(&world, &signing).await;
    assert!(!left.text.contains(old) && !left.text.contains("/withdraw"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_tester_answers_in_a_part_and_keeps_the_last_verdict_when_a_filter_is_wrong() {
    let world = World::new();
    let browser = world.signed_in().await;
    let from = "/console/subscriptions/new";
    let page = browser
        .post(&world, from, "/console/filter/try", &MOVERS)
        .await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(
        page.text.contains("trigger’s example") && !page.text.contains("<html"),
        "{}",
        page.text
    );
    assert!(page.text.contains("changes[*].attribute"), "{}", page.text);
    let mut wrong = MOVERS;
    wrong[3].1 = "$.changes[?(";
    let page = browser
        .post(&world, from, "/console/filter/try", &wrong)
        .await;
    assert_eq!(page.status, StatusCode::OK);
    assert_eq!(page.header("hx-retarget"), Some("#trial-error"));
    assert!(page.text.contains("Position"), "{}", page.text);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn assets_are_kept_for_good_under_the_name_of_their_content() {
    let world = World::new();
    let browser = Browser::default();
    let page = browser.get(&world, "/console/sign-in").await;
    let after = page
        .text
        .split("rel=\"stylesheet\" href=\"")
        .nth(1)
        .unwrap();
    let path = after.split('"').next().unwrap();
    let sheet = browser.get(&world, path).await;
    assert_eq!(sheet.status, StatusCode::OK);
    assert!(sheet.header("cache-control").unwrap().contains("immutable"));
    let old = browser
        .get(&world, "/console/assets/muster.0000000000000000.css")
        .await;
    assert_eq!(old.status, StatusCode::NOT_FOUND);
}
