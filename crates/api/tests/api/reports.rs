//! Reports over the wire.

use std::io::Read;

use axum::body::Body;
use axum::http::{Request, header};
use serde_json::{Value, json};

use crate::support::people::PEOPLE;
use crate::support::{ADMIN, Server, on_both};

const HEADER: &str =
    "Account ID,Line,Identity ID,User Name,Display Name,Visible,Errors,Warnings,Since\n";

on_both! {
    identities_with_problems_are_reported_until_they_are_mended
    a_report_is_for_those_who_may_see_its_source
    a_report_that_is_run_tells_of_accounts_and_people
    a_cancelled_report_is_gone
    a_report_that_cannot_be_made_is_refused_with_the_remedy
}

/// The report that the profile names; nothing where there is nothing to report.
async fn reference(server: &Server) -> Option<String> {
    let profile = format!("/v3/identity-profiles/{:032x}", 0xB1);
    let profile = server.get(&profile).await.expect(200);
    let report = &profile["identityExceptionReportReference"];
    let id = report["taskResultId"].as_str().map(str::to_owned);
    if id.is_some() {
        assert_eq!(report["reportName"], "Identity Exceptions Report");
    }
    id
}

async fn identities_with_problems_are_reported_until_they_are_mended(server: &Server) {
    let hr = server.source("HR").await;
    server.profile(&hr);
    server.load(&hr, PEOPLE).await;
    assert_eq!(reference(server).await, None);
    let found = server.get("/v2025/identities").await.expect(200);
    let bob = &found[1]["id"];

    // Bob's family name is gone, and a newcomer has neither name nor mail.
    let newcomer = "3,\"c, y\",Cy,,,,,,,\n";
    let faulty = format!("{}{newcomer}", PEOPLE.replace("Builder", ""));
    server.load(&hr, &faulty).await;
    let id = reference(server).await.unwrap();
    let people = server.read(|tx| tx.identities().select("ORDER BY id", &[]));
    let [_, old, new] = people.as_slice() else {
        panic!("{people:?}");
    };
    assert_eq!(json!(old.id), *bob);
    let wanted = format!(
        "{HEADER}2,3,{},bob,Bob Builder,true,lastname: required attribute lastname has no value,,{}\n\
         3,4,{},\"c, y\",Cy,false,email: required attribute email has no value; lastname: required \
         attribute lastname has no value,,{}\n",
        old.id, old.modified, new.id, new.modified,
    );
    for base in [
        "/reports/v1",
        "/v2026/reports",
        "/v2025/reports",
        "/v2024/reports",
        "/v3/reports",
    ] {
        let file = format!("{base}/{id}?fileFormat=csv");
        let file = server.get(&file).await;
        assert_eq!(file.header("content-type"), Some("application/csv"));
        assert_eq!(
            file.header("content-disposition"),
            Some("attachment; filename=\"Identity Exceptions Report.csv\"")
        );
        assert_eq!(String::from_utf8(file.bytes).unwrap(), wanted);
        let result = server.get(&format!("{base}/{id}/result")).await.expect(200);
        assert_eq!(
            (&result["reportType"], &result["status"], &result["rows"]),
            (
                &json!("IDENTITY_PROFILE_IDENTITY_ERROR"),
                &json!("SUCCESS"),
                &json!(2)
            )
        );
        assert_eq!(result["availableFormats"], json!(["CSV"]));
        server
            .get(&format!("{base}/nothing/result"))
            .await
            .problem(404);
    }
    // The person is as they were.
    let shown = format!("/v2025/identities/{}", old.id);
    let shown = server.get(&shown).await.expect(200);
    assert_eq!(shown["processingState"], "ERROR");
    assert_eq!(shown["attributes"]["lastname"], "Builder");

    server
        .load(&hr, &format!("{PEOPLE}3,cyd,Cyd,Charisse,c@d.e,,,,,\n"))
        .await;
    assert_eq!(reference(server).await, None);
    let file = server
        .get(&format!("/v3/reports/{id}?fileFormat=csv"))
        .await;
    assert_eq!(String::from_utf8(file.bytes).unwrap(), HEADER);
}

