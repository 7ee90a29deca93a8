//! The connector attributes of a delimited source (aggregation-refresh.md §1.3).
//!
//! Forms and scripts send numbers and booleans as strings as often as not, so both are read. Attributes
//! that are not about reading a file are left alone.

use std::str::FromStr;

use encoding_rs::Encoding;
use serde_json::{Map, Value};

use super::error::OptionsError;
use crate::limits;

/// Words that mean yes where `disabledAttribute` or `lockedAttribute` comes without values.
const YES: [&str; 4] = ["true", "yes", "y", "1"];

/// How a delimited file is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    pub(crate) delimiter: u8,
    pub(crate) comment: Option<u8>,
    pub(crate) lines_to_skip: u64,
    /// Used where the file has no byte order mark.
    pub(crate) encoding: &'static Encoding,
    /// Attributes that take several values besides those that the schema marks.
    pub(crate) merge_columns: Vec<String>,
    pub(crate) disabled: StatusRule,
    pub(crate) locked: StatusRule,
}

/// Which column says that an account is disabled (or locked), and which of its values do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusRule {
    /// The option that named the column; `None` for the ancestor's column, which may be missing.
    pub(crate) option: Option<&'static str>,
    pub(crate) column: String,
    pub(crate) values: Vec<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            delimiter: b',',
            comment: Some(b'#'),
            lines_to_skip: 0,
            encoding: encoding_rs::UTF_8,
            merge_columns: Vec::new(),
            disabled: StatusRule::ancestral("IIQDisabled"),
            locked: StatusRule::ancestral("IIQLocked"),
        }
    }
}

impl Options {
    /// Reads the options from a source's `connectorAttributes`.
    pub fn from_attributes(attributes: &Map<String, Value>) -> Result<Self, OptionsError> {
        let attributes = Attributes(attributes);
        let defaults = Self::default();
        // A filter that is not applied would let rows in that someone wanted left out.
        if attributes.text("filterString")?.is_some() {
            return Err(wrong("filterString", "filters on rows are not supported"));
        }
        // The public screen asks for a header always; its switch is known from exports.
        if attributes.parsed::<bool>("hasHeader")? == Some(false) {
            return Err(wrong(
                "hasHeader",
                "a file without a header is not supported",
            ));
        }
        // Accepted as documented. Rows of one account are merged in any case, by the Account ID.
        attributes.parsed::<bool>("mergeRows")?;
        attributes.list("indexColumns")?;
        let options = Self {
            delimiter: delimiter(&attributes)?.unwrap_or(defaults.delimiter),
            comment: comment(&attributes)?,
            lines_to_skip: lines_to_skip(&attributes)?,
            encoding: encoding(&attributes)?.unwrap_or(defaults.encoding),
            merge_columns: attributes.list("mergeColumns")?.unwrap_or_default(),
            disabled: status(&attributes, "disabledAttribute", "disabledValues")?
                .unwrap_or(defaults.disabled),
            locked: status(&attributes, "lockedAttribute", "lockedValues")?
                .unwrap_or(defaults.locked),
        };
        if options.comment == Some(options.delimiter) {
            return Err(wrong("commentCharacter", "is the delimiter too"));
        }
        Ok(options)
    }
}

impl StatusRule {
    fn ancestral(column: &str) -> Self {
        Self {
            option: None,
            column: column.to_owned(),
            values: YES.map(str::to_owned).to_vec(),
        }
    }

    /// Whether a cell says yes. Case and outer spaces do not matter.
    pub(crate) fn says_yes(&self, cell: &[u8]) -> bool {
        let cell = cell.trim_ascii();
        self.values
            .iter()
            .any(|value| value.as_bytes().eq_ignore_ascii_case(cell))
    }
}

fn delimiter(attributes: &Attributes) -> Result<Option<u8>, OptionsError> {
    let Some(text) = attributes.untrimmed("delimiter")? else {
        return Ok(None);
    };
    separator("delimiter", &text).map(Some)
}

