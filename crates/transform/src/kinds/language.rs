//! rfc5646: a language by its code, its English or own name, also with a region, as the vendor's
//! table writes it: `es`, `en_US`, `zh_CN`; Hebrew is `iw`. An unknown language gives null.
//!
//! The table of the vendor lists about 420 rows. Here a language and a region that are both known
//! combine freely, so every row has its answer and more have one.

use std::collections::HashMap;
use std::sync::LazyLock;

use isolang::Language;

use crate::eval::{Operation, Outcome, Scope};
use crate::kinds::country;

/// Names that people use besides those of ISO 639-3, and bibliographic codes of ISO 639-2.
const ALIASES: [(&str, &str); 51] = [
    ("alb", "sq"),
    ("arm", "hy"),
    ("baq", "eu"),
    ("bur", "my"),
    ("castilian", "es"),
    ("chi", "zh"),
    ("cze", "cs"),
    ("dut", "nl"),
    ("farsi", "fa"),
    ("flemish", "nl"),
    ("fre", "fr"),
    ("frisian", "fy"),
    ("gaelic", "gd"),
    ("geo", "ka"),
    ("ger", "de"),
    ("gre", "el"),
    ("greek", "el"),
    ("haitian creole", "ht"),
    ("ice", "is"),
    ("kurdish", "ku"),
    ("kyrgyz", "ky"),
    ("mac", "mk"),
    ("malay", "ms"),
    ("mandarin", "zh"),
    ("mao", "mi"),
    ("may", "ms"),
    ("myanmar", "my"),
    ("nepali", "ne"),
    ("norwegian (bokmål)", "nb"),
    ("norwegian (bokmal)", "nb"),
    ("norwegian bokmal", "nb"),
    ("norwegian, bokmål", "nb"),
    ("norwegian, bokmal", "nb"),
    ("norwegian, nynorsk", "nn"),
    ("norwegian (nynorsk)", "nn"),
    ("odia", "or"),
    ("oriya", "or"),
    ("pashto", "ps"),
    ("per", "fa"),
    ("punjabi", "pa"),
    ("rum", "ro"),
    ("sami", "se"),
    ("sinhalese", "si"),
    ("slo", "sk"),
    ("slovene", "sl"),
    ("swahili", "sw"),
    ("tib", "bo"),
    ("uyghur", "ug"),
    ("wel", "cy"),
    ("valencian", "ca"),
    ("volapuk", "vo"),
];

/// Java's old codes, which the vendor's table still gives.
const OLD_CODES: [(&str, &str); 3] = [("he", "iw"), ("id", "in"), ("yi", "ji")];

#[derive(Debug)]
pub(super) struct Rfc5646;

impl Operation for Rfc5646 {
    fn evaluate<'a>(&'a self, scope: &mut Scope<'_, 'a>) -> Outcome<'a> {
        Ok(scope
            .input_text()?
            .and_then(|text| tag(&text).map(Into::into)))
    }
}

fn tag(text: &str) -> Option<String> {
    let text = text.trim();
    if let Some(language) = language(text) {
        return Some(language.to_owned());
    }
    let (name, region) = match text
        .strip_suffix(')')
        .and_then(|text| text.rsplit_once('('))
    {
        Some(parts) => parts,
        None => text.split_once(['_', '-'])?,
    };
    let language = language(name.trim())?;
    let region = match (language, region.trim().to_lowercase().as_str()) {
        ("zh", "s" | "simplified" | "hans") | (_, "prc") => "CN",
        ("zh", "t" | "traditional" | "hant") => "TW",
        (_, "uk") => "GB",
        (_, region) => country::find(region)?.data().alpha2,
    };
    Some(format!("{language}_{region}"))
}

/// The code of a language in two letters.
fn language(text: &str) -> Option<&'static str> {
    static BY_NAME: LazyLock<HashMap<String, &'static str>> = LazyLock::new(names);
    let name = text.to_lowercase();
    let code = BY_NAME.get(&name).copied().or_else(|| {
        let by_code = match name.len() {
            2 => Language::from_639_1(&name),
            3 => Language::from_639_3(&name),
            _ => None,
        };
        by_code?.to_639_1()
    })?;
    let old = OLD_CODES.iter().find(|(new, _)| *new == code);
    Some(old.map_or(code, |(_, old)| old))
}

fn names() -> HashMap<String, &'static str> {
    let mut names = HashMap::new();
    let with_code = || isolang::languages().filter_map(|it| it.to_639_1().map(|code| (it, code)));
    for (language, code) in with_code() {
        names.insert(language.to_name().to_lowercase(), code);
    }
    names.extend(ALIASES.map(|(name, code)| (name.to_owned(), code)));
    names.extend(OLD_CODES.map(|(new, old)| (old.to_owned(), new)));
    for (language, code) in with_code() {
        // "Malay (macrolanguage)" is Malay to everybody else.
        let short = language.to_name().split(" (").next().unwrap_or_default();
        names.entry(short.to_lowercase()).or_insert(code);
        if let Some(own) = language.to_autonym() {
            names.entry(own.to_lowercase()).or_insert(code);
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::tag;

    #[test]
    fn languages_are_known_by_code_name_and_region() {
        for (text, expected) in [
            ("Spanish", Some("es")),
            ("español", Some("es")),
            ("SPA", Some("es")),
            ("FRE", Some("fr")),
            ("Greek", Some("el")),
            ("Hebrew", Some("iw")),
            ("iw", Some("iw")),
            ("Indonesian", Some("in")),
            ("en-us", Some("en_US")),
            ("pt_BR", Some("pt_BR")),
            ("Portuguese (Brazil)", Some("pt_BR")),
            ("Chinese (T)", Some("zh_TW")),
            ("Norwegian (Bokmål)", Some("nb")),
            ("Norwegian, Bokmål (Norway)", Some("nb_NO")),
            ("English (UK)", Some("en_GB")),
            ("Malay", Some("ms")),
            ("Malay (Malaysia)", Some("ms_MY")),
            ("Klingon", None),
            ("English (Atlantis)", None),
            ("", None),
        ] {
            assert_eq!(tag(text).as_deref(), expected, "{text}");
        }
    }
}
