//! The operators of the V3 filter language, and sets of them for declarations.

/// One operator. Spelled in lower case only (api-surface.md §2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `eq`: equal.
    Equal,
    /// `ne`: not equal; a missing value is not equal to anything.
    NotEqual,
    /// `gt`: greater, later, after in the alphabet.
    Greater,
    /// `ge`: greater or equal.
    GreaterOrEqual,
    /// `lt`: less, earlier.
    Less,
    /// `le`: less or equal.
    LessOrEqual,
    /// `sw`: starts with.
    StartsWith,
    /// `co`: contains the text.
    Contains,
    /// `in`: equal to one of a list.
    In,
    /// `ca`: the list holds all of these.
    ContainsAll,
    /// `isnull`: missing or null.
    IsNull,
    /// `pr`: present, the opposite of `isnull`.
    Present,
}

impl Operator {
    /// All operators, in the order in which the documentation lists them.
    pub const ALL: [Self; 12] = [
        Self::Equal,
        Self::NotEqual,
        Self::Greater,
        Self::GreaterOrEqual,
        Self::Less,
        Self::LessOrEqual,
        Self::StartsWith,
        Self::Contains,
        Self::In,
        Self::ContainsAll,
        Self::IsNull,
        Self::Present,
    ];

    /// As a filter spells it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Equal => "eq",
            Self::NotEqual => "ne",
            Self::Greater => "gt",
            Self::GreaterOrEqual => "ge",
            Self::Less => "lt",
            Self::LessOrEqual => "le",
            Self::StartsWith => "sw",
            Self::Contains => "co",
            Self::In => "in",
            Self::ContainsAll => "ca",
            Self::IsNull => "isnull",
            Self::Present => "pr",
        }
    }

    pub(crate) fn from_word(word: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|operator| operator.word() == word)
    }

    /// `in` and `ca`, which take a list in brackets.
    pub(crate) const fn takes_list(self) -> bool {
        matches!(self, Self::In | Self::ContainsAll)
    }

    /// `isnull` and `pr`, which take nothing.
    pub(crate) const fn takes_nothing(self) -> bool {
        matches!(self, Self::IsNull | Self::Present)
    }
}

/// A set of operators, built with [`Operators::and`]: `EQ.and(IN).and(SW)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operators(u16);

/// No operator: a field that is only sorted by.
pub const NONE: Operators = Operators(0);
/// `eq`
pub const EQ: Operators = Operators::of(Operator::Equal);
/// `ne`
pub const NE: Operators = Operators::of(Operator::NotEqual);
/// `gt`
pub const GT: Operators = Operators::of(Operator::Greater);
/// `ge`
pub const GE: Operators = Operators::of(Operator::GreaterOrEqual);
/// `lt`
pub const LT: Operators = Operators::of(Operator::Less);
/// `le`
pub const LE: Operators = Operators::of(Operator::LessOrEqual);
/// `sw`
pub const SW: Operators = Operators::of(Operator::StartsWith);
/// `co`
pub const CO: Operators = Operators::of(Operator::Contains);
/// `in`
pub const IN: Operators = Operators::of(Operator::In);
/// `ca`
pub const CA: Operators = Operators::of(Operator::ContainsAll);
/// `isnull`
pub const ISNULL: Operators = Operators::of(Operator::IsNull);
/// `pr`
pub const PR: Operators = Operators::of(Operator::Present);
/// `gt`, `ge`, `lt`, `le`
pub const ORDER: Operators = GT.and(GE).and(LT).and(LE);
/// `eq`, `ne`, `in`, `isnull`, `pr`
pub const SAME: Operators = EQ.and(NE).and(IN).and(ISNULL).and(PR);

impl Operators {
    /// The set of one.
    pub const fn of(operator: Operator) -> Self {
        Self(1 << operator as u16)
    }

    /// Both sets together.
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether the operator is in the set.
    pub const fn contains(self, operator: Operator) -> bool {
        self.0 & Self::of(operator).0 != 0
    }

    /// Whether every operator of this set is in the other.
    pub const fn is_within(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    /// The operators of the set.
    pub fn iter(self) -> impl Iterator<Item = Operator> {
        Operator::ALL
            .into_iter()
            .filter(move |operator| self.contains(*operator))
    }

    /// The words, for an error or a documentation sentence: `eq, in, sw`.
    pub fn words(self) -> String {
        self.iter()
            .map(Operator::word)
            .collect::<Vec<_>>()
            .join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_knows_its_operators() {
        let set = EQ.and(IN).and(PR);
        assert_eq!(set.words(), "eq, in, pr");
        assert!(set.contains(Operator::In) && !set.contains(Operator::Less));
        assert!(EQ.is_within(set) && !SW.is_within(set) && NONE.is_within(set));
    }

    #[test]
    fn every_operator_is_found_by_its_word_in_lower_case_only() {
        for operator in Operator::ALL {
            assert_eq!(Operator::from_word(operator.word()), Some(operator));
            assert_eq!(Operator::from_word(&operator.word().to_uppercase()), None);
        }
    }
}
