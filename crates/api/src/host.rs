//! From the host name of a request to an org: `{org}.api.localhost:PORT`, `{org}.api.example.com`.
//!
//! A bare address (127.0.0.1, localhost) means the default org, because every official client takes
//! a plain `http://127.0.0.1:PORT` (api-surface.md §0.2).

/// The org that `host` names, or `default` where it names none.
pub(crate) fn org_name<'h>(host: Option<&'h str>, default: &'h str) -> &'h str {
    let Some(host) = host else { return default };
    let host = host.strip_suffix('.').unwrap_or(host);
    match host.split_once('.') {
        Some((org, rest)) if rest.starts_with("api.") && !org.is_empty() => org,
        _ => default,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_api_host_names_its_org_and_any_other_host_means_the_default() {
        for (host, org) in [
            (Some("acme.api.localhost:8080"), "acme"),
            (Some("acme.api.example.com"), "acme"),
            (Some("acme.api.identitynow.com."), "acme"),
            (Some("127.0.0.1:8080"), "demo"),
            (Some("localhost"), "demo"),
            (Some("[::1]:8080"), "demo"),
            (Some("muster.example.com"), "demo"),
            (Some(".api.x"), "demo"),
            (None, "demo"),
        ] {
            assert_eq!(org_name(host, "demo"), org, "{host:?}");
        }
    }
}
