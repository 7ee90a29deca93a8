//! Configuration: defaults, then a file, then `MUSTER_*` variables, then flags; each value remembers
//! where it came from, so that `muster config` can say so.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use muster_auth::MasterKeySource;
use muster_store::Address;
use muster_trigger::delivery::egress::Rules;

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Nobody said anything.
    Default,
    /// A file.
    File(PathBuf),
    /// An environment variable.
    Variable(String),
    /// A flag of the command.
    Flag,
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => formatter.write_str("default"),
            Self::File(path) => write!(formatter, "file {}", path.display()),
            Self::Variable(name) => write!(formatter, "variable {name}"),
            Self::Flag => formatter.write_str("flag"),
        }
    }
}

/// One thing that can be set.
#[derive(Clone, Copy, Debug)]
pub struct Known {
    /// Its name in files and flags.
    pub name: &'static str,
    /// Its value when nobody says anything.
    pub default: &'static str,
    /// What it does.
    pub meaning: &'static str,
}

impl Known {
    /// The environment variable of that name: `MUSTER_` and the name in capitals.
    pub fn variable(&self) -> String {
        format!("MUSTER_{}", self.name.replace('-', "_").to_uppercase())
    }
}

/// Everything that can be set.
pub const KNOWN: [Known; 13] = [
    Known {
        name: "data",
        default: "muster-data",
        meaning: "folder for SQLite files, keys and locks",
    },
    Known {
        name: "store",
        default: "",
        meaning: "postgres://… for many nodes; empty keeps everything in the data folder",
    },
    Known {
        name: "listen",
        default: "127.0.0.1:8080",
        meaning: "address and port of the listener; port 0 picks a free one",
    },
    Known {
        name: "public-url",
        default: "",
        meaning: "address under which clients reach this server; {org} stands for the org's name",
    },
    Known {
        name: "default-org",
        default: "demo",
        meaning: "the org that a bare address means",
    },
    Known {
        name: "egress-allow",
        default: "",
        meaning: "private addresses that events may be sent to: hosts or networks, with commas",
    },
    Known {
        name: "eventbridge-sink",
        default: "",
        meaning: "URL that passes events of EVENTBRIDGE subscriptions on to AWS; empty sends none",
    },
    Known {
        name: "master-key-file",
        default: "",
        meaning: "file of the master key; empty means master.key in the data folder",
    },
    Known {
        name: "master-key-variable",
        default: "",
        meaning: "environment variable that holds the master key, in place of a file",
    },
    Known {
        name: "workers",
        default: "2",
        meaning: "threads for aggregation and refresh; 0 for a node that only serves the API",
    },
    Known {
        name: "log",
        default: "info",
        meaning: "what is logged: error, warn, info, debug, or filters such as muster_trigger=debug",
    },
    Known {
        name: "log-format",
        default: "text",
        meaning: "text for people, json for collectors",
    },
    Known {
        name: "otlp",
        default: "",
        meaning: "http://… of an OpenTelemetry collector that spans are sent to; empty sends none",
    },
];

/// A configuration that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file cannot be read.
    #[error("cannot read the configuration file {path}")]
    Read {
        /// The file.
        path: String,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// A file is no TOML.
    #[error("{path} is no configuration: {reason}")]
    Syntax {
        /// The file.
        path: String,
        /// What is wrong where.
        reason: String,
    },
    /// A name that nobody knows.
    #[error("{origin} sets `{name}`, which is no setting{}", suggestion(.name))]
    Unknown {
        /// Where.
        origin: Origin,
        /// The name.
        name: String,
    },
    /// A value that cannot be used.
    #[error("{name} = {value:?} ({origin}): {reason}")]
    Value {
        /// The setting.
        name: &'static str,
        /// Its value.
        value: String,
        /// Where the value came from.
        origin: Origin,
        /// Why it cannot be used, and what can.
        reason: String,
    },
}

fn suggestion(name: &str) -> String {
    let names: Vec<&str> = KNOWN.iter().map(|known| known.name).collect();
    let near = names
        .iter()
        .find(|known| known.contains(name) || name.contains(**known));
    match near {
        Some(near) => format!("; did you mean `{near}`?"),
        None => format!("; settings are {}", names.join(", ")),
    }
}

