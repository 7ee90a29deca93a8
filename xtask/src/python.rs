//! A Python environment with the official SDK, for the tests that drive the server with it.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::Result;

use crate::run::{install, run, target};

/// The SDK that conformance is measured with.
const SDK: &str = "sailpoint==2.1.72";

/// Makes the environment where it is missing; gives its Python.
pub(crate) fn environment() -> Result<PathBuf> {
    let folder = target().join("python");
    let python = folder.join("bin/python");
    let marker = folder.join(SDK);
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
    println!("installing {SDK} into {}", folder.display());
    run(Command::new(&python).args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        SDK,
    ]))?;
    std::fs::write(marker, "")?;
    Ok(python)
}
