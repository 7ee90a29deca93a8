//! What reading comes to, told in lines that tests compare.

use std::fmt::Write as _;
use std::io::Read;

use muster_connector::Step;
use muster_connector::flat_file::{Options, Reader};
use muster_model::{AttributeDefinition, Schema};
use serde_json::{Value, json};

/// id, name, familyName, department, groups (several values).
pub(crate) fn schema() -> Schema {
    let mut schema = Schema::from_header(&["id", "name", "familyName", "department"]).unwrap();
    schema.attributes.push(AttributeDefinition {
        is_multi: true,
        ..AttributeDefinition::text("groups")
    });
    schema
}

pub(crate) fn options(attributes: &Value) -> Options {
    Options::from_attributes(attributes.as_object().unwrap()).unwrap()
}

/// Everything that reading comes to, a line each.
pub(crate) fn told<R: Read>(reader: &mut Reader<R>) -> String {
    let mut told = String::new();
    loop {
        let step = match reader.next_account() {
            Ok(Some(step)) => step,
            Ok(None) => return told,
            Err(error) => {
                writeln!(told, "broke off: {error}").unwrap();
                return told;
            }
        };
        tell(&mut told, &step);
    }
}

/// Adds a step's line.
pub(crate) fn tell(told: &mut String, step: &Step<'_>) {
    match step {
        Step::Account(account) => {
            let (attributes, conversions) = account.to_attributes();
            let json = serde_json::to_string(&attributes).unwrap();
            write!(told, "{} {json}", account.first_line()).unwrap();
            for (says, word) in [
                (account.disabled(), " disabled"),
                (account.locked(), " locked"),
                (account.is_incomplete(), " incomplete"),
            ] {
                told.push_str(if says { word } else { "" });
            }
            for warning in account.warnings().iter().chain(&conversions) {
                write!(
                    told,
                    "; {} {} {}",
                    warning.line, warning.column, warning.problem
                )
                .unwrap();
            }
            told.push('\n');
        }
        Step::Rejected(rejected) => {
            let id = rejected.native_identity.unwrap_or("?");
            writeln!(told, "{} {id}: {}", rejected.line, rejected.reason).unwrap();
        }
    }
}

pub(crate) fn read_with(attributes: &Value, file: &[u8]) -> String {
    told(&mut Reader::open(file, &options(attributes), &schema()).unwrap())
}

pub(crate) fn read(file: impl AsRef<[u8]>) -> String {
    read_with(&json!({}), file.as_ref())
}

pub(crate) const HEADER: &str = "id,name,familyName,department,groups\n";

pub(crate) fn with_header(rows: &str) -> String {
    format!("{HEADER}{rows}")
}
