//! What a transform reads, collected when it is parsed: the input of a dependency index.

use serde::Serialize;

/// Everything outside of itself that a transform looks at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct References {
    /// Names (or ids) of other transforms.
    pub transforms: Vec<String>,
    /// Account attributes.
    pub accounts: Vec<AccountRead>,
    /// Identity attributes.
    pub identity_attributes: Vec<String>,
    /// Attributes of the identity's manager.
    pub manager_attributes: Vec<String>,
    /// User names of other identities that are looked at.
    pub identities: Vec<String>,
    /// Whether a template reads the identity in a way that cannot be told from its text,
    /// or walks over all accounts.
    pub whole_identity: bool,
    /// Whether the result depends on the time.
    pub time: bool,
    /// Whether the result is random and so differs at each refresh.
    pub randomness: bool,
}

/// One account attribute that is read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AccountRead {
    /// The source.
    pub source: SourceKey,
    /// The account attribute, filters and sorting included.
    pub attribute: String,
}

/// How a transform names a source.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase", tag = "by", content = "value")]
pub enum SourceKey {
    /// By its name (`sourceName`).
    Name(String),
    /// By its id (`applicationId`, `sourceId`).
    Id(String),
    /// By its alias (`applicationName`).
    Application(String),
}

impl References {
    /// Notes another transform.
    pub(crate) fn add_transform(&mut self, name: &str) {
        add(&mut self.transforms, name);
    }

    /// Notes an identity attribute.
    pub(crate) fn add_identity_attribute(&mut self, name: &str) {
        add(&mut self.identity_attributes, name);
    }

    /// Notes an attribute of the manager.
    pub(crate) fn add_manager_attribute(&mut self, name: &str) {
        add(&mut self.manager_attributes, name);
    }

    /// Notes another identity.
    pub(crate) fn add_identity(&mut self, uid: &str) {
        add(&mut self.identities, uid);
    }

    /// Notes an account attribute.
    pub(crate) fn add_account(&mut self, source: &SourceKey, attribute: &str) {
        let read = AccountRead {
            source: source.clone(),
            attribute: attribute.to_owned(),
        };
        if !self.accounts.contains(&read) {
            self.accounts.push(read);
        }
    }
}

fn add(names: &mut Vec<String>, name: &str) {
    if !names.iter().any(|known| known == name) {
        names.push(name.to_owned());
    }
}
