//! The console as a browser meets it: signing in, forms, pages, and the stylesheet's colours.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod contrast;
mod invocations;
mod pages;
mod sign_in;
mod support;
