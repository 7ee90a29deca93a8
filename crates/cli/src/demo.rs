//! `muster demo`: a sample org, ready to be tried with official SDKs and curl.

use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};
use clap::Args;
use muster_model::{OrgSettings, settings::POST_PROVISIONING_FLAG};
use muster_server::{Server, orgs, telemetry};
use serde_json::{Value, json};

use crate::SettingFlags;
use crate::client::Client;
use crate::sample_org::set_up;
use crate::serve::until_told_to_stop;

/// The org of the demo.
const ORG: &str = "demo";
/// The demo's folder, unless another is named.
pub(crate) const FOLDER: &str = "muster-demo";
/// Where it can be reached, unless another address is named.
pub(crate) const ADDRESS: &str = "127.0.0.1:8080";
/// Where the demo keeps the credentials that it shows; they are worth nothing elsewhere.
pub(crate) const CREDENTIALS: &str = "demo-credentials.json";

/// Runs a sample org and says what to try. It is kept in the data folder and found again there.
#[derive(Args)]
pub(crate) struct Demo {
    /// Prints one line of JSON when ready: baseUrl, consoleUrl, org, clientId, clientSecret, pid.
    #[arg(long)]
    json: bool,
    /// How many people the sample company has.
    #[arg(long, default_value_t = 250, value_name = "COUNT")]
    people: u64,
}

impl Demo {
    pub(crate) fn run(&self, settings: &SettingFlags) -> Result<()> {
        // The demo may call this machine: that is where its endpoints are.
        let defaults = [
            ("data", FOLDER),
            ("egress-allow", "127.0.0.0/8,::1/128,localhost"),
            ("log", "warn"),
        ];
        let config = settings.load(&defaults)?;
        let _telemetry = telemetry::start_logging(&config)?;
        crate::runtime()?.block_on(async {
            let server = Server::start(&config).await?;
            let ready = self.prepare(&server, &config.data()).await?;
            self.say(&server, &ready, &config.data());
            until_told_to_stop().await?;
            server.stop().await;
            Ok(())
        })
    }

    /// Makes the org on the first start; later starts find it.
    async fn prepare(&self, server: &Server, data: &Path) -> Result<Value> {
        let file = data.join(CREDENTIALS);
        if let Ok(text) = std::fs::read_to_string(&file)
            && server.parts.store.org(ORG).is_some()
        {
            return Ok(serde_json::from_str(&text)?);
        }
        let parts = server.parts.clone();
        let credentials = tokio::task::spawn_blocking(move || {
            let now = parts.clock.now();
            if let Some(org) = parts.store.org(ORG) {
                return orgs::token(&parts.keyring, &org, "demo", now);
            }
            let settings = OrgSettings {
                feature_flags: [(POST_PROVISIONING_FLAG.to_owned(), true)].into(),
                ..OrgSettings::default()
            };
            orgs::create(&parts.store, &parts.keyring, ORG, &settings, now)
                .map(|(_, credentials)| credentials)
        })
        .await??;
        server.adopt_new_orgs().await?;
        let (id, secret) = (
            credentials.client_id,
            credentials.client_secret.expose().clone(),
        );
        let client = Client::sign_in(server.address, &id, &secret).await?;
        let sample = set_up(&client, data, self.people, self.json).await?;
        let inbox = json!({"name": "Inbox"});
        let inbox = client.post("/muster/v1/inboxes", &inbox).await?;
        let ready = json!({
            "clientId": id, "clientSecret": secret, "sourceId": sample.source,
            "file": sample.file.display().to_string(), "inboxId": inbox["id"],
        });
        write_secret(&file, &ready.to_string())?;
        Ok(ready)
    }

    fn say(&self, server: &Server, ready: &Value, data: &Path) {
        let base = format!("http://{}", server.address);
        if self.json {
            let line = json!({
                "baseUrl": base, "consoleUrl": sign_in_url(server, &base, ready), "org": ORG, "clientId": ready["clientId"],
                "clientSecret": ready["clientSecret"], "pid": std::process::id(),
                "sourceId": ready["sourceId"], "file": ready["file"],
                "inboxUrl": format!("{base}/inbox/{}", ready["inboxId"].as_str().unwrap_or_default()),
            });
            println!("{line}");
            let _ = std::io::stdout().flush();
            return;
        }
        let text = |name: &str| ready[name].as_str().unwrap_or_default().to_owned();
        let console = sign_in_url(server, &base, ready);
        println!(
            "Muster is ready: {people} people in the org `{ORG}`, kept in {folder}

  console        {console}
                 (signs you in, once, within 15 minutes; later {base}/console with id and secret)
  base URL       {base}
  docs           {base}/docs
  client id      {id}
  client secret  {secret}

Try this in another terminal:

  export SAIL_BASE_URL={base} SAIL_CLIENT_ID={id} SAIL_CLIENT_SECRET={secret}
  TOKEN=$(curl -s {base}/oauth/token -d grant_type=client_credentials -d client_id={id} -d client_secret={secret} | sed 's/.*\"access_token\":\"\\([^\"]*\\)\".*/\\1/')
  curl -s -H \"Authorization: Bearer $TOKEN\" {base}/beta/triggers

Send events to the demo's own inbox, and watch them arrive in the console under Inbox:

  curl -s -H \"Authorization: Bearer $TOKEN\" -H 'Content-Type: application/json' {base}/beta/trigger-subscriptions -d '{{\"name\":\"Movers\",\"triggerId\":\"idn:identity-attributes-changed\",\"type\":\"HTTP\",\"httpConfig\":{{\"url\":\"{base}/inbox/{inbox}\",\"httpDispatchMode\":\"SYNC\"}}}}'
  sed '/^E0100004,/s/,Support,/,Marketing,/' {file} > {folder}/hr-new.csv
  curl -s -H \"Authorization: Bearer $TOKEN\" -F file=@{folder}/hr-new.csv {base}/v2026/sources/{source}/load-accounts

Load the first file again to move them back:

  curl -s -H \"Authorization: Bearer $TOKEN\" -F file=@{file} {base}/v2026/sources/{source}/load-accounts

Stop it with Ctrl-C; start it again with the same command and everything is still there.",
            people = self.people,
            folder = data.display(),
            id = text("clientId"),
            secret = text("clientSecret"),
            source = text("sourceId"),
            file = text("file"),
            inbox = text("inboxId"),
        );
    }
}

/// An address that opens the console, signed in.
fn sign_in_url(server: &Server, base: &str, ready: &Value) -> String {
    let text = |name: &str| ready[name].as_str().unwrap_or_default();
    let path = server
        .console
        .sign_in_path(ORG, text("clientId"), text("clientSecret"));
    format!("{base}{}", path.as_deref().unwrap_or("/console"))
}

/// Writes a file that only its owner can read.
fn write_secret(path: &Path, text: &str) -> Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = std::fs::OpenOptions::new();
    let file = options
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path);
    let mut file = file.with_context(|| format!("cannot write {}", path.display()))?;
    Ok(file.write_all(text.as_bytes())?)
}
