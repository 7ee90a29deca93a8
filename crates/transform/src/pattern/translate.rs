//! Java's regular expressions in the words of the `regex` crate. What needs backtracking (lookaround,
//! back references, possessive and atomic groups) is refused with the reason.
//!
//! Java's `\d \w \s` mean ASCII and its dot stops at five line terminators: both are spelled out.
//! Stated differences: `$` and `\Z` match at the very end only, not before a last line terminator;
//! `(?i)` folds Unicode, not only ASCII.

use crate::limits;

const LINE_TERMINATORS: &str = r"\n\r\x{85}\x{2028}\x{2029}";
const VERTICAL: &str = r"\n\x0B\f\r\x{85}\x{2028}\x{2029}";
const HORIZONTAL: &str = r"\x20\t\x{A0}\x{1680}\x{180e}\x{2000}-\x{200a}\x{202f}\x{205f}\x{3000}";

/// Translates, or says what cannot be.
pub(crate) fn translate(source: &str) -> Result<String, String> {
    let mut translator = Translator {
        letters: source.chars().collect(),
        at: 0,
        result: String::with_capacity(source.len() + 16),
        flags: Flags::default(),
        can_repeat: false,
        outer: Vec::new(),
    };
    translator.run()?;
    if translator.outer.is_empty() {
        Ok(translator.result)
    } else {
        Err("unclosed group".to_owned())
    }
}

/// Flags that the target engine has no word for.
#[derive(Clone, Copy, Default)]
struct Flags {
    dot_matches_all: bool,
    unix_lines: bool,
    unicode_classes: bool,
}

struct Translator {
    letters: Vec<char>,
    at: usize,
    result: String,
    flags: Flags,
    /// Whether something stands before this place that a quantifier can repeat.
    can_repeat: bool,
    outer: Vec<Flags>,
}

/// One member of a character class.
enum Member {
    Letter(char),
    Set(String),
}

impl Translator {
    fn run(&mut self) -> Result<(), String> {
        while let Some(letter) = self.next() {
            let repeats = matches!(letter, '*' | '+' | '?' | '{');
            if repeats && !self.can_repeat {
                return Err(format!("dangling quantifier {letter}"));
            }
            self.can_repeat = !repeats && !matches!(letter, '(' | '|');
            match letter {
                '\\' => self.escape()?,
                '[' => {
                    let class = self.class(0)?;
                    self.result.push_str(&class);
                }
                '.' => self.dot(),
                '(' => self.group()?,
                ')' => {
                    self.flags = self.outer.pop().ok_or("unmatched closing )")?;
                    self.result.push(')');
                }
                '*' | '+' | '?' => {
                    self.result.push(letter);
                    self.after_quantifier()?;
                }
                '{' => self.repetition()?,
                '^' | '$' | '|' => self.result.push(letter),
                plain => put(plain, &mut self.result),
            }
        }
        Ok(())
    }

    fn dot(&mut self) {
        if self.flags.dot_matches_all {
            self.result.push_str("(?s:.)");
        } else if self.flags.unix_lines {
            self.result.push_str(r"[^\n]");
        } else {
            self.result.extend(["[^", LINE_TERMINATORS, "]"]);
        }
    }

    fn group(&mut self) -> Result<(), String> {
        let outer = self.flags;
        if self.next_if('?') {
            match self.next().ok_or("unclosed group")? {
                ':' => self.result.push_str("(?:"),
                '=' | '!' => return Err("lookahead is not supported".to_owned()),
                '>' => return Err("atomic groups are not supported".to_owned()),
                '<' if matches!(self.peek(), Some('=' | '!')) => {
                    return Err("lookbehind is not supported".to_owned());
                }
                '<' => self.result.push_str("(?<"),
                _ => {
                    self.at -= 1;
                    return self.inline_flags();
                }
            }
            if self.result.ends_with("(?<") {
                while let Some(letter) = self.next() {
                    self.result.push(letter);
                    if letter == '>' {
                        break;
                    }
                }
            }
        } else {
            self.result.push('(');
        }
        self.outer.push(outer);
        Ok(())
    }

