//! Lifecycle states: what may happen to people of a profile, and what follows from it
//! (aggregation-refresh.md §4.3).

mod actions;
mod names;

use muster_auth::{Guard, LevelSet};
use muster_model::id::ProfileId;
use muster_model::{Document, IdentityProfile, LifecycleState, Timestamp};
use muster_query::filter::operator::NONE;
use muster_query::{Field, Fields, PatchRules};
use muster_store::{NewDocument, RawDocument, Tx};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use self::actions::Consequences;
use self::names::{check_names, next_priority, refuse_twin, siblings};
use crate::call::Call;
use crate::collection::{Collection, Offer, Parent, Shared};
use crate::handler::{Blocking, Json};
use crate::listing::Listing;
use crate::operation::Operation;
use crate::problem::Problem;
use crate::resource::{Object, Resource};
use crate::spelling::{ALL, BETA, Spelling};

/// The distance between the priorities of states that do not state one.
const PRIORITY_STEP: i64 = 10;

/// The states of every new profile. They are enabled: without access or account actions nothing
/// follows from them, and people are shown in the state that their attribute names.
const DEFAULTS: [(&str, &str); 2] = [("Active", "active"), ("Inactive", "inactive")];

const TAG: &str = "Lifecycle States";
const MANY: &str = "/identity-profiles/{identity-profile-id}/lifecycle-states";
const ONE: &str = "/identity-profiles/{identity-profile-id}/lifecycle-states/{lifecycle-state-id}";
/// All but `/beta`, which knows only how a state is read and patched.
const NOT_BETA: Spelling = ALL.without(BETA);

/// A lifecycle state: stored as the refresh station reads it, described for callers.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct State(#[schemars(with = "actions::Described")] pub LifecycleState);

impl Document for State {
    const KIND: &'static str = LifecycleState::KIND;

    fn id(&self) -> &str {
        self.0.id()
    }

    fn name(&self) -> &str {
        self.0.name()
    }
}

const READ: Guard = Guard::reading(
    LevelSet::ORG_ADMIN,
    &["idn:identity-profile-lifecycle-state:read"],
)
.also_for_applications();
const MANAGE: Guard = Guard::changing(
    LevelSet::ORG_ADMIN,
    &["idn:identity-profile-lifecycle-state:manage"],
)
.also_for_applications();

static LISTING: Listing = Listing::new(Fields::new(&[
    Field::text("name", NONE).sorted(),
    Field::number("priority", NONE).sorted(),
    Field::time("created", NONE).sorted(),
    Field::time("modified", NONE).sorted(),
]));

/// `/identity-profiles/{identity-profile-id}/lifecycle-states`
pub static LIFECYCLE_STATES: Collection = Collection::of::<State>(MANY, ONE)
    .title(TAG, "lifecycle state")
    .spoken(NOT_BETA)
    .guard(READ, MANAGE)
    .lists(&LISTING)
    .under(Parent {
        parameter: "identity-profile-id",
        kind: IdentityProfile::KIND,
        noun: "identity profile",
        field: "identityProfileId",
    })
    .fixed(&["technicalName"])
    .read_only(&["created", "modified", "identityCount"])
    // The description and the priority may be null in the newest form only, so they are left out.
    .nullable(&["identityState"])
    .patchable(PatchRules::new(&[
        "name",
        "description",
        "enabled",
        "priority",
        "accountActions",
        "accessProfileIds",
        "emailNotificationOption",
        "identityState",
        "accessActionConfiguration",
    ]))
    .timed()
    .offers(
        Shared::List,
        Offer::new("getLifecycleStates", "List lifecycle states"),
    )
    .offers(
        Shared::Create,
        Offer::new("createLifecycleState", "Create lifecycle state"),
    )
    .offers(
        Shared::Get,
        Offer::new("getLifecycleState", "Get lifecycle state").spoken(ALL),
    )
    .offers(
        Shared::Patch,
        Offer::new("updateLifecycleStates", "Update lifecycle state").spoken(ALL),
    );

