//! People in: files become accounts, accounts become people, differences become events. Each on both
//! backends; numbers in names are those of aggregation-refresh.md §9.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod account_news;
mod aggregation;
mod entitlement_files;
mod full_disk;
mod history;
mod holds;
mod lifecycle;
mod movers;
mod numbered;
mod put_to_an_end;
mod reads;
mod reindexing;
mod time;
mod trigger_cases;
mod user_names;
mod world;
