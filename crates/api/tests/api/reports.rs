//! Reports over the wire.

use serde_json::json;

use crate::support::people::PEOPLE;
use crate::support::{Server, on_both};

const HEADER: &str =
    "Account ID,Line,Identity ID,User Name,Display Name,Visible,Errors,Warnings,Since\n";

on_both! {
    identities_with_problems_are_reported_until_they_are_mended
    a_report_is_for_those_who_may_see_its_source
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