/// The operations of the family that collections do not share.
pub static OPERATIONS: &[Operation] = &[Operation::delete(ONE, "deleteLifecycleState")
    .title(TAG, "Delete lifecycle state")
    .spoken(NOT_BETA)
    .guard(MANAGE)
    .runs(&Blocking(delete))
    .answers(202)];

/// A deleted state.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Deleted {
    /// Always `LIFECYCLE_STATE`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
}

impl Resource for State {
    fn before_save(
        &mut self,
        was: Option<&Self>,
        tx: &mut Tx<'_>,
        call: &Call,
    ) -> Result<(), Problem> {
        let state = &mut self.0;
        let was = was.map(|was| &was.0);
        check_names(state)?;
        let siblings = siblings(state, tx)?;
        refuse_twin(state, &siblings)?;
        if state.priority.is_none() && was.is_none() {
            state.priority = Some(next_priority(&siblings));
        }
        let sent = std::mem::take(&mut state.other);
        let consequences = Consequences::read(sent)?;
        consequences.check(tx)?;
        state.other = consequences.members()?;
        if was.map_or(state.enabled, |was| was.enabled != state.enabled) {
            ask_for_refresh(&state.identity_profile_id, tx, call)?;
        }
        Ok(())
    }

    fn before_delete(&self, tx: &mut Tx<'_>, call: &Call) -> Result<(), Problem> {
        if self.0.enabled {
            ask_for_refresh(&self.0.identity_profile_id, tx, call)?;
        }
        Ok(())
    }

    fn present(
        wire: &mut Object,
        stored: &RawDocument,
        tx: &mut Tx<'_>,
        _: &Call,
    ) -> Result<(), Problem> {
        let state: LifecycleState = stored.read()?;
        let profile = state.identity_profile_id.parse().unwrap_or(ProfileId(0));
        let count = tx
            .identities()
            .count_in_state(profile, &state.technical_name)?;
        wire.insert("identityCount".to_owned(), Value::from(count));
        Ok(())
    }
}

/// The states of every new profile.
pub(super) fn create_defaults(profile: &str, tx: &mut Tx<'_>, call: &Call) -> Result<(), Problem> {
    for (at, (name, technical_name)) in DEFAULTS.into_iter().enumerate() {
        let state = LifecycleState {
            id: call.new_id(),
            identity_profile_id: profile.to_owned(),
            name: name.to_owned(),
            technical_name: technical_name.to_owned(),
            description: None,
            enabled: true,
            priority: Some(PRIORITY_STEP * (at as i64 + 1)),
            other: Consequences::read(Map::new())?.members()?,
        };
        let document = NewDocument {
            id: state.id.clone(),
            name: String::new(),
            body: serde_json::to_value(&state).map_err(|error| Problem::hidden(&error))?,
        };
        // A microsecond apart: lists show the oldest first.
        let created = Timestamp::from_micros(call.now().as_micros() + at as i64);
        tx.documents(LifecycleState::KIND)
            .insert(&document, created)?;
    }
    Ok(())
}

/// Removes all states of a profile that goes.
pub(super) fn forget(profile: &str, tx: &mut Tx<'_>) -> Result<(), Problem> {
    for state in tx.typed::<LifecycleState>().list()? {
        if state.identity_profile_id == profile {
            tx.typed::<LifecycleState>().delete(&state.id)?;
        }
    }
    Ok(())
}

/// Which state people are in depends on which are enabled, and is looked at when they are refreshed.
fn ask_for_refresh(profile: &str, tx: &mut Tx<'_>, call: &Call) -> Result<(), Problem> {
    let Some(mut profile) = tx.typed::<IdentityProfile>().get(profile)? else {
        return Ok(());
    };
    if !profile.identity_refresh_required {
        profile.identity_refresh_required = true;
        tx.typed::<IdentityProfile>().put(&profile, call.now())?;
    }
    Ok(())
}

fn delete(call: &Call, (): ()) -> Result<Json<Deleted>, Problem> {
    let was = call
        .org()
        .write(|tx| LIFECYCLE_STATES.delete(call.id(), tx, call))?;
    let text = |field: &str| was[field].as_str().unwrap_or_default().to_owned();
    Ok(Json(Deleted {
        kind: "LIFECYCLE_STATE",
        id: text("id"),
        name: text("name"),
    }))
}
