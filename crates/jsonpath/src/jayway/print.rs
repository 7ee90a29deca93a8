//! Prints a compiled path in one canonical spelling: names in brackets, one blank around operators.
//! Reading it again gives the same path.

use std::fmt::{self, Formatter, Write};

use crate::program::{Argument, Call, Expression, Operand, Path, Root, Slice, StepKind};

/// What a writing function writes.
pub(crate) fn text(write: impl Fn(&mut Formatter<'_>) -> fmt::Result) -> String {
    struct Written<F>(F);
    impl<F: Fn(&mut Formatter<'_>) -> fmt::Result> fmt::Display for Written<F> {
        fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
            (self.0)(out)
        }
    }
    Written(write).to_string()
}

/// Writes a path.
pub(crate) fn path(path: &Path, out: &mut Formatter<'_>) -> fmt::Result {
    out.write_char(if path.root == Root::Document {
        '$'
    } else {
        '@'
    })?;
    let mut kinds: Vec<&StepKind> = path.steps.iter().map(|step| &step.kind).collect();
    // A turned-round call prints as it was written: behind its scan.
    if let Some(StepKind::Call(call)) = kinds.first()
        && call.inverted
        && let Some(Argument::Path { path: scan, .. }) = call.arguments.first()
    {
        kinds.splice(0..0, scan.steps.iter().map(|step| &step.kind));
    }
    steps(&kinds, out)
}

/// Writes a run of steps.
pub(crate) fn steps(kinds: &[&StepKind], out: &mut Formatter<'_>) -> fmt::Result {
    let mut brackets = 0_usize;
    for (at, kind) in kinds.iter().enumerate() {
        let before = at.checked_sub(1).map(|at| kinds[at]);
        let dot = if is_scan(before) { "" } else { "." };
        let dotted = is_dotted(kinds, at, brackets);
        brackets = if dotted { 0 } else { brackets + 1 };
        match kind {
            // Behind a call without arguments a name begins with its `)` and stays unquoted.
            StepKind::Name(name) if name.starts_with(')') && is_bare_call(before) => {
                out.write_str(name)?;
            }
            StepKind::Name(name) if dotted => write!(out, "{dot}{name}")?,
            StepKind::Name(name) => write_names(std::slice::from_ref(name), out)?,
            StepKind::MergedNames(names) | StepKind::EachName(names) => write_names(names, out)?,
            StepKind::Index(index) => write!(out, "[{index}]")?,
            StepKind::Indices(indexes) => {
                out.write_char('[')?;
                for (at, index) in indexes.iter().enumerate() {
                    write!(out, "{}{index}", if at == 0 { "" } else { "," })?;
                }
                out.write_char(']')?;
            }
            StepKind::Slice(slice) => match slice {
                Slice::From(from) => write!(out, "[{from}:]")?,
                Slice::To(to) => write!(out, "[:{to}]")?,
                Slice::Between(from, to) => write!(out, "[{from}:{to}]")?,
            },
            StepKind::Wildcard if dotted => write!(out, "{dot}*")?,
            StepKind::Wildcard => out.write_str("[*]")?,
            StepKind::Scan => out.write_str("..")?,
            StepKind::Filter(filter) => {
                out.write_str("[?(")?;
                expression(filter, Level::Or, out)?;
                out.write_str(")]")?;
            }
            StepKind::Call(call) => {
                let joined = call.name.starts_with(')') && is_bare_call(before);
                if !joined && !is_scan(before) {
                    out.write_char('.')?;
                }
                write_call(call, kinds.get(at + 1).copied(), out)?;
            }
            StepKind::Children(_) | StepKind::Descendants(_) => {}
        }
    }
    Ok(())
}

fn is_scan(kind: Option<&StepKind>) -> bool {
    matches!(kind, Some(StepKind::Scan))
}

/// Whether a step is written behind a dot, given how many brackets stand right before it. Names and
/// wildcards can be written either way. Within a filter the reference passes over every second one
/// of adjacent brackets character by character, which must not happen to one that holds signs or
/// blanks.
fn is_dotted(kinds: &[&StepKind], at: usize, brackets: usize) -> bool {
    let possible = match kinds[at] {
        StepKind::Name(name) => is_plain(name),
        StepKind::Wildcard => true,
        StepKind::Call(_) | StepKind::Scan => return true,
        _ => false,
    };
    if !possible {
        return false;
    }
    let following = &kinds[at + 1..];
    let next = following.iter().position(|kind| {
        holds_signs(kind)
            || matches!(
                kind,
                StepKind::Wildcard | StepKind::Call(_) | StepKind::Scan
            )
            || matches!(kind, StepKind::Name(name) if is_plain(name))
    });
    match next {
        Some(next) if holds_signs(following[next]) => {
            next % 2 == 0 || (brackets + 1 + next) % 2 == 1
        }
        _ => true,
    }
}

