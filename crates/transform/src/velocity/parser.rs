//! Template text → pieces: finds references and directives in text. Expressions inside directives
//! and method calls are read in `expression`.

use crate::limits;
use crate::references::References;
use crate::velocity::ast::{Access, Expression, Piece, Reference};
use crate::velocity::{methods, reads};

/// Parses a template; gives the pieces and the names it reads without setting them.
pub(super) fn parse(
    source: &str,
    references: &mut References,
) -> Result<(Vec<Piece>, Vec<Box<str>>), String> {
    let mut parser = Parser {
        source,
        at: 0,
        depth: 0,
        fallbacks: 0,
        references,
        roots: Vec::new(),
        locals: Vec::new(),
    };
    let (pieces, end) = parser.block()?;
    match end {
        Terminator::End => Err("#end without a directive that it ends".to_owned()),
        Terminator::Else | Terminator::ElseIf => Err("#else without #if".to_owned()),
        Terminator::Source => Ok((pieces, parser.roots)),
    }
}

/// Where parsing stands.
pub(super) struct Parser<'t> {
    pub(super) source: &'t str,
    pub(super) at: usize,
    depth: usize,
    fallbacks: u32,
    pub(super) references: &'t mut References,
    roots: Vec<Box<str>>,
    locals: Vec<Box<str>>,
}

/// What ended a block.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Terminator {
    Source,
    Else,
    ElseIf,
    End,
}

impl<'t> Parser<'t> {
    /// Text, references and directives up to the end of the block.
    fn block(&mut self) -> Result<(Vec<Piece>, Terminator), String> {
        self.descend()?;
        let mut pieces = Pieces::default();
        loop {
            let rest = self.rest();
            let Some(found) = rest.find(['$', '#']) else {
                pieces.text(rest);
                self.at = self.source.len();
                self.depth -= 1;
                return Ok((pieces.finish(), Terminator::Source));
            };
            let start = self.at;
            self.at += found;
            let before = &self.source[start..self.at];
            let marks_something = if rest[found..].starts_with('$') {
                self.is_reference()
            } else {
                self.directive_name().is_some()
            };
            if !marks_something {
                pieces.text(before);
                self.plain_mark(&mut pieces)?;
                continue;
            }
            // Backslashes before a mark halve; an odd one takes the mark's meaning away
            // (observed with Velocity 1.7).
            let slashes = before.len() - before.trim_end_matches('\\').len();
            // Blanks before #set belong to it, unless they are the end of a text (observed, too).
            let is_blank = before.bytes().all(|byte| matches!(byte, b' ' | b'\t'));
            if !(is_blank && self.directive_name().is_some_and(|(name, _)| name == "set")) {
                pieces.text(&before[..before.len() - slashes]);
            }
            pieces.text(&before[before.len() - slashes / 2..]);
            if slashes % 2 == 1 {
                pieces.text(&self.source[self.at..=self.at]);
                self.at += 1;
                continue;
            }
            if rest[found..].starts_with('$') {
                let reference = self.reference()?;
                pieces.push(Piece::Reference(reference));
            } else if let Some(end) = self.directive(&mut pieces)? {
                self.depth -= 1;
                return Ok((pieces.finish(), end));
            }
        }
    }

    /// A `$` or `#` that marks no reference and no directive: a comment, or plain text.
    fn plain_mark(&mut self, pieces: &mut Pieces) -> Result<(), String> {
        let rest = self.rest();
        if rest.starts_with("##") {
            self.at += rest.find('\n').map_or(rest.len(), |end| end + 1);
        } else if rest.starts_with("#*") {
            let end = rest.find("*#").ok_or("a comment #* without its *#")?;
            self.at += end + 2;
        } else if let Some(inner) = rest.strip_prefix("#[[") {
            let end = inner.find("]]#").ok_or("#[[ without its ]]#")?;
            pieces.text(&inner[..end]);
            self.at += end + 6;
        } else {
            pieces.text(&rest[..1]);
            self.at += 1;
        }
        Ok(())
    }

    /// One directive, or the end of the block that it stands for.
    fn directive(&mut self, pieces: &mut Pieces) -> Result<Option<Terminator>, String> {
        let (name, length) = self.directive_name().ok_or("a directive was expected")?;
        self.at += length;
        let end = match name {
            "if" => {
                let piece = self.branches()?;
                pieces.push(piece);
                return Ok(None);
            }
            "set" => {
                self.open("#set")?;
                let name = self.assigned_name()?;
                self.expect("=")?;
                let value = self.expression()?;
                self.close("#set")?;
                self.locals.push(name.clone());
                pieces.push(Piece::Set { name, value });
                None
            }
            "foreach" => {
                let piece = self.each()?;
                pieces.push(piece);
                return Ok(None);
            }
            "break" => {
                pieces.push(Piece::Break);
                None
            }
            "stop" => {
                pieces.push(Piece::Stop);
                None
            }
            "else" => Some(Terminator::Else),
            "elseif" => return Ok(Some(Terminator::ElseIf)),
            "end" => Some(Terminator::End),
            other => return Err(format!("the directive #{other} is not supported")),
        };
        self.skip_line_end();
        Ok(end)
    }

