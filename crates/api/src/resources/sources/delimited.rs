//! Delimited files: what a new source of that type starts with. It is the one type that Muster can
//! read so far; others are refused by name rather than kept and never read.

use muster_connector::Feature;
use muster_connector::flat_file::{FEATURES, Options};
use muster_model::source::CorrelationConfig;
use muster_model::{Schema, Source};
use serde_json::{Map, Value};

use crate::call::Call;
use crate::problem::{Problem, quote};
use crate::resource::Object;

/// The type on the wire.
pub(crate) const TYPE: &str = "DelimitedFile";
/// The connector's script name.
const CONNECTOR: &str = "delimited-file-angularsc";
const CONNECTOR_NAMES: [&str; 2] = [CONNECTOR, "delimited-file"];
const CLASS: &str = "sailpoint.connector.DelimitedFileConnector";
/// Made, never read.
const NOT_READ_YET: &str = "SOURCE_STATE_UNCHECKED_SOURCE_NO_ACCOUNTS";

/// Completes a source that is about to be created.
pub(crate) fn complete(source: &mut Source, call: &Call) -> Result<(), Problem> {
    let as_csv = call
        .query("provisionAsCsv")
        .is_some_and(|flag| flag.eq_ignore_ascii_case("true"));
    if source.connector.is_empty() && !as_csv {
        return Err(Problem::required(
            "connector is required; send delimited-file-angularsc, or create the source with \
             ?provisionAsCsv=true.",
        ));
    }
    if !as_csv && !CONNECTOR_NAMES.contains(&source.connector.as_str()) {
        return Err(Problem::illegal_value(format!(
            "connector: \"{}\" is not supported yet; use delimited-file-angularsc, or create the \
             source with ?provisionAsCsv=true and upload its accounts.",
            quote(&source.connector)
        )));
    }
    TYPE.clone_into(&mut source.kind);
    CONNECTOR.clone_into(&mut source.connector);
    source
        .other
        .insert("connectorClass".to_owned(), Value::from(CLASS));
    if source.features.is_empty() {
        source.features = FEATURES.iter().map(|one| one.name().to_owned()).collect();
    }
    NOT_READ_YET.clone_into(&mut source.status);
    source.healthy = false;
    source.reading_version = 1;
    let mut schema = Schema::default_account();
    schema.id = call.new_id();
    schema.created = Some(call.now());
    source.schema_objects = vec![schema];
    source.correlation = CorrelationConfig {
        id: call.new_id(),
        name: format!("{} [source] Account Correlation", source.name),
        attribute_assignments: Vec::new(),
    };
    Ok(())
}

/// Refuses settings that the connector could not obey.
pub(crate) fn check(source: &Source) -> Result<(), Problem> {
    options(&source.connector_attributes)?;
    for name in &source.features {
        if name.parse::<Feature>().is_err() {
            return Err(Problem::illegal_value(format!(
                "features: \"{}\" is no feature that sources have.",
                quote(name)
            )));
        }
    }
    Ok(())
}

/// How files of a source are read.
pub(crate) fn options(attributes: &Map<String, Value>) -> Result<Options, Problem> {
    Options::from_attributes(attributes)
        .map_err(|error| Problem::illegal_value(format!("connectorAttributes: {error}.")))
}

/// What the wire shows of the connector besides what is stored.
pub(crate) fn present(wire: &mut Object) {
    for (name, value) in [
        ("connectorId", "delimited-file"),
        ("connectorName", "Delimited File"),
        ("connectionType", "file"),
        ("connectorImplementationId", "delimited-file"),
    ] {
        wire.insert(name.to_owned(), Value::from(value));
    }
}
