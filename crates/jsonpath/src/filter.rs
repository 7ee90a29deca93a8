//! The compiled filter and the two questions asked of it: does it fire, and what does it yield.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::{CompileError, EvaluationError, Fault, FaultKind};
use crate::evaluate::{Count, Evaluated, Evaluation, First, Handle, Last, Shape, with_memory};
use crate::jayway;
use crate::jayway::parse::assemble::needs_memory;
use crate::jayway::walk::{Names, Yield, follow_names};
use crate::limits::FILTER_BYTES_MAX;
use crate::node::Node;
use crate::program::{Form, Path};
use crate::rfc9535;
use crate::suggestion;

/// Which grammar and which meaning a filter has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Dialect {
    /// Jayway JsonPath 2.10.0 in its default configuration.
    #[default]
    Jayway,
    /// RFC 9535, strictly.
    Rfc9535,
}

/// A compiled filter: immutable, shared between threads, evaluated any number of times.
#[derive(Debug, Clone)]
pub struct Filter {
    dialect: Dialect,
    source: Box<str>,
    pub(crate) path: Path,
    needs_memory: bool,
}

/// What a filter yields on a document.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// The one value of a definite path.
    Value(Value),
    /// The values of an indefinite path, in document order.
    List(Vec<Value>),
}

impl Outcome {
    /// The outcome as JSON.
    pub fn into_value(self) -> Value {
        match self {
            Outcome::Value(value) => value,
            Outcome::List(values) => Value::Array(values),
        }
    }
}

const NULL_DOCUMENT: Fault = Fault::new(FaultKind::IllegalArgument, "the document is null");

impl Filter {
    /// Compiles a filter of the Jayway dialect.
    pub fn compile(text: &str) -> Result<Filter, CompileError> {
        Filter::compile_in(Dialect::Jayway, text)
    }

    /// Compiles a filter of the given dialect.
    pub fn compile_in(dialect: Dialect, text: &str) -> Result<Filter, CompileError> {
        if text.len() > FILTER_BYTES_MAX {
            return Err(CompileError {
                offset: FILTER_BYTES_MAX,
                expected: format!("a filter has at most {FILTER_BYTES_MAX} bytes"),
                suggestion: None,
            });
        }
        let compiled = match dialect {
            Dialect::Jayway => jayway::parse::compile(text),
            Dialect::Rfc9535 => rfc9535::parse::compile(text),
        };
        let path = compiled.map_err(|refusal| {
            let offset = text
                .char_indices()
                .nth(refusal.offset)
                .map_or(text.len(), |(at, _)| at);
            CompileError {
                offset,
                expected: refusal.expected.into_owned(),
                suggestion: suggestion::suggest(dialect, text, offset),
            }
        })?;
        Ok(Filter {
            dialect,
            source: text.into(),
            needs_memory: needs_memory(&path),
            path,
        })
    }

    /// The text it was compiled from.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The dialect it was compiled in.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Whether it yields one value (or none) rather than a list.
    pub fn is_definite(&self) -> bool {
        self.path.definite
    }

    /// Whether the document passes: the filter evaluates without an error and yields a list with
    /// something in it or, when definite, a value other than null. Stops as soon as that is known.
    pub fn fires<N: Node>(&self, document: N) -> bool {
        if self.path.form == Form::Names {
            return self.chain_fires(document);
        }
        if self.needs_memory {
            return with_memory(|memory| self.decide(&Evaluation::new(document, memory)))
                .unwrap_or(false);
        }
        // An empty region costs nothing; only texts with escapes in a list ever use it here.
        let memory = bumpalo::Bump::new();
        let evaluation = Evaluation::new(document, &memory);
        if self.path.form == Form::FilteredNames {
            return evaluation.any_accepted(&self.path.steps);
        }
        self.decide(&evaluation).unwrap_or(false)
    }

    /// What the filter yields, or why it yields nothing.
    pub fn read<N: Node>(&self, document: N) -> Result<Outcome, EvaluationError> {
        with_memory(|memory| {
            let evaluation = Evaluation::new(document, memory);
            self.read_within(&evaluation).map_err(EvaluationError::new)
        })
    }

    fn chain_fires<N: Node>(&self, document: N) -> bool {
        let memory = bumpalo::Bump::new();
        let evaluation = Evaluation::new(document, &memory);
        follow_names(&self.path.steps, evaluation.root)
            .is_some_and(|value| !matches!(value.shape(), Shape::Null))
    }

    pub(crate) fn decide<'m, N: Node + 'm>(
        &'m self,
        evaluation: &Evaluation<'m, N>,
    ) -> Evaluated<bool> {
        let root = self.root_of(evaluation)?;
        if self.path.definite {
            let mut last = Last { value: None };
            evaluation.walk_path(&self.path, root, Names::Optional, &mut last)?;
            return Ok(last
                .value
                .is_some_and(|value| !matches!(value.shape(), Shape::Null)));
        }
        if self.path.may_fault {
            let mut count = Count::default();
            evaluation.walk_path(&self.path, root, Names::Optional, &mut count)?;
            return Ok(count.values > 0);
        }
        let mut first = First::default();
        evaluation.walk_path(&self.path, root, Names::Optional, &mut first)?;
        Ok(first.found)
    }

    fn read_within<'m, N: Node + 'm>(
        &'m self,
        evaluation: &Evaluation<'m, N>,
    ) -> Evaluated<Outcome> {
        let root = self.root_of(evaluation)?;
        Ok(
            match evaluation.read_path(&self.path, root, Names::Optional)? {
                Yield::Value(value) => Outcome::Value(value.to_value()),
                Yield::List(values) => {
                    Outcome::List(values.iter().map(|value| value.to_value()).collect())
                }
            },
        )
    }
}

impl Filter {
    /// The document to evaluate on; the reference refuses one that is null.
    fn root_of<'m, N: Node + 'm>(
        &self,
        evaluation: &Evaluation<'m, N>,
    ) -> Evaluated<Handle<'m, N>> {
        match evaluation.root.shape() {
            Shape::Null if self.dialect == Dialect::Jayway => Err(NULL_DOCUMENT),
            _ => Ok(evaluation.root),
        }
    }
}

/// Prints the filter in one canonical spelling; compiling that again gives the same filter. Where
/// the dialect's reader cannot take that spelling (it loses its way among some adjacent brackets),
/// the filter prints as it was written.
impl fmt::Display for Filter {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.dialect {
            Dialect::Jayway => {
                let print = |path: &Path| jayway::print::text(|out| jayway::print::path(path, out));
                let canonical = print(&self.path);
                let is_stable = jayway::parse::compile(&canonical)
                    .is_ok_and(|again| print(&again) == canonical);
                out.write_str(if is_stable { &canonical } else { &self.source })
            }
            Dialect::Rfc9535 => rfc9535::write_query(&self.path, out),
        }
    }
}
