//! The HR files of a benchmark: the first day, the same with one person in a hundred moved, the next.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use muster_sample::Version;

use crate::sample_org::write_file;

/// Of so many people, one is moved.
const MOVED_OF: u64 = 100;

/// The files, in the order in which they are loaded.
pub(crate) struct Files {
    pub(crate) first: PathBuf,
    pub(crate) moved: PathBuf,
    pub(crate) next_day: PathBuf,
    /// The columns of all of them.
    pub(crate) columns: Vec<String>,
}

impl Files {
    /// Writes all files into `folder`.
    pub(crate) fn write(folder: &Path, people: u64) -> Result<Self> {
        let [first, moved, next_day] =
            ["first.csv", "moved.csv", "next-day.csv"].map(|name| folder.join(name));
        let columns = write_file(&first, people, Version::First)?;
        write_file(&next_day, people, Version::Second)?;
        let department = columns.iter().position(|name| name == "department");
        let department = department.context("the file has a column department")?;
        move_some(&first, &moved, department)?;
        Ok(Self {
            first,
            moved,
            next_day,
            columns,
        })
    }
}

/// Copies a file, with another department for each hundredth person. No cell up to the department
/// holds a comma.
fn move_some(from: &Path, to: &Path, department: usize) -> Result<()> {
    let mut to = BufWriter::new(File::create(to)?);
    let (mut person, mut last) = (0, String::new());
    for line in BufReader::new(File::open(from)?).lines() {
        let line = line?;
        let mut cells: Vec<&str> = line.split(',').collect();
        if cells[0] != last {
            cells[0].clone_into(&mut last);
            person += 1;
        }
        // The header is the first.
        if person > 1 && person % MOVED_OF == 0 {
            cells[department] = "Moved";
        }
        writeln!(to, "{}", cells.join(","))?;
    }
    Ok(to.flush()?)
}
