//! How an invocation stands, beyond what the vendor's API tells: whether it is tried again, or waits
//! for another one, and when it goes on.

use std::collections::HashMap;

use muster_model::Timestamp;
use muster_store::{Delivery, DeliveryState, EventKind, Pick, Tx, Waiting};

use crate::error::Result;
use crate::limits::AHEAD_MAX;
use crate::subscription::{Ordering, Subscription};

/// How an invocation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// To be sent, or asked and not answered yet.
    InFlight,
    /// Taken by the endpoint, or answered.
    Delivered,
    /// Failed, and to be tried again.
    Retrying,
    /// Waits behind an earlier event of the same subject, or for its subscription to be enabled.
    Held,
    /// Given up; kept, and sent again when someone asks for it.
    Failed,
}

impl Standing {
    /// All of them.
    pub const EACH: [Self; 5] = [
        Self::InFlight,
        Self::Delivered,
        Self::Retrying,
        Self::Held,
        Self::Failed,
    ];

    /// Its name on the wire.
    pub const fn word(self) -> &'static str {
        match self {
            Self::InFlight => "IN_FLIGHT",
            Self::Delivered => "DELIVERED",
            Self::Retrying => "RETRYING",
            Self::Held => "HELD",
            Self::Failed => "FAILED",
        }
    }

    /// The one of that name.
    pub fn read(word: &str) -> Option<Self> {
        Self::EACH.into_iter().find(|one| one.word() == word)
    }

    /// Among which rows those that stand so are found.
    pub(super) const fn pick(self) -> Pick {
        match self {
            Self::Delivered => Pick::Delivered,
            Self::Failed => Pick::Dead,
            Self::Retrying => Pick::Retried,
            Self::InFlight | Self::Held => Pick::Pending,
        }
    }
}

/// How a delivery stands, and what it waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stance {
    pub(super) standing: Standing,
    /// When it goes on, as far as that is known.
    pub(super) next: Option<Timestamp>,
    /// The number of the event that it waits behind.
    pub(super) behind: Option<i64>,
}

/// What deliveries of one subscription depend on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Way {
    pub(super) number: i64,
    pub(super) ordering: Ordering,
    pub(super) enabled: bool,
}

impl Way {
    pub(super) fn of(subscription: &Subscription) -> Self {
        Self {
            number: subscription.number,
            ordering: subscription.settings.ordering,
            enabled: subscription.enabled,
        }
    }
}

/// How deliveries of one subscription stand, by their events' numbers. Only events after `since` are
/// looked at for one that they may wait behind, and of those the first [`AHEAD_MAX`] that wait.
pub(super) fn stances(
    tx: &mut Tx<'_>,
    way: Way,
    deliveries: &[&Delivery],
    since: i64,
) -> Result<HashMap<i64, Stance>> {
    let pending = deliveries
        .iter()
        .filter(|one| one.state == DeliveryState::Pending);
    let pending: Vec<i64> = pending.map(|one| one.event_seq).collect();
    let waiting = if pending.is_empty() {
        Vec::new()
    } else {
        tx.deliveries().waiting(way.number, since, AHEAD_MAX)?
    };
    let seqs: Vec<i64> = waiting
        .iter()
        .map(|one| one.event_seq)
        .chain(pending)
        .collect();
    let about = tx.events().subjects(&seqs)?;
    let mut first: HashMap<&str, Waiting> = HashMap::new();
    for (one, about) in waiting.iter().zip(&about) {
        if let Some((subject, _)) = about {
            first.entry(subject.as_str()).or_insert(*one);
        }
    }
    let about: HashMap<i64, &(String, EventKind)> = seqs
        .iter()
        .zip(&about)
        .filter_map(|(seq, about)| Some((*seq, about.as_ref()?)))
        .collect();
    let stance = |delivery: &&Delivery| {
        let about = about.get(&delivery.event_seq);
        let ahead = about.and_then(|(subject, _)| first.get(subject.as_str()));
        let kind = about.map_or(EventKind::Real, |(_, kind)| *kind);
        (delivery.event_seq, stand(delivery, kind, way, ahead))
    };
    Ok(deliveries.iter().map(stance).collect())
}

