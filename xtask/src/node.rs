//! A folder of Node packages for the tests that drive the server with the official TypeScript SDK
//! or look at its pages.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::Result;

use crate::run::{install, run, target};

/// What conformance is measured with, and pages are checked with.
const PACKAGES: [&str; 3] = [
    "sailpoint-api-client@1.4.15",
    "standardwebhooks@1.1.1",
    "axe-core@4.14.1",
];

/// Installs the packages where they are missing; gives the folder in which Node finds them.
pub(crate) fn packages() -> Result<PathBuf> {
    let folder = target().join("node");
    let modules = folder.join("node_modules");
    let marker = folder.join(PACKAGES.join("+"));
    if marker.exists() {
        return Ok(modules);
    }
    if Command::new("npm").arg("--version").output().is_err() {
        install(&["nodejs", "npm"])?;
    }
    std::fs::create_dir_all(&folder)?;
    std::fs::write(folder.join("package.json"), "{ \"private\": true }\n")?;
    println!(
        "installing {} into {}",
        PACKAGES.join(", "),
        folder.display()
    );
    // Scripts of packages are not run: these need none.
    let arguments = [
        "install",
        "--silent",
        "--no-audit",
        "--no-fund",
        "--ignore-scripts",
    ];
    let mut npm = Command::new("npm");
    run(npm
        .args(arguments)
        .args(PACKAGES)
        .current_dir(&folder)
        .stdout(Stdio::null()))?;
    std::fs::write(marker, "")?;
    Ok(modules)
}
