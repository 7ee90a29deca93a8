//! Who may do what with sources.

use muster_auth::{Guard, LevelSet, UserLevel};

/// Those who administer sources.
pub(crate) const SOURCE_ADMINS: LevelSet = LevelSet::ORG_ADMIN
    .with(UserLevel::SourceAdmin)
    .with(UserLevel::SourceSubadmin);

const READ_SCOPES: &[&str] = &["idn:sources:manage", "idn:sources:read"];

/// Reads sources.
pub(crate) const READ: Guard = Guard::reading(SOURCE_ADMINS, READ_SCOPES).also_for_applications();
/// Lists sources, which those who build roles need as well.
pub(crate) const LIST: Guard =
    Guard::reading(SOURCE_ADMINS.with(UserLevel::RoleSubadmin), READ_SCOPES)
        .also_for_applications();
/// Changes sources.
pub(crate) const MANAGE: Guard =
    Guard::changing(SOURCE_ADMINS, &["idn:sources:manage"]).also_for_applications();
/// Changes what only administrators of the org may change.
pub(crate) const MANAGE_ALL: Guard =
    Guard::changing(LevelSet::ORG_ADMIN, &["idn:sources:manage"]).also_for_applications();
/// Removes all accounts of a source.
pub(crate) const REMOVE_ACCOUNTS: Guard =
    Guard::changing(LevelSet::ORG_ADMIN, &["idn:accounts:manage"]);
