//! What can be wrong with a question or a patch, told so that a person can mend it.
//!
//! `Display` is the whole sentence, remedy included; [`Error::reason`] and [`Error::remedy`] are
//! its halves. Status codes are the API's business.

/// Why a collection parameter or a patch is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A parameter cannot be read; `position` counts characters from 1.
    #[error("{parameter}, character {position}: expected {expected} but found {found}; {remedy}")]
    #[expect(missing_docs, reason = "the fields are the sentence above")]
    Syntax {
        parameter: &'static str,
        position: usize,
        expected: String,
        found: String,
        remedy: String,
    },

    /// Something is larger than the bound of [`limits`](crate::limits) allows.
    #[error("{parameter}: more than {maximum} {what}; {remedy}")]
    #[expect(missing_docs, reason = "the fields are the sentence above")]
    TooLarge {
        parameter: &'static str,
        what: &'static str,
        maximum: usize,
        remedy: &'static str,
    },

    /// The collection cannot be filtered or sorted by this field.
    #[error("{parameter}: the field `{field}` is not supported here; {remedy}")]
    #[expect(missing_docs, reason = "the fields are the sentence above")]
    UnknownField {
        parameter: &'static str,
        field: String,
        remedy: String,
    },

    /// The field is known, but not with this operator.
    #[error("filters: the field `{field}` does not support the operator `{operator}`; {remedy}")]
    #[expect(missing_docs, reason = "the fields are the sentence above")]
    UnsupportedOperator {
        field: &'static str,
        operator: &'static str,
        remedy: String,
    },

    /// The field cannot be compared with this value.
    #[error("filters: the field `{field}` cannot be compared with `{value}`; {remedy}")]
    #[expect(missing_docs, reason = "the fields are the sentence above")]
    UnsuitableValue {
        field: &'static str,
        value: String,
        remedy: String,
    },

    /// The field lives only in documents, so SQL cannot answer. A mistake in a declaration, not of
    /// the caller.
    #[error("the field `{field}` has no column; {}", DECLARE_COLUMN)]
    #[expect(missing_docs, reason = "the fields are the sentence above")]
    WithoutColumn { field: &'static str },

    /// A paging parameter is not within its bounds.
    #[error("{parameter}: `{value}` is not allowed; {remedy}")]
    #[expect(missing_docs, reason = "the fields are the sentence above")]
    OutOfBounds {
        parameter: &'static str,
        value: String,
        remedy: String,
    },

    /// A patch touches what may not be changed.
    #[error("patch: `{path}` cannot be changed (operation [{operation}]); {remedy}")]
    #[expect(missing_docs, reason = "the fields are the sentence above")]
    IllegalUpdate {
        operation: usize,
        path: String,
        remedy: String,
    },

    /// A patch is not a list of operations as RFC 6902 has them.
    #[error("patch: {reason} (operation [{operation}]); {remedy}")]
    #[expect(missing_docs, reason = "the fields are the sentence above")]
    MalformedPatch {
        operation: usize,
        path: String,
        reason: String,
        remedy: String,
    },

    /// The body of a patch is not a list at all.
    #[error("patch: the body is {found}, not a list; {}", PATCH_LIST)]
    #[expect(missing_docs, reason = "the fields are the sentence above")]
    PatchNotAList { found: &'static str },

    /// An operation does not fit the document as it is; nothing was changed.
    #[error("patch: `{path}` {reason} (operation [{operation}]); {remedy}")]
    #[expect(missing_docs, reason = "the fields are the sentence above")]
    PatchFailed {
        operation: usize,
        path: String,
        reason: String,
        remedy: &'static str,
    },
}

const DECLARE_COLUMN: &str = "declare one or answer from documents";
const PATCH_LIST: &str =
    r#"send a JSON array such as [{"op": "replace", "path": "/name", "value": "x"}]"#;

impl Error {
    /// The parameter, field or path that is wrong.
    pub fn field(&self) -> &str {
        match self {
            Self::Syntax { parameter, .. }
            | Self::TooLarge { parameter, .. }
            | Self::OutOfBounds { parameter, .. } => parameter,
            Self::UnknownField { field, .. } => field,
            Self::UnsupportedOperator { field, .. }
            | Self::UnsuitableValue { field, .. }
            | Self::WithoutColumn { field } => field,
            Self::IllegalUpdate { path, .. }
            | Self::MalformedPatch { path, .. }
            | Self::PatchFailed { path, .. } => path,
            Self::PatchNotAList { .. } => "patch",
        }
    }

    /// What is wrong, without the remedy.
    pub fn reason(&self) -> String {
        let mut sentence = self.to_string();
        // Every message ends in "; " and the remedy, which a test of this file holds to.
        sentence.truncate(
            sentence
                .len()
                .saturating_sub(self.remedy().len() + "; ".len()),
        );
        sentence
    }

    /// What to write instead.
    pub fn remedy(&self) -> &str {
        match self {
            Self::Syntax { remedy, .. }
            | Self::UnknownField { remedy, .. }
            | Self::UnsupportedOperator { remedy, .. }
            | Self::UnsuitableValue { remedy, .. }
            | Self::OutOfBounds { remedy, .. }
            | Self::IllegalUpdate { remedy, .. }
            | Self::MalformedPatch { remedy, .. } => remedy,
            Self::TooLarge { remedy, .. } | Self::PatchFailed { remedy, .. } => remedy,
            Self::WithoutColumn { .. } => DECLARE_COLUMN,
            Self::PatchNotAList { .. } => PATCH_LIST,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_is_its_reason_and_its_remedy() {
        let some = || "some ü".to_owned();
        let errors = [
            Error::Syntax {
                parameter: "filters",
                position: 3,
                expected: some(),
                found: some(),
                remedy: some(),
            },
            Error::TooLarge {
                parameter: "filters",
                what: "bytes",
                maximum: 3,
                remedy: "cut it",
            },
            Error::UnknownField {
                parameter: "sorters",
                field: some(),
                remedy: some(),
            },
            Error::UnsupportedOperator {
                field: "id",
                operator: "sw",
                remedy: some(),
            },
            Error::UnsuitableValue {
                field: "id",
                value: some(),
                remedy: some(),
            },
            Error::WithoutColumn { field: "id" },
            Error::OutOfBounds {
                parameter: "limit",
                value: some(),
                remedy: some(),
            },
            Error::IllegalUpdate {
                operation: 0,
                path: some(),
                remedy: some(),
            },
            Error::MalformedPatch {
                operation: 0,
                path: some(),
                reason: some(),
                remedy: some(),
            },
            Error::PatchNotAList { found: "an object" },
            Error::PatchFailed {
                operation: 0,
                path: some(),
                reason: some(),
                remedy: "wait",
            },
        ];
        for error in errors {
            assert_eq!(
                format!("{}; {}", error.reason(), error.remedy()),
                error.to_string()
            );
            assert!(!error.field().is_empty());
        }
    }
}