async fn a_report_is_for_those_who_may_see_its_source(server: &Server) {
    let hr = server.source("HR").await;
    server.profile(&hr);
    server.load(&hr, &PEOPLE.replace("Builder", "")).await;
    let id = reference(server).await.unwrap();
    let path = format!("/v3/reports/{id}");
    let csv = format!("{path}?fileFormat=csv");
    let stranger = "acme|SOURCE_SUBADMIN|sp:report:read|client";
    for path in [&csv, &format!("{path}/result")] {
        let refused = server.send_as(stranger, "GET", path, None).await;
        refused.problem(403);
    }
    for (query, wanted) in [
        ("", "fileFormat is required"),
        ("?fileFormat=pdf", "\"pdf\" cannot be made; use csv"),
        ("?fileFormat=csv&name=a%22b", "cannot be the name of a file"),
        ("?fileFormat=csv&name=a%2F..%2Fb", "cannot be the name"),
        ("?fileFormat=csv&auditable=maybe", "auditable: "),
    ] {
        let (_, text) = server.get(&format!("{path}{query}")).await.problem(400);
        assert!(text.contains(wanted), "{text}");
    }
    let audited = |server: &Server| -> i64 {
        server.read(|tx| {
            let sql = "SELECT COUNT(*) FROM audit WHERE kind = 'report' AND action = 'download'";
            let count = tx.fetch_one(sql, &[], |row| row.get(0))?;
            Ok(count.unwrap_or(0))
        })
    };
    assert_eq!(audited(server), 0);
    let named = format!("{csv}&name=Errors+of+today&auditable=true");
    let file = server.get(&named).await;
    assert_eq!(
        file.header("content-disposition"),
        Some("attachment; filename=\"Errors of today.csv\"")
    );
    assert_eq!(audited(server), 1);
    server
        .get("/v3/reports/nothing?fileFormat=csv")
        .await
        .problem(404);
}

/// Runs a report and gives its id.
async fn run(server: &Server, body: Value) -> String {
    let run = server.post("/v3/reports/run", body).await.expect(200);
    assert_eq!(run["completionStatus"], "SUCCESS");
    run["id"].as_str().unwrap().to_owned()
}

/// The lines of its file below the header, field by field, by the names of the columns.
async fn rows(server: &Server, id: &str) -> Vec<Value> {
    let file = server
        .get(&format!("/v3/reports/{id}?fileFormat=CSV"))
        .await;
    assert_eq!(file.status, 200);
    let mut reader = csv::Reader::from_reader(file.bytes.as_slice());
    let header = reader.headers().unwrap().clone();
    let line = |line: csv::StringRecord| -> Value {
        let cells = header.iter().zip(line.iter());
        cells
            .map(|(name, cell)| (name.to_owned(), Value::from(cell)))
            .collect()
    };
    reader.records().map(|read| line(read.unwrap())).collect()
}

/// These columns of each row.
fn columns<'r>(rows: &'r [Value], names: &[&str]) -> Vec<Vec<&'r str>> {
    let cells = |row: &'r Value| names.iter().map(|name| row[*name].as_str().unwrap());
    rows.iter().map(|row| cells(row).collect()).collect()
}