    fn inline_flags(&mut self) -> Result<(), String> {
        let outer = self.flags;
        let mut kept = ["", ""].map(str::to_owned);
        let mut off = 0;
        loop {
            match self.next().ok_or("unclosed group")? {
                '-' if off == 0 => off = 1,
                's' => self.flags.dot_matches_all = off == 0,
                'd' => self.flags.unix_lines = off == 0,
                'U' => self.flags.unicode_classes = off == 0,
                'u' => {}
                'x' => return Err("the comments flag (?x) is not supported".to_owned()),
                letter @ ('i' | 'm') => kept[off].push(letter),
                end @ (')' | ':') => {
                    let [on, off] = kept;
                    let words = if off.is_empty() {
                        on
                    } else {
                        format!("{on}-{off}")
                    };
                    if end == ':' {
                        self.result.extend(["(?", &words, ":"]);
                        self.outer.push(outer);
                    } else if !words.is_empty() {
                        self.result.extend(["(?", &words, ")"]);
                    }
                    return Ok(());
                }
                other => return Err(format!("unknown group or flag (?{other}")),
            }
        }
    }

    fn repetition(&mut self) -> Result<(), String> {
        let start = self.at;
        let mut body = String::new();
        while let Some(letter) = self.next() {
            if letter == '}' {
                break;
            }
            body.push(letter);
        }
        let (least, most) = body.split_once(',').unwrap_or((&body, "0"));
        let is_number = |text: &str| !text.is_empty() && text.chars().all(|it| it.is_ascii_digit());
        let is_closed = self.letters.get(self.at.wrapping_sub(1)) == Some(&'}') && self.at > start;
        if !is_closed || !is_number(least) || !(most.is_empty() || is_number(most)) {
            return Err(format!("illegal repetition {{{body}"));
        }
        self.result.extend(["{", &body, "}"]);
        self.after_quantifier()
    }

    fn after_quantifier(&mut self) -> Result<(), String> {
        match self.peek() {
            Some('?') => {
                self.at += 1;
                self.result.push('?');
                Ok(())
            }
            Some('+') => Err("possessive quantifiers are not supported".to_owned()),
            _ => Ok(()),
        }
    }

    /// An escape outside of a class.
    fn escape(&mut self) -> Result<(), String> {
        match self.peek() {
            Some('b') if self.letters.get(self.at + 1) == Some(&'{') => {
                return Err(r"the escape \b{…} is not supported".to_owned());
            }
            Some(letter @ ('b' | 'B' | 'A' | 'z')) => {
                self.result.extend(['\\', letter]);
            }
            Some('Z') => self.result.push_str(r"\z"),
            Some('R') => self.result.extend([r"(?:\r\n|[", VERTICAL, "])"]),
            Some('Q') => {
                self.at += 1;
                while let Some(letter) = self.quoted() {
                    put(letter, &mut self.result);
                }
                return Ok(());
            }
            Some('E') => {}
            Some('1'..='9' | 'k') => return Err("a back reference is not supported".to_owned()),
            Some('G' | 'X' | 'N') => {
                return Err(format!(
                    "the escape \\{} is not supported",
                    self.letters[self.at]
                ));
            }
            _ => {
                match self.member_escape()? {
                    Member::Letter(letter) => put(letter, &mut self.result),
                    Member::Set(set) => self.result.push_str(&set),
                }
                return Ok(());
            }
        }
        self.at += 1;
        Ok(())
    }

