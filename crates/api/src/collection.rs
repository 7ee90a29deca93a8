//! Collections: the six operations that every configuration kind shares, declared in a few lines.
//!
//! A declaration reads like the vendor's own documentation of the resource. The handlers, in
//! [`serve`], are compiled once for all kinds.

mod serve;

use muster_auth::{Guard, LevelSet};
use muster_query::PatchRules;

use crate::handler::Shape;
use crate::listing::Listing;
use crate::operation::{Handler, Method, Operation, QueryParameter};
use crate::resource::{Erased, Resource};
use crate::spelling::{NATIVE, Spelling};

/// The operations that configuration resources share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shared {
    /// `GET` of many.
    List,
    /// `POST`.
    Create,
    /// `GET` of one.
    Get,
    /// `PUT`.
    Replace,
    /// `PATCH`.
    Patch,
    /// `DELETE`.
    Delete,
}

const EACH: [Shared; 6] = [
    Shared::List,
    Shared::Create,
    Shared::Get,
    Shared::Replace,
    Shared::Patch,
    Shared::Delete,
];

/// How one of the shared operations is offered.
#[derive(Clone, Copy, Debug)]
pub struct Offer {
    id: &'static str,
    summary: &'static str,
    status: Option<u16>,
    guard: Option<Guard>,
    spellings: Option<Spelling>,
    query: &'static [QueryParameter],
}

impl Offer {
    /// Under its operationId without version, with a few words on what it does.
    pub const fn new(id: &'static str, summary: &'static str) -> Self {
        Self {
            id,
            summary,
            status: None,
            guard: None,
            spellings: None,
            query: &[],
        }
    }

    /// The status when all went well, where it surprises (api-surface.md §2).
    pub const fn answers(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    /// A guard of its own.
    pub const fn guard(mut self, guard: Guard) -> Self {
        self.guard = Some(guard);
        self
    }

    /// Spellings of its own.
    pub const fn spoken(mut self, spellings: Spelling) -> Self {
        self.spellings = Some(spellings);
        self
    }

    /// Query parameters beside those of lists.
    pub const fn asks(mut self, query: &'static [QueryParameter]) -> Self {
        self.query = query;
        self
    }

    /// `operation` with everything that this offer says.
    pub(crate) const fn declare(self, mut operation: Operation) -> Operation {
        operation.id = self.id;
        operation.summary = self.summary;
        operation.query = self.query;
        if let Some(status) = self.status {
            operation.status = status;
        }
        if let Some(guard) = self.guard {
            operation.guard = guard;
        }
        if let Some(spellings) = self.spellings {
            operation.spellings = spellings;
        }
        operation
    }
}

/// Objects that live below another one, such as the schemas of a source.
#[derive(Clone, Copy, Debug)]
pub struct Parent {
    /// The parameter of the path that holds the parent's id.
    pub parameter: &'static str,
    /// The kind under which parents are stored; a missing one is a 404.
    pub kind: &'static str,
    /// What people call a parent, for texts.
    pub noun: &'static str,
    /// The field of the stored object that holds the parent's id; never on the wire.
    pub field: &'static str,
}

/// What an id looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdForm {
    /// 32 hex digits.
    Hex,
    /// A UUID with dashes.
    Uuid,
    /// The object's own name, which callers choose; such a name must be unique and fixed.
    Name,
}

/// The declaration of a configuration resource.
#[derive(Clone, Copy)]
pub struct Collection {
    pub(crate) resource: Erased,
    paths: (&'static str, &'static str),
    tag: &'static str,
    pub(crate) noun: &'static str,
    spellings: Spelling,
    reads: Guard,
    writes: Guard,
    experimental: bool,
    pub(crate) listing: Option<&'static Listing>,
    pub(crate) selectors: &'static [QueryParameter],
    pub(crate) patchable: PatchRules,
    pub(crate) fixed: &'static [&'static str],
    pub(crate) read_only: &'static [&'static str],
    pub(crate) hidden: &'static [&'static str],
    pub(crate) parent: Option<Parent>,
    pub(crate) key: &'static str,
    pub(crate) id_form: IdForm,
    pub(crate) names_are_unique: bool,
    pub(crate) timed: bool,
    pub(crate) nullable: &'static [&'static str],
    offers: [Option<Offer>; 6],
}

impl Collection {
    /// A resource at its two paths: that of the list, and that of one object.
    pub const fn of<T: Resource>(many: &'static str, one: &'static str) -> Self {
        Self {
            resource: Erased::of::<T>(),
            paths: (many, one),
            tag: "Muster",
            noun: "object",
            spellings: NATIVE,
            reads: Guard::changing(LevelSet::NONE, &[]),
            writes: Guard::changing(LevelSet::NONE, &[]),
            experimental: false,
            listing: None,
            selectors: &[],
            patchable: PatchRules::new(&[]),
            fixed: &[],
            read_only: &[],
            hidden: &[],
            parent: None,
            key: "id",
            id_form: IdForm::Hex,
            names_are_unique: false,
            timed: false,
            nullable: &[],
            offers: [None; 6],
        }
    }

