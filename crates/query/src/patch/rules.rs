//! What a collection lets a patch change.

use json_patch::PatchOperation;
use json_patch::jsonptr::Pointer;
use serde_json::Value;

use crate::error::Error;
use crate::text::echo;

/// What a collection lets change: `PatchRules::new(&["name", "httpConfig/url"]).fixed(&["id"])`.
///
/// A pattern is a JSON pointer without its first slash; it stands for the place and all below it,
/// and `*` for any one step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PatchRules {
    patchable: &'static [&'static str],
    fixed: &'static [&'static str],
}

impl PatchRules {
    /// Only these places may change.
    pub const fn new(patchable: &'static [&'static str]) -> Self {
        Self {
            patchable,
            fixed: &[],
        }
    }

    /// These may not, though a pattern of the others covers them.
    pub const fn fixed(mut self, fixed: &'static [&'static str]) -> Self {
        self.fixed = fixed;
        self
    }

    fn allows(self, path: &Pointer) -> bool {
        let covered = |patterns: &[&str]| patterns.iter().any(|pattern| covers(pattern, path));
        covered(self.patchable) && !covered(self.fixed)
    }

    fn remedy(self) -> String {
        if self.patchable.is_empty() {
            return "nothing here can be patched".to_owned();
        }
        let places = |patterns: &[&str]| {
            let places: Vec<String> = patterns.iter().map(|each| format!("/{each}")).collect();
            places.join(", ")
        };
        let patchable = places(self.patchable);
        if self.fixed.is_empty() {
            return format!("these can: {patchable}");
        }
        format!(
            "these can: {patchable}; these never: {}",
            places(self.fixed)
        )
    }
}

/// Whether the path is at or below the place of the pattern.
fn covers(pattern: &str, path: &Pointer) -> bool {
    let mut steps = path.tokens();
    pattern.split('/').all(|wanted| {
        steps
            .next()
            .is_some_and(|step| wanted == "*" || step.decoded() == wanted)
    })
}

/// `test` changes nothing and may stand anywhere; `move` changes both its ends.
pub(super) fn permit(
    index: usize,
    operation: &PatchOperation,
    rules: PatchRules,
) -> Result<(), Error> {
    let changed: &[&Pointer] = match operation {
        PatchOperation::Test(_) => &[],
        PatchOperation::Move(moved) => &[&moved.from, &moved.path],
        other => &[other.path()],
    };
    match changed.iter().find(|path| !rules.allows(path)) {
        None => Ok(()),
        Some(path) => Err(illegal(index, path, rules)),
    }
}

/// A patch of a whole object may not change what is fixed inside it.
pub(super) fn keep_fixed(
    index: usize,
    operation: &PatchOperation,
    rules: PatchRules,
    [before, after]: [&Value; 2],
) -> Result<(), Error> {
    let place = |document, pattern: &str| {
        let mut found = Vec::new();
        gather(
            document,
            &pattern.split('/').collect::<Vec<_>>(),
            &mut found,
        );
        found.into_iter().cloned().collect::<Vec<Value>>()
    };
    if rules
        .fixed
        .iter()
        .all(|pattern| place(before, pattern) == place(after, pattern))
    {
        return Ok(());
    }
    Err(illegal(index, operation.path(), rules))
}

/// The values at a pattern; as deep as the pattern is long.
fn gather<'v>(value: &'v Value, pattern: &[&str], found: &mut Vec<&'v Value>) {
    let Some((step, rest)) = pattern.split_first() else {
        found.push(value);
        return;
    };
    let steps: Box<dyn Iterator<Item = &Value>> = match value {
        Value::Object(members) if *step == "*" => Box::new(members.values()),
        Value::Array(elements) if *step == "*" => Box::new(elements.iter()),
        other => Box::new(other.get(*step).into_iter()),
    };
    for each in steps {
        gather(each, rest, found);
    }
}

fn illegal(operation: usize, path: &Pointer, rules: PatchRules) -> Error {
    let path = if path.is_root() {
        "the whole document"
    } else {
        path.as_str()
    };
    Error::IllegalUpdate {
        operation,
        path: echo(path),
        remedy: rules.remedy(),
    }
}
