//! What stands around each page: navigation, the org, the way out.

/// The frame of a page.
#[derive(Clone)]
pub(crate) struct Shell {
    /// The org.
    pub(crate) org: String,
    /// What forms must bring back.
    pub(crate) csrf: String,
    /// The room that the page belongs to.
    pub(crate) current: &'static str,
    /// When the page was made.
    pub(crate) now: String,
}

/// A place in the navigation.
pub(crate) struct Place {
    /// What it is called.
    pub(crate) name: &'static str,
    /// Where it is.
    pub(crate) path: &'static str,
}

/// The rooms of the Events part.
pub(crate) const EVENTS: [Place; 4] = [
    Place {
        name: "Triggers",
        path: "/console/triggers",
    },
    Place {
        name: "Subscriptions",
        path: "/console/subscriptions",
    },
    Place {
        name: "Invocations",
        path: "/console/invocations",
    },
    Place {
        name: "Inbox",
        path: "/console/inbox",
    },
];

impl Shell {
    /// Whether a place is where the page is.
    pub(crate) fn is_at(&self, name: &str) -> bool {
        self.current == name
    }
}
