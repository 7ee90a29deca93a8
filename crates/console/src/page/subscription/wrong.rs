//! Why a form was refused, and at which of its fields that is shown.

use std::fmt::Write;

use askama::filters::Safe;

use crate::icon;
use crate::show::escape;

/// A refusal, and the field it is about: `form` where it is about the whole, nothing where there is
/// none.
#[derive(Debug, Default)]
pub(crate) struct Wrong {
    pub(crate) field: &'static str,
    pub(crate) text: String,
}

/// The API's names of fields, which its texts begin with, and those of the form. The first that fits
/// counts.
const FIELDS: [(&str, &str); 20] = [
    ("name", "name"),
    ("triggerId", "triggerId"),
    ("filter", "filter"),
    ("description", "description"),
    ("httpConfig.basicAuthConfig.userName", "userName"),
    ("httpConfig.basicAuthConfig", "password"),
    ("httpConfig.bearerTokenAuthConfig", "bearerToken"),
    ("httpConfig", "url"),
    ("inlineConfig.error", "inlineError"),
    ("inlineConfig", "inlineOutput"),
    ("settings.retryScheduleMs", "retrySchedule"),
    ("settings.ordering", "ordering"),
    ("settings.dialect", "dialect"),
    ("settings.ratePerSecond", "ratePerSecond"),
    ("settings.concurrentMax", "concurrentMax"),
    ("settings.headers", "headers"),
    ("settings.tls.clientCertificate", "clientCertificate"),
    ("settings.tls.clientKey", "clientKey"),
    ("settings.tls", "certificateAuthority"),
    ("settings", "retrySchedule"),
];

/// Fields that stand in the folded section.
const FOLDED: [&str; 9] = [
    "retrySchedule",
    "ordering",
    "dialect",
    "ratePerSecond",
    "concurrentMax",
    "headers",
    "clientCertificate",
    "clientKey",
    "certificateAuthority",
];

impl Wrong {
    /// What the API said.
    pub(crate) fn of(text: String) -> Self {
        let found = FIELDS.iter().find(|(start, _)| text.starts_with(start));
        Self {
            field: found.map_or("form", |(_, field)| field),
            text,
        }
    }

    pub(crate) fn is_at(&self, field: &str) -> bool {
        self.field == field && !self.text.is_empty()
    }

    /// Whether it is in the folded section, which then comes open.
    pub(crate) fn is_folded(&self) -> bool {
        FOLDED.contains(&self.field)
    }

    /// What the field of that name is marked with: that it is wrong, and which texts describe it.
    /// `hint` is the id of its hint, if it has one.
    pub(crate) fn marks(&self, field: &str, hint: &str) -> Safe<String> {
        let is_wrong = self.is_at(field);
        let error = if is_wrong {
            format!("{field}-e")
        } else {
            String::new()
        };
        let described = format!("{error} {hint}");
        let described = described.trim();
        let mut marks = String::new();
        if is_wrong {
            marks.push_str(" aria-invalid=\"true\"");
        }
        if !described.is_empty() {
            let _ = write!(marks, " aria-describedby=\"{described}\"");
        }
        Safe(marks)
    }

    /// The text at that field; nothing where it is not wrong.
    pub(crate) fn at(&self, field: &str) -> Safe<String> {
        if !self.is_at(field) {
            return Safe(String::new());
        }
        let Safe(icon) = icon::svg("alert", 16);
        Safe(format!(
            "<p class=\"error\" id=\"{field}-e\">{icon}<span>{}</span></p>",
            escape(&self.text)
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_finds_its_field() {
        let field = |text: &str| Wrong::of(text.to_owned()).field;
        assert_eq!(field("httpConfig.url is missing or empty; send it."), "url");
        assert_eq!(
            field("httpConfig.basicAuthConfig.password is missing"),
            "password"
        );
        assert_eq!(field("filter does not compile: at byte 3"), "filter");
        assert_eq!(field("settings.tls.clientKey is missing"), "clientKey");
        assert_eq!(field("settings.headers[0].value: invalid"), "headers");
        assert_eq!(field("The body is not as documented"), "form");
    }

    #[test]
    fn a_text_of_the_api_cannot_become_markup() {
        let wrong = Wrong::of("name: there is already \"<b>\"".to_owned());
        let Safe(html) = wrong.at("name");
        assert!(
            html.contains("&lt;b&gt;") && !html.contains("<b>"),
            "{html}"
        );
        assert_eq!(wrong.at("url").0, "");
        let Safe(marks) = wrong.marks("name", "name-h");
        assert_eq!(
            marks,
            " aria-invalid=\"true\" aria-describedby=\"name-e name-h\""
        );
    }
}
