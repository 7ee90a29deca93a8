//! What follows from being in a lifecycle state: account actions, access, mail. Kept and checked
//! here; carried out by the stations that change access.

use muster_model::Source;
use muster_store::Tx;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::extract::json;
use crate::problem::{Problem, quote};
use crate::resource::Object;

/// The feature that a source needs so that its accounts can be enabled and disabled.
const ENABLE_FEATURE: &str = "ENABLE";

/// The type of source on which accounts are changed by hand.
const DELIMITED_FILE: &str = "DelimitedFile";

/// A lifecycle state.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "LifecycleState")]
#[expect(dead_code, reason = "only describes; the stored type is read")]
pub(super) struct Described {
    /// Its id.
    #[serde(default)]
    id: String,
    /// Its name for people: letters, digits and spaces.
    name: String,
    /// When it was made.
    #[serde(default)]
    created: String,
    /// When it was last changed.
    #[serde(default)]
    modified: String,
    /// Whether identities may be in it.
    #[serde(default)]
    enabled: bool,
    /// The value of `cloudLifecycleState` that puts an identity in this state.
    technical_name: String,
    /// What people say of it.
    description: Option<String>,
    /// How many identities are in it.
    #[serde(default)]
    identity_count: i32,
    /// Its place in the list.
    priority: Option<i32>,
    #[serde(flatten)]
    consequences: Consequences,
}

/// What follows from being in a state.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Consequences {
    /// Who is told of the change.
    pub(super) email_notification_option: EmailNotification,
    /// What happens to accounts.
    pub(super) account_actions: Vec<AccountAction>,
    /// Access profiles that identities in this state have.
    pub(super) access_profile_ids: Vec<String>,
    /// What kind of state it is.
    pub(super) identity_state: Option<IdentityState>,
    /// What happens to other access.
    pub(super) access_action_configuration: AccessAction,
}

/// Who is told of the change of state.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct EmailNotification {
    notify_managers: bool,
    notify_all_admins: bool,
    notify_specific_users: bool,
    email_address_list: Vec<String>,
}

/// What happens to the other access of identities in the state.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct AccessAction {
    remove_all_access_enabled: bool,
}

/// What happens to accounts of identities in the state.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct AccountAction {
    action: Action,
    /// The sources, unless it is all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    source_ids: Option<Vec<String>>,
    /// The sources that are left out of all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    exclude_source_ids: Option<Vec<String>>,
    /// Whether all sources are meant.
    #[serde(default)]
    all_sources: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
enum Action {
    Enable,
    Disable,
    Delete,
}

/// What kind of state it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum IdentityState {
    /// The identity is active.
    Active,
    /// The identity is away for a while.
    InactiveShortTerm,
    /// The identity has left.
    InactiveLongTerm,
}

impl Consequences {
    /// Reads what a caller sent or what is stored; other members are dropped. Clients send null
    /// for what they leave out.
    pub(super) fn read(mut members: Object) -> Result<Self, Problem> {
        members.retain(|_, value| !value.is_null());
        json::read_value(Value::Object(members))
    }

    /// The members as they are stored.
    pub(super) fn members(&self) -> Result<Object, Problem> {
        match serde_json::to_value(self) {
            Ok(Value::Object(members)) => Ok(members),
            Ok(_) => Ok(Object::new()),
            Err(error) => Err(Problem::hidden(&error)),
        }
    }

    /// Refuses account actions that contradict themselves or name what is not there.
    pub(super) fn check(&self, tx: &mut Tx<'_>) -> Result<(), Problem> {
        let sources = tx.typed::<Source>().list()?;
        for (at, action) in self.account_actions.iter().enumerate() {
            let place = format!("accountActions[{at}]");
            action.check_choice(&place)?;
            let is_final = self.identity_state == Some(IdentityState::InactiveLongTerm);
            if action.action == Action::Delete && !is_final {
                return Err(Problem::illegal_value(format!(
                    "{place}.action: DELETE is only for states whose identityState is \
                     INACTIVE_LONG_TERM; use DISABLE or set identityState."
                )));
            }
            action.check_sources(&place, &sources)?;
        }
        let emails = &self.email_notification_option;
        if emails.notify_specific_users && emails.email_address_list.is_empty() {
            return Err(Problem::required(
                "emailNotificationOption.emailAddressList is empty; name the users to be told, or \
                 send notifySpecificUsers: false.",
            ));
        }
        Ok(())
    }
}

impl AccountAction {
    /// Sources are named one by one, or all of them with exceptions.
    fn check_choice(&self, place: &str) -> Result<(), Problem> {
        let names = |ids: &Option<Vec<String>>| ids.as_ref().is_some_and(|ids| !ids.is_empty());
        let (chosen, excluded) = (names(&self.source_ids), names(&self.exclude_source_ids));
        let text = match (self.all_sources, chosen, excluded) {
            (true, true, _) => {
                "sourceIds cannot be given when allSources is true; leave one of the two out."
            }
            (_, true, true) => {
                "sourceIds and excludeSourceIds cannot be given together; leave one of the two out."
            }
            (false, false, _) => {
                return Err(Problem::required(format!(
                    "{place}.sourceIds is required unless allSources is true; name the sources."
                )));
            }
            _ => return Ok(()),
        };
        Err(Problem::illegal_value(format!("{place}: {text}")))
    }

    fn check_sources(&self, place: &str, sources: &[Source]) -> Result<(), Problem> {
        for (field, ids) in [
            ("sourceIds", &self.source_ids),
            ("excludeSourceIds", &self.exclude_source_ids),
        ] {
            for (at, id) in ids.iter().flatten().enumerate() {
                let before = ids.iter().flatten().take(at);
                if before.into_iter().any(|other| other == id) {
                    return Err(Problem::illegal_value(format!(
                        "{place}.{field}: \"{}\" is named twice; name it once.",
                        quote(id)
                    )));
                }
                let Some(source) = sources.iter().find(|source| source.id == *id) else {
                    return Err(Problem::referenced_not_found(format!(
                        "{place}.{field}: there is no source \"{}\"; GET sources lists them.",
                        quote(id)
                    )));
                };
                if field == "sourceIds" && !can_act(source) {
                    return Err(Problem::illegal_value(format!(
                        "{place}.sourceIds: the source \"{}\" cannot enable or disable accounts; \
                         name sources with the feature {ENABLE_FEATURE} or of type \
                         {DELIMITED_FILE}.",
                        quote(&source.name)
                    )));
                }
            }
        }
        Ok(())
    }
}

fn can_act(source: &Source) -> bool {
    source.kind == DELIMITED_FILE || source.features.iter().any(|name| name == ENABLE_FEATURE)
}