    /// An escape that stands for a letter or a set of letters; also valid inside of a class.
    fn member_escape(&mut self) -> Result<Member, String> {
        let letter = self.next().ok_or(r"a \ at the end")?;
        let set = |body: &str| Ok(Member::Set(format!("[{body}]")));
        let unicode = self.flags.unicode_classes;
        match letter {
            'd' | 'D' | 'w' | 'W' | 's' | 'S' if unicode => Ok(Member::Set(format!("\\{letter}"))),
            'd' => set("0-9"),
            'D' => set("^0-9"),
            'w' => set("a-zA-Z0-9_"),
            'W' => set("^a-zA-Z0-9_"),
            's' => set(r"\x20\t\n\x0B\f\r"),
            'S' => set(r"^\x20\t\n\x0B\f\r"),
            'h' => set(HORIZONTAL),
            'H' => set(&format!("^{HORIZONTAL}")),
            'v' => set(VERTICAL),
            'V' => set(&format!("^{VERTICAL}")),
            'p' => self.property("").map(Member::Set),
            'P' => self.property("^").map(Member::Set),
            't' => Ok(Member::Letter('\t')),
            'n' => Ok(Member::Letter('\n')),
            'r' => Ok(Member::Letter('\r')),
            'f' => Ok(Member::Letter('\x0C')),
            'a' => Ok(Member::Letter('\x07')),
            'e' => Ok(Member::Letter('\x1B')),
            'c' => {
                let control = self.next().ok_or(r"\c without a letter")?;
                letter_of(u32::from(control) ^ 64)
            }
            '0' => self.octal(),
            'x' if self.next_if('{') => {
                let mut digits = String::new();
                while let Some(digit) = self.next() {
                    if digit == '}' {
                        break;
                    }
                    digits.push(digit);
                }
                letter_of(u32::from_str_radix(&digits, 16).map_err(|_| r"a wrong escape \x{…}")?)
            }
            'x' => letter_of(self.hex(2)?),
            'u' => self.utf16_escape(),
            other if other.is_ascii_alphanumeric() => Err(format!("unknown escape \\{other}")),
            other => Ok(Member::Letter(other)),
        }
    }

    fn octal(&mut self) -> Result<Member, String> {
        let mut value = 0;
        let mut digits = 0;
        while let Some(digit) = self.peek().and_then(|letter| letter.to_digit(8)) {
            if digits == 3 || value * 8 + digit > 0o377 {
                break;
            }
            value = value * 8 + digit;
            digits += 1;
            self.at += 1;
        }
        if digits == 0 {
            return Err(r"the escape \0 needs octal digits".to_owned());
        }
        letter_of(value)
    }

