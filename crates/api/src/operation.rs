//! What can be said of one operation: path, spellings, who may call it, what goes in and comes out.
//!
//! Routes, the description of the API, the authorization table and the conformance tests are read
//! from this declaration; nothing is written twice.

use axum::http::StatusCode;
use muster_auth::{Guard, LevelSet};

use crate::answer::Answer;
use crate::call::Call;
use crate::collection::{Collection, Shared};
use crate::handler::{Blocking, Gives, Handle, Shape, Takes};
use crate::listing::Listing;
use crate::problem::Problem;
use crate::singleton::Singleton;
use crate::spelling::{NATIVE, Spelling};

/// The methods that operations use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Method {
    /// Reads.
    Get,
    /// Creates, or sets something going.
    Post,
    /// Replaces.
    Put,
    /// Changes by JSON Patch.
    Patch,
    /// Removes.
    Delete,
}

impl Method {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Get, Self::Post, Self::Put, Self::Patch, Self::Delete];

    /// Its name on the request line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }

    /// The method of that name; `HEAD` counts as `GET`.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "HEAD" => Some(Self::Get),
            name => Self::ALL.into_iter().find(|method| method.name() == name),
        }
    }
}

/// A query parameter beside those of lists.
#[derive(Clone, Copy, Debug)]
pub struct QueryParameter {
    /// Its name.
    pub name: &'static str,
    /// What it does, in a sentence.
    pub summary: &'static str,
}

impl QueryParameter {
    /// A parameter and what it does.
    pub const fn new(name: &'static str, summary: &'static str) -> Self {
        Self { name, summary }
    }
}

/// Turns everyone away.
const NOBODY: Guard = Guard::changing(LevelSet::NONE, &[]);

/// One operation of the API.
#[expect(
    clippy::struct_excessive_bools,
    reason = "a declaration has independent marks"
)]
#[derive(Clone, Copy)]
pub struct Operation {
    /// The method.
    pub method: Method,
    /// The path without version, parameters in braces.
    pub path: &'static str,
    /// The vendor's operationId without version, such as `listTransforms`.
    pub id: &'static str,
    /// The prefixes it is known under.
    pub spellings: Spelling,
    /// Who may call it.
    pub guard: Guard,
    /// The family it is shown with.
    pub tag: &'static str,
    /// What it does, in a few words.
    pub summary: &'static str,
    /// The body it reads.
    pub request: Option<Shape>,
    /// The status when all went well.
    pub status: u16,
    /// The body it answers with.
    pub response: Option<Shape>,
    /// Whether the answer is a list of what the response describes.
    pub is_list: bool,
    /// How that list is filtered, sorted and paged.
    pub listing: Option<&'static Listing>,
    /// Query parameters beside those of lists.
    pub query: &'static [QueryParameter],
    /// Whether the vendor asks for `X-SailPoint-Experimental`; accepted with and without.
    pub experimental: bool,
    /// Whether answers carry `X-Deprecated: true`.
    pub deprecated: bool,
    /// Whether a public operation refuses a token that does not hold, where one is sent.
    pub checks_token: bool,
    pub(crate) handler: Handler,
}

#[derive(Clone, Copy)]
pub(crate) enum Handler {
    Own(&'static dyn Handle),
    Shared(&'static Collection, Shared),
    Single(&'static Singleton, Shared),
}

impl Operation {
    /// A declaration with everything at its default. It refuses all calls until it is given a guard
    /// and a handler.
    pub const fn new(method: Method, path: &'static str, id: &'static str) -> Self {
        Self {
            method,
            path,
            id,
            spellings: NATIVE,
            guard: NOBODY,
            tag: "Muster",
            summary: "",
            request: None,
            status: 200,
            response: None,
            is_list: false,
            listing: None,
            query: &[],
            experimental: false,
            deprecated: false,
            checks_token: false,
            handler: Handler::Own(&Blocking(not_built)),
        }
    }

    /// A GET.
    pub const fn get(path: &'static str, id: &'static str) -> Self {
        Self::new(Method::Get, path, id)
    }

    /// A POST.
    pub const fn post(path: &'static str, id: &'static str) -> Self {
        Self::new(Method::Post, path, id)
    }

    /// A PUT.
    pub const fn put(path: &'static str, id: &'static str) -> Self {
        Self::new(Method::Put, path, id)
    }

    /// A PATCH.
    pub const fn patch(path: &'static str, id: &'static str) -> Self {
        Self::new(Method::Patch, path, id)
    }

    /// A DELETE.
    pub const fn delete(path: &'static str, id: &'static str) -> Self {
        Self::new(Method::Delete, path, id)
    }

    /// Under which prefixes it is known.
    pub const fn spoken(mut self, spellings: Spelling) -> Self {
        self.spellings = spellings;
        self
    }

    /// Who may call it.
    pub const fn guard(mut self, guard: Guard) -> Self {
        self.guard = guard;
        self
    }

    /// The family it is shown with, and what it does.
    pub const fn title(mut self, tag: &'static str, summary: &'static str) -> Self {
        self.tag = tag;
        self.summary = summary;
        self
    }

    /// The function that answers. What it takes and gives says what the wire carries.
    pub const fn runs<I: Takes, O: Gives>(mut self, handler: &'static Blocking<I, O>) -> Self {
        self.request = I::SHAPE;
        self.response = O::SHAPE;
        self.is_list = O::IS_LIST;
        self.status = O::STATUS;
        self.handler = Handler::Own(handler);
        self
    }

    /// The status when all went well, where it is not the usual one. Say it after [`Self::runs`].
    pub const fn answers(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// How its list is filtered, sorted and paged.
    pub const fn lists(mut self, listing: &'static Listing) -> Self {
        self.listing = Some(listing);
        self
    }

    /// Query parameters beside those of lists.
    pub const fn asks(mut self, query: &'static [QueryParameter]) -> Self {
        self.query = query;
        self
    }

    /// Public, but a token that does not hold is refused where one is sent.
    pub const fn checks_token(mut self) -> Self {
        self.checks_token = true;
        self
    }

    /// Marked experimental by the vendor.
    pub const fn experimental(mut self) -> Self {
        self.experimental = true;
        self
    }

    /// Marked deprecated by the vendor.
    pub const fn deprecated(mut self) -> Self {
        self.deprecated = true;
        self
    }

    /// The status when all went well.
    pub fn success(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::OK)
    }

    pub(crate) fn handle(&self, call: &Call) -> Result<Answer, Problem> {
        match self.handler {
            Handler::Own(handler) => handler.handle(call),
            Handler::Shared(collection, shared) => collection.handle(shared, call),
            Handler::Single(singleton, shared) => singleton.handle(shared, call),
        }
    }
}

impl std::fmt::Debug for Operation {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            formatter,
            "{} {} ({})",
            self.method.name(),
            self.path,
            self.id
        )
    }
}

fn not_built(_: &Call, (): ()) -> Result<(), Problem> {
    Err(Problem::unavailable(
        "This operation is declared but has no handler.",
    ))
}