/// An empty comment character switches comments off.
fn comment(attributes: &Attributes) -> Result<Option<u8>, OptionsError> {
    let option = "commentCharacter";
    if attributes.0.get(option).and_then(Value::as_str) == Some("") {
        return Ok(None);
    }
    match attributes.untrimmed(option)? {
        None => Ok(Options::default().comment),
        Some(text) => separator(option, &text).map(Some),
    }
}

/// One character, written as itself or as `\u0009`.
fn separator(option: &'static str, text: &str) -> Result<u8, OptionsError> {
    let character = match text.strip_prefix("\\u") {
        Some(digits) if digits.len() == 4 => u32::from_str_radix(digits, 16)
            .ok()
            .and_then(char::from_u32),
        _ => {
            let mut characters = text.chars();
            characters.next().filter(|_| characters.next().is_none())
        }
    };
    match character {
        Some('"' | '\r' | '\n' | '\0') => Err(wrong(option, "cannot be a quote or a line end")),
        Some(character) if character.is_ascii() => Ok(character as u8),
        _ => Err(wrong(
            option,
            "must be one ASCII character, or \\u and its four digits",
        )),
    }
}

fn lines_to_skip(attributes: &Attributes) -> Result<u64, OptionsError> {
    let lines = attributes.parsed("linesToSkip")?.unwrap_or(0);
    if lines > limits::LINES_TO_SKIP_MAX {
        let most = limits::LINES_TO_SKIP_MAX;
        return Err(wrong("linesToSkip", format!("is more than {most}")));
    }
    Ok(lines)
}

fn encoding(attributes: &Attributes) -> Result<Option<&'static Encoding>, OptionsError> {
    let Some(label) = attributes.text("encoding")? else {
        return Ok(None);
    };
    Encoding::for_label_no_replacement(label.as_bytes())
        .map(Some)
        .ok_or_else(|| wrong("encoding", format!("\"{label}\" is not a known encoding")))
}

fn status(
    attributes: &Attributes,
    column_option: &'static str,
    values_option: &'static str,
) -> Result<Option<StatusRule>, OptionsError> {
    let values = attributes.list(values_option)?;
    let Some(column) = attributes.text(column_option)? else {
        return match values {
            None => Ok(None),
            Some(_) => Err(wrong(values_option, format!("needs {column_option}"))),
        };
    };
    Ok(Some(StatusRule {
        option: Some(column_option),
        column,
        values: values.unwrap_or_else(|| YES.map(str::to_owned).to_vec()),
    }))
}

/// The free map, read leniently as to types and strictly as to values.
struct Attributes<'a>(&'a Map<String, Value>);

impl Attributes<'_> {
    /// The text of an attribute; absent, null and blank are the same.
    fn text(&self, option: &'static str) -> Result<Option<String>, OptionsError> {
        let text = self.untrimmed(option)?;
        Ok(text
            .map(|text| text.trim().to_owned())
            .filter(|text| !text.is_empty()))
    }

    /// Like `text`, but a tab or space stands for itself.
    fn untrimmed(&self, option: &'static str) -> Result<Option<String>, OptionsError> {
        match self.0.get(option) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone()).filter(|text| !text.is_empty())),
            Some(Value::Bool(flag)) => Ok(Some(flag.to_string())),
            Some(Value::Number(number)) => Ok(Some(number.to_string())),
            Some(_) => Err(wrong(option, "must be a single value")),
        }
    }

    fn parsed<T: FromStr>(&self, option: &'static str) -> Result<Option<T>, OptionsError> {
        let Some(text) = self.text(option)? else {
            return Ok(None);
        };
        let parsed = text.to_ascii_lowercase().parse();
        let message = || wrong(option, format!("\"{text}\" is not a value it can have"));
        parsed.map(Some).map_err(|_| message())
    }

    /// A list, or one text with commas between its items. Absent and empty are the same.
    fn list(&self, option: &'static str) -> Result<Option<Vec<String>>, OptionsError> {
        let items: Vec<String> = match self.0.get(option) {
            Some(Value::Array(items)) => items
                .iter()
                .map(|item| match item {
                    Value::String(text) => Ok(text.trim().to_owned()),
                    Value::Bool(_) | Value::Number(_) => Ok(item.to_string()),
                    _ => Err(wrong(option, "must be a list of texts")),
                })
                .collect::<Result<_, _>>()?,
            _ => self.text(option)?.map_or_else(Vec::new, |text| {
                text.split(',').map(|item| item.trim().to_owned()).collect()
            }),
        };
        if items.len() > limits::OPTION_LIST_MAX {
            let most = limits::OPTION_LIST_MAX;
            return Err(wrong(option, format!("has more than {most} entries")));
        }
        Ok(Some(items).filter(|items| !items.is_empty()))
    }
}

