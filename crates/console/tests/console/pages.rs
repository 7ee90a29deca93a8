//! Pages without a browser: what they show, what they refuse, and that nothing in them would need a
//! weaker policy.

use axum::http::StatusCode;

use crate::support::{Browser, World};

/// Makes a subscription; gives the path of its page.
async fn subscribe(world: &World, browser: &Browser, fields: &[(&str, &str)]) -> String {
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

const MOVERS: [(&str, &str); 6] = [
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
    for path in [
        "/console",
        "/console/triggers",
        "/console/triggers/idn:identity-attributes-changed",
        "/console/subscriptions",
        "/console/subscriptions/new?starter=movers",
        &subscription,
        &delete,
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