    fn utf16_escape(&mut self) -> Result<Member, String> {
        let first = self.hex(4)?;
        if (0xD800..0xDC00).contains(&first) && self.letters[self.at..].starts_with(&['\\', 'u']) {
            self.at += 2;
            let second = self.hex(4)?;
            if (0xDC00..0xE000).contains(&second) {
                return letter_of(0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00));
            }
        }
        letter_of(first)
    }

    fn hex(&mut self, digits: usize) -> Result<u32, String> {
        let mut value = 0;
        for _ in 0..digits {
            let digit = self
                .next()
                .and_then(|letter| letter.to_digit(16))
                .ok_or("a wrong hexadecimal escape")?;
            value = value * 16 + digit;
        }
        Ok(value)
    }

    /// `\p{…}` and `\pL`.
    fn property(&mut self, negation: &str) -> Result<String, String> {
        let name: String = if self.next_if('{') {
            let start = self.at;
            let end = self.letters[start..]
                .iter()
                .position(|letter| *letter == '}')
                .ok_or(r"\p{ without its }")?;
            self.at += end + 1;
            self.letters[start..start + end].iter().collect()
        } else {
            self.next().ok_or(r"\p without a name")?.into()
        };
        let body = match name.as_str() {
            "Lower" => "a-z",
            "Upper" => "A-Z",
            "ASCII" => r"\x00-\x7F",
            "Alpha" => "a-zA-Z",
            "Digit" => "0-9",
            "Alnum" => "a-zA-Z0-9",
            "Punct" => r"!-/:-@\[-`{-~",
            "Graph" => "!-~",
            "Print" => r"\x20-~",
            "Blank" => r"\x20\t",
            "Cntrl" => r"\x00-\x1F\x7F",
            "XDigit" => "0-9a-fA-F",
            "Space" | "javaWhitespace" => r"\x20\t\n\x0B\f\r",
            "javaLowerCase" => r"\p{Lowercase}",
            "javaUpperCase" => r"\p{Uppercase}",
            "javaLetter" | "javaAlphabetic" => r"\p{L}",
            "javaDigit" => r"\p{Nd}",
            "javaLetterOrDigit" => r"\p{L}\p{Nd}",
            "InCombiningDiacriticalMarks" | "InCOMBINING_DIACRITICAL_MARKS" => r"\x{300}-\x{36F}",
            "L1" => r"\x00-\xFF",
            other => return Self::unicode_property(other, negation),
        };
        Ok(format!("[{negation}{body}]"))
    }

    fn unicode_property(name: &str, negation: &str) -> Result<String, String> {
        let value = name.split_once('=').map_or(name, |(_, value)| value);
        let bare = value.strip_prefix("Is").unwrap_or(value);
        let is_word = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
        if bare.is_empty() || !bare.chars().all(is_word) || value.starts_with("In") {
            return Err(format!(r"unknown property \p{{{name}}}"));
        }
        Ok(format!(r"[{negation}\p{{{bare}}}]"))
    }

    /// A class, its `[` already taken.
    fn class(&mut self, depth: u32) -> Result<String, String> {
        if depth > limits::REGEX_DEPTH_MAX {
            return Err("classes nest too deep".to_owned());
        }
        let mut class = "[".to_owned();
        if self.next_if('^') {
            class.push('^');
        }
        let mut is_first = true;
        loop {
            let letter = self.next().ok_or("unclosed character class")?;
            match letter {
                ']' if !is_first => {
                    class.push(']');
                    return Ok(class);
                }
                '[' => class.push_str(&self.class(depth + 1)?),
                '&' if self.peek() == Some('&') => {
                    self.at += 1;
                    class.push_str("&&");
                }
                '\\' if self.peek() == Some('Q') => {
                    self.at += 1;
                    while let Some(quoted) = self.quoted() {
                        put(quoted, &mut class);
                    }
                }
                '\\' if self.peek() == Some('E') => self.at += 1,
                other => self.members(other, &mut class)?,
            }
            is_first = false;
        }
    }

    /// A letter, a set, or a range that begins with a letter.
    fn members(&mut self, first: char, class: &mut String) -> Result<(), String> {
        let low = match self.member(first)? {
            Member::Set(set) => {
                class.push_str(&set);
                return Ok(());
            }
            Member::Letter(letter) => letter,
        };
        let after = self.letters.get(self.at + 1).copied();
        if self.peek() != Some('-') || matches!(after, None | Some(']' | '[')) {
            put(low, class);
            return Ok(());
        }
        self.at += 1;
        let next = self.next().ok_or("unclosed character class")?;
        match self.member(next)? {
            Member::Set(set) => {
                put(low, class);
                put('-', class);
                class.push_str(&set);
            }
            Member::Letter(high) if high < low => {
                return Err(format!("illegal character range {low}-{high}"));
            }
            Member::Letter(high) => {
                put(low, class);
                class.push('-');
                put(high, class);
            }
        }
        Ok(())
    }

    fn member(&mut self, letter: char) -> Result<Member, String> {
        if letter == '\\' {
            self.member_escape()
        } else {
            Ok(Member::Letter(letter))
        }
    }

    /// The next letter of `\Q…`, or `None` at its `\E`.
    fn quoted(&mut self) -> Option<char> {
        if self.letters[self.at..].starts_with(&['\\', 'E']) {
            self.at += 2;
            return None;
        }
        self.next()
    }

    fn next(&mut self) -> Option<char> {
        let letter = self.peek()?;
        self.at += 1;
        Some(letter)
    }

    fn next_if(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        self.at += usize::from(found);
        found
    }

    fn peek(&self) -> Option<char> {
        self.letters.get(self.at).copied()
    }
}

fn letter_of(code: u32) -> Result<Member, String> {
    match char::from_u32(code) {
        Some(letter) => Ok(Member::Letter(letter)),
        None => Err(format!("there is no character U+{code:04X}")),
    }
}

/// A letter that stands for itself, inside and outside of a class.
fn put(letter: char, result: &mut String) {
    if letter.is_ascii() && !letter.is_ascii_alphanumeric() {
        let escaped = format!("\\x{:02X}", u32::from(letter));
        result.push_str(&escaped);
    } else {
        result.push(letter);
    }
}
