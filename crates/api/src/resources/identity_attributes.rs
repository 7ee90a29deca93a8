//! Identity attributes: what a person may have, by technical name (aggregation-refresh.md §4.1).

mod standard;

use muster_auth::{Guard, LevelSet, UserLevel};
use muster_model::{Document, IdentityAttribute, IdentityProfile};
use muster_store::Tx;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use self::standard::seed;
use crate::call::Call;
use crate::collection::{Collection, IdForm, Offer, Shared};
use crate::handler::{Blocking, Json, Rows};
use crate::listing::PAGED;
use crate::operation::{Operation, QueryParameter};
use crate::problem::{Problem, quote};
use crate::resource::{Object, Resource};
use crate::spelling::{BETA, DATED, Spelling, V1};

/// The longest technical or shown name.
const NAME_CHARS_MAX: usize = 128;

/// Attributes that one call may delete.
const BULK_MAX: usize = 250;

const TAG: &str = "Identity Attributes";
const SPOKEN: Spelling = BETA.and(DATED).and(V1);

/// An identity attribute: stored as the refresh station reads it, described for callers.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Attribute(#[schemars(with = "Described")] pub IdentityAttribute);

/// An identity attribute.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "IdentityAttribute")]
#[expect(dead_code, reason = "only describes; the stored type is read")]
#[expect(clippy::struct_excessive_bools, reason = "the wire has these four")]
struct Described {
    /// Its technical name, which is its key.
    name: String,
    /// Its name for people.
    #[serde(default)]
    display_name: String,
    /// Whether it came with the product.
    #[serde(default)]
    standard: bool,
    /// Its type.
    #[serde(default, rename = "type")]
    kind: Option<String>,
    /// Whether it holds several values.
    #[serde(default)]
    multi: bool,
    /// Whether correlation may look identities up by it.
    #[serde(default)]
    searchable: bool,
    /// Whether the product itself sets it.
    #[serde(default)]
    system: bool,
    /// Where it comes from; kept as given.
    #[serde(default)]
    sources: Vec<Object>,
}

impl Document for Attribute {
    const KIND: &'static str = IdentityAttribute::KIND;

    fn id(&self) -> &str {
        self.0.id()
    }

    fn name(&self) -> &str {
        self.0.name()
    }
}

/// Who may see attributes: those who write mappings, and those who write correlations.
const READERS: LevelSet = LevelSet::of(&[
    UserLevel::OrgAdmin,
    UserLevel::SourceAdmin,
    UserLevel::SourceSubadmin,
    UserLevel::Api,
]);
const READ: Guard = Guard::reading(
    READERS,
    &[
        "idn:identity-profile-attribute:read",
        "idn:identity-profile-attribute:manage",
    ],
)
.also_for_applications();
const MANAGE: Guard = Guard::changing(
    LevelSet::ORG_ADMIN,
    &["idn:identity-profile-attribute:manage"],
);

/// `/identity-attributes`
pub static IDENTITY_ATTRIBUTES: Collection =
    Collection::of::<Attribute>("/identity-attributes", "/identity-attributes/{name}")
        .title(TAG, "identity attribute")
        .spoken(SPOKEN)
        .guard(READ, MANAGE)
        .keyed_by("name")
        .ids(IdForm::Name)
        .fixed(&["name"])
        .nullable(&["type"])
        .unique_names()
        .offers(
            Shared::Create,
            Offer::new("createIdentityAttribute", "Create identity attribute"),
        )
        .offers(
            Shared::Get,
            Offer::new("getIdentityAttribute", "Get identity attribute"),
        )
        .offers(
            Shared::Replace,
            Offer::new("putIdentityAttribute", "Update identity attribute"),
        )
        .offers(
            Shared::Delete,
            Offer::new("deleteIdentityAttribute", "Delete identity attribute"),
        );

/// The rest of the family.
pub static OPERATIONS: &[Operation] = &[
    Operation::get("/identity-attributes", "listIdentityAttributes")
        .title(TAG, "List identity attributes")
        .spoken(SPOKEN)
        .guard(READ)
        .lists(&PAGED)
        .asks(&[
            QueryParameter::new(
                "includeSystem",
                "Whether attributes that the product itself sets are listed too.",
            ),
            QueryParameter::new(
                "includeSilent",
                "Accepted; no attribute of Muster is silent.",
            ),
            QueryParameter::new("searchableOnly", "Whether only searchable ones are listed."),
        ])
        .runs(&Blocking(list)),
    Operation::delete(
        "/identity-attributes/bulk-delete",
        "deleteIdentityAttributesInBulk",
    )
    .title(TAG, "Bulk delete identity attributes")
    .spoken(SPOKEN)
    .guard(MANAGE)
    .runs(&Blocking(bulk_delete)),
];

