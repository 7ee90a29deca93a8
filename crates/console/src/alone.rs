//! The page of an inbox that stands alone, as `muster inbox` serves it: no org, no session, the same
//! parts as the console's inbox.

use askama::Template;
use axum::Router;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use serde_json::Value;

use crate::assets;
use crate::page::inbox::{Detail, Entry, List, Place, entries, is_numbered};
use crate::page::stream::message;
use crate::reply;

#[derive(Template)]
#[template(path = "inbox_alone.html")]
struct Page {
    base: String,
    url: String,
    stream: String,
    now: String,
    entries: Vec<Entry>,
    detail: Option<Detail>,
}

/// An inbox that stands alone.
pub struct Alone {
    /// The address that catches requests.
    pub url: String,
    /// The path of its page; `{base}/{number}` is one request, `{base}/stream` its news.
    pub base: String,
}

impl Alone {
    /// The page, from requests as the API would tell them; `open` is the number of one of them.
    pub fn page(&self, caught: &[Value], open: Option<&str>, now: String) -> Response {
        let found = open.and_then(|number| caught.iter().find(|one| is_numbered(one, number)));
        let status = match (open, found) {
            (Some(_), None) => StatusCode::NOT_FOUND,
            _ => StatusCode::OK,
        };
        let place = Place {
            base: &self.base,
            open,
        };
        let page = Page {
            base: self.base.clone(),
            url: self.url.clone(),
            stream: format!("{}/stream", self.base),
            entries: entries(caught, &place),
            detail: found.map(Detail::of),
            now,
        };
        reply::html(status, &page)
    }

    /// The list of requests, as an event of its stream.
    pub fn news(&self, caught: &[Value], now: String) -> String {
        let place = Place {
            base: &self.base,
            open: None,
        };
        let list = List {
            entries: entries(caught, &place),
            now,
        };
        list.render().map(|html| message(&html)).unwrap_or_default()
    }

    /// Stylesheet, scripts and icons.
    pub fn assets() -> Router {
        Router::new().route("/console/assets/{file}", get(assets::serve))
    }
}