fn wrong(option: &'static str, message: impl Into<String>) -> OptionsError {
    OptionsError {
        option,
        message: message.into(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(attributes: &Value) -> Result<Options, OptionsError> {
        Options::from_attributes(attributes.as_object().unwrap())
    }

    #[test]
    fn nothing_given_means_the_documented_defaults() {
        let options = read(&json!({"anything": {"else": 1}, "delimiter": null})).unwrap();
        assert_eq!(options, Options::default());
        assert_eq!((options.delimiter, options.comment), (b',', Some(b'#')));
    }

    #[test]
    fn values_read_whether_typed_or_written() {
        let options = read(&json!({
            "delimiter": "\\u0009", "commentCharacter": "", "linesToSkip": "2", "encoding": "Windows-1252",
            "mergeRows": "TRUE", "indexColumns": ["id"], "mergeColumns": "groups, roles",
            "disabledAttribute": "status", "disabledValues": ["T", 0], "lockedAttribute": "locked",
        }))
        .unwrap();
        assert_eq!((options.delimiter, options.comment), (b'\t', None));
        assert_eq!(options.lines_to_skip, 2);
        assert_eq!(options.encoding, encoding_rs::WINDOWS_1252);
        assert_eq!(options.merge_columns, ["groups", "roles"]);
        assert!(options.disabled.says_yes(b" t ") && options.disabled.says_yes(b"0"));
        assert!(!options.disabled.says_yes(b"active"));
        assert!(options.locked.says_yes(b"Yes"));
        assert_eq!(read(&json!({"delimiter": "\t"})).unwrap().delimiter, b'\t');
        assert_eq!(read(&json!({"linesToSkip": 3})).unwrap().lines_to_skip, 3);
    }

    #[test]
    fn what_cannot_be_obeyed_is_told_by_name() {
        for (attributes, option) in [
            (json!({"delimiter": "||"}), "delimiter"),
            (json!({"delimiter": "\""}), "delimiter"),
            (json!({"delimiter": "§"}), "delimiter"),
            (json!({"delimiter": "#"}), "commentCharacter"),
            (json!({"delimiter": ["a"]}), "delimiter"),
            (json!({"commentCharacter": "\n"}), "commentCharacter"),
            (json!({"linesToSkip": -1}), "linesToSkip"),
            (json!({"linesToSkip": 1_000_001}), "linesToSkip"),
            (json!({"encoding": "klingon"}), "encoding"),
            (json!({"hasHeader": false}), "hasHeader"),
            (json!({"filterString": "id == \"1\""}), "filterString"),
            (json!({"mergeRows": "maybe"}), "mergeRows"),
            (json!({"mergeColumns": [{}]}), "mergeColumns"),
            (json!({"disabledValues": "x"}), "disabledValues"),
        ] {
            assert_eq!(read(&attributes).unwrap_err().option, option);
        }
    }
}
