//! The configuration of an org, and the time zones it may choose from.

use muster_auth::{Guard, LevelSet};
use muster_model::settings::ORG_SETTINGS_ID;
use muster_model::{Document, OrgSettings, Timestamp};
use muster_query::PatchRules;
use muster_store::Tx;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::call::Call;
use crate::collection::Offer;
use crate::handler::{Blocking, Rows};
use crate::listing::PAGED;
use crate::operation::Operation;
use crate::problem::{Problem, quote};
use crate::resource::Object;
use crate::resources::settings::of_org;
use crate::singleton::{Single, Singleton};
use crate::spelling::{BETA, DATED, Spelling, V1};

const TAG: &str = "Org Config";
const SPOKEN: Spelling = BETA.and(DATED).and(V1);

/// What an org may set. The `arm…` members belong to a product of the vendor; they are kept and
/// shown, and nothing reads them.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct OrgConfig {
    /// The time zone of schedules.
    pub time_zone: String,
    /// Whether a change of lifecycle state leaves accounts alone on sources that cannot be enabled.
    pub lcs_change_honors_source_enable_feature: bool,
    /// Kept and not used.
    pub arm_customer_id: Option<String>,
    /// Kept and not used.
    pub arm_sap_system_id_mappings: Option<String>,
    /// Kept and not used.
    pub arm_auth: Option<String>,
    /// Kept and not used.
    pub arm_db: Option<String>,
    /// Kept and not used.
    pub arm_sso_url: Option<String>,
    /// Kept and not used.
    pub iai_enable_certification_recommendations: bool,
    /// Kept and not used.
    pub ai_agent_delete_request_enabled: bool,
    /// Columns of the separation-of-duties report.
    pub sod_report_configs: Vec<ReportColumn>,
}

/// A column of a report.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct ReportColumn {
    /// The name of the column.
    pub column_name: String,
    /// Whether it must be there.
    pub required: bool,
    /// Whether it is there.
    pub included: bool,
    /// Its place.
    pub order: i32,
}

impl Default for OrgConfig {
    fn default() -> Self {
        Self {
            time_zone: "UTC".to_owned(),
            lcs_change_honors_source_enable_feature: false,
            arm_customer_id: None,
            arm_sap_system_id_mappings: None,
            arm_auth: None,
            arm_db: None,
            arm_sso_url: None,
            iai_enable_certification_recommendations: false,
            ai_agent_delete_request_enabled: false,
            sod_report_configs: Vec::new(),
        }
    }
}

const READ: Guard = Guard::reading(
    LevelSet::ORG_ADMIN,
    &["idn:org-configs:read", "idn:org-configs:manage"],
)
.also_for_applications();
const MANAGE: Guard = Guard::changing(LevelSet::ORG_ADMIN, &["idn:org-configs:manage"]);
const READ_ZONES: Guard = Guard::reading(
    LevelSet::ORG_ADMIN,
    &["idn:org-configs:read", "idn:org-configs-user:read"],
)
.also_for_applications();

/// `/org-config`
pub static ORG_CONFIG: Singleton = Singleton::of::<OrgConfig>("/org-config")
    .title(TAG)
    .spoken(SPOKEN)
    .guard(READ, MANAGE)
    .get(Offer::new("getOrgConfig", "Get org config settings"))
    .patch(
        Offer::new("patchOrgConfig", "Patch org config"),
        PatchRules::new(&[
            "timeZone",
            "lcsChangeHonorsSourceEnableFeature",
            "armCustomerId",
            "armSapSystemIdMappings",
            "armAuth",
            "armDb",
            "armSsoUrl",
            "iaiEnableCertificationRecommendations",
            "aiAgentDeleteRequestEnabled",
            "sodReportConfigs",
        ]),
    );

/// The rest of the family.
pub static OPERATIONS: &[Operation] =
    &[
        Operation::get("/org-config/valid-time-zones", "getValidTimeZones")
            .title(TAG, "Get valid time zones")
            .spoken(SPOKEN)
            .guard(READ_ZONES)
            .lists(&PAGED)
            .runs(&Blocking(valid_time_zones)),
    ];

/// The configuration is a part of the org's settings, so that everyone reads one document.
impl Single for OrgConfig {
    const KIND: &'static str = OrgSettings::KIND;
    const ID: &'static str = ORG_SETTINGS_ID;

    fn of(tx: &mut Tx<'_>) -> Result<Self, Problem> {
        let settings = of_org(tx)?;
        let mut config: Self = serde_json::from_value(Value::Object(settings.org_config))
            .map_err(|error| Problem::hidden(&error))?;
        config.time_zone = settings.time_zone;
        Ok(config)
    }

    fn keep(&self, tx: &mut Tx<'_>, now: Timestamp) -> Result<(), Problem> {
        let mut settings = of_org(tx)?;
        let mut members = match serde_json::to_value(self) {
            Ok(Value::Object(members)) => members,
            Ok(_) => Object::new(),
            Err(error) => return Err(Problem::hidden(&error)),
        };
        members.remove("timeZone");
        settings.org_config = members;
        settings.time_zone.clone_from(&self.time_zone);
        Ok(tx.typed::<OrgSettings>().put(&settings, now)?)
    }

    fn before_save(&mut self, was: &Self, tx: &mut Tx<'_>, call: &Call) -> Result<(), Problem> {
        if jiff::tz::db().get(&self.time_zone).is_err() {
            return Err(Problem::illegal_value(format!(
                "timeZone: \"{}\" is no time zone; GET org-config/valid-time-zones lists them.",
                quote(&self.time_zone)
            )));
        }
        if self.time_zone != was.time_zone {
            move_schedules(&was.time_zone, &self.time_zone, tx, call.now())?;
        }
        Ok(())
    }

    fn present(wire: &mut Object, _: &mut Tx<'_>, call: &Call) -> Result<(), Problem> {
        wire.insert("orgName".to_owned(), Value::from(call.org().name()));
        Ok(())
    }
}

/// The schedules of the org keep their hours in the new time zone.
fn move_schedules(from: &str, to: &str, tx: &mut Tx<'_>, now: Timestamp) -> Result<(), Problem> {
    for mut schedule in tx.schedules().list()? {
        if schedule.zone != from {
            continue;
        }
        to.clone_into(&mut schedule.zone);
        schedule.next = muster_work::next_time(&schedule.cron, to, now).map_err(|error| {
            Problem::illegal_value(format!(
                "timeZone: the schedule {} cannot be kept in it: {error}; choose another.",
                schedule.name
            ))
        })?;
        tx.schedules().put(&schedule)?;
    }
    Ok(())
}

fn valid_time_zones(call: &Call, (): ()) -> Result<Rows<String>, Problem> {
    let zones = jiff::tz::db()
        .available()
        .map(|zone| zone.to_string())
        .collect();
    Ok(call.view()?.page_of(zones))
}
