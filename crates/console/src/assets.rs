//! Stylesheet, scripts and the page icon, embedded. Each is served under a name that holds the hash
//! of its content, so a browser may keep it for good and never sees an old one.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::reply;

struct Asset {
    name: &'static str,
    kind: &'static str,
    text: &'static str,
    file: String,
    url: String,
}

static ASSETS: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    [
        (
            "muster.css",
            "text/css",
            // One sheet in two files: the second is a layer whose place the first names.
            concat!(
                include_str!("../assets/muster.css"),
                include_str!("../assets/components.css")
            ),
        ),
        (
            "muster.js",
            "text/javascript",
            include_str!("../assets/muster.js"),
        ),
        (
            "htmx.js",
            "text/javascript",
            include_str!("../assets/vendor/htmx.min.js"),
        ),
        (
            "hx-sse.js",
            "text/javascript",
            include_str!("../assets/vendor/hx-sse.min.js"),
        ),
        (
            "favicon.svg",
            "image/svg+xml",
            include_str!("../assets/icons/favicon.svg"),
        ),
    ]
    .into_iter()
    .map(|(name, kind, text)| {
        let hash = blake3::hash(text.as_bytes()).to_hex();
        let (stem, ending) = name.rsplit_once('.').unwrap_or((name, ""));
        let file = format!("{stem}.{}.{ending}", &hash[..16]);
        Asset {
            name,
            kind,
            text,
            url: format!("/console/assets/{file}"),
            file,
        }
    })
    .collect()
});

/// Where an asset is found; templates ask.
pub(crate) fn url(name: &str) -> &'static str {
    ASSETS
        .iter()
        .find(|asset| asset.name == name)
        .map_or("", |asset| &asset.url)
}

/// `/favicon.ico`: browsers ask for it on pages that name no icon, such as `/docs`.
pub(crate) async fn icon() -> Response {
    let file = url("favicon.svg").rsplit('/').next().unwrap_or_default();
    serve(Path(file.to_owned())).await
}

/// `/console/assets/{file}`
pub(crate) async fn serve(Path(file): Path<String>) -> Response {
    let Some(asset) = ASSETS.iter().find(|asset| asset.file == file) else {
        return (StatusCode::NOT_FOUND, "There is no such file.\n").into_response();
    };
    let kind = HeaderValue::from_static(asset.kind);
    let mut response = reply::secured(asset.text.into_response());
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, kind);
    let forever = HeaderValue::from_static("public, max-age=31536000, immutable");
    headers.insert(header::CACHE_CONTROL, forever);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_asset_has_its_place_and_two_contents_never_share_one() {
        assert!(url("muster.css").starts_with("/console/assets/muster."));
        assert_eq!(url("nothing"), "");
        let mut urls: Vec<&str> = ASSETS.iter().map(|asset| asset.url.as_str()).collect();
        urls.dedup();
        assert_eq!(urls.len(), ASSETS.len());
    }

    #[test]
    fn the_vendored_scripts_are_those_that_were_published() {
        // The first bytes of their BLAKE3 hashes, which are part of their names.
        for (name, file) in [
            ("htmx.js", "htmx.2b78dc2b44f61176.js"),
            ("hx-sse.js", "hx-sse.f233d6d988eb37e9.js"),
        ] {
            let asset = ASSETS.iter().find(|asset| asset.name == name).unwrap();
            assert_eq!(asset.file, file);
        }
    }
}