/// How one delivery stands; `ahead` is the first of its subject that waits.
fn stand(delivery: &Delivery, kind: EventKind, way: Way, ahead: Option<&Waiting>) -> Stance {
    let plain = |standing| Stance {
        standing,
        next: None,
        behind: None,
    };
    match delivery.state {
        DeliveryState::Delivered => return plain(Standing::Delivered),
        DeliveryState::Dead => return plain(Standing::Failed),
        DeliveryState::Pending => {}
    }
    // Tests are sent whether the subscription is enabled or not.
    if !way.enabled {
        return plain(match kind {
            EventKind::Real => Standing::Held,
            EventKind::Test => Standing::InFlight,
        });
    }
    let ahead = ahead.filter(|one| one.event_seq < delivery.event_seq);
    match ahead {
        Some(ahead) if way.ordering == Ordering::Subject => Stance {
            standing: Standing::Held,
            next: (ahead.attempts > 0).then_some(ahead.due),
            behind: Some(ahead.event_seq),
        },
        _ if delivery.attempts > 0 => Stance {
            standing: Standing::Retrying,
            next: Some(delivery.due),
            behind: None,
        },
        _ => plain(Standing::InFlight),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WAY: Way = Way {
        number: 1,
        ordering: Ordering::Subject,
        enabled: true,
    };
    const DUE: Timestamp = Timestamp::from_micros(7);

    fn delivery(event_seq: i64, attempts: i64) -> Delivery {
        Delivery {
            subscription: 1,
            event_seq,
            state: DeliveryState::Pending,
            attempts,
            tried: 0,
            due: DUE,
            status: None,
            latency: None,
            finished: None,
            error: None,
        }
    }

    fn ahead(event_seq: i64, attempts: i64) -> Waiting {
        Waiting {
            event_seq,
            attempts,
            tried: 0,
            due: DUE,
        }
    }

    fn told(delivery: &Delivery, way: Way, ahead: Option<Waiting>) -> (Standing, Option<i64>) {
        let stance = stand(delivery, EventKind::Real, way, ahead.as_ref());
        (stance.standing, stance.behind)
    }

    #[test]
    fn what_fails_is_retried_and_what_comes_behind_it_is_held() {
        let itself = Some(ahead(5, 1));
        assert_eq!(
            told(&delivery(5, 1), WAY, itself),
            (Standing::Retrying, None)
        );
        assert_eq!(
            told(&delivery(6, 0), WAY, itself),
            (Standing::Held, Some(5))
        );
        assert_eq!(told(&delivery(6, 0), WAY, None), (Standing::InFlight, None));
        let unordered = Way {
            ordering: Ordering::None,
            ..WAY
        };
        assert_eq!(
            told(&delivery(6, 0), unordered, itself),
            (Standing::InFlight, None)
        );
    }

    #[test]
    fn a_disabled_subscription_holds_real_events_and_no_tests() {
        let off = Way {
            enabled: false,
            ..WAY
        };
        let of_kind = |kind| stand(&delivery(5, 0), kind, off, None).standing;
        assert_eq!(of_kind(EventKind::Real), Standing::Held);
        assert_eq!(of_kind(EventKind::Test), Standing::InFlight);
    }

    #[test]
    fn a_held_one_goes_on_when_the_one_before_it_is_tried_again() {
        let next = |attempts| {
            stand(
                &delivery(6, 0),
                EventKind::Real,
                WAY,
                Some(&ahead(5, attempts)),
            )
            .next
        };
        assert_eq!((next(0), next(2)), (None, Some(DUE)));
    }

    #[test]
    fn each_is_read_by_its_word() {
        for standing in Standing::EACH {
            assert_eq!(Standing::read(standing.word()), Some(standing));
        }
        assert_eq!(Standing::read("retrying"), None);
    }
}