    fn branches(&mut self) -> Result<Piece, String> {
        let mut branches = Vec::new();
        loop {
            self.open("#if")?;
            let condition = self.expression()?;
            self.close("#if")?;
            self.skip_line_end();
            let (body, end) = self.block()?;
            branches.push((condition, body));
            let otherwise = match end {
                Terminator::ElseIf => continue,
                Terminator::End => Vec::new(),
                Terminator::Source => return Err("#if without its #end".to_owned()),
                Terminator::Else => match self.block()? {
                    (body, Terminator::End) => body,
                    _ => return Err("#else without its #end".to_owned()),
                },
            };
            return Ok(Piece::If {
                branches,
                otherwise,
            });
        }
    }

    fn each(&mut self) -> Result<Piece, String> {
        self.open("#foreach")?;
        let name = self.assigned_name()?;
        self.expect("in")?;
        let list = self.expression()?;
        self.close("#foreach")?;
        self.skip_line_end();
        let known = self.locals.len();
        let own = [name.clone(), "foreach".into(), "velocityCount".into()];
        self.locals.extend(own);
        let (body, end) = self.block()?;
        self.locals.drain(known..known + 3);
        if end != Terminator::End {
            return Err("#foreach without its #end".to_owned());
        }
        Ok(Piece::Each { name, list, body })
    }

    /// The name of the directive at this place, and how long it is with its `#`.
    fn directive_name(&self) -> Option<(&'t str, usize)> {
        const NAMES: [&str; 13] = [
            "if", "elseif", "else", "end", "set", "foreach", "break", "stop", "macro", "parse",
            "include", "evaluate", "define",
        ];
        let source: &'t str = self.source;
        let after = source.get(self.at + 1..)?;
        let (inner, marks) = match after.strip_prefix('{') {
            Some(inner) => (inner, 3),
            None => (after, 1),
        };
        let end = inner
            .find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_')
            .unwrap_or(inner.len());
        let name = &inner[..end];
        let is_closed = marks == 1 || inner[end..].starts_with('}');
        (is_closed && NAMES.contains(&name)).then_some((name, end + marks))
    }

    fn is_reference(&self) -> bool {
        let after = &self.source[self.at + 1..];
        let after = after.strip_prefix('!').unwrap_or(after);
        let after = after.strip_prefix('{').unwrap_or(after);
        after.starts_with(starts_name)
    }

    /// One reference, with the `$` at this place.
    pub(super) fn reference(&mut self) -> Result<Reference, String> {
        self.descend()?;
        self.at += 1;
        let quiet = self.take("!");
        let formal = self.take("{");
        let Some(root) = self.name() else {
            return Err("a name must follow the $".to_owned());
        };
        let mut accesses = Vec::new();
        loop {
            let rest = self.rest();
            if rest.starts_with('.') && rest[1..].starts_with(starts_name) {
                self.at += 1;
                let name = self.name().unwrap_or_default();
                accesses.push(self.property_or_method(name)?);
            } else if rest.starts_with('[') {
                let start = self.at;
                self.at += 1;
                let Ok(index) = self.index() else {
                    // `$name[text]` in running text is a reference followed by text.
                    self.at = start;
                    self.fallbacks += 1;
                    if self.fallbacks > limits::TEMPLATE_FALLBACKS_MAX {
                        return Err("too many [ that are no index".to_owned());
                    }
                    break;
                };
                accesses.push(Access::Index(index));
            } else {
                break;
            }
        }
        if formal && !self.take("}") {
            return Err(format!("${{{root} without its }}"));
        }
        self.depth -= 1;
        let reference = Reference {
            quiet,
            root: root.into(),
            accesses,
        };
        self.note(&reference);
        Ok(reference)
    }

    fn property_or_method(&mut self, name: &str) -> Result<Access, String> {
        if !self.take("(") {
            return Ok(Access::Property(name.into()));
        }
        let mut arguments = Vec::new();
        self.skip_space();
        while !self.take(")") {
            if !arguments.is_empty() {
                self.expect(",")?;
            }
            arguments.push(self.expression()?);
            self.skip_space();
        }
        let pattern = match arguments.first() {
            Some(Expression::Text(source)) if methods::takes_pattern(name) => {
                Some(crate::pattern::Pattern::compile(source)?)
            }
            _ => None,
        };
        Ok(Access::Method {
            name: name.into(),
            arguments,
            pattern,
        })
    }

