//! `muster preview`: what a file of accounts, an edited profile or an edited transform would do. The
//! server does it on a copy; here it is asked and shown.

mod summary;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use serde_json::Value;

use self::summary::summary;
use crate::SettingFlags;
use crate::client::{form_with_file, whole};
use crate::progress::Progress;
use crate::remote::Remote;

/// People of each kind, and events of each subscription, that are shown where nobody says.
const SHOWN: usize = 10;

/// Says what a change would do, without doing it: people created, changed and removed, attributes,
/// lifecycle moves, and what each subscription would get.
///
/// Signs in with SAIL_BASE_URL, SAIL_CLIENT_ID and SAIL_CLIENT_SECRET, or as the demo of this folder.
#[derive(Args)]
pub(crate) struct Preview {
    /// A file of accounts.
    #[arg(
        value_name = "FILE",
        requires = "source",
        required_unless_present_any = ["profile", "transform"]
    )]
    file: Option<PathBuf>,
    /// The source that the file would be loaded into: its name or id.
    #[arg(long, value_name = "NAME_OR_ID", conflicts_with_all = ["profile", "transform"])]
    source: Option<String>,
    /// An identity profile that is edited: its name or id.
    #[arg(
        long,
        value_name = "NAME_OR_ID",
        requires = "patch",
        conflicts_with = "transform"
    )]
    profile: Option<String>,
    /// A transform that is edited: its name or id.
    #[arg(long, value_name = "NAME_OR_ID", requires = "patch")]
    transform: Option<String>,
    /// The edit: a file with a JSON Patch, or with the whole edited object.
    #[arg(long, value_name = "FILE", conflicts_with = "file")]
    patch: Option<PathBuf>,
    /// How many people of each kind, and events of each subscription, are shown; counts are always whole.
    #[arg(long, value_name = "COUNT", default_value_t = SHOWN)]
    limit: usize,
    /// Prints the server's answer as JSON.
    #[arg(long)]
    json: bool,
}

impl Preview {
    pub(crate) fn run(&self, settings: &SettingFlags) -> Result<()> {
        let answer = crate::runtime()?.block_on(self.ask(settings))?;
        if self.json {
            println!("{answer}");
        } else {
            print!("{}", summary(&answer));
        }
        Ok(())
    }

    async fn ask(&self, settings: &SettingFlags) -> Result<Value> {
        let remote = Remote::sign_in(settings).await?;
        if let (Some(file), Some(source)) = (&self.file, &self.source) {
            let id = find(&remote, "sources", "source", source).await?;
            return self.file(&remote, &id, file).await;
        }
        let patch = self.patch.as_deref().context("--patch names the edit")?;
        let text = std::fs::read_to_string(patch)
            .with_context(|| format!("cannot read {}", patch.display()))?;
        let edit: Value = serde_json::from_str(&text)
            .with_context(|| format!("{} is no JSON", patch.display()))?;
        let kind = if edit.is_array() {
            "application/json-patch+json"
        } else {
            "application/json"
        };
        let (family, id) = match (&self.profile, &self.transform) {
            (Some(profile), _) => {
                let family = "identity-profiles";
                (
                    family,
                    find(&remote, family, "identity profile", profile).await?,
                )
            }
            (None, Some(transform)) => {
                let family = "transforms";
                (family, find(&remote, family, "transform", transform).await?)
            }
            (None, None) => bail!("name a file with --source, or edit a --profile or --transform"),
        };
        let waiting = Progress::begin("trying it out", 0, self.json);
        let answer = remote
            .post(&self.path(family, &id), kind, whole(text))
            .await;
        waiting.end();
        answer
    }

    async fn file(&self, remote: &Remote, source: &str, file: &Path) -> Result<Value> {
        let bytes = std::fs::metadata(file)
            .with_context(|| format!("cannot read {}", file.display()))?
            .len();
        let sending = format!("sending {}, then trying it out", file.display());
        let progress = Progress::begin_bytes(&sending, bytes, self.json);
        let shown = progress.clone();
        let (kind, body) = form_with_file(file, move |sent| shown.at(sent))?;
        let answer = remote
            .post(&self.path("sources", source), &kind, body)
            .await;
        progress.end();
        answer
    }

    fn path(&self, family: &str, id: &str) -> String {
        format!("/muster/v1/{family}/{id}/preview?limit={}", self.limit)
    }
}

/// The id of the object of that name; an id is taken as it is.
async fn find(remote: &Remote, family: &str, noun: &str, name_or_id: &str) -> Result<String> {
    let is_id = name_or_id.len() == 32 && name_or_id.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_id {
        return Ok(name_or_id.to_owned());
    }
    let quoted = name_or_id.replace('\\', "\\\\").replace('"', "\\\"");
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("filters", &format!("name eq \"{quoted}\""))
        .finish();
    let found = remote.get(&format!("/v2026/{family}?{query}")).await?;
    let id = found[0]["id"].as_str();
    id.map(str::to_owned)
        .with_context(|| format!("there is no {noun} called \"{name_or_id}\""))
}
