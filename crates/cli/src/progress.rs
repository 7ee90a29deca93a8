//! Shows how far long work has come: a bar on a terminal, plain lines otherwise.

use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// Something that takes a while. Copies show the same.
#[derive(Clone)]
pub(crate) struct Progress {
    bar: Option<ProgressBar>,
}

impl Progress {
    /// [`Progress::begin`] for bytes.
    pub(crate) fn begin_bytes(what: &str, total: u64, quiet: bool) -> Self {
        let progress = Self::begin(what, total, quiet);
        let style = ProgressStyle::with_template("{msg} {wide_bar} {bytes}/{total_bytes}");
        if let (Some(bar), Ok(style)) = (&progress.bar, style) {
            bar.set_style(style);
        }
        progress
    }

    /// Begins; `quiet` shows nothing at all, for output that scripts read.
    pub(crate) fn begin(what: &str, total: u64, quiet: bool) -> Self {
        if quiet {
            return Self { bar: None };
        }
        if !std::io::stderr().is_terminal() {
            eprintln!("{what}…");
            return Self { bar: None };
        }
        let bar = ProgressBar::new(total).with_message(what.to_owned());
        if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(100));
        Self { bar: Some(bar) }
    }

    /// How much is done.
    pub(crate) fn at(&self, done: u64) {
        if let Some(bar) = &self.bar {
            bar.set_position(done);
        }
    }

    /// It is done.
    pub(crate) fn end(self) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
    }
}