/// The effective configuration.
#[derive(Clone, Debug)]
pub struct Config(BTreeMap<&'static str, (String, Origin)>);

impl Config {
    /// Puts the layers together. `file` is read where it is named or where `muster.toml` exists;
    /// `variables` and `flags` are pairs of name and value.
    pub fn load(
        file: Option<&Path>,
        variables: impl IntoIterator<Item = (String, String)>,
        flags: impl IntoIterator<Item = (&'static str, String)>,
    ) -> Result<Self, Error> {
        Self::load_over(&[], file, variables, flags)
    }

    /// [`Config::load`] for a command with defaults of its own.
    pub fn load_over(
        defaults: &[(&'static str, &str)],
        file: Option<&Path>,
        variables: impl IntoIterator<Item = (String, String)>,
        flags: impl IntoIterator<Item = (&'static str, String)>,
    ) -> Result<Self, Error> {
        let general = KNOWN.iter().map(|known| (known.name, known.default));
        let special = defaults.iter().map(|(name, value)| (*name, *value));
        let all = general.chain(special);
        let entry =
            |(name, value): (&'static str, &str)| (name, (value.to_owned(), Origin::Default));
        let mut config = Self(all.map(entry).collect());
        let usual = Path::new("muster.toml");
        if let Some(path) = file.or_else(|| usual.exists().then_some(usual)) {
            config.read_file(path)?;
        }
        let by_variable: BTreeMap<String, &'static str> = KNOWN
            .iter()
            .map(|known| (known.variable(), known.name))
            .collect();
        for (variable, value) in variables {
            if let Some(name) = by_variable.get(&variable) {
                config.0.insert(name, (value, Origin::Variable(variable)));
            }
        }
        for (name, value) in flags {
            config.0.insert(name, (value, Origin::Flag));
        }
        config.check()?;
        Ok(config)
    }

    /// Every setting with its value and where it came from.
    pub fn entries(&self) -> impl Iterator<Item = (&Known, &str, &Origin)> {
        KNOWN.iter().map(|known| {
            let (value, origin) = &self.0[known.name];
            (known, value.as_str(), origin)
        })
    }

    fn read_file(&mut self, path: &Path) -> Result<(), Error> {
        let shown = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|source| Error::Read {
            path: shown.clone(),
            source,
        })?;
        let table: toml::Table = text
            .parse()
            .map_err(|error: toml::de::Error| Error::Syntax {
                path: shown,
                reason: error.to_string(),
            })?;
        for (name, value) in table {
            let origin = Origin::File(path.to_owned());
            let known = KNOWN.iter().find(|known| known.name == name);
            let Some(known) = known else {
                return Err(Error::Unknown { origin, name });
            };
            let text = match value {
                toml::Value::String(text) => text,
                toml::Value::Array(items) => {
                    let items: Vec<String> = items
                        .iter()
                        .map(|item| {
                            item.as_str()
                                .map_or_else(|| item.to_string(), str::to_owned)
                        })
                        .collect();
                    items.join(",")
                }
                other => other.to_string(),
            };
            self.0.insert(known.name, (text, origin));
        }
        Ok(())
    }

    fn check(&self) -> Result<(), Error> {
        self.listen()?;
        self.workers()?;
        self.address()?;
        if !self.text("otlp").is_empty() && !self.text("otlp").starts_with("http://") {
            let reason = "use http:// and the address of a collector beside this server, such as \
                          http://127.0.0.1:4318";
            return Err(self.wrong("otlp", reason));
        }
        match self.text("log-format") {
            "text" | "json" => Ok(()),
            _ => Err(self.wrong("log-format", "use text or json")),
        }
    }

    fn text(&self, name: &'static str) -> &str {
        &self.0[name].0
    }

    fn wrong(&self, name: &'static str, reason: &str) -> Error {
        let (value, origin) = self.0[name].clone();
        Error::Value {
            name,
            value,
            origin,
            reason: reason.to_owned(),
        }
    }

    /// The folder for files.
    pub fn data(&self) -> PathBuf {
        PathBuf::from(self.text("data"))
    }

    /// Where the store lives.
    pub fn address(&self) -> Result<Address, Error> {
        match self.text("store") {
            "" => Ok(Address::Folder(self.data())),
            text => text
                .parse()
                .map_err(|error: muster_store::Error| self.wrong("store", &error.to_string())),
        }
    }

    /// Where to listen.
    pub fn listen(&self) -> Result<SocketAddr, Error> {
        let reason = "use an address and a port, such as 127.0.0.1:8080 or [::1]:8080";
        self.text("listen")
            .parse()
            .map_err(|_| self.wrong("listen", reason))
    }

    /// Where to listen, as it was written.
    pub(crate) fn text_listen(&self) -> &str {
        self.text("listen")
    }

    /// The folder where uploads wait. It is made when it is missing, and the data folder with it.
    pub(crate) fn spool(&self) -> Result<PathBuf, crate::Error> {
        let folder = self.data().join("spool");
        std::fs::create_dir_all(&folder).map_err(|source| crate::Error::Machine {
            what: "cannot make the spool folder",
            source,
        })?;
        Ok(folder)
    }

    /// The address under which clients reach this server, if one was set.
    pub fn public_url(&self) -> Option<&str> {
        Some(self.text("public-url")).filter(|url| !url.is_empty())
    }

    /// The org that a bare address means.
    pub fn default_org(&self) -> &str {
        self.text("default-org")
    }

    /// Private addresses that events may be sent to.
    pub fn egress_allow(&self) -> Vec<&str> {
        let entries = self.text("egress-allow").split(',').map(str::trim);
        entries.filter(|entry| !entry.is_empty()).collect()
    }

    /// Where events of EVENTBRIDGE subscriptions are posted to, if anywhere.
    pub fn event_bridge_sink(&self) -> Option<String> {
        let url = self.text("eventbridge-sink");
        (!url.is_empty()).then(|| url.to_owned())
    }

    /// The rules for outgoing calls.
    pub fn egress(&self) -> Result<Rules, crate::Error> {
        Rules::allowing(self.egress_allow())
            .map_err(|error| crate::Error::Egress(error.to_string()))
    }

    /// Where the master key is.
    pub fn master_key(&self) -> MasterKeySource {
        match (
            self.text("master-key-variable"),
            self.text("master-key-file"),
        ) {
            ("", "") => MasterKeySource::File(self.data().join("master.key")),
            ("", file) => MasterKeySource::File(file.into()),
            (variable, _) => MasterKeySource::Environment(variable.to_owned()),
        }
    }

    /// Threads for durable work.
    pub fn workers(&self) -> Result<usize, Error> {
        let wrong = || self.wrong("workers", "use a whole number from 0 to 64");
        let count: usize = self.text("workers").parse().map_err(|_| wrong())?;
        if count <= 64 { Ok(count) } else { Err(wrong()) }
    }

    /// The collector that spans are sent to, if any is.
    pub(crate) fn otlp(&self) -> Option<&str> {
        Some(self.text("otlp")).filter(|url| !url.is_empty())
    }

    /// What is logged.
    pub fn log(&self) -> &str {
        self.text("log")
    }

    /// Whether logs are JSON.
    pub fn logs_json(&self) -> bool {
        self.text("log-format") == "json"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    #[test]
    fn flags_win_over_variables_and_variables_over_files() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.toml");
        std::fs::write(
            &file,
            "workers = 3\nlisten = \"127.0.0.1:1\"\negress-allow = [\"a\", \"b\"]\n",
        )
        .unwrap();
        let variables = [
            pair("MUSTER_LISTEN", "127.0.0.1:2"),
            pair("MUSTER_LOG", "debug"),
        ];
        let config = Config::load(Some(&file), variables, [("log", "warn".to_owned())]).unwrap();
        assert_eq!(config.workers().unwrap(), 3);
        assert_eq!(config.listen().unwrap().port(), 2);
        assert_eq!(config.log(), "warn");
        assert_eq!(config.egress_allow(), ["a", "b"]);
        let origins: Vec<String> = config
            .entries()
            .filter(|(known, ..)| ["log", "listen", "workers"].contains(&known.name))
            .map(|(_, _, origin)| origin.to_string())
            .collect();
        assert!(
            origins[0].starts_with("variable MUSTER_LISTEN"),
            "{origins:?}"
        );
        assert!(origins[1].starts_with("file "), "{origins:?}");
        assert_eq!(origins[2], "flag");
    }

    #[test]
    fn a_wrong_value_names_setting_origin_and_remedy() {
        let error = Config::load(None, [pair("MUSTER_LISTEN", "here")], []).unwrap_err();
        let text = error.to_string();
        assert!(
            text.contains("listen = \"here\" (variable MUSTER_LISTEN)"),
            "{text}"
        );
        assert!(text.contains("such as 127.0.0.1:8080"), "{text}");
    }

    #[test]
    fn an_unknown_setting_in_a_file_suggests_a_known_one() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.toml");
        std::fs::write(&file, "work = 3\n").unwrap();
        let text = Config::load(Some(&file), [], []).unwrap_err().to_string();
        assert!(text.contains("did you mean `workers`?"), "{text}");
    }
}
