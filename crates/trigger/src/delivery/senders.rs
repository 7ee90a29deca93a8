//! The threads that send. Each has a runtime of its own and does nothing else, so that no request to
//! the API stands between an event and its endpoint, and no thread wakes another to share work.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread::available_parallelism;

use tokio::runtime::{Builder, Handle};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::limits::SENDERS_MAX;

/// Threads that send, for all orgs of a process. Cloning it is cheap; they end with the last clone.
#[derive(Clone)]
pub struct Senders(Arc<Threads>);

struct Threads {
    handles: Vec<Handle>,
    turn: AtomicUsize,
    _end: DropGuard,
}

impl Senders {
    /// Starts a thread for each processor, within bounds.
    ///
    /// # Errors
    ///
    /// The system has no thread or no file for them.
    pub fn start() -> std::io::Result<Self> {
        let count = available_parallelism().map_or(1, usize::from);
        let end = CancellationToken::new();
        let start = |number: usize| {
            let runtime = Builder::new_current_thread().enable_all().build()?;
            let handle = runtime.handle().clone();
            let ended = end.clone();
            std::thread::Builder::new()
                .name(format!("sender-{number}"))
                .spawn(move || runtime.block_on(ended.cancelled_owned()))?;
            Ok(handle)
        };
        let handles = (0..count.min(SENDERS_MAX)).map(start);
        let handles = handles.collect::<std::io::Result<_>>()?;
        Ok(Self(Arc::new(Threads {
            handles,
            turn: AtomicUsize::new(0),
            _end: end.drop_guard(),
        })))
    }

    /// Where the next worker of a lane runs.
    pub(crate) fn next(&self) -> &Handle {
        let Threads { handles, turn, .. } = &*self.0;
        &handles[turn.fetch_add(1, Relaxed) % handles.len()]
    }
}
