//! Triggers about campaigns and certifications (event-triggers.md §2.4).

use muster_model::{Reference, ReferenceType, Timestamp};
use serde_json::json;

use super::schema::{Record, moment, nullable, number, one_of, record, text};
use super::{Kind, Trigger, Visibility};
use crate::certification::{
    Campaign, CampaignReference, Happening, Owner, Progress, Reassignment, Reviewer, Signed,
    campaign, signed_off,
};
use crate::{
    CAMPAIGN_ACTIVATED, CAMPAIGN_ENDED, CAMPAIGN_GENERATED, CERTIFICATION_SIGNED_OFF, Value,
};

pub(super) const TRIGGERS: &[Trigger] = &[
    Trigger {
        id: CAMPAIGN_ACTIVATED,
        name: "Campaign Activated",
        kind: Kind::FireAndForget,
        description: "A certification campaign has begun; its reviewers are asked.",
        visibility: Visibility::Listed,
        input_schema: || campaign_schema("CampaignActivatedInput", &["ACTIVE"], moment()),
        example_input: || example(Happening::Activated),
        output: None,
    },
    Trigger {
        id: CAMPAIGN_ENDED,
        name: "Campaign Ended",
        kind: Kind::FireAndForget,
        description: "A certification campaign is over.",
        visibility: Visibility::Listed,
        input_schema: || campaign_schema("CampaignEndedInput", &["COMPLETED"], moment()),
        example_input: || example(Happening::Ended),
        output: None,
    },
    Trigger {
        id: CAMPAIGN_GENERATED,
        name: "Campaign Generated",
        kind: Kind::FireAndForget,
        description: "A certification campaign has been put together and can be looked at.",
        visibility: Visibility::Listed,
        input_schema: || {
            const STATES: [&str; 3] = ["STAGED", "ACTIVATING", "ACTIVE"];
            campaign_schema("CampaignGeneratedInput", &STATES, serde_json::Value::Null)
        },
        example_input: || example(Happening::Generated),
        output: None,
    },
    Trigger {
        id: CERTIFICATION_SIGNED_OFF,
        name: "Certification Signed Off",
        kind: Kind::FireAndForget,
        description: "A reviewer has signed a certification. The campaign may still go on.",
        visibility: Visibility::Listed,
        input_schema: signed_schema,
        example_input: signed_example,
        output: None,
    },
];

/// The deadline is required once a campaign has begun; null means that it is not.
fn campaign_schema(
    name: &'static str,
    states: &[&str],
    deadline: serde_json::Value,
) -> serde_json::Value {
    let shown = Record::new("Campaign")
        .required("id", text())
        .required("name", text())
        .required("description", text())
        .required("created", moment())
        .optional("modified", nullable(text()));
    let shown = if deadline.is_null() {
        shown.optional("deadline", nullable(text()))
    } else {
        shown.required("deadline", deadline)
    };
    Record::new(name)
        .required("campaign", record("Campaign"))
        .root([
            shown
                .required(
                    "type",
                    one_of(&["MANAGER", "SOURCE_OWNER", "SEARCH", "ROLE_COMPOSITION"]),
                )
                .required("campaignOwner", record("CampaignOwner"))
                .required("status", one_of(states)),
            owner(),
        ])
}

fn owner() -> Record {
    Record::new("CampaignOwner")
        .required("id", text())
        .required("displayName", text())
        .required("email", text())
}

fn signed_schema() -> serde_json::Value {
    let flag = || json!({ "type": "boolean" });
    let certification = Record::new("Certification")
        .required("id", text())
        .required("name", text())
        .required("campaignRef", record("CampaignReference"))
        .optional("campaignOwner", record("CampaignOwner"))
        .required("phase", one_of(&["STAGED", "ACTIVE", "SIGNED"]))
        .required("due", moment())
        .required("signed", moment())
        .required("reviewer", record("Reviewer"))
        .optional("reassignment", nullable(record("Reassignment")))
        .required("hasErrors", flag())
        .optional("errorMessage", nullable(text()))
        .required("completed", flag())
        .required("decisionsMade", number())
        .required("decisionsTotal", number())
        .required("entitiesCompleted", number())
        .required("entitiesTotal", number())
        .required("created", moment())
        .optional("modified", nullable(moment()));
    Record::new("CertificationSignedOffInput")
        .required("certification", record("Certification"))
        .root([
            certification,
            campaign_reference(),
            owner(),
            reviewer(),
            Record::new("Reassignment")
                .optional("from", record("ReassignedFrom"))
                .optional("comment", text()),
            Record::new("ReassignedFrom")
                .optional("id", text())
                .optional("name", text())
                .optional("type", one_of(&["CERTIFICATION"]))
                .optional("reviewer", record("Reviewer")),
        ])
}

