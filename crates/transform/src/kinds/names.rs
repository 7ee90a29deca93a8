//! normalizeNames: people's names in their usual case: first letters upper, `von`, `del`, `of`, `de`,
//! `la` and `y` lower, `McDonald` and `MacArthur`, `III` at the end.

use crate::eval::{Operation, Outcome, Scope};

const TOPONYMICS: [&str; 6] = ["von", "del", "of", "de", "la", "y"];
const SUFFIXES: [&str; 9] = ["ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x"];

/// "Mac" begins a patronymic only before as many letters: MacRae, but Mack and Macey. The page does
/// not draw the line.
const AFTER_MAC_MIN: usize = 3;

#[derive(Debug)]
pub(super) struct NormalizeNames;

impl Operation for NormalizeNames {
    fn evaluate<'a>(&'a self, scope: &mut Scope<'_, 'a>) -> Outcome<'a> {
        Ok(scope.input_text()?.map(|text| normalize(&text).into()))
    }
}

fn normalize(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let last = words.len().saturating_sub(1);
    let normalized = words.iter().enumerate().map(|(index, word)| {
        let lower = word.to_lowercase();
        if index == last && index > 0 && SUFFIXES.contains(&lower.trim_end_matches('.')) {
            lower.to_uppercase()
        } else if TOPONYMICS.contains(&lower.as_str()) {
            lower
        } else {
            capitalize(&lower)
        }
    });
    normalized.collect::<Vec<_>>().join(" ")
}

/// Upper case after the start, a hyphen, an apostrophe or a dot.
fn capitalize(word: &str) -> String {
    let mut result = String::with_capacity(word.len());
    let mut rest = word;
    while !rest.is_empty() {
        let end = rest
            .find(|letter: char| !letter.is_alphabetic())
            .unwrap_or(rest.len());
        let (part, after) = rest.split_at(end);
        result.push_str(&part_of_name(part));
        let mut letters = after.chars();
        result.extend(letters.next());
        rest = letters.as_str();
    }
    result
}

fn part_of_name(part: &str) -> String {
    for (prefix, shown, least) in [("mc", "Mc", 1), ("mac", "Mac", AFTER_MAC_MIN)] {
        if let Some(rest) = part.strip_prefix(prefix)
            && rest.chars().count() >= least
        {
            return format!("{shown}{}", upper_first(rest));
        }
    }
    upper_first(part)
}

fn upper_first(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::normalize;

    #[test]
    fn names_get_their_usual_case() {
        for (given, expected) in [
            ("MARIA DE LA CRUZ Y LOPEZ", "Maria de la Cruz y Lopez"),
            ("sean mcdonald-o'NEIL jr.", "Sean McDonald-O'Neil Jr."),
            ("ALEX MACK", "Alex Mack"),
            ("henry viii", "Henry VIII"),
            ("vi nguyen", "Vi Nguyen"),
            ("ÉMILE ZOLA", "Émile Zola"),
            ("  two   spaces ", "Two Spaces"),
            ("d'ARTAGNAN", "D'Artagnan"),
            ("", ""),
        ] {
            assert_eq!(normalize(given), expected);
        }
    }
}
