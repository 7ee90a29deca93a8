//! The attributes that every org has from its creation (aggregation-refresh.md §4.1).

use muster_model::{Document, IdentityAttribute, Timestamp};
use muster_store::{NewDocument, Result, Tx};

/// How an attribute that comes with the product may be used.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Use {
    /// Mapped, and identities are looked up by it.
    Searched,
    /// Mapped.
    Mapped,
    /// Set by the product itself.
    System,
}

/// Technical name, name for people, use. The names for people are those of the vendor's screens
/// where the reference has them.
const STANDARD: &[(&str, &str, Use)] = &[
    ("uid", "SailPoint User Name", Use::Searched),
    ("email", "Work Email", Use::Searched),
    ("firstname", "First Name", Use::Searched),
    ("lastname", "Last Name", Use::Searched),
    ("displayName", "Display Name", Use::Searched),
    ("identificationNumber", "Employee Number", Use::Searched),
    ("personalEmail", "Alternate Email", Use::Mapped),
    ("phone", "Work Phone", Use::Mapped),
    ("manager", "Manager", Use::Mapped),
    ("cloudLifecycleState", "Lifecycle State", Use::Mapped),
    ("middleName", "Middle Name", Use::Mapped),
    ("preferredName", "Preferred Name", Use::Mapped),
    ("initials", "Initials", Use::Mapped),
    ("title", "Title", Use::Mapped),
    ("organization", "Organization", Use::Mapped),
    ("department", "Department", Use::Mapped),
    ("costCenter", "Cost Center", Use::Mapped),
    ("location", "Location", Use::Mapped),
    ("locationCode", "Location Code", Use::Mapped),
    ("streetAddress", "Street Address", Use::Mapped),
    ("city", "City", Use::Mapped),
    ("state", "State", Use::Mapped),
    ("postalCode", "Postal Code", Use::Mapped),
    ("country", "Country", Use::Mapped),
    ("preferredLanguage", "Preferred Language", Use::Mapped),
    ("timezone", "Time Zone", Use::Mapped),
    ("identityState", "Identity State", Use::Mapped),
    ("cloudStatus", "Status", Use::System),
    ("lastSyncDate", "Last Sync Date", Use::System),
    (
        "cloudAuthoritativeSource",
        "Authoritative Source",
        Use::System,
    ),
    ("lastLoginTimestamp", "Last Login", Use::System),
];

/// Gives an org the attributes that come with the product; those that it has stay as they are.
pub fn seed(tx: &mut Tx<'_>, now: Timestamp) -> Result<()> {
    let known = tx.typed::<IdentityAttribute>().list()?;
    for (name, display_name, usage) in STANDARD {
        if known.iter().any(|attribute| attribute.name == *name) {
            continue;
        }
        let attribute = IdentityAttribute {
            name: (*name).to_owned(),
            display_name: (*display_name).to_owned(),
            standard: true,
            kind: Some("string".to_owned()),
            multi: false,
            searchable: *usage == Use::Searched,
            system: *usage == Use::System,
            sources: Vec::new(),
        };
        let document = NewDocument {
            id: attribute.name.clone(),
            name: attribute.name.clone(),
            body: serde_json::to_value(&attribute)?,
        };
        tx.documents(IdentityAttribute::KIND)
            .insert(&document, now)?;
    }
    Ok(())
}
