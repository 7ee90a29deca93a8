//! A browser for the tests that look at pages: Debian's Chromium and its WebDriver.

use std::process::{Command, Stdio};

use anyhow::Result;

use crate::run::install;

/// Installs the browser and its driver where they are missing.
pub(crate) fn ready() -> Result<()> {
    let starts = |program: &str| {
        Command::new(program)
            .arg("--version")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    };
    if starts("chromedriver") && starts("chromium") {
        return Ok(());
    }
    install(&["chromium", "chromium-driver"])
}
