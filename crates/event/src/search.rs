//! Scheduled Search, called Saved Search Complete before (event-triggers.md §2.5).

use crate::value::{Key, Value, object};

/// What a search found of one kind of object.
#[derive(Clone, Debug)]
pub struct Found<'a> {
    /// How many; the wire says so in text.
    pub count: u64,
    /// What they are called, one or many.
    pub noun: &'a str,
    /// A line of titles and the first lines.
    pub preview: Vec<Vec<String>>,
}

/// A search that ran on its schedule.
#[derive(Clone, Debug)]
pub struct Report<'a> {
    /// The name of the file.
    pub file: &'a str,
    /// The e-mail address of who owns the search.
    pub owner_email: &'a str,
    /// Their name.
    pub owner_name: &'a str,
    /// What was searched for.
    pub query: &'a str,
    /// The search's name.
    pub name: &'a str,
    /// Accounts that were found.
    pub accounts: Option<Found<'a>>,
    /// Entitlements that were found.
    pub entitlements: Option<Found<'a>>,
    /// Identities that were found.
    pub identities: Option<Found<'a>>,
    /// Where the file can be had for a while.
    pub url: &'a str,
}

/// The body of Scheduled Search. Kinds of which nothing was found are left out.
pub fn complete(report: Report<'_>) -> Value {
    let parts = [
        ("Account", report.accounts),
        ("Entitlement", report.entitlements),
        ("Identity", report.identities),
    ];
    let results = parts
        .into_iter()
        .filter_map(|(name, found)| Some((Key::Known(name), shown(found?))))
        .collect();
    object([
        ("fileName", report.file.into()),
        ("ownerEmail", report.owner_email.into()),
        ("ownerName", report.owner_name.into()),
        ("query", report.query.into()),
        ("searchName", report.name.into()),
        ("searchResults", Value::Object(results)),
        ("signedS3Url", report.url.into()),
    ])
}

fn shown(found: Found<'_>) -> Value {
    object([
        ("count", found.count.to_string().into()),
        ("noun", found.noun.into()),
        ("preview", found.preview.into()),
    ])
}