async fn a_report_that_is_run_tells_of_accounts_and_people(server: &Server) {
    let hr = server.source("HR").await;
    server.profile(&hr);
    server.load(&hr, PEOPLE).await;
    let badges = server.source("Badges").await;
    server
        .load(&badges, "77,\"o'neil, \"\"x\"\"\",Zoe,,,,,A;B,,\n")
        .await;
    // Bob leaves: his account on HR is gone, his identity is kept and hidden.
    let threshold = json!([{ "op": "replace", "path": "/deleteThreshold", "value": 100 }]);
    let patched = server.patch(&format!("/v3/sources/{hr}"), threshold).await;
    patched.expect(200);
    server.load(&hr, PEOPLE.lines().next().unwrap()).await;

    let accounts = json!({ "reportType": "ACCOUNTS", "arguments": { "application": hr } });
    let accounts = run(server, accounts).await;
    let found = rows(server, &accounts).await;
    let ada = server.get("/v2025/identities").await.expect(200);
    assert_eq!(
        columns(
            &found,
            &[
                "Source",
                "Account ID",
                "Identity ID",
                "Display Name",
                "e-mail",
                "location"
            ]
        ),
        [[
            "HR",
            "1",
            ada[0]["id"].as_str().unwrap(),
            "Ada Lovelace",
            "ada@example.com",
            "London"
        ]]
    );

    // Clients that ask for it compressed get the same, to the end.
    let path = format!("/v3/reports/{accounts}?fileFormat=csv");
    let request = Request::builder()
        .uri(&path)
        .header(header::AUTHORIZATION, format!("Bearer {ADMIN}"))
        .header(header::ACCEPT_ENCODING, "gzip")
        .body(Body::empty())
        .unwrap();
    let compressed = server.request(request).await;
    assert_eq!(compressed.header("content-encoding"), Some("gzip"));
    let mut bytes = Vec::new();
    let mut reader = flate2::read::GzDecoder::new(compressed.bytes.as_slice());
    reader.read_to_end(&mut bytes).unwrap();
    assert_eq!(bytes, server.get(&path).await.bytes);

    let nobodys = run(server, json!({ "reportType": "UNCORRELATED_ACCOUNTS" })).await;
    let found = rows(server, &nobodys).await;
    assert_eq!(
        columns(&found, &["Source", "Account ID", "Account Name"]),
        [["Badges", "77", "o'neil, \"x\""]]
    );

    let people = ["User Name", "Display Name", "Work Email", "Correlated"];
    let ada = ["ada", "Ada Lovelace", "ada@example.com", "true"];
    let bob = ["bob", "Bob Builder", "bob@example.com", "false"];
    for (kind, correlated_only, wanted) in [
        ("IDENTITIES", Some(true), vec![ada]),
        ("IDENTITIES", None, vec![ada, bob]),
        ("ORPHAN_IDENTITIES", None, vec![bob]),
    ] {
        let arguments = json!({ "correlatedOnly": correlated_only });
        let id = run(
            server,
            json!({ "reportType": kind, "arguments": arguments }),
        )
        .await;
        let found = rows(server, &id).await;
        assert_eq!(columns(&found, &people), wanted, "{kind}");
        let result = server
            .get(&format!("/v3/reports/{id}/result"))
            .await
            .expect(200);
        assert_eq!(
            (&result["reportType"], &result["status"], &result["rows"]),
            (&json!(kind), &json!("SUCCESS"), &json!(wanted.len()))
        );
    }
    let details =
        json!({ "reportType": "IDENTITIES_DETAILS", "arguments": { "correlatedOnly": true } });
    let details = run(server, details).await;
    let found = rows(server, &details).await;
    assert_eq!(
        columns(&found, &["uid", "firstname", "department"]),
        [["ada", "Ada", ""]]
    );

    // A report is a run like others, and says what it was asked.
    let task = format!("/v2025/task-status/{accounts}");
    let task = server.get(&task).await.expect(200);
    assert_eq!(
        (
            &task["uniqueName"],
            &task["completionStatus"],
            &task["target"]["name"]
        ),
        (&json!("Accounts Report"), &json!("SUCCESS"), &json!("HR"))
    );
    assert_eq!(
        task["taskDefinitionSummary"]["arguments"],
        json!({ "application": hr })
    );
}

