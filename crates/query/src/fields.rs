//! What a collection may be filtered and sorted by: one static list of fields per collection.
//!
//! A declaration reads like the vendor's own sentence ("filtering is supported for the following
//! fields and operators"). A nonsensical one, such as `sw` on a flag, does not compile.

use crate::filter::operator::{CA, CO, EQ, IN, ISNULL, NE, NONE, ORDER, Operators, PR, SAME, SW};

/// What a field holds, which decides how it is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text, compared without regard to case. Its column holds [`fold`](crate::fold)ed text.
    Text,
    /// An id, compared exactly.
    Id,
    /// A whole number.
    Number,
    /// True or false; 0 or 1 in a column.
    Flag,
    /// A moment; microseconds since 1970 in a column.
    Time,
    /// Several texts. `eq`, `in`, `sw` and `co` ask whether any of them fits, `ca` whether all
    /// asked for are there. Its column is written by [`list_column`](crate::list_column).
    TextList,
}

impl Kind {
    const fn operators(self) -> Operators {
        match self {
            Self::Text | Self::Id => SAME.and(ORDER).and(SW).and(CO),
            Self::Number => SAME.and(ORDER),
            Self::Flag => SAME,
            Self::Time => SAME.and(ORDER).and(SW),
            Self::TextList => EQ
                .and(NE)
                .and(IN)
                .and(CA)
                .and(CO)
                .and(SW)
                .and(ISNULL)
                .and(PR),
        }
    }
}

/// One field of a collection: its name on the wire, where its value is found, what may be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// The name in `filters` and `sorters`, possibly dotted.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// The operators that filters may use.
    pub operators: Operators,
    /// The column of a typed table.
    pub column: Option<&'static str>,
    path: &'static str,
    sortable: bool,
}

impl Field {
    /// A text without regard to case.
    pub const fn text(name: &'static str, operators: Operators) -> Self {
        Self::new(name, Kind::Text, operators)
    }

    /// An exact id.
    pub const fn id(name: &'static str, operators: Operators) -> Self {
        Self::new(name, Kind::Id, operators)
    }

    /// A whole number.
    pub const fn number(name: &'static str, operators: Operators) -> Self {
        Self::new(name, Kind::Number, operators)
    }

    /// True or false.
    pub const fn flag(name: &'static str, operators: Operators) -> Self {
        Self::new(name, Kind::Flag, operators)
    }

    /// A moment.
    pub const fn time(name: &'static str, operators: Operators) -> Self {
        Self::new(name, Kind::Time, operators)
    }

    /// Several texts.
    pub const fn text_list(name: &'static str, operators: Operators) -> Self {
        Self::new(name, Kind::TextList, operators)
    }

    const fn new(name: &'static str, kind: Kind, operators: Operators) -> Self {
        assert!(
            operators.is_within(kind.operators()),
            "an operator that this kind cannot answer"
        );
        Self {
            name,
            kind,
            operators,
            column: None,
            path: name,
            sortable: false,
        }
    }

    /// The value is found at this dotted path of the document, not at the name.
    pub const fn at(mut self, path: &'static str) -> Self {
        self.path = path;
        self
    }

    /// This column of a typed table answers.
    pub const fn column(mut self, column: &'static str) -> Self {
        self.column = Some(column);
        self
    }

    /// `sorters` may name this field.
    pub const fn sorted(mut self) -> Self {
        assert!(
            !matches!(self.kind, Kind::TextList),
            "a list has no place in an order"
        );
        self.sortable = true;
        self
    }

    /// Whether `sorters` may name this field.
    pub const fn is_sortable(&self) -> bool {
        self.sortable
    }

    pub(crate) fn segments(&self) -> impl Iterator<Item = &'static str> + Clone {
        self.path.split('.')
    }
}

/// The fields of one collection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fields(&'static [Field]);

impl Fields {
    /// The declaration of a collection: `static FIELDS: Fields = Fields::new(&[…]);`
    pub const fn new(fields: &'static [Field]) -> Self {
        Self(fields)
    }

    /// All fields, in the order declared.
    pub fn iter(self) -> impl Iterator<Item = &'static Field> {
        self.0.iter()
    }

    /// The fields that filters may name.
    pub fn filterable(self) -> impl Iterator<Item = &'static Field> {
        self.iter().filter(|field| field.operators != NONE)
    }

    /// The fields that sorters may name.
    pub fn sortable(self) -> impl Iterator<Item = &'static Field> {
        self.iter().filter(|field| field.sortable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static FIELDS: Fields = Fields::new(&[
        Field::id("id", EQ.and(IN)).column("id"),
        Field::text("identity.name", EQ.and(SW))
            .at("owner.name")
            .column("name_lower")
            .sorted(),
        Field::text("uuid", NONE).sorted(),
    ]);

    #[test]
    fn a_declaration_is_a_static() {
        let names = |field: &Field| field.name;
        assert_eq!(
            FIELDS.filterable().map(names).collect::<Vec<_>>(),
            ["id", "identity.name"]
        );
        assert_eq!(
            FIELDS.sortable().map(names).collect::<Vec<_>>(),
            ["identity.name", "uuid"]
        );
    }
}
