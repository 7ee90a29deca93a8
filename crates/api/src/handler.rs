//! From a typed function to an erased handler: what a body is read as, and what an answer is
//! written from. A declaration reads both from the function, so the two cannot disagree.
//!
//! Handlers run on a thread that may block, because the store is synchronous; one that must wait
//! for something asynchronous uses [`Call::wait_for`].

use axum::http::StatusCode;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::answer::Answer;
use crate::call::Call;
use crate::extract::json;
use crate::problem::Problem;

/// Makes the schema of a type; a function pointer so that declarations can be constants.
pub type SchemaOf = fn(&mut SchemaGenerator) -> Schema;

/// What a body looks like.
#[derive(Clone, Copy)]
pub struct Shape {
    /// The content types, the preferred one first.
    pub content_types: &'static [&'static str],
    /// The schema of the body, where it is JSON or a form.
    pub schema: Option<SchemaOf>,
    /// Whether a call without a body is refused.
    pub required: bool,
    /// Whether the body is spooled to disk instead of being held in memory.
    pub spooled: bool,
}

impl Shape {
    /// A JSON body that must be there.
    pub const fn json<T: JsonSchema>() -> Self {
        Self::of(SchemaGenerator::subschema_for::<T>)
    }

    /// A JSON body with that schema.
    pub(crate) const fn of(schema: SchemaOf) -> Self {
        Self {
            content_types: &["application/json"],
            schema: Some(schema),
            required: true,
            spooled: false,
        }
    }

    /// The same for a body that may be left out.
    pub const fn optional(mut self) -> Self {
        self.required = false;
        self
    }
}

/// What a handler can read from a call's body.
pub trait Takes: Sized + 'static {
    /// What the body looks like; `None` where no body is read.
    const SHAPE: Option<Shape>;

    /// Reads it.
    fn take(call: &Call) -> Result<Self, Problem>;
}

/// What a handler can answer with.
pub trait Gives: 'static {
    /// What the body looks like; `None` where there is none.
    const SHAPE: Option<Shape>;
    /// The usual status.
    const STATUS: u16;
    /// Whether the body is a list of what [`Self::SHAPE`] says.
    const IS_LIST: bool = false;

    /// Writes it.
    fn give(self, status: StatusCode) -> Answer;
}

/// A function that answers calls, erased.
pub trait Handle: Sync {
    /// Answers one call.
    fn handle(&self, call: &Call) -> Result<Answer, Problem>;
}

/// The usual handler: a function from a call and its body to an answer.
pub struct Blocking<I, O>(pub fn(&Call, I) -> Result<O, Problem>);

impl<I: Takes, O: Gives> Handle for Blocking<I, O> {
    fn handle(&self, call: &Call) -> Result<Answer, Problem> {
        let body = I::take(call)?;
        (self.0)(call, body).map(|given| given.give(call.operation().success()))
    }
}

/// A JSON body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Json<T>(pub T);

/// A page of a list, and how many objects match in all where the caller asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rows<T> {
    /// The objects of this page.
    pub items: Vec<T>,
    /// How many match in all.
    pub total: Option<u64>,
}

/// A text that is not JSON, such as `text/csv`; the type says which.
pub struct Csv(pub Vec<u8>);

impl Takes for () {
    const SHAPE: Option<Shape> = None;

    fn take(_: &Call) -> Result<Self, Problem> {
        Ok(())
    }
}

impl<T: DeserializeOwned + JsonSchema + 'static> Takes for Json<T> {
    const SHAPE: Option<Shape> = Some(Shape::json::<T>());

    fn take(call: &Call) -> Result<Self, Problem> {
        json::read(call.body()).map(Self)
    }
}

impl<T: DeserializeOwned + JsonSchema + 'static> Takes for Option<Json<T>> {
    const SHAPE: Option<Shape> = Some(Shape::json::<T>().optional());

    fn take(call: &Call) -> Result<Self, Problem> {
        if call.body().iter().all(u8::is_ascii_whitespace) {
            return Ok(None);
        }
        json::read(call.body()).map(|body| Some(Json(body)))
    }
}

impl Gives for () {
    const SHAPE: Option<Shape> = None;
    const STATUS: u16 = 204;

    fn give(self, status: StatusCode) -> Answer {
        Answer::empty(status)
    }
}

impl<T: Serialize + JsonSchema + 'static> Gives for Json<T> {
    const SHAPE: Option<Shape> = Some(Shape::json::<T>());
    const STATUS: u16 = 200;

    fn give(self, status: StatusCode) -> Answer {
        Answer::json(status, &self.0)
    }
}

impl<T: Serialize + JsonSchema + 'static> Gives for Rows<T> {
    const SHAPE: Option<Shape> = Some(Shape::json::<T>());
    const STATUS: u16 = 200;
    const IS_LIST: bool = true;

    fn give(self, status: StatusCode) -> Answer {
        Answer::json(status, &self.items).with_total(self.total)
    }
}

impl Gives for Csv {
    const SHAPE: Option<Shape> = Some(Shape {
        content_types: &["text/csv"],
        schema: None,
        required: true,
        spooled: false,
    });
    const STATUS: u16 = 200;

    fn give(self, status: StatusCode) -> Answer {
        Answer::bytes(status, "text/csv", self.0)
    }
}

/// The handler chose everything itself.
impl Gives for Answer {
    const SHAPE: Option<Shape> = None;
    const STATUS: u16 = 200;

    fn give(self, _: StatusCode) -> Answer {
        self
    }
}
