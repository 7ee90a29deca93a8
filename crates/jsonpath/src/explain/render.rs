//! Short texts of values and of parts of a filter.

use crate::evaluate::Handle;
use crate::jayway::operators::Side;
use crate::limits::EXPLAINED_VALUE_CHARS_MAX;
use crate::node::Node;

/// The JSON of a value, cut short.
pub(super) fn value_text<'m, N: Node + 'm>(value: Handle<'m, N>) -> String {
    shortened(value.to_value().to_string())
}

/// A side of a comparison as it was seen.
pub(super) fn side_text<'m, N: Node + 'm>(side: Side<'m, N>) -> String {
    match side {
        Side::Undefined => "absent".to_owned(),
        Side::Null => "null".to_owned(),
        Side::Bool(value) => value.to_string(),
        Side::Number(number) => number.with_text(str::to_owned),
        Side::Text(text) => value_text(Handle::<'m, N>::Text(text)),
        Side::Container(value) => value_text(value),
        Side::Literal(literal) => shortened(literal.text.to_string()),
        Side::JsonText(text) => shortened(text.to_owned()),
        Side::PathText => "text that reads as a path".to_owned(),
        Side::Pattern(pattern) => shortened(pattern.source.to_string()),
    }
}

fn shortened(text: String) -> String {
    match text.char_indices().nth(EXPLAINED_VALUE_CHARS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
