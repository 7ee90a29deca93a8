//! `muster explain`: why does this person have this department, and since when?

mod told;

use std::io::Write;

use anyhow::{Context, Result, bail};
use clap::Args;
use form_urlencoded::byte_serialize;
use muster_model::id::IdentityId;
use serde_json::Value;

use crate::SettingFlags;
use crate::remote::Remote;

/// Says why the attributes of a person are as they are: mapping, steps, accounts, lines of files.
///
/// Signs in with SAIL_BASE_URL, SAIL_CLIENT_ID and SAIL_CLIENT_SECRET, or as the demo of this folder.
#[derive(Args)]
pub(crate) struct Explain {
    /// The person: an id, a user name or a mail address.
    identity: String,
    /// Only this attribute, by its technical name.
    #[arg(long, value_name = "NAME")]
    attribute: Option<String>,
    /// Prints the answer of the API.
    #[arg(long)]
    json: bool,
}

impl Explain {
    pub(crate) fn run(&self, settings: &SettingFlags) -> Result<()> {
        let explained = crate::runtime()?.block_on(async {
            let remote = Remote::sign_in(settings).await?;
            let id = self.identity_id(&remote).await?;
            let mut path = format!("/muster/v1/identities/{id}/explain");
            if let Some(name) = &self.attribute {
                path.push_str("?attribute=");
                path.extend(byte_serialize(name.as_bytes()));
            }
            remote.get(&path).await
        })?;
        let text = if self.json {
            format!("{explained}\n")
        } else {
            told::told(&explained)
        };
        Ok(std::io::stdout().write_all(text.as_bytes())?)
    }

    /// The id of the person, who may be withdrawn.
    async fn identity_id(&self, remote: &Remote) -> Result<String> {
        let person = self.identity.as_str();
        if person.parse::<IdentityId>().is_ok() {
            return Ok(person.to_owned());
        }
        let text = Value::from(person).to_string();
        let filter = format!("alias eq {text} or email eq {text}");
        let filter: String = byte_serialize(filter.as_bytes()).collect();
        let path = format!("/v2026/identities?defaultFilter=NONE&limit=2&filters={filter}");
        let found = remote.get(&path).await?;
        let mut found = found.as_array().into_iter().flatten();
        let Some(one) = found.next() else {
            bail!("nobody has the id, user name or mail address \"{person}\"");
        };
        if found.next().is_some() {
            bail!("several people have the user name or mail address \"{person}\"; use an id");
        }
        let id = one["id"].as_str().context("the answer names no id")?;
        Ok(id.to_owned())
    }
}