/// Whether a bracket has to be passed over as a whole.
fn holds_signs(kind: &StepKind) -> bool {
    match kind {
        StepKind::Filter(_) => true,
        StepKind::Name(name) => !is_plain(name),
        StepKind::MergedNames(names) | StepKind::EachName(names) => {
            names.iter().any(|name| !is_plain(name))
        }
        _ => false,
    }
}

/// Whether a name can stand behind a dot.
fn is_plain(name: &str) -> bool {
    !name.is_empty() && !name.starts_with('*') && !name.contains(NOT_PLAIN)
}

/// Characters that end a name, or that would be taken for something else within a filter.
const NOT_PLAIN: [char; 17] = [
    ' ', '.', '[', ']', '(', ')', '{', '}', '<', '>', '=', '~', '!', '\'', '"', '/', ',',
];

/// Whether it is a call written without arguments.
fn is_bare_call(kind: Option<&StepKind>) -> bool {
    matches!(kind, Some(StepKind::Call(call)) if call.source.is_empty())
}

/// A call without arguments leaves its `)` to the name behind it, if there is one; arguments are
/// printed as they were written.
fn write_call(call: &Call, next: Option<&StepKind>, out: &mut Formatter<'_>) -> fmt::Result {
    write!(out, "{}({}", call.name, call.source)?;
    let taken_over = match next {
        Some(StepKind::Name(name)) => name.starts_with(')'),
        Some(StepKind::Call(call)) => call.name.starts_with(')'),
        _ => false,
    };
    if call.source.is_empty() && !taken_over {
        out.write_char(')')
    } else {
        Ok(())
    }
}

fn write_names(names: &[Box<str>], out: &mut Formatter<'_>) -> fmt::Result {
    out.write_char('[')?;
    for (at, name) in names.iter().enumerate() {
        out.write_str(if at == 0 { "'" } else { ",'" })?;
        for character in name.chars() {
            match character {
                '\'' | '\\' => write!(out, "\\{character}")?,
                _ => out.write_char(character)?,
            }
        }
        out.write_char('\'')?;
    }
    out.write_char(']')
}

/// What an expression stands in.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    Or,
    And,
    Part,
}

/// Writes an expression, in parentheses where it binds less than what it stands in.
pub(crate) fn expression(
    written: &Expression,
    level: Level,
    out: &mut Formatter<'_>,
) -> fmt::Result {
    let own = match written {
        Expression::Or(_) => Level::Or,
        Expression::And(_) => Level::And,
        _ => Level::Part,
    };
    if own < level {
        out.write_char('(')?;
        expression(written, Level::Or, out)?;
        return out.write_char(')');
    }
    match written {
        Expression::Or(parts) => chain(parts, " || ", Level::And, out),
        Expression::And(parts) => chain(parts, " && ", Level::Part, out),
        Expression::Not(part) => {
            out.write_str("!(")?;
            expression(part, Level::Or, out)?;
            out.write_char(')')
        }
        Expression::Exists {
            path: tested,
            wanted,
        } => {
            out.write_str(if *wanted { "" } else { "!" })?;
            path(tested, out)
        }
        Expression::Compare(comparison) => {
            operand(&comparison.left, out)?;
            write!(out, " {} ", comparison.operator.name())?;
            operand(&comparison.right, out)
        }
    }
}

fn chain(
    parts: &[Expression],
    between: &str,
    level: Level,
    out: &mut Formatter<'_>,
) -> fmt::Result {
    for (at, part) in parts.iter().enumerate() {
        out.write_str(if at == 0 { "" } else { between })?;
        expression(part, level, out)?;
    }
    Ok(())
}

/// Writes one side of a comparison.
pub(crate) fn operand(written: &Operand, out: &mut Formatter<'_>) -> fmt::Result {
    match written {
        Operand::Path(written) => path(written, out),
        Operand::Null => out.write_str("null"),
        Operand::Bool(value) => write!(out, "{value}"),
        Operand::Number(literal) => out.write_str(&literal.source),
        Operand::Text(literal) => out.write_str(&literal.source),
        Operand::Json(literal) => out.write_str(&literal.text),
        Operand::Pattern(pattern) => out.write_str(&pattern.source),
    }
}
