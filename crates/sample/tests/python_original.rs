//! The port and the Python original give the same bytes and the same truth.

use std::path::{Path, PathBuf};
use std::process::Command;

use muster_sample::{Layout, Version, row_count, truth, write_csv};
use serde_json::Value;
use sha2::{Digest, Sha256};

const ROWS: u64 = 1_000;

/// The generator stands in the folder `shared` beside the repository.
fn original() -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/tools/hrgen.py");
    assert!(
        path.is_file(),
        "missing: ../shared/tools/hrgen.py beside the repository"
    );
    path
}

fn run_original(layout: Layout, seed: u64, folder: &Path) {
    let output = Command::new("python3")
        .arg(original())
        .args([
            &ROWS.to_string(),
            "--layout",
            layout.name(),
            "--seed",
            &seed.to_string(),
        ])
        .arg(folder)
        .output()
        .expect("python3 is needed to run the original generator");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "the original generator failed: {errors}"
    );
}

fn sha256(bytes: &[u8]) -> String {
    let mut digest = [0; 16];
    digest.copy_from_slice(&Sha256::digest(bytes)[..16]);
    format!("{:032x}", u128::from_be_bytes(digest))
}

#[test]
fn files_and_truth_are_those_of_the_original() {
    for (layout, seed) in [
        (Layout::Template, 20_260_901),
        (Layout::Workday, 20_260_901),
        (Layout::Sap, 20_260_901),
        (Layout::Template, 7),
        (Layout::Workday, u64::MAX),
    ] {
        let folder = tempfile::tempdir().unwrap();
        run_original(layout, seed, folder.path());
        for (version, file) in [
            (Version::First, "hr-v1.csv"),
            (Version::Second, "hr-v2.csv"),
        ] {
            let mut ours = Vec::new();
            write_csv(layout, ROWS, seed, version, &mut ours).unwrap();
            let theirs = std::fs::read(folder.path().join(file)).unwrap();
            assert_eq!(
                sha256(&ours),
                sha256(&theirs),
                "{file} of {layout:?}, seed {seed}"
            );
        }
        let theirs = std::fs::read_to_string(folder.path().join("truth.json")).unwrap();
        let theirs: Value = serde_json::from_str(&theirs).unwrap();
        assert_eq!(
            serde_json::to_value(truth(layout, ROWS, seed)).unwrap(),
            theirs
        );
    }
}

#[test]
fn the_default_seed_gives_the_documented_files() {
    // aggregation-refresh.md §8 names the beginnings of both digests and the statistics.
    for (version, beginning) in [(Version::First, "6b7cf21d"), (Version::Second, "5aacfac3")] {
        let mut file = Vec::new();
        write_csv(Layout::Template, ROWS, 20_260_901, version, &mut file).unwrap();
        assert!(
            sha256(&file).starts_with(beginning),
            "{version:?}: {}",
            sha256(&file)
        );
    }
    let truth = truth(Layout::Template, ROWS, 20_260_901);
    let found = truth.v1_to_v2;
    assert_eq!(
        (
            found.scanned,
            found.unchanged,
            found.changed,
            found.added,
            found.removed
        ),
        (997, 884, 98, 15, 18)
    );
    assert_eq!(truth.people.len(), 98 + 15 + 18);
    assert_eq!(row_count(ROWS, 20_260_901, Version::Second), found.scanned);
}