    fn index(&mut self) -> Result<Expression, String> {
        let depth = self.depth;
        let index = self.expression().inspect_err(|_| self.depth = depth)?;
        self.skip_space();
        if self.take("]") {
            Ok(index)
        } else {
            Err("an index without its ]".to_owned())
        }
    }

    /// Writes down what the reference reads.
    fn note(&mut self, reference: &Reference) {
        let root = &reference.root;
        if self.locals.contains(root) {
            return;
        }
        if !self.roots.contains(root) {
            self.roots.push(root.clone());
        }
        if &**root == "identity" {
            reads::note_identity(&reference.accesses, self.references);
        }
    }

    fn assigned_name(&mut self) -> Result<Box<str>, String> {
        self.skip_space();
        if !self.take("$") {
            return Err("a name with $ was expected".to_owned());
        }
        let formal = self.take("{");
        let name = self.name().ok_or("a name must follow the $")?;
        if formal {
            self.expect("}")?;
        }
        Ok(name.into())
    }

    /// A name: letters, digits, `-` and `_`. That `-` belongs to it is Velocity's way.
    fn name(&mut self) -> Option<&'t str> {
        let source: &'t str = self.source;
        let rest = &source[self.at..];
        if !rest.starts_with(starts_name) {
            return None;
        }
        let continues =
            |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_');
        let end = rest.find(|letter| !continues(letter)).unwrap_or(rest.len());
        self.at += end;
        Some(&rest[..end])
    }

    fn open(&mut self, directive: &str) -> Result<(), String> {
        self.skip_space();
        if self.take("(") {
            Ok(())
        } else {
            Err(format!("{directive} without its ("))
        }
    }

    fn close(&mut self, directive: &str) -> Result<(), String> {
        self.skip_space();
        if self.take(")") {
            Ok(())
        } else {
            Err(format!("{directive} without its ) at {:?}", self.excerpt()))
        }
    }

    /// Spaces and the line's end after a directive belong to the directive.
    fn skip_line_end(&mut self) {
        let rest = self.rest();
        let after = rest.trim_start_matches([' ', '\t']);
        let after_return = after.strip_prefix('\r').unwrap_or(after);
        if let Some(next_line) = after_return.strip_prefix('\n') {
            self.at += rest.len() - next_line.len();
        }
    }

    pub(super) fn skip_space(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    pub(super) fn take(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        if found {
            self.at += token.len();
        }
        found
    }

    pub(super) fn expect(&mut self, token: &str) -> Result<(), String> {
        self.skip_space();
        if self.take(token) {
            Ok(())
        } else {
            Err(format!("{token} was expected at {:?}", self.excerpt()))
        }
    }

    pub(super) fn descend(&mut self) -> Result<(), String> {
        self.depth += 1;
        if self.depth > limits::EXPRESSION_DEPTH_MAX {
            return Err(format!(
                "it nests deeper than {} levels",
                limits::EXPRESSION_DEPTH_MAX
            ));
        }
        Ok(())
    }

    pub(super) fn ascend(&mut self) {
        self.depth -= 1;
    }

    pub(super) fn rest(&self) -> &'t str {
        let source: &'t str = self.source;
        &source[self.at..]
    }

    pub(super) fn excerpt(&self) -> String {
        self.rest().chars().take(20).collect()
    }

    /// Pieces of a text in double quotes.
    pub(super) fn nested(&mut self, source: &str) -> Result<Vec<Piece>, String> {
        self.descend()?;
        let mut inner = Parser {
            source,
            at: 0,
            depth: self.depth,
            fallbacks: self.fallbacks,
            references: &mut *self.references,
            roots: std::mem::take(&mut self.roots),
            locals: std::mem::take(&mut self.locals),
        };
        let (pieces, end) = inner.block()?;
        let Parser {
            roots,
            locals,
            fallbacks,
            ..
        } = inner;
        self.fallbacks = fallbacks;
        self.roots = roots;
        self.locals = locals;
        self.depth -= 1;
        if end == Terminator::Source {
            Ok(pieces)
        } else {
            Err("#end or #else inside of quotes".to_owned())
        }
    }
}

/// Whether a name may begin with this letter.
pub(super) fn starts_name(letter: char) -> bool {
    letter.is_ascii_alphabetic() || letter == '_'
}

/// Pieces in the making; neighbouring texts become one.
#[derive(Default)]
struct Pieces {
    done: Vec<Piece>,
    open: String,
}

impl Pieces {
    fn text(&mut self, text: &str) {
        self.open.push_str(text);
    }

    fn push(&mut self, piece: Piece) {
        self.flush();
        self.done.push(piece);
    }

    fn flush(&mut self) {
        if !self.open.is_empty() {
            let text = std::mem::take(&mut self.open).into_boxed_str();
            self.done.push(Piece::Text(text));
        }
    }

    fn finish(mut self) -> Vec<Piece> {
        self.flush();
        self.done
    }
}
