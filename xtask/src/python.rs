//! A Python environment with the official SDK and the public library for webhooks, for the tests that
//! drive the server with them.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::Result;

use crate::run::{install, run, target};

/// What conformance is measured with.
const PACKAGES: [&str; 2] = ["sailpoint==2.1.72", "standardwebhooks==1.1.0"];

/// Makes the environment where it is missing; gives its Python.
pub(crate) fn environment() -> Result<PathBuf> {
    let folder = target().join("python");
    let python = folder.join("bin/python");
    let marker = folder.join(PACKAGES.join("+"));
    if marker.exists() {
        return Ok(python);
    }
    let makes = || {
        let mut command = Command::new("python3");
        run(command
            .args(["-m", "venv", "--clear"])
            .arg(&folder)
            .stdout(Stdio::null()))
    };
    if makes().is_err() {
        install(&["python3", "python3-venv"])?;
        makes()?;
    }
    println!(
        "installing {} into {}",
        PACKAGES.join(", "),
        folder.display()
    );
    let arguments = [
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ];
    run(Command::new(&python).args(arguments).args(PACKAGES))?;
    std::fs::write(marker, "")?;
    Ok(python)
}
