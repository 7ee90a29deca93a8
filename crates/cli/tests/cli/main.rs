//! The binary as people and official clients use it.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod browser;
mod burst;
mod company;
mod console;
mod crash;
mod listen;
mod oracle;
mod people;
mod place;
mod preview;
mod python_sdk;
mod quick_start;
mod sdk;
mod support;
mod traces;
mod trying_out;
mod upload;
mod why;
