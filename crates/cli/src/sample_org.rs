//! Sets a sample org up over its API: an HR source, a profile with mappings, and people.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use muster_sample::{Layout, Version, write_csv};
use serde_json::{Value, json};

use crate::client::Client;
use crate::progress::Progress;

/// The seed of the sample: everyone sees the same people.
const SEED: u64 = 7;

/// Bytes from which on sending a file takes long enough to be shown.
const LONG_UPLOAD_BYTES: u64 = 8 * 1024 * 1024;

/// Files and ids of a sample org.
pub(crate) struct SampleOrg {
    /// The HR source.
    pub(crate) source: String,
    /// The file that was loaded.
    pub(crate) file: PathBuf,
}

/// The name of the source that makes people.
const HR: &str = "HR";

/// Identity attribute ← column of the file.
pub(crate) const MAPPINGS: [(&str, &str); 11] = [
    ("uid", "name"),
    ("email", "e-mail"),
    ("firstname", "givenName"),
    ("lastname", "familyName"),
    ("identificationNumber", "id"),
    ("department", "department"),
    ("title", "title"),
    ("location", "location"),
    ("phone", "phone"),
    ("startDate", "startDate"),
    ("cloudLifecycleState", "status"),
];

/// Writes the HR file of that many people; gives its columns.
pub(crate) fn write_file(path: &Path, people: u64, version: Version) -> Result<Vec<String>> {
    let file =
        std::fs::File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
    let mut file = std::io::BufWriter::new(file);
    write_csv(Layout::Template, people, SEED, version, &mut file)?;
    drop(file);
    let mut head = String::new();
    std::io::BufRead::read_line(
        &mut std::io::BufReader::new(std::fs::File::open(path)?),
        &mut head,
    )?;
    Ok(head.trim_end().split(',').map(str::to_owned).collect())
}

/// Makes source and profile, and loads the file.
pub(crate) async fn set_up(
    client: &Client,
    folder: &Path,
    people: u64,
    quiet: bool,
) -> Result<SampleOrg> {
    let file = folder.join("hr.csv");
    let columns = write_file(&file, people, Version::First)?;
    let source = make_source(client, folder, HR, &columns).await?;
    make_profile(client, &source, &columns).await?;
    client
        .put(
            "/muster/v1/feature-flags/ARSENAL_ALLOW_POSTPROVISIONING_TRIGGERS",
            &json!({"enabled": true}),
        )
        .await?;
    load(client, &source, &file, people, quiet).await?;
    Ok(SampleOrg { source, file })
}

/// Makes a source with an account for each line of such files; gives its id.
pub(crate) async fn make_source(
    client: &Client,
    folder: &Path,
    name: &str,
    columns: &[String],
) -> Result<String> {
    let owner = client
        .get("/v2026/personal-access-tokens?owner-id=me")
        .await
        .ok();
    let owner = owner.and_then(|tokens| tokens.get(0).map(|token| token["owner"].clone()));
    let mut body = json!({
        "name": name,
        "description": "The people of the sample company, from a file",
        "connector": "delimited-file-angularsc",
        "deleteThreshold": 50,
    });
    if let Some(owner) = owner {
        body["owner"] = owner;
    }
    let source = client
        .post("/v2026/sources?provisionAsCsv=true", &body)
        .await?;
    let id = source["id"]
        .as_str()
        .context("the source has no id")?
        .to_owned();
    let template = folder.join("hr-template.csv");
    std::fs::write(&template, format!("{}\n", columns.join(",")))?;
    client
        .upload(&format!("/v2026/sources/{id}/schemas/accounts"), &template)
        .await?;
    let manager = json!([{"op": "add", "path": "/managerCorrelationMapping", "value": {
        "accountAttributeName": "manager", "identityAttributeName": "identificationNumber",
    }}]);
    client
        .patch(&format!("/v2026/sources/{id}"), &manager)
        .await?;
    Ok(id)
}

async fn make_profile(client: &Client, source: &str, columns: &[String]) -> Result<()> {
    let reference = json!({"type": "SOURCE", "id": source, "name": HR});
    let body = json!({"name": "Employees", "authoritativeSource": reference});
    let profile = client.post("/v2026/identity-profiles", &body).await?;
    let id = profile["id"].as_str().context("the profile has no id")?;
    let start_date = json!({"name": "startDate", "displayName": "Start Date", "type": "string"});
    client
        .post("/v2026/identity-attributes", &start_date)
        .await?;
    let known: Vec<Value> = MAPPINGS
        .iter()
        .filter(|(_, column)| columns.iter().any(|known| known == column))
        .map(|(attribute, column)| {
            json!({"identityAttributeName": attribute,
                "transformDefinition": account_attribute(source, column)})
        })
        .collect();
    map(client, id, known).await
}

/// The transform that takes a column of the HR file.
pub(crate) fn account_attribute(source: &str, column: &str) -> Value {
    json!({"type": "accountAttribute", "attributes": {
        "sourceName": HR, "sourceId": source, "attributeName": column,
    }})
}

/// Gives a profile its mappings.
pub(crate) async fn map(client: &Client, profile: &str, mappings: Vec<Value>) -> Result<()> {
    let patch = json!([{"op": "replace", "path": "/identityAttributeConfig", "value": {
        "enabled": true, "attributeTransforms": mappings,
    }}]);
    client
        .patch(&format!("/v2026/identity-profiles/{profile}"), &patch)
        .await?;
    Ok(())
}

/// Loads a file and waits for the end of the run; gives the run's task.
pub(crate) async fn load(
    client: &Client,
    source: &str,
    file: &Path,
    people: u64,
    quiet: bool,
) -> Result<Value> {
    let path = format!("/v2026/sources/{source}/load-accounts");
    let bytes = std::fs::metadata(file)?.len();
    // A short file is gone before a bar could be read.
    let is_short = bytes < LONG_UPLOAD_BYTES;
    let sending = format!("sending {}", file.display());
    let progress = Progress::begin_bytes(&sending, bytes, quiet || is_short);
    let shown = progress.clone();
    let answer = client
        .upload_watched(&path, file, move |sent| shown.at(sent))
        .await?;
    progress.end();
    let progress = Progress::begin(&format!("loading {}", file.display()), people, quiet);
    let task = answer["task"]["id"]
        .as_str()
        .context("the answer names no task")?
        .to_owned();
    let mut ticks = tokio::time::interval(std::time::Duration::from_millis(20));
    loop {
        ticks.tick().await;
        let status = client.get(&format!("/v2026/task-status/{task}")).await?;
        if !status["completed"].is_null() {
            progress.end();
            if status["completionStatus"] == "ERROR" {
                bail!("loading failed: {}", status["messages"]);
            }
            return Ok(status);
        }
        let counts = client
            .get(&format!("/v2026/account-aggregations/{task}/status"))
            .await?;
        progress.at(counts["processedAccounts"].as_u64().unwrap_or(0));
    }
}
