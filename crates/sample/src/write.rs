//! Extracts as CSV, written row by row.

use std::io::{self, Write};

use crate::company::{Company, Version};
use crate::layout::Layout;

/// Writes one version of a company as a file: header, then people in the order of their numbers.
pub fn write_csv(
    layout: Layout,
    rows: u64,
    seed: u64,
    version: Version,
    out: &mut impl Write,
) -> io::Result<()> {
    let company = Company::new(rows, seed);
    let mut line = Vec::new();
    push_cells(&mut line, layout.columns());
    line.push(b'\n');
    out.write_all(&line)?;
    for number in 0..company.people() {
        let Some(mut person) = company.person(number, version) else {
            continue;
        };
        let groups = std::mem::take(&mut person.groups);
        line.clear();
        push_cells(&mut line, &layout.cells(person));
        if layout.has_groups() {
            let common = line.len();
            for group in &groups {
                line.truncate(common);
                line.push(b',');
                push_cell(&mut line, group);
                line.push(b'\n');
                out.write_all(&line)?;
            }
        } else {
            line.push(b'\n');
            out.write_all(&line)?;
        }
    }
    out.flush()
}

/// How many accounts a version of a company has.
pub fn row_count(rows: u64, seed: u64, version: Version) -> u64 {
    let company = Company::new(rows, seed);
    (0..company.people())
        .filter(|person| company.is_in(*person, version))
        .count() as u64
}

fn push_cells<C: AsRef<str>>(line: &mut Vec<u8>, cells: &[C]) {
    for (at, cell) in cells.iter().enumerate() {
        if at > 0 {
            line.push(b',');
        }
        push_cell(line, cell.as_ref());
    }
}

/// Quotes where a delimiter, quote or line end asks for it.
fn push_cell(line: &mut Vec<u8>, cell: &str) {
    if cell.contains([',', '"', '\r', '\n']) {
        line.push(b'"');
        line.extend_from_slice(cell.replace('"', "\"\"").as_bytes());
        line.push(b'"');
    } else {
        line.extend_from_slice(cell.as_bytes());
    }
}