fn campaign_reference() -> Record {
    const KINDS: [&str; 5] = [
        "MANAGER",
        "SOURCE_OWNER",
        "SEARCH",
        "ROLE_COMPOSITION",
        "MACHINE_ACCOUNT",
    ];
    const COMMENTS: [&str; 3] = ["ALL_DECISIONS", "REVOKE_ONLY_DECISIONS", "NO_DECISIONS"];
    Record::new("CampaignReference")
        .required("id", text())
        .required("name", text())
        .required("type", one_of(&["CAMPAIGN"]))
        .required("campaignType", one_of(&KINDS))
        .required("description", nullable(text()))
        .required("correlatedStatus", one_of(&["CORRELATED", "UNCORRELATED"]))
        .required("mandatoryCommentRequirement", one_of(&COMMENTS))
}

fn reviewer() -> Record {
    Record::new("Reviewer")
        .optional("id", text())
        .optional("name", text())
        .optional("email", nullable(text()))
        .optional("type", one_of(&["IDENTITY", "GOVERNANCE_GROUP"]))
        .optional("created", nullable(moment()))
        .optional("modified", nullable(moment()))
}

/// 2021-02-16T03:04:45.815Z
const CREATED: Timestamp = Timestamp::from_micros(1_613_444_685_815_000);
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
const OWNER: Owner<'static> = Owner {
    id: "37f080867702c1910177031320c40127",
    display_name: "Brad Major",
    email: "brad.major@acme.example",
};

fn example(happening: Happening) -> Value {
    campaign(
        happening,
        &Campaign {
            id: "2c91808576f886190176f88caf0d0067",
            name: "Manager Campaign",
            description: "A review of what everybody may do, by their managers.",
            created: CREATED,
            modified: Some(CREATED.plus_millis(DAY_MS)),
            deadline: Some(CREATED.plus_millis(14 * DAY_MS)),
            kind: "MANAGER",
            owner: OWNER,
        },
    )
}

fn signed_example() -> Value {
    let group = Reference {
        kind: ReferenceType::GovernanceGroup,
        id: "fcc989a58e5d4ef2a0b0cc1f6d1bd3b9".to_owned(),
        name: "Directory Administrators".to_owned(),
    };
    let before = Reference::identity("2c91808476f7ab330176f8ad8ab1001f", "Brad Major");
    signed_off(&Signed {
        id: "2c91808576f886190176f88cb0f800f8",
        name: "Manager Access Review for Brad Major",
        campaign: CampaignReference {
            id: "2c91808576f886190176f88caf0d0067",
            name: "Manager Campaign",
            description: Some("A review of what everybody may do, by their managers."),
            kind: "MANAGER",
            correlated: "CORRELATED",
            comments: "NO_DECISIONS",
        },
        owner: OWNER,
        created: CREATED,
        modified: None,
        due: CREATED.plus_millis(14 * DAY_MS),
        at: CREATED.plus_millis(3 * DAY_MS),
        reviewer: Reviewer {
            reference: &group,
            email: None,
        },
        reassignment: Some(Reassignment {
            from: ("2c91808576f886190176f88cb0f800f7", "Manager Access Review"),
            reviewer: Reviewer {
                reference: &before,
                email: Some("brad.major@acme.example"),
            },
            comment: "Not my people any more.",
        }),
        progress: Progress {
            decisions: 50,
            decisions_total: 50,
            entities: 12,
            entities_total: 12,
        },
        error: None,
    })
}
