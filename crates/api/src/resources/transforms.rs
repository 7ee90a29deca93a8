//! Transforms: how a value is computed from others.

pub mod preview;

use muster_auth::{Guard, LevelSet};
use muster_model::{Document, StoredTransform};
use muster_query::filter::operator::{EQ, SW};
use muster_query::{Field, Fields};
use muster_store::{RawDocument, Tx};
use muster_transform::Refusal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::call::Call;
use crate::collection::{Collection, Offer, Shared};
use crate::listing::Listing;
use crate::operation::QueryParameter;
use crate::problem::Problem;
use crate::resource::{Object, Resource};
use crate::spelling::ALL;

/// The longest name of a transform (schema of the public description).
const NAME_CHARS_MAX: usize = 50;

/// A transform: stored as the refresh station reads it, described for callers.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Transform(#[schemars(with = "Described")] pub StoredTransform);

/// A transform.
#[derive(JsonSchema)]
#[schemars(rename = "Transform")]
#[expect(dead_code, reason = "only describes; the stored type is read")]
struct Described {
    /// Its id.
    #[serde(default)]
    id: String,
    /// Its name, by which other transforms refer to it.
    name: String,
    /// What it does, such as `dateFormat`.
    #[serde(rename = "type")]
    kind: String,
    /// What it needs to know; differs by type.
    attributes: Option<Object>,
    /// Whether it came with Muster.
    #[serde(default)]
    internal: bool,
}

impl Document for Transform {
    const KIND: &'static str = StoredTransform::KIND;

    fn id(&self) -> &str {
        self.0.id()
    }

    fn name(&self) -> &str {
        self.0.name()
    }
}

const READ: Guard = Guard::reading(
    LevelSet::ORG_ADMIN,
    &["idn:transform:read", "idn:transform:manage"],
)
.also_for_applications();
const MANAGE: Guard =
    Guard::changing(LevelSet::ORG_ADMIN, &["idn:transform:manage"]).also_for_applications();

static LISTING: Listing = Listing::new(Fields::new(&[
    Field::flag("internal", EQ),
    Field::text("name", EQ.and(SW)),
]));

/// `/transforms`
pub static TRANSFORMS: Collection = Collection::of::<Transform>("/transforms", "/transforms/{id}")
    .title("Transforms", "transform")
    .spoken(ALL)
    .guard(READ, MANAGE)
    .lists(&LISTING)
    .selected_by(&[QueryParameter::new(
        "name",
        "The name of the one transform that is wanted.",
    )])
    .fixed(&["name", "type"])
    .read_only(&["internal"])
    .nullable(&["attributes"])
    .unique_names()
    .offers(
        Shared::List,
        Offer::new("listTransforms", "List transforms"),
    )
    .offers(
        Shared::Create,
        Offer::new("createTransform", "Create transform"),
    )
    .offers(Shared::Get, Offer::new("getTransform", "Transform by id"))
    .offers(
        Shared::Replace,
        Offer::new("updateTransform", "Update a transform"),
    )
    .offers(
        Shared::Delete,
        Offer::new("deleteTransform", "Delete a transform"),
    );

impl Transform {
    /// Refuses what could not run later, in the words of the transform language.
    fn check_program(&self) -> Result<(), Problem> {
        let program = json!({
            "name": self.0.name,
            "type": self.0.kind,
            "attributes": self.0.attributes,
        });
        muster_transform::Transform::parse(&program)
            .map(|_| ())
            .map_err(|error| {
                let text = format!("{error}.");
                match error.refusal {
                    Refusal::Missing => Problem::required(text),
                    Refusal::TooDeep | Refusal::TooLarge => Problem::limit(text),
                    _ => Problem::illegal_value(text),
                }
            })
    }
}

impl Resource for Transform {
    fn before_save(&mut self, was: Option<&Self>, _: &mut Tx<'_>, _: &Call) -> Result<(), Problem> {
        let transform = &mut self.0;
        transform.internal = was.is_some_and(|was| was.0.internal);
        if transform.name.trim().is_empty() {
            return Err(Problem::required(
                "name is empty; give the transform a name.",
            ));
        }
        if transform.name.chars().count() > NAME_CHARS_MAX {
            return Err(Problem::length(format!(
                "name has more than {NAME_CHARS_MAX} characters; shorten it."
            )));
        }
        if transform.kind.trim().is_empty() {
            return Err(Problem::required(
                "type is empty; name a transform type such as concat.",
            ));
        }
        if transform.internal {
            return Err(Problem::illegal_update(
                "This transform came with Muster and cannot be changed; create one of your own.",
            ));
        }
        self.check_program()
    }

    fn before_delete(&self, _: &mut Tx<'_>, _: &Call) -> Result<(), Problem> {
        if self.0.internal {
            return Err(Problem::illegal_update(
                "This transform came with Muster and cannot be deleted.",
            ));
        }
        Ok(())
    }

    fn present(
        wire: &mut Object,
        _: &RawDocument,
        _: &mut Tx<'_>,
        _: &Call,
    ) -> Result<(), Problem> {
        wire.entry("internal").or_insert(Value::Bool(false));
        Ok(())
    }
}
