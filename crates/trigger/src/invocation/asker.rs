//! Asks questions over HTTP and ends those whose deadline passes. Rows are claimed for the time of
//! one exchange, so the questions of a node that died are asked by another one, with the same id
//! and secret.

use std::sync::Arc;
use std::time::Duration;

use muster_event::catalog;
use muster_model::Timestamp;
use muster_store::{Backend, InvocationRow, Org, Tx};
use tokio::sync::Semaphore;
use tracing::Instrument;

use super::answer::{self, Heard, Verdict, verdict};
use super::ask::SECRET;
use super::end::{Stop, end};
use super::metadata::{self, Metadata};
use crate::delivery::{Call, Connection, Context, Defaults, Message, Target, Telling};
use crate::error::Result;
use crate::limits::{ASKING_LEASE_MS, ASKING_MAX, EXCHANGE_TIMEOUT, EXPIRIES_MAX, POLL};
use crate::passed_in::{Place, Sealer};
use crate::subscription::{Destination, DispatchMode, Subscription};

/// Asks the questions of one org.
pub(crate) struct Asker {
    context: Arc<Context>,
    sealer: Arc<dyn Sealer>,
    public_url: String,
    permits: Arc<Semaphore>,
}

impl Asker {
    pub(crate) fn new(context: Arc<Context>, sealer: Arc<dyn Sealer>, public_url: String) -> Self {
        Self {
            context,
            sealer,
            public_url,
            permits: Arc::new(Semaphore::new(ASKING_MAX)),
        }
    }

    /// Takes back what this process was asking when it died. Several processes over one store wait
    /// for the claim to run out instead.
    pub(crate) async fn recover(&self) -> Result<()> {
        if self.org().backend() == Backend::Sqlite {
            self.org()
                .write_async(|tx| tx.invocations().release_all())
                .await?;
        }
        Ok(())
    }

    /// Does what is due; gives the time until something is due again.
    pub(crate) async fn step(self: &Arc<Self>) -> Result<Duration> {
        let now = self.context.clock.now();
        let next = self
            .org()
            .read_async(|tx| tx.invocations().next_due())
            .await?;
        let Some(next) = next else {
            return Ok(POLL);
        };
        if next > now {
            let micros = next.as_micros() - now.as_micros();
            return Ok(Duration::from_micros(micros.unsigned_abs()));
        }
        let free = self.permits.available_permits();
        let claimed = self
            .org()
            .write_async(move |tx| {
                expire(tx, now)?;
                claim(tx, now, free)
            })
            .await?;
        let is_full = claimed.len() == free;
        for row in claimed {
            let asker = Arc::clone(self);
            let permit = Arc::clone(&self.permits).acquire_owned().await;
            let span = tracing::info_span!("ask", invocation = %row.head.id, trigger = %row.head.trigger_id);
            let run = async move {
                let _permit = permit;
                if let Err(error) = asker.ask(row).await {
                    tracing::warn!(%error, "a question's end could not be stored; it is asked again");
                }
            };
            let kill = self.context.kill.clone();
            self.context.tasks.spawn(
                async move {
                    kill.run_until_cancelled(run).await;
                }
                .instrument(span),
            );
        }
        // When all are busy, the end of one gives a hint.
        Ok(if is_full { POLL } else { Duration::ZERO })
    }

    /// Whether nothing is being asked or to be asked.
    pub(crate) async fn is_at_rest(&self) -> bool {
        let asking = self.org().read_async(|tx| tx.invocations().any_to_ask());
        matches!(asking.await, Ok(false))
    }

    fn org(&self) -> &Org {
        &self.context.org
    }

    async fn ask(&self, row: InvocationRow) -> Result<()> {
        let number = row.subscription;
        let all = self
            .org()
            .read_async(|tx| tx.typed::<Subscription>().list())
            .await?;
        let heard = match all.into_iter().find(|one| one.number == number) {
            Some(subscription) => self.hear(&row, &subscription).await,
            None => Verdict::Failed("the subscription was deleted".to_owned()),
        };
        if let Verdict::Failed(error) = &heard {
            tracing::info!("a question was not answered: {error}");
        }
        let now = self.context.clock.now();
        self.org()
            .write_async(move |tx| settle(tx, &row, heard, now))
            .await?;
        self.context.moved.send_modify(|count| *count += 1);
        Ok(())
    }

