//! What to write instead: the mistakes people make in filters, recognised by what stands where the
//! compiler stopped. The reference's own messages say little, and the wire format only has
//! booleans.

use crate::filter::Dialect;

/// A suggestion for the filter that was refused at `offset` (in bytes).
pub(crate) fn suggest(dialect: Dialect, text: &str, offset: usize) -> Option<String> {
    let rest = text.get(offset..).unwrap_or_default();
    if text.starts_with(char::is_whitespace) {
        return Some("remove the blanks before the filter".to_owned());
    }
    match dialect {
        Dialect::Jayway => suggest_jayway(text, rest),
        Dialect::Rfc9535 => suggest_rfc(text, rest),
    }
}

fn suggest_jayway(text: &str, rest: &str) -> Option<String> {
    let rest = rest.trim_start();
    operator(rest)
        .or_else(|| glued_word(rest))
        .or_else(|| brackets(text, rest))
        .or_else(|| outside_of_filter(text))
        .or_else(|| value(rest))
}

/// Operators of other languages.
fn operator(rest: &str) -> Option<String> {
    const SIGNS: [(&str, &str); 6] = [
        ("=>", ">="),
        ("=<", "<="),
        ("<>", "!="),
        ("=!", "!="),
        ("==~", "=~"),
        ("~=", "=~"),
    ];
    const WORDS: [(&str, &str); 14] = [
        ("and", "&&"),
        ("or", "||"),
        ("not", "!(…)"),
        ("eq", "=="),
        ("equals", "=="),
        ("is", "=="),
        ("ne", "!="),
        ("gt", ">"),
        ("ge", ">="),
        ("lt", "<"),
        ("le", "<="),
        ("like", "=~ /.*text.*/"),
        ("sw", "=~ /text.*/"),
        ("co", "contains"),
    ];
    let signs: &str = &rest[..rest
        .find(|sign| !"<>=~!".contains(sign))
        .unwrap_or(rest.len())];
    if signs == "=" {
        return Some("write `==` instead of `=`".to_owned());
    }
    if let Some((wrong, right)) = SIGNS.iter().find(|(wrong, _)| signs == *wrong) {
        return Some(format!("write `{right}` instead of `{wrong}`"));
    }
    if rest.starts_with('&') && !rest.starts_with("&&") {
        return Some("write `&&` instead of `&`".to_owned());
    }
    if rest.starts_with('|') && !rest.starts_with("||") {
        return Some("write `||` instead of `|`".to_owned());
    }
    let word = leading_word(rest);
    let lower = word.to_lowercase();
    let (_, right) = WORDS.iter().find(|(wrong, _)| lower == *wrong)?;
    Some(format!("write `{right}` instead of `{word}`"))
}

/// `contains'x'`, `in['x']`: a word needs blanks around it.
fn glued_word(rest: &str) -> Option<String> {
    const OPERATORS: [&str; 9] = [
        "contains", "in", "nin", "subsetof", "anyof", "noneof", "size", "empty", "exists",
    ];
    let word = leading_word(rest);
    let next = rest[word.len()..].chars().next()?;
    if OPERATORS.contains(&word.to_lowercase().as_str()) && !next.is_whitespace() {
        return Some(format!("put a blank behind `{word}`"));
    }
    None
}

fn brackets(text: &str, rest: &str) -> Option<String> {
    let plain = without_quoted(text);
    if rest.starts_with("[(") {
        return Some(
            "expressions in brackets are not supported; the last one is `[-1]`".to_owned(),
        );
    }
    if let Some(at) = plain.find("[?")
        && !plain[at + 2..].trim_start().starts_with('(')
    {
        return Some("put the condition in parentheses: `[?(…)]`".to_owned());
    }
    let count = |bracket: char| {
        plain
            .chars()
            .filter(|character| *character == bracket)
            .count()
    };
    if count('(') > count(')') {
        return Some("a closing `)` is missing".to_owned());
    }
    if count('(') < count(')') {
        return Some("an opening `(` is missing, or there is one `)` too many".to_owned());
    }
    if count('[') > count(']') {
        return Some("a closing `]` is missing".to_owned());
    }
    if count('[') < count(']') {
        return Some("an opening `[` is missing, or there is one `]` too many".to_owned());
    }
    if text.matches('\'').count() % 2 == 1 && !text.contains('"') {
        return Some("a closing `'` is missing, or write `\\'` for a quote in a text".to_owned());
    }
    if rest.starts_with("[:]") || rest.starts_with(":]") {
        return Some("write `[*]` for all elements".to_owned());
    }
    if text.ends_with('.') {
        return Some("remove the `.` at the end".to_owned());
    }
    None
}

/// `$.a == 'x'` without a filter around it.
fn outside_of_filter(text: &str) -> Option<String> {
    let compares = ["==", "!=", "<", ">", "=~", " contains ", " in ", "&&", "||"];
    let plain = without_quoted(text);
    if plain.contains("[?") || !compares.iter().any(|sign| plain.contains(sign)) {
        return None;
    }
    Some(format!("put the condition in a filter: `$[?({text})]`"))
}

/// A value that is none.
fn value(rest: &str) -> Option<String> {
    let word = leading_word(rest);
    if word.is_empty() {
        return None;
    }
    let lower = word.to_lowercase();
    if ["true", "false", "null"].contains(&lower.as_str()) {
        return Some(format!("write `{lower}` in lower case"));
    }
    if ["none", "nil", "undefined"].contains(&lower.as_str()) {
        return Some("write `null`".to_owned());
    }
    Some(format!("put the text in quotes: '{word}'"))
}

fn suggest_rfc(text: &str, rest: &str) -> Option<String> {
    let rest = rest.trim_start();
    if rest.starts_with("=~") {
        return Some("RFC 9535 has match(value, 'pattern') instead of `=~`".to_owned());
    }
    let word = leading_word(rest).to_lowercase();
    if [
        "contains", "in", "nin", "size", "empty", "anyof", "noneof", "subsetof",
    ]
    .contains(&word.as_str())
    {
        return Some(format!(
            "RFC 9535 has no `{word}`: use the jayway dialect for it"
        ));
    }
    operator(rest).or_else(|| {
        let missing = text.matches('[').count() > text.matches(']').count();
        missing.then(|| "a closing `]` is missing".to_owned())
    })
}

fn leading_word(rest: &str) -> &str {
    let end = rest
        .find(|character: char| !character.is_alphabetic())
        .unwrap_or(rest.len());
    &rest[..end]
}

/// The text with everything within quotes taken out.
fn without_quoted(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut quote = None;
    let mut escaped = false;
    for character in text.chars() {
        match quote {
            Some(open) => {
                if character == open && !escaped {
                    quote = None;
                }
            }
            None if matches!(character, '\'' | '"') => quote = Some(character),
            None => plain.push(character),
        }
        escaped = character == '\\' && !escaped;
    }
    plain
}
