//! A company and its people: who they are before the day and after it.

use jiff::civil::{Date, date};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::names::{DEPARTMENTS, FIRST, LAST, PARTICLES, SITES, TITLES};

/// People who join, per mille of the staff.
const JOIN: u64 = 15;

/// Reports of one manager.
const SPAN: u64 = 8;

/// The first day on which anyone was hired.
const FOUNDED: Date = date(2010, 1, 4);

/// The day of the second version; the first is a day earlier.
const SECOND_DAY: Date = date(2026, 9, 2);

/// What the day does to people, per mille of the staff. A person has one fate.
const FATES: [(Fate, u64); 7] = [
    (Fate::Leave, 10),
    (Fate::Terminate, 10),
    (Fate::Move, 20),
    (Fate::Rename, 3),
    (Fate::Transfer, 5),
    (Fate::Promote, 12),
    (Fate::Touch, 40),
];

/// Which extract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// Before the day.
    First,
    /// After it.
    Second,
}

/// What the day between the versions does to a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fate {
    /// Is missing from the second version.
    Leave,
    /// Stays in the file with an end date.
    Terminate,
    /// Changes department and manager.
    Move,
    /// Changes the family name, and with it user name and mail.
    Rename,
    /// Changes the place.
    Transfer,
    /// Gets a higher title.
    Promote,
    /// Gets another phone number.
    Touch,
    /// Is not in the first version.
    Join,
    /// Nothing happens.
    Same,
}

impl Fate {
    /// The name in `truth.json`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Leave => "leave",
            Self::Terminate => "term",
            Self::Move => "move",
            Self::Rename => "rename",
            Self::Transfer => "transfer",
            Self::Promote => "promo",
            Self::Touch => "touch",
            Self::Join => "join",
            Self::Same => "same",
        }
    }
}

/// A company of a given size.
#[derive(Debug)]
pub struct Company {
    rows: u64,
    seed: u64,
    joiners: u64,
    first_names: Vec<Name>,
    last_names: Vec<Name>,
    particles: Vec<Name>,
    /// Every day on which someone may have been hired.
    days: Vec<Date>,
    /// The latest hiring day of the staff, as an index into `days`.
    hiring_days: u64,
}

/// A name and its letters a–z.
#[derive(Debug)]
struct Name {
    text: &'static str,
    folded: String,
}

/// One person in one version.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Person {
    pub(crate) number: u64,
    pub(crate) user: String,
    pub(crate) first: &'static str,
    pub(crate) last: String,
    pub(crate) preferred: String,
    pub(crate) department: usize,
    pub(crate) site: usize,
    pub(crate) title: String,
    pub(crate) manager: Option<u64>,
    pub(crate) hired: Date,
    pub(crate) terminated: Option<Date>,
    pub(crate) is_contingent: bool,
    pub(crate) phone: String,
    /// Sorted, without repetition.
    pub(crate) groups: Vec<String>,
}

impl Company {
    /// A company with `rows` people in the first version.
    pub fn new(rows: u64, seed: u64) -> Self {
        let days: Vec<Date> = std::iter::successors(Some(FOUNDED), |day| day.tomorrow().ok())
            .take_while(|day| *day <= SECOND_DAY)
            .collect();
        // The staff of the first version was hired at least thirty days before it.
        let hiring_days = days.len() as u64 - 2 - 30;
        Self {
            rows,
            seed,
            joiners: (rows * JOIN / 1000).max(1),
            first_names: FIRST.split_whitespace().map(Name::of).collect(),
            last_names: LAST.split_whitespace().map(Name::of).collect(),
            particles: PARTICLES.into_iter().map(Name::of).collect(),
            days,
            hiring_days,
        }
    }

    /// People in either version: the staff, then those who join.
    pub fn people(&self) -> u64 {
        self.rows + self.joiners
    }

    /// What the day does to a person.
    pub fn fate(&self, person: u64) -> Fate {
        if person >= self.rows {
            return Fate::Join;
        }
        let mut draw = self.draw(person, 99) % 1000;
        for (fate, share) in FATES {
            if draw < share {
                return fate;
            }
            draw -= share;
        }
        Fate::Same
    }

    /// Whether a person is in a version.
    pub fn is_in(&self, person: u64, version: Version) -> bool {
        let absent = match version {
            Version::First => Fate::Join,
            Version::Second => Fate::Leave,
        };
        self.fate(person) != absent
    }