    async fn hear(&self, row: &InvocationRow, subscription: &Subscription) -> Verdict {
        let Some(trigger) = catalog::find(&row.head.trigger_id) else {
            return Verdict::Failed("the trigger is gone".to_owned());
        };
        let target = Target::of(subscription, self.sealer.as_ref(), &Defaults::default());
        let mode = match (&target.call, &subscription.destination) {
            (Call::Http(_), Destination::Http(http)) => http.dispatch_mode,
            (_, Destination::Inline(inline)) => {
                return answer::of_inline(trigger, inline)
                    .map_or_else(Verdict::Failed, Verdict::Answered);
            }
            (Call::Broken(reason), _) => return Verdict::Failed(reason.clone()),
            _ => return Verdict::Failed("the subscription cannot be asked".to_owned()),
        };
        let message = match self.message(row, mode) {
            Ok(message) => message,
            Err(reason) => return Verdict::Failed(reason),
        };
        let telling = Telling {
            message: &message,
            subscription: row.subscription,
            attempt: row.attempts,
            now: self.context.clock.now(),
        };
        let mut connection = Connection::default();
        let exchange = connection.exchange(&self.context.connector, &target.call, &telling);
        let Ok(exchange) = tokio::time::timeout(EXCHANGE_TIMEOUT, exchange).await else {
            return Verdict::Failed(crate::delivery::too_late());
        };
        match (exchange.error, exchange.status) {
            (Some(error), _) => Verdict::Failed(error),
            (None, Some(status)) => verdict(
                mode,
                trigger,
                Heard {
                    status,
                    body: exchange.body.as_deref(),
                },
            ),
            (None, None) => Verdict::Failed("no answer came".to_owned()),
        }
    }

    fn message(&self, row: &InvocationRow, mode: DispatchMode) -> Result<Message, String> {
        let id = &row.head.id;
        let place = Place {
            object: id,
            field: SECRET,
        };
        let sealed = row.secret.as_deref().unwrap_or_default();
        let secret = self.sealer.open(sealed, place);
        let secret = secret.map_err(|error| error.to_string())?;
        let metadata = Metadata {
            public_url: &self.public_url,
            invocation: id,
            secret: secret.expose(),
            trigger_id: &row.head.trigger_id,
        };
        let body = metadata::body(&row.input, mode, &metadata);
        Ok(Message::question(row, body))
    }
}

fn claim(tx: &mut Tx<'_>, now: Timestamp, free: usize) -> Result<Vec<InvocationRow>> {
    if free == 0 {
        return Ok(Vec::new());
    }
    let until = now.plus_millis(ASKING_LEASE_MS);
    let mut claimed = tx.invocations().claim(now, until, free as u32)?;
    // One that nobody was there to ask in time is not asked any more.
    let mut late = Vec::new();
    claimed.retain(|row| {
        let is_in_time = now < row.deadline;
        if !is_in_time {
            late.push(row.clone());
        }
        is_in_time
    });
    for row in &late {
        end(tx, row, Stop::Expired, now)?;
    }
    Ok(claimed)
}

fn expire(tx: &mut Tx<'_>, now: Timestamp) -> Result<()> {
    for row in tx.invocations().overdue(now, EXPIRIES_MAX)? {
        end(tx, &row, Stop::Expired, now)?;
    }
    Ok(())
}

/// The subscriber may have called back before its HTTP answer arrived; then that counts.
fn settle(tx: &mut Tx<'_>, row: &InvocationRow, heard: Verdict, now: Timestamp) -> Result<()> {
    let stop = match heard {
        Verdict::Answered(output) => Stop::Completed(output),
        Verdict::Failed(error) => Stop::Failed(error),
        Verdict::Later => {
            tx.invocations().wait(&row.head.id)?;
            return Ok(());
        }
    };
    end(tx, row, stop, now)?;
    Ok(())
}
