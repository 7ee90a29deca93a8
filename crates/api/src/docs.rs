//! The description of the API as one page: server-rendered, without script, readable on a phone.

use std::fmt::Write;

use crate::openapi::filter_sentence;
use crate::operation::Operation;
use crate::path::parameter_names;
use crate::spelling::{NATIVE, spell};

pub(crate) const STYLE: &str = include_str!("docs.css");

/// The page that lists `operations` by family.
pub(crate) fn page(operations: &[Operation]) -> String {
    let mut families: Vec<(&str, Vec<&Operation>)> = Vec::new();
    for operation in operations {
        match families.iter_mut().find(|(tag, _)| *tag == operation.tag) {
            Some((_, members)) => members.push(operation),
            None => families.push((operation.tag, vec![operation])),
        }
    }
    let mut page = String::from(HEAD);
    let _ = write!(
        page,
        "<header><h1>Muster API</h1><p>{} operations. The same, for machines: \
         <a href=\"/openapi.json\">openapi.json</a>.</p></header>\n<nav aria-label=\"Families\"><ul>",
        operations.len()
    );
    for (tag, members) in &families {
        let _ = write!(
            page,
            "<li><a href=\"#{}\">{}</a> <span>{}</span></li>",
            anchor(tag),
            escape(tag),
            members.len()
        );
    }
    page.push_str("</ul></nav>\n<main>\n");
    for (tag, members) in &families {
        let _ = writeln!(page, "<h2 id=\"{}\">{}</h2>", anchor(tag), escape(tag));
        for operation in members {
            write_operation(&mut page, operation);
        }
    }
    page.push_str("</main>\n</body>\n</html>\n");
    page
}

const HEAD: &str = "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
    <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
    <title>Muster API</title>\n<link rel=\"stylesheet\" href=\"/docs/docs.css\">\n</head>\n<body>\n";

fn write_operation(page: &mut String, operation: &Operation) {
    let newest = operation.spellings.newest();
    let _ = write!(
        page,
        "<details id=\"{id}\"><summary><b class=\"{method}\">{method}</b> <code>{path}</code> \
         <span>{summary}</span></summary>\n<dl>",
        id = escape(operation.id),
        method = operation.method.name(),
        path = escape(&spell(operation.path, newest)),
        summary = prose(operation.summary),
    );
    fact(page, "Operation", &code(operation.id));
    if operation.spellings != NATIVE {
        let others: Vec<String> = operation
            .spellings
            .each()
            .filter(|one| *one != newest)
            .map(|one| code(&spell(operation.path, one)))
            .collect();
        fact(page, "Also at", &others.join("<br>"));
    }
    fact(page, "Who", &who(operation));
    let parameters: Vec<String> = parameter_names(operation.path).map(code).collect();
    fact(page, "In the path", &parameters.join(", "));
    let asked: Vec<String> = operation
        .query
        .iter()
        .map(|asked| format!("{}: {}", code(asked.name), prose(asked.summary)))
        .collect();
    fact(page, "In the query", &asked.join("<br>"));
    if let Some(listing) = operation.listing {
        let filters: Vec<String> = listing
            .fields
            .filterable()
            .map(|field| code(&filter_sentence(field)))
            .collect();
        let sorters: Vec<String> = listing
            .fields
            .sortable()
            .map(|field| code(field.name))
            .collect();
        fact(page, "Filters", &filters.join("<br>"));
        fact(page, "Sorters", &sorters.join(", "));
        if let Some(rows_max) = listing.rows_max {
            fact(page, "Page", &format!("up to {rows_max} rows"));
        }
    }
    if let Some(request) = &operation.request {
        let types: Vec<String> = request.content_types.iter().copied().map(code).collect();
        fact(page, "Body", &types.join(" or "));
    }
    fact(page, "Answers", &code(&operation.status.to_string()));
    if operation.experimental {
        fact(
            page,
            "Note",
            "experimental; <code>X-SailPoint-Experimental</code> is accepted and not needed",
        );
    }
    if operation.deprecated {
        fact(page, "Note", "deprecated");
    }
    page.push_str("</dl></details>\n");
}

/// A line of the description; nothing where there is nothing to say.
fn fact(page: &mut String, term: &str, html: &str) {
    if !html.is_empty() {
        let _ = write!(page, "<dt>{term}</dt><dd>{html}</dd>");
    }
}

fn who(operation: &Operation) -> String {
    let guard = &operation.guard;
    if guard.is_public() {
        return "everyone".to_owned();
    }
    let scopes: Vec<String> = guard.scopes().iter().copied().map(code).collect();
    let mut who = escape(&guard.levels().to_string());
    if !scopes.is_empty() {
        let _ = write!(who, "<br>with {}", scopes.join(" or "));
    }
    if !guard.is_open_to_applications() {
        who.push_str("<br>people only");
    }
    who
}

fn code(text: &str) -> String {
    format!("<code>{}</code>", escape(text))
}

/// A sentence, in which what stands between backticks is code.
fn prose(text: &str) -> String {
    let parts = text.split('`').enumerate();
    parts
        .map(|(at, part)| {
            if at % 2 == 1 {
                code(part)
            } else {
                escape(part)
            }
        })
        .collect()
}

fn anchor(tag: &str) -> String {
    tag.chars()
        .map(|letter| {
            if letter.is_ascii_alphanumeric() {
                letter.to_ascii_lowercase()
            } else {
                '-'
            }
        })
        .collect()
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            letter => escaped.push(letter),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_names_every_operation_and_loads_nothing_from_elsewhere() {
        let operations = crate::resources::all();
        let page = page(&operations);
        for operation in &operations {
            assert!(
                page.contains(&format!("id=\"{}\"", operation.id)),
                "{operation:?}"
            );
        }
        assert!(!page.contains("http://") && !page.contains("https://"));
        assert!(!page.contains("<script") && !page.contains("style="));
        assert!(!page.contains('`'), "backticks are for machines");
    }
}
