//! dateMath: `now` or the input, then steps such as `+3M`, `-5d`, `/h`. A `/` cuts down to the unit;
//! with roundUp one unit is added after it, also on an exact boundary, as the text has it.

use crate::attributes::Attributes;
use crate::error::Failure;
use crate::eval::{Operation, Outcome, Scope};
use crate::kinds::Parsed;
use crate::operand::Operand;
use crate::pattern::{Civil, parse_iso8601};

/// No expression needs more; it bounds how far a date can wander.
const AMOUNT_MAX: i64 = 1_000_000;

#[derive(Debug)]
struct DateMath {
    expression: Expression,
    round_up: bool,
}

#[derive(Debug)]
enum Expression {
    Constant(Result<Program, Failure>),
    Computed(Operand),
}

#[derive(Debug)]
struct Program {
    from_now: bool,
    steps: Vec<Step>,
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Add(i64, Unit),
    CutDown(Unit),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    Year,
    Month,
    Week,
    Day,
    Hour,
    Minute,
    Second,
}

pub(super) fn parse(attributes: &mut Attributes<'_, '_>) -> Parsed {
    let operand = attributes.required("expression")?;
    let expression = match operand.as_literal() {
        None => {
            attributes.parser.references.time = true;
            Expression::Computed(operand)
        }
        Some(source) => {
            let program = Program::parse(source);
            match &program {
                Ok(program) => attributes.parser.references.time |= program.from_now,
                Err(failure) => {
                    attributes.at("expression", |parser| parser.warn(failure.to_string()));
                }
            }
            Expression::Constant(program)
        }
    };
    Ok(Box::new(DateMath {
        expression,
        round_up: attributes.flag("roundUp")?.unwrap_or(false),
    }))
}

impl Operation for DateMath {
    fn evaluate<'a>(&'a self, scope: &mut Scope<'_, 'a>) -> Outcome<'a> {
        let computed;
        let program = match &self.expression {
            Expression::Constant(program) => program.as_ref().map_err(Clone::clone)?,
            Expression::Computed(operand) => {
                let source = scope.text("expression", operand)?;
                computed = Program::parse(&source.unwrap_or_default())?;
                &computed
            }
        };
        // `now` beats an input, so the input is not even looked at.
        let start = if program.from_now {
            scope.context().now().as_millis()
        } else {
            let Some(text) = scope.input_text()? else {
                return Ok(None);
            };
            parse_iso8601(&text).ok_or_else(|| {
                Failure::Unparseable(format!("the input {text:?} is not ISO 8601 in UTC"))
            })?
        };
        let civil = program.run(start, self.round_up);
        Ok(Some(
            format!(
                "{:04}-{:02}-{:02}T{:02}:{:02}",
                civil.year, civil.month, civil.day, civil.hour, civil.minute
            )
            .into(),
        ))
    }
}

impl Program {
    fn parse(source: &str) -> Result<Self, Failure> {
        let wrong = |reason: String| Failure::IllegalArgument(format!("{source:?}: {reason}"));
        let letters: String = source.chars().filter(|it| !it.is_whitespace()).collect();
        let (from_now, mut rest) = match letters.strip_prefix("now") {
            Some(rest) => (true, rest),
            None => (false, letters.as_str()),
        };
        if rest.is_empty() && !from_now {
            return Err(wrong("an expression is needed".into()));
        }
        let mut steps = Vec::new();
        let mut wandered = 0;
        while let Some(sign) = rest.chars().next() {
            rest = &rest[sign.len_utf8()..];
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            let amount = rest[..digits].parse::<i64>().ok();
            rest = &rest[digits..];
            let unit =
                rest.chars().next().and_then(Unit::of).ok_or_else(|| {
                    wrong("each step ends in a unit: y, M, w, d, h, m or s".into())
                })?;
            rest = &rest[1..];
            steps.push(match (sign, amount) {
                ('/', None) if unit == Unit::Week => {
                    return Err(wrong("rounding to weeks is not possible".into()));
                }
                ('/', None) if digits == 0 => Step::CutDown(unit),
                ('+' | '-', Some(amount)) if amount <= AMOUNT_MAX => {
                    wandered += amount;
                    Step::Add(if sign == '+' { amount } else { -amount }, unit)
                }
                _ => return Err(wrong(format!("wrong step at {sign:?}"))),
            });
            if wandered > AMOUNT_MAX {
                return Err(wrong("the amounts are too large".into()));
            }
        }
        Ok(Self { from_now, steps })
    }

    fn run(&self, start: i64, round_up: bool) -> Civil {
        let mut civil = Civil::of(start);
        for step in &self.steps {
            civil = match *step {
                Step::Add(amount, unit) => add(civil, amount, unit),
                Step::CutDown(unit) if round_up => add(cut_down(civil, unit), 1, unit),
                Step::CutDown(unit) => cut_down(civil, unit),
            };
        }
        civil
    }
}

impl Unit {
    fn of(letter: char) -> Option<Self> {
        Some(match letter {
            'y' => Self::Year,
            'M' => Self::Month,
            'w' => Self::Week,
            'd' => Self::Day,
            'h' => Self::Hour,
            'm' => Self::Minute,
            's' => Self::Second,
            _ => return None,
        })
    }
}

fn add(civil: Civil, amount: i64, unit: Unit) -> Civil {
    let millis = match unit {
        Unit::Year => return civil.plus_months(12 * amount),
        Unit::Month => return civil.plus_months(amount),
        Unit::Week => 7 * 86_400_000,
        Unit::Day => 86_400_000,
        Unit::Hour => 3_600_000,
        Unit::Minute => 60_000,
        Unit::Second => 1000,
    };
    Civil::of(civil.to_millis() + amount * millis)
}

fn cut_down(mut civil: Civil, unit: Unit) -> Civil {
    civil.milli = 0;
    if unit == Unit::Second {
        return civil;
    }
    civil.second = 0;
    if unit == Unit::Minute {
        return civil;
    }
    civil.minute = 0;
    if unit == Unit::Hour {
        return civil;
    }
    civil.hour = 0;
    if matches!(unit, Unit::Day | Unit::Week) {
        return civil;
    }
    civil.day = 1;
    if unit == Unit::Year {
        civil.month = 1;
    }
    civil
}