/// Names of attributes.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct AttributeNames {
    /// The technical names.
    pub ids: Vec<String>,
}

impl Resource for Attribute {
    fn before_save(&mut self, was: Option<&Self>, _: &mut Tx<'_>, _: &Call) -> Result<(), Problem> {
        let attribute = &mut self.0;
        let was = was.map(|was| &was.0);
        // What came with the product is not for callers to say.
        attribute.standard = was.is_some_and(|was| was.standard);
        attribute.system = was.is_some_and(|was| was.system);
        check_name(&attribute.name)?;
        if attribute.display_name.trim().is_empty() {
            attribute.display_name.clone_from(&attribute.name);
        }
        if attribute.display_name.chars().count() > NAME_CHARS_MAX {
            return Err(Problem::length(format!(
                "displayName has more than {NAME_CHARS_MAX} characters; shorten it."
            )));
        }
        let becomes_searchable = attribute.searchable && was.is_none_or(|was| !was.searchable);
        let is_plain = !(attribute.system || attribute.standard || attribute.multi);
        if becomes_searchable && !is_plain {
            return Err(Problem::illegal_value(
                "searchable: only an attribute whose system, standard and multi are false can be \
                 made searchable; create one of your own that has a single value.",
            ));
        }
        Ok(())
    }

    fn before_delete(&self, tx: &mut Tx<'_>, _: &Call) -> Result<(), Problem> {
        let attribute = &self.0;
        if attribute.standard || attribute.system {
            return Err(Problem::illegal_update(format!(
                "{} came with the product and cannot be deleted; leave it out of the mappings.",
                attribute.name
            )));
        }
        for profile in tx.typed::<IdentityProfile>().list()? {
            let mappings = &profile.identity_attribute_config.attribute_transforms;
            if mappings
                .iter()
                .any(|mapping| mapping.identity_attribute_name == attribute.name)
            {
                return Err(Problem::reference_conflict(format!(
                    "{} is mapped by the identity profile \"{}\" ({}); remove that mapping first.",
                    attribute.name,
                    quote(&profile.name),
                    profile.id
                )));
            }
        }
        Ok(())
    }
}

/// A technical name is a word: templates and filters speak of it.
fn check_name(name: &str) -> Result<(), Problem> {
    if name.trim().is_empty() {
        return Err(Problem::required(
            "name is empty; give the attribute a technical name such as costCenter.",
        ));
    }
    if name.chars().count() > NAME_CHARS_MAX {
        return Err(Problem::length(format!(
            "name has more than {NAME_CHARS_MAX} characters; shorten it."
        )));
    }
    let is_word = name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name
            .chars()
            .all(|each| each.is_ascii_alphanumeric() || each == '_' || each == '-');
    if is_word {
        return Ok(());
    }
    Err(Problem::illegal_value(format!(
        "name: \"{}\" is no technical name; use letters, digits, - and _, and begin with a letter.",
        quote(name)
    )))
}

fn list(call: &Call, (): ()) -> Result<Rows<Attribute>, Problem> {
    let with_system = call.query_as::<bool>("includeSystem")?.unwrap_or(false);
    call.query_as::<bool>("includeSilent")?;
    let only_searchable = call.query_as::<bool>("searchableOnly")?.unwrap_or(false);
    let mut all = call
        .org()
        .read(|tx| Ok::<_, Problem>(tx.typed::<IdentityAttribute>().list()?))?;
    all.retain(|attribute| {
        (with_system || !attribute.system) && (!only_searchable || attribute.searchable)
    });
    let all = all.into_iter().map(Attribute).collect();
    Ok(call.view()?.page_of(all))
}

fn bulk_delete(call: &Call, Json(named): Json<AttributeNames>) -> Result<(), Problem> {
    if named.ids.len() > BULK_MAX {
        return Err(Problem::limit(format!(
            "ids has more than {BULK_MAX} names; delete them in several calls."
        )));
    }
    call.org().write(|tx| {
        for name in &named.ids {
            let _: Value = IDENTITY_ATTRIBUTES.delete(name, tx, call)?;
        }
        Ok(())
    })
}