async fn a_cancelled_report_is_gone(server: &Server) {
    let hr = server.source("HR").await;
    server.profile(&hr);
    server.load(&hr, &PEOPLE.replace("Builder", "")).await;
    let type_of_errors = json!({
        "reportType": "IDENTITY_PROFILE_IDENTITY_ERROR",
        "arguments": { "authoritativeSource": hr },
    });
    let id = run(server, type_of_errors).await;
    // The same people as in the report that the profile names.
    let found = rows(server, &id).await;
    assert_eq!(columns(&found, &["Account ID", "Errors"]).len(), 1);
    let named = reference(server).await.unwrap();
    assert_eq!(rows(server, &named).await, found);

    let cancel = format!("/v3/reports/{id}/cancel");
    let stranger = "acme|SOURCE_SUBADMIN|sp:report:manage|client";
    let refused = server.send_as(stranger, "POST", &cancel, None).await;
    refused.problem(403);
    let reader = "acme|REPORT_ADMIN|sp:report:read|person";
    let refused = server.send_as(reader, "POST", &cancel, None).await;
    refused.problem(403);
    for _ in 0..2 {
        let ended = server.send_as(ADMIN, "POST", &cancel, None).await;
        assert_eq!(ended.status, 204);
    }
    let result = server
        .get(&format!("/v3/reports/{id}/result"))
        .await
        .expect(200);
    assert_eq!(
        (&result["status"], &result["rows"]),
        (&json!("TERMINATED"), &json!(0))
    );
    let file = format!("/v3/reports/{id}?fileFormat=csv");
    let (_, text) = server.get(&file).await.problem(410);
    assert!(text.contains("run it again"), "{text}");
    // What a profile names is no run, and a run of another kind is no report.
    let other = server.load(&hr, PEOPLE).await;
    for id in [named, other] {
        let cancel = format!("/v3/reports/{id}/cancel");
        let refused = server.send_as(ADMIN, "POST", &cancel, None).await;
        refused.problem(404);
    }
}

async fn a_report_that_cannot_be_made_is_refused_with_the_remedy(server: &Server) {
    let hr = server.source("HR").await;
    let other = format!("{:032x}", 0xBAD);
    for (body, wanted) in [
        (
            json!({ "reportType": "SEARCH_EXPORT", "arguments": { "query": "*" } }),
            "reportType: \"SEARCH_EXPORT\" cannot be made; use one of ACCOUNTS, IDENTITIES, \
             IDENTITIES_DETAILS, IDENTITY_PROFILE_IDENTITY_ERROR, ORPHAN_IDENTITIES, \
             UNCORRELATED_ACCOUNTS.",
        ),
        (json!({ "arguments": {} }), "reportType is required"),
        (
            json!({ "reportType": "ACCOUNTS" }),
            "arguments.application is required; send the id of a source.",
        ),
        (
            json!({ "reportType": "ACCOUNTS", "arguments": { "application": "HR" } }),
            "arguments.application: \"HR\" is no id of a source",
        ),
        (
            json!({ "reportType": "ACCOUNTS", "arguments": { "application": other } }),
            "arguments.application: there is no source with the id",
        ),
        (
            json!({
                "reportType": "IDENTITY_PROFILE_IDENTITY_ERROR",
                "arguments": { "authoritativeSource": hr },
            }),
            "arguments.authoritativeSource: no identity profile makes people of the source",
        ),
        (
            json!({ "reportType": "IDENTITIES", "arguments": { "correlatedOnly": "yes" } }),
            "arguments.correlatedOnly is neither true nor false",
        ),
        (
            json!({ "reportType": "ORPHAN_IDENTITIES", "arguments": { "selectedFormats": ["PDF"] } }),
            "arguments.selectedFormats: only CSV is made",
        ),
    ] {
        let (_, text) = server.post("/v3/reports/run", body).await.problem(400);
        assert!(text.contains(wanted), "{text}");
    }
    // Those who own no source reach none, nor its accounts that are nobody's.
    server.load(&hr, PEOPLE).await;
    let stranger = "acme|SOURCE_SUBADMIN|sp:report:manage|client";
    let body = json!({ "reportType": "ACCOUNTS", "arguments": { "application": hr } });
    let refused = server
        .send_as(stranger, "POST", "/v3/reports/run", Some(body))
        .await;
    refused.problem(403);
    let body = json!({ "reportType": "UNCORRELATED_ACCOUNTS" });
    let all = run(server, body).await;
    assert_eq!(rows(server, &all).await.len(), 2);
    let path = format!("/v3/reports/{all}/result");
    let seen = server
        .send_as(stranger, "GET", &path, None)
        .await
        .expect(200);
    assert_eq!(seen["rows"], 0);
}