    /// A person in one version; `None` where the person is not in it.
    pub(crate) fn person(&self, person: u64, version: Version) -> Option<Person> {
        if !self.is_in(person, version) {
            return None;
        }
        let fate = self.fate(person);
        let is_new = version == Version::Second;
        let happened = |wanted: Fate| is_new && fate == wanted;

        let first = self.pick(&self.first_names, person, 1);
        let particle = self.pick(&self.particles, person, 2);
        let family = self.pick(&self.last_names, person, 3);
        let mut last = format!("{}{}", particle.text, family.text);
        let mut folded_last = format!("{}{}", particle.folded, family.folded);
        if happened(Fate::Rename) {
            let added = self.pick(&self.last_names, person, 4);
            last = format!("{}-{}", added.text, last.replace(' ', ""));
            folded_last.insert_str(0, &added.folded);
        }

        let mut department = self.draw(person, 5) % DEPARTMENTS.len() as u64;
        if happened(Fate::Move) {
            department = other(department, self.draw(person, 8), DEPARTMENTS.len());
        }
        let mut site = self.draw(person, 6) % SITES.len() as u64;
        if happened(Fate::Transfer) {
            site = other(site, self.draw(person, 9), SITES.len());
        }
        let (department, site) = (department as usize, site as usize);

        let manager = self.manager(person, happened(Fate::Move));
        let mut title = TITLES[self.rank(person) as usize].to_owned();
        if self.draw(person, 11) % 2 == 1 {
            title.push_str(", ");
            title.push_str(DEPARTMENTS[department]);
        }
        if happened(Fate::Promote) {
            title.insert_str(0, "Senior ");
        }
        let phone_field = if happened(Fate::Touch) { 14 } else { 13 };
        let phone = self.draw(person, phone_field) % 10_000;

        let user = format!(
            "{}{}{person}",
            non_empty(prefix(&first.folded, 1), "x"),
            non_empty(prefix(&folded_last, 12), "y"),
        );
        let nickname = self.draw(person, 17).is_multiple_of(11);
        Some(Person {
            number: person,
            user,
            first: first.text,
            last,
            preferred: first
                .text
                .chars()
                .take(if nickname { 3 } else { 0 })
                .collect(),
            department,
            site,
            title,
            manager,
            hired: self.hired(person, fate),
            terminated: happened(Fate::Terminate).then_some(SECOND_DAY),
            is_contingent: self.draw(person, 18).is_multiple_of(9),
            phone: format!("{}{phone:04}", SITES[site].phone),
            groups: self.groups(person, department, site),
        })
    }

    /// A complete tree: person 0 has no manager. Who moves gets one of the next seven.
    fn manager(&self, person: u64, moves: bool) -> Option<u64> {
        let mut manager = person.checked_sub(1)? / SPAN;
        if moves && self.rows > 64 {
            let managers = ((self.rows - 1) / SPAN).max(1);
            manager = (manager + 1 + self.draw(person, 10) % 7) % managers;
        }
        Some(if manager == person { 0 } else { manager })
    }

    /// The higher in the tree, the higher the title.
    fn rank(&self, person: u64) -> u64 {
        let level = std::iter::successors(Some(person), |above| {
            above.checked_sub(1).map(|below| below / SPAN)
        })
        .count() as u64
            - 1;
        if level < 8 {
            9 - level
        } else {
            self.draw(person, 7) % 4
        }
    }

    fn hired(&self, person: u64, fate: Fate) -> Date {
        let draw = self.draw(person, 12);
        let day = if fate == Fate::Join {
            self.days.len() as u64 - 1 - draw % 14
        } else {
            draw % self.hiring_days
        };
        self.days[day as usize]
    }

    fn groups(&self, person: u64, department: usize, site: usize) -> Vec<String> {
        let mut groups = vec![format!("grp-{}", DEPARTMENTS[department].to_lowercase())];
        if self.draw(person, 16).is_multiple_of(3) {
            groups.push(format!("proj-{:03}", self.draw(person, 15) % 200));
        }
        groups.push(format!("site-{}", SITES[site].country.to_lowercase()));
        groups
    }

    fn pick<'a>(&self, names: &'a [Name], person: u64, field: u64) -> &'a Name {
        &names[(self.draw(person, field) % names.len() as u64) as usize]
    }

    fn draw(&self, person: u64, field: u64) -> u64 {
        mix([self.seed, person, field])
    }
}

impl Name {
    fn of(text: &'static str) -> Self {
        let folded = fold(text);
        Self { text, folded }
    }
}

/// The generator's hash: the same as in the Python original, on which every byte depends.
fn mix(keys: [u64; 3]) -> u64 {
    keys.into_iter()
        .fold(0x9E37_79B9_7F4A_7C15, |hash: u64, key| {
            let mut hash = (hash ^ key).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            hash ^= hash >> 29;
            hash = hash.wrapping_mul(0x94D0_49BB_1331_11EB);
            hash ^ (hash >> 32)
        })
}

/// Another choice than the present one.
fn other(present: u64, draw: u64, choices: usize) -> u64 {
    let choices = choices as u64;
    (present + 1 + draw % (choices - 1)) % choices
}

/// The letters a–z that are left when marks and all else are taken away.
fn fold(text: &str) -> String {
    text.nfkd()
        .filter(|character| !is_combining_mark(*character))
        .flat_map(char::to_lowercase)
        .map(|character| match character {
            'ø' => 'o',
            'ł' => 'l',
            'ı' => 'i',
            'đ' => 'd',
            _ => character,
        })
        .filter(char::is_ascii_lowercase)
        .collect()
}

/// The first letters of a folded text, which is ASCII.
fn prefix(folded: &str, letters: usize) -> &str {
    &folded[..folded.len().min(letters)]
}

fn non_empty<'a>(text: &'a str, instead: &'a str) -> &'a str {
    if text.is_empty() { instead } else { text }
}
