//! Writes a tree in the engine's syntax. Lookaround at the outermost level becomes checks of their
//! own: with everything before a lookahead of fixed length, `A(?=B)C` matches exactly what `AC` and
//! `AB.*` both match; likewise from the end for a lookbehind.

use super::syntax::Piece;
use super::{PatternError, build};

/// One expression the whole text must match, or must not.
pub(crate) struct Emitted {
    pub(crate) text: String,
    pub(crate) wanted: bool,
}

/// `^` with the flag `m`: the start of a line.
pub(super) const LINE_START: &str = "(?mR:^)";

/// The same where only `\n` ends a line.
pub(super) const UNIX_LINE_START: &str = "(?m:^)";

/// What never matches.
const NOTHING: &str = "[a&&b]";

/// Anything at all.
const ANYTHING: &str = "(?s:.)*";

/// Writes the checks of a tree.
pub(crate) fn emit(piece: Piece) -> Result<Vec<Emitted>, PatternError> {
    let pieces = match resolve_references(piece)? {
        Piece::Concatenation(pieces) => pieces,
        piece => vec![piece],
    };
    let mut checks = vec![whole(&write_all(
        pieces.iter().filter(|piece| !is_look(piece)),
        true,
    )?)];
    checks.extend(refusal_of_empty_text(&checks[0].text)?);
    for (at, piece) in pieces.iter().enumerate() {
        let Piece::Look {
            ahead,
            negative,
            body,
        } = piece
        else {
            continue;
        };
        let (before, after) = (&pieces[..at], &pieces[at + 1..]);
        let fixed = if *ahead { before } else { after };
        if fixed.iter().any(|piece| piece.fixed_length().is_none()) {
            return Err(PatternError::NotLinear(
                "lookaround behind or before a varying length",
            ));
        }
        let fixed = write_all(fixed.iter().filter(|piece| !is_look(piece)), false)?;
        let body = write(body, false)?;
        let text = if *ahead {
            format!("{fixed}(?:{body}){ANYTHING}")
        } else {
            format!("{ANYTHING}(?:{body}){fixed}")
        };
        checks.push(Emitted {
            wanted: !negative,
            ..whole(&text)
        });
    }
    Ok(checks)
}

/// For Java no line starts at the very end of a text, so that a line's start is never found in the
/// empty text, which absent values are (quirk 14).
fn refusal_of_empty_text(text: &str) -> Result<Option<Emitted>, PatternError> {
    if !text.contains(LINE_START) && !text.contains(UNIX_LINE_START) {
        return Ok(None);
    }
    let without_starts = text
        .replace(LINE_START, NOTHING)
        .replace(UNIX_LINE_START, NOTHING);
    Ok((!build(&without_starts)?.is_match("")).then(|| whole("(?s:.)+")))
}

fn whole(text: &str) -> Emitted {
    Emitted {
        text: format!("\\A(?:{text})\\z"),
        wanted: true,
    }
}

fn is_look(piece: &Piece) -> bool {
    matches!(piece, Piece::Look { .. })
}

/// Replaces a back-reference to a group of fixed characters in the same sequence by those
/// characters. No other back-reference can be kept.
fn resolve_references(piece: Piece) -> Result<Piece, PatternError> {
    let Piece::Concatenation(mut pieces) = piece else {
        return Ok(piece);
    };
    for at in 0..pieces.len() {
        let target = match &pieces[at] {
            Piece::BackReference(wanted) => pieces[..at].iter().find(|piece| {
                matches!(piece, Piece::Group { number: Some(number), .. } if number == wanted)
            }),
            Piece::NamedBackReference(wanted) => pieces[..at].iter().find(|piece| {
                matches!(piece, Piece::Group { name: Some(name), .. } if name == wanted)
            }),
            _ => continue,
        };
        match target {
            Some(Piece::Group { body, .. }) if is_constant(body) => {
                pieces[at] = (**body).clone();
            }
            _ => return Err(PatternError::NotLinear("a back-reference")),
        }
    }
    Ok(Piece::Concatenation(pieces))
}

/// Whether it matches one text only (up to case).
fn is_constant(piece: &Piece) -> bool {
    match piece {
        // Sets are written in brackets, dots in groups; a plain character is neither.
        Piece::Character(text) => !text.contains(['[', '.', 'p', 'P']) || text.len() == 1,
        Piece::Concatenation(pieces) => pieces.iter().all(is_constant),
        Piece::Group { body, .. } => is_constant(body),
        _ => false,
    }
}

/// Writes a sequence; `ends` tells whether nothing follows it.
fn write_all<'p>(
    pieces: impl Iterator<Item = &'p Piece>,
    ends: bool,
) -> Result<String, PatternError> {
    let pieces: Vec<&Piece> = pieces.collect();
    let mut text = String::new();
    for (at, piece) in pieces.iter().enumerate() {
        let is_last = at + 1 == pieces.len();
        if let Piece::Repetition {
            body,
            possessive: true,
            ..
        } = piece
        {
            check_possessive(body, pieces.get(at + 1).copied(), ends)?;
        }
        text.push_str(&write(piece, ends && is_last)?);
    }
    Ok(text)
}

/// A possessive quantifier changes nothing at the very end, and nothing before a character that
/// what it repeats cannot take.
fn check_possessive(body: &Piece, next: Option<&Piece>, ends: bool) -> Result<(), PatternError> {
    let harmless = match (body, next) {
        (Piece::Character(_), None) => ends,
        (Piece::Character(set), Some(Piece::Character(next))) => build(&format!("[{set}&&{next}]"))
            .is_ok_and(|common| {
                (0..=0x2_ffff)
                    .filter_map(char::from_u32)
                    .all(|character| !common.is_match(character.encode_utf8(&mut [0; 4])))
            }),
        _ => false,
    };
    if harmless {
        Ok(())
    } else {
        Err(PatternError::NotLinear("a possessive quantifier"))
    }
}

fn write(piece: &Piece, ends: bool) -> Result<String, PatternError> {
    Ok(match piece {
        Piece::Character(text) => text.clone(),
        Piece::Assertion(text) => (*text).to_owned(),
        Piece::Concatenation(pieces) => write_all(pieces.iter(), ends)?,
        Piece::Alternation(pieces) => {
            let branches = pieces
                .iter()
                .map(|piece| write(piece, ends))
                .collect::<Result<Vec<_>, _>>()?;
            format!("(?:{})", branches.join("|"))
        }
        Piece::Group { body, .. } => format!("(?:{})", write(body, ends)?),
        Piece::Repetition {
            body,
            min,
            max,
            possessive,
        } => {
            if *possessive {
                // Reached directly only where nothing is known of what follows.
                check_possessive(body, None, ends)?;
            }
            let body = write(body, false)?;
            match (min, max) {
                (0, Some(1)) => format!("(?:{body})?"),
                (0, None) => format!("(?:{body})*"),
                (1, None) => format!("(?:{body})+"),
                (min, None) => format!("(?:{body}){{{min},}}"),
                (min, Some(max)) => format!("(?:{body}){{{min},{max}}}"),
            }
        }
        Piece::Look { .. } => return Err(PatternError::NotLinear("lookaround inside a group")),
        Piece::BackReference(_) | Piece::NamedBackReference(_) => {
            return Err(PatternError::NotLinear("a back-reference"));
        }
    })
}