    /// The family it is shown with, and what people call one object.
    pub const fn title(mut self, tag: &'static str, noun: &'static str) -> Self {
        self.tag = tag;
        self.noun = noun;
        self
    }

    /// Under which prefixes it is known.
    pub const fn spoken(mut self, spellings: Spelling) -> Self {
        self.spellings = spellings;
        self
    }

    /// Who may list and get, and who may create, replace, patch and delete.
    pub const fn guard(mut self, reads: Guard, writes: Guard) -> Self {
        self.reads = reads;
        self.writes = writes;
        self
    }

    /// How the list is filtered, sorted and paged.
    pub const fn lists(mut self, listing: &'static Listing) -> Self {
        self.listing = Some(listing);
        self
    }

    /// Query parameters of the list that ask for objects whose field of that name has that value.
    pub const fn selected_by(mut self, selectors: &'static [QueryParameter]) -> Self {
        self.selectors = selectors;
        self
    }

    /// What a patch may change.
    pub const fn patchable(mut self, rules: PatchRules) -> Self {
        self.patchable = rules;
        self
    }

    /// Fields that are set when the object is created and never again.
    pub const fn fixed(mut self, fields: &'static [&'static str]) -> Self {
        self.fixed = fields;
        self
    }

    /// Fields that callers see and cannot set: dropped from what they create or replace, because
    /// the official clients send back what they read.
    pub const fn read_only(mut self, fields: &'static [&'static str]) -> Self {
        self.read_only = fields;
        self
    }

    /// Stored fields that never reach the wire. They survive a replacement.
    pub const fn hidden(mut self, fields: &'static [&'static str]) -> Self {
        self.hidden = fields;
        self
    }

    /// The objects live below another one.
    pub const fn under(mut self, parent: Parent) -> Self {
        self.parent = Some(parent);
        self
    }

    /// The path names objects by this field, not by their id.
    pub const fn keyed_by(mut self, field: &'static str) -> Self {
        self.key = field;
        self
    }

    /// What fresh ids look like.
    pub const fn ids(mut self, form: IdForm) -> Self {
        self.id_form = form;
        self
    }

    /// No two objects of an org, or of a parent, have the same name, whatever its case.
    pub const fn unique_names(mut self) -> Self {
        self.names_are_unique = true;
        self
    }

    /// The wire shows `created` and `modified`.
    pub const fn timed(mut self) -> Self {
        self.timed = true;
        self
    }

    /// Fields that are shown as null when absent. All others are left out: the official clients
    /// refuse a null that the description does not allow (api-surface.md §0.6).
    pub const fn nullable(mut self, fields: &'static [&'static str]) -> Self {
        self.nullable = fields;
        self
    }

    /// Marked experimental by the vendor.
    pub const fn experimental(mut self) -> Self {
        self.experimental = true;
        self
    }

    /// Offers one of the shared operations; those not offered do not exist.
    pub const fn offers(mut self, shared: Shared, offer: Offer) -> Self {
        self.offers[shared as usize] = Some(offer);
        self
    }

    /// The operations that are offered.
    pub fn operations(&'static self) -> impl Iterator<Item = Operation> {
        EACH.into_iter()
            .filter_map(|shared| Some(self.operation(shared, self.offers[shared as usize]?)))
    }

    fn operation(&'static self, shared: Shared, offer: Offer) -> Operation {
        let (many, one) = self.paths;
        let whole = Shape::of(self.resource.schema);
        let (method, path, guard, status) = match shared {
            Shared::List => (Method::Get, many, self.reads, 200),
            Shared::Create => (Method::Post, many, self.writes, 201),
            Shared::Get => (Method::Get, one, self.reads, 200),
            Shared::Replace => (Method::Put, one, self.writes, 200),
            Shared::Patch => (Method::Patch, one, self.writes, 200),
            Shared::Delete => (Method::Delete, one, self.writes, 204),
        };
        let mut operation = offer.declare(
            Operation::new(method, path, offer.id)
                .spoken(self.spellings)
                .guard(guard)
                .title(self.tag, offer.summary)
                .answers(status),
        );
        if shared == Shared::List {
            operation.query = if offer.query.is_empty() {
                self.selectors
            } else {
                offer.query
            };
        }
        operation.experimental = self.experimental;
        operation.request = match shared {
            Shared::Create | Shared::Replace => Some(whole),
            Shared::Patch => Some(crate::extract::patch::SHAPE),
            Shared::List | Shared::Get | Shared::Delete => None,
        };
        operation.response = match shared {
            Shared::Delete => None,
            _ => Some(whole),
        };
        operation.is_list = shared == Shared::List;
        operation.listing = match shared {
            Shared::List => self.listing,
            _ => None,
        };
        operation.handler = Handler::Shared(self, shared);
        operation
    }
}
