//! The tree of a regular expression between reading and emitting.

/// A part of a regular expression.
#[derive(Debug, Clone)]
pub(crate) enum Piece {
    /// Exactly one character, in the engine's syntax.
    Character(String),
    /// No character, in the engine's syntax: `^`, `\b`.
    Assertion(&'static str),
    Concatenation(Vec<Piece>),
    Alternation(Vec<Piece>),
    Group {
        body: Box<Piece>,
        /// The number of a capturing group.
        number: Option<u32>,
        name: Option<String>,
    },
    Repetition {
        body: Box<Piece>,
        min: u32,
        max: Option<u32>,
        possessive: bool,
    },
    Look {
        ahead: bool,
        negative: bool,
        body: Box<Piece>,
    },
    BackReference(u32),
    NamedBackReference(String),
}

impl Piece {
    /// Whether there is a most that it can take.
    pub(crate) fn is_bounded(&self) -> bool {
        match self {
            Piece::Character(_) | Piece::Assertion(_) | Piece::Look { .. } => true,
            Piece::Concatenation(pieces) | Piece::Alternation(pieces) => {
                pieces.iter().all(Piece::is_bounded)
            }
            Piece::Group { body, .. } => body.is_bounded(),
            Piece::Repetition { body, max, .. } => max.is_some() && body.is_bounded(),
            Piece::BackReference(_) | Piece::NamedBackReference(_) => false,
        }
    }

    /// How many characters it always takes, if that is fixed.
    pub(crate) fn fixed_length(&self) -> Option<usize> {
        match self {
            Piece::Character(_) => Some(1),
            Piece::Assertion(_) | Piece::Look { .. } => Some(0),
            Piece::Concatenation(pieces) => pieces
                .iter()
                .try_fold(0, |sum, piece| Some(sum + piece.fixed_length()?)),
            Piece::Alternation(pieces) => {
                let first = pieces.first()?.fixed_length()?;
                pieces
                    .iter()
                    .all(|piece| piece.fixed_length() == Some(first))
                    .then_some(first)
            }
            Piece::Group { body, .. } => body.fixed_length(),
            Piece::Repetition { body, min, max, .. } if Some(*min) == *max => {
                body.fixed_length()?.checked_mul(*min as usize)
            }
            Piece::Repetition { .. } | Piece::BackReference(_) | Piece::NamedBackReference(_) => {
                None
            }
        }
    }
}
