//! What tests share. Never part of the product.

mod backend;
mod endpoint;
mod people;

pub use backend::{Backend, TestStore, start};
pub use endpoint::{Answer, Endpoint, Received};
pub use people::identity;

/// Makes two tests of one function over a store: one on SQLite, one on PostgreSQL.
///
/// ```text
/// both_backends! {
///     fn a_stored_thing_is_there_again(store: TestStore) { … }
/// }
/// ```
#[macro_export]
macro_rules! both_backends {
    ($(fn $name:ident($store:ident: TestStore) $body:block)+) => {$(
        mod $name {
            #[expect(clippy::wildcard_imports, reason = "the module is the test")]
            use super::*;

            fn check($store: &$crate::TestStore) $body

            #[test]
            fn on_sqlite() {
                check(&$crate::start($crate::Backend::Sqlite));
            }

            #[test]
            fn on_postgres() {
                check(&$crate::start($crate::Backend::Postgres));
            }
        }
    )+};
}
