//! Campaign Generated, Activated and Ended, and Certification Signed Off (event-triggers.md §2.4).

use muster_model::{Reference, Timestamp};

use crate::value::{Value, object};

/// What happened to a campaign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happening {
    /// It was put together and can be looked at.
    Generated,
    /// Its reviewers were asked.
    Activated,
    /// It is over.
    Ended,
}

impl Happening {
    /// The trigger's id.
    pub const fn trigger(self) -> &'static str {
        match self {
            Self::Generated => crate::CAMPAIGN_GENERATED,
            Self::Activated => crate::CAMPAIGN_ACTIVATED,
            Self::Ended => crate::CAMPAIGN_ENDED,
        }
    }

    const fn status(self) -> &'static str {
        match self {
            Self::Generated => "STAGED",
            Self::Activated => "ACTIVE",
            Self::Ended => "COMPLETED",
        }
    }
}

/// Who owns a campaign.
#[derive(Clone, Copy, Debug)]
pub struct Owner<'a> {
    /// Their id.
    pub id: &'a str,
    /// Their display name.
    pub display_name: &'a str,
    /// Their e-mail address.
    pub email: &'a str,
}

/// A campaign.
#[derive(Clone, Copy, Debug)]
pub struct Campaign<'a> {
    /// Its id.
    pub id: &'a str,
    /// Its name.
    pub name: &'a str,
    /// What it is for.
    pub description: &'a str,
    /// When it was made.
    pub created: Timestamp,
    /// When it was changed.
    pub modified: Option<Timestamp>,
    /// Until when it runs; known once it is active.
    pub deadline: Option<Timestamp>,
    /// `MANAGER`, `SOURCE_OWNER`, `SEARCH` or `ROLE_COMPOSITION`.
    pub kind: &'a str,
    /// Who owns it.
    pub owner: Owner<'a>,
}

/// The body of the three events about campaigns.
pub fn campaign(happening: Happening, campaign: &Campaign<'_>) -> Value {
    let shown = object([
        ("id", campaign.id.into()),
        ("name", campaign.name.into()),
        ("description", campaign.description.into()),
        ("created", moment(campaign.created)),
        ("modified", campaign.modified.map(moment).into()),
        ("deadline", campaign.deadline.map(moment).into()),
        ("type", campaign.kind.into()),
        ("campaignOwner", owner(&campaign.owner)),
        ("status", happening.status().into()),
    ]);
    object([("campaign", shown)])
}

/// Who reviews.
#[derive(Clone, Copy, Debug)]
pub struct Reviewer<'a> {
    /// The person or governance group.
    pub reference: &'a Reference,
    /// Their e-mail address; a group has none.
    pub email: Option<&'a str>,
}

/// Whom a certification was taken over from.
#[derive(Clone, Copy, Debug)]
pub struct Reassignment<'a> {
    /// The id and name of the certification that it was a part of.
    pub from: (&'a str, &'a str),
    /// Who had it.
    pub reviewer: Reviewer<'a>,
    /// Why.
    pub comment: &'a str,
}

/// The campaign as a certification names it.
#[derive(Clone, Copy, Debug)]
pub struct CampaignReference<'a> {
    /// Its id.
    pub id: &'a str,
    /// Its name.
    pub name: &'a str,
    /// What it is for.
    pub description: Option<&'a str>,
    /// `MANAGER`, `SOURCE_OWNER`, `SEARCH`, `ROLE_COMPOSITION` or `MACHINE_ACCOUNT`.
    pub kind: &'a str,
    /// `CORRELATED` or `UNCORRELATED`.
    pub correlated: &'a str,
    /// `ALL_DECISIONS`, `REVOKE_ONLY_DECISIONS` or `NO_DECISIONS`.
    pub comments: &'a str,
}

/// How far a certification is.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// Decisions that were made.
    pub decisions: i64,
    /// Decisions that there are to make.
    pub decisions_total: i64,
    /// Things whose decisions are all made.
    pub entities: i64,
    /// Things that there are.
    pub entities_total: i64,
}

/// A certification that its reviewer has signed.
#[derive(Clone, Copy, Debug)]
pub struct Signed<'a> {
    /// Its id.
    pub id: &'a str,
    /// Its name.
    pub name: &'a str,
    /// The campaign that it is a part of.
    pub campaign: CampaignReference<'a>,
    /// Who owns that campaign: the field tables leave it out, the public schema requires it.
    pub owner: Owner<'a>,
    /// When it was made.
    pub created: Timestamp,
    /// When it was changed.
    pub modified: Option<Timestamp>,
    /// Until when it had to be signed.
    pub due: Timestamp,
    /// When it was signed.
    pub at: Timestamp,
    /// Who signed.
    pub reviewer: Reviewer<'a>,
    /// Whom it was taken over from.
    pub reassignment: Option<Reassignment<'a>>,
    /// How far it is.
    pub progress: Progress,
    /// What went wrong.
    pub error: Option<&'a str>,
}

/// The body of Certification Signed Off.
pub fn signed_off(signed: &Signed<'_>) -> Value {
    let campaign = object([
        ("id", signed.campaign.id.into()),
        ("name", signed.campaign.name.into()),
        ("type", "CAMPAIGN".into()),
        ("campaignType", signed.campaign.kind.into()),
        ("description", signed.campaign.description.into()),
        ("correlatedStatus", signed.campaign.correlated.into()),
        (
            "mandatoryCommentRequirement",
            signed.campaign.comments.into(),
        ),
    ]);
    let shown = object([
        ("id", signed.id.into()),
        ("name", signed.name.into()),
        ("campaignRef", campaign),
        ("campaignOwner", owner(&signed.owner)),
        ("phase", "SIGNED".into()),
        ("due", moment(signed.due)),
        ("signed", moment(signed.at)),
        ("reviewer", reviewer(&signed.reviewer)),
        (
            "reassignment",
            signed.reassignment.as_ref().map(reassignment).into(),
        ),
        ("hasErrors", Value::Boolean(signed.error.is_some())),
        ("errorMessage", signed.error.into()),
        ("completed", Value::Boolean(true)),
        ("decisionsMade", signed.progress.decisions.into()),
        ("decisionsTotal", signed.progress.decisions_total.into()),
        ("entitiesCompleted", signed.progress.entities.into()),
        ("entitiesTotal", signed.progress.entities_total.into()),
        ("created", moment(signed.created)),
        ("modified", signed.modified.map(moment).into()),
    ]);
    object([("certification", shown)])
}

fn owner(one: &Owner<'_>) -> Value {
    object([
        ("id", one.id.into()),
        ("displayName", one.display_name.into()),
        ("email", one.email.into()),
    ])
}

fn reviewer(one: &Reviewer<'_>) -> Value {
    let Value::Object(mut members) = one.reference.into() else {
        return Value::Null;
    };
    members.push((crate::Key::Known("email"), one.email.into()));
    Value::Object(members)
}

fn reassignment(one: &Reassignment<'_>) -> Value {
    let from = object([
        ("id", one.from.0.into()),
        ("name", one.from.1.into()),
        ("type", "CERTIFICATION".into()),
        ("reviewer", reviewer(&one.reviewer)),
    ]);
    object([("from", from), ("comment", one.comment.into())])
}

fn moment(at: Timestamp) -> Value {
    at.to_string().into()
}
