//! Which settings of a connector are secrets: those whose names say so, and those that the source
//! itself lists under `encrypted`, as the vendor's exports do.

use serde_json::{Map, Value};

/// Names the other secrets of a source: a list, or a text with commas.
pub const ENCRYPTED: &str = "encrypted";

/// What the name of a secret ends with, in lower case and without `_`, `-`, `.` and spaces. The end
/// decides: a `tokenUrl` or a `passwordAttribute` is none.
const ENDINGS: [&str; 12] = [
    "password",
    "passwd",
    "pwd",
    "passphrase",
    "secret",
    "token",
    "apikey",
    "accesskey",
    "secretkey",
    "privatekey",
    "credential",
    "credentials",
];

/// The secrets among the settings of one source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Secrets {
    listed: Vec<String>,
}

impl Secrets {
    /// As these settings list them.
    pub fn of(attributes: &Map<String, Value>) -> Self {
        let listed = match attributes.get(ENCRYPTED) {
            Some(Value::String(names)) => names.split(',').map(plain).collect(),
            Some(Value::Array(names)) => {
                names.iter().filter_map(Value::as_str).map(plain).collect()
            }
            _ => Vec::new(),
        };
        Self {
            listed: listed
                .into_iter()
                .filter(|name: &String| !name.is_empty())
                .collect(),
        }
    }

    /// Whether the setting of that name is a secret.
    pub fn contains(&self, name: &str) -> bool {
        let name = plain(name);
        self.listed.contains(&name) || ENDINGS.iter().any(|ending| name.ends_with(ending))
    }
}

/// A name as it is compared.
fn plain(name: &str) -> String {
    name.chars()
        .filter(|character| !matches!(character, '_' | '-' | '.') && !character.is_whitespace())
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_end_of_a_name_tells_a_secret() {
        let secrets = Secrets::default();
        for name in [
            "password",
            "adminPassword",
            "client_secret",
            "API-Key",
            "refreshToken",
            "private_key",
            "secretAccessKey",
        ] {
            assert!(secrets.contains(name), "{name}");
        }
        for name in [
            "tokenUrl",
            "passwordAttribute",
            "host",
            "delimiter",
            "hasHeader",
            "keyColumn",
        ] {
            assert!(!secrets.contains(name), "{name}");
        }
    }

    #[test]
    fn a_source_may_list_more_of_them() {
        for listed in [json!("pin, Magic_Word"), json!(["pin", "magicWord"])] {
            let attributes = json!({ "encrypted": listed });
            let secrets = Secrets::of(attributes.as_object().unwrap());
            assert!(secrets.contains("pin") && secrets.contains("magicWord"));
            assert!(!secrets.contains("host") && !secrets.contains(""));
        }
    }
}
