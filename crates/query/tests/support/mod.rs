//! Random filters and documents from a seed, so that a failure can be repeated.

use muster_query::filter::operator::{CA, CO, EQ, IN, ISNULL, NE, ORDER, PR, SAME, SW};
use muster_query::{Field, Fields, Kind, Operator};

/// One field of each kind, with every operator the kind takes.
pub(crate) static FIELDS: Fields = Fields::new(&[
    Field::text("name", SAME.and(ORDER).and(SW).and(CO))
        .column("name_lower")
        .sorted(),
    Field::id("owner.id", SAME.and(ORDER).and(SW).and(CO))
        .column("owner_id")
        .sorted(),
    Field::number("count", SAME.and(ORDER))
        .column("count")
        .sorted(),
    Field::flag("enabled", SAME).column("enabled").sorted(),
    Field::time("created", SAME.and(ORDER).and(SW))
        .column("created")
        .sorted(),
    Field::text_list(
        "tags",
        EQ.and(NE)
            .and(IN)
            .and(CA)
            .and(CO)
            .and(SW)
            .and(ISNULL)
            .and(PR),
    )
    .column("tags"),
]);

const TEXTS: [&str; 18] = [
    "",
    "a",
    "A",
    "ab",
    "aB",
    "b",
    "%",
    "_",
    "a%b",
    "a_b",
    "\\",
    "a\\",
    "ä",
    "Ä",
    "ΟΔΟΣ",
    "οδοσ",
    "a\"b",
    "\u{10ffff}a",
];
const TIMES: [&str; 9] = [
    "2018",
    "2018-05",
    "2018-05-01",
    "2018-05-01T10",
    "2018-05-01T10:30",
    "2018-05-01T10:30:00Z",
    "2018-05-01T10:30:00.000001Z",
    "2018-05-01T12:30:00+02:00",
    "2019-01-01",
];

/// A small generator (SplitMix64); the same seed gives the same numbers.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `sides`.
    pub(crate) fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % sides as u64) as usize
    }

    pub(crate) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.roll(from.len())]
    }

    pub(crate) fn text(&mut self) -> &'static str {
        self.pick(&TEXTS)
    }

    pub(crate) fn time(&mut self) -> &'static str {
        self.pick(&TIMES)
    }
}

/// A filter over [`FIELDS`] that reads and checks.
pub(crate) fn filter(dice: &mut Dice, depth: usize) -> String {
    match dice.roll(if depth == 0 { 1 } else { 5 }) {
        1 => format!("not {}", brackets(&filter(dice, depth - 1))),
        2 => joined(dice, depth, " and "),
        3 => joined(dice, depth, " or "),
        _ => comparison(dice),
    }
}

fn joined(dice: &mut Dice, depth: usize, word: &str) -> String {
    let parts: Vec<String> = (0..2 + dice.roll(2))
        .map(|_| brackets(&filter(dice, depth - 1)))
        .collect();
    parts.join(word)
}

fn brackets(part: &str) -> String {
    format!("({part})")
}

fn comparison(dice: &mut Dice) -> String {
    let fields: Vec<&Field> = FIELDS.iter().collect();
    let field = dice.pick(&fields);
    let operators: Vec<Operator> = field.operators.iter().collect();
    let operator = dice.pick(&operators);
    let start = format!("{} {}", field.name, operator.word());
    match operator {
        Operator::IsNull | Operator::Present => start,
        Operator::In | Operator::ContainsAll => {
            let values: Vec<String> = (0..=dice.roll(3))
                .map(|_| value(dice, field.kind))
                .collect();
            format!("{start} ({})", values.join(", "))
        }
        _ => format!("{start} {}", value(dice, field.kind)),
    }
}

fn value(dice: &mut Dice, kind: Kind) -> String {
    match kind {
        Kind::Text | Kind::Id | Kind::TextList => {
            format!(
                "\"{}\"",
                dice.text().replace('\\', "\\\\").replace('"', "\\\"")
            )
        }
        Kind::Number => (dice.roll(5) as i64 - 2).to_string(),
        Kind::Flag => dice.pick(&["true", "false"]).to_owned(),
        Kind::Time => dice.time().to_owned(),
    }
}
