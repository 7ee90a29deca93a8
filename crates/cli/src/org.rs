//! `muster org` and `muster token`: what no operation can do, because nobody may call one yet.

use anyhow::Result;
use clap::{Args, Subcommand};
use muster_api::bootstrap::Credentials;
use muster_model::OrgSettings;
use muster_server::{Parts, orgs};
use serde_json::json;

use crate::SettingFlags;

#[derive(Subcommand)]
pub(crate) enum OrgCommand {
    /// Makes an org and prints its administrator's client id and secret, once.
    Create {
        /// 1 to 40 lower-case letters, digits and `-`; part of the org's host name.
        name: String,
        /// Prints JSON.
        #[arg(long)]
        json: bool,
    },
    /// Lists the orgs.
    List,
}

impl OrgCommand {
    pub(crate) fn run(&self, settings: &SettingFlags) -> Result<()> {
        let parts = Parts::open(&settings.load(&[])?, None)?;
        match self {
            Self::List => {
                for org in parts.store.orgs() {
                    println!("{}", org.name());
                }
            }
            Self::Create { name, json } => {
                let settings = OrgSettings::default();
                let now = parts.clock.now();
                let (_, credentials) =
                    orgs::create(&parts.store, &parts.keyring, name, &settings, now)?;
                show(name, &credentials, *json);
            }
        }
        Ok(())
    }
}

/// Makes a personal access token for an org's administrator.
#[derive(Args)]
pub(crate) struct Token {
    /// The org.
    #[arg(long, default_value = "demo")]
    org: String,
    /// What the token is called in lists.
    #[arg(long, default_value = "command line")]
    name: String,
    /// Prints JSON.
    #[arg(long)]
    json: bool,
}

impl Token {
    pub(crate) fn run(&self, settings: &SettingFlags) -> Result<()> {
        let parts = Parts::open(&settings.load(&[])?, None)?;
        let org = parts.org(&self.org)?;
        let credentials = orgs::token(&parts.keyring, &org, &self.name, parts.clock.now())?;
        show(&self.org, &credentials, self.json);
        Ok(())
    }
}

fn show(org: &str, credentials: &Credentials, as_json: bool) {
    let (id, secret) = (&credentials.client_id, credentials.client_secret.expose());
    if as_json {
        println!(
            "{}",
            json!({"org": org, "clientId": id, "clientSecret": secret})
        );
    } else {
        println!("org            {org}\nclient id      {id}\nclient secret  {secret}");
        println!(
            "\nThe secret is shown this once. Use both as SAIL_CLIENT_ID and SAIL_CLIENT_SECRET."
        );
    }
}
