//! PostgreSQL: a schema per org, a small pool of connections per org, statements prepared once.
//!
//! The store's face is synchronous, so each call waits here for the connection's task, which runs
//! on the runtime that the store owns.

use std::collections::HashMap;
use std::error::Error as StdError;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use bytes::BytesMut;
use futures_util::future::try_join_all;
use futures_util::{StreamExt, TryStreamExt, stream};
use parking_lot::{Condvar, Mutex};
use tokio::runtime::Handle;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use tokio_postgres::{AsyncMessage, Client, NoTls, Statement};

use super::many::{Touches, for_many};
use super::{Arg, Row};
use crate::error::{Error, Result};
use crate::limits::{LISTEN_RETRY, POSTGRES_CONNECTIONS, POSTGRES_PIPELINE, POSTGRES_ROWS};

/// One schema with its connections.
pub(crate) struct Database {
    config: tokio_postgres::Config,
    schema: String,
    channel: String,
    runtime: Handle,
    pool: Mutex<Pool>,
    returned: Condvar,
}

#[derive(Default)]
struct Pool {
    idle: Vec<Connection>,
    lent: usize,
}

/// A connection with the statements it has prepared.
pub(crate) struct Connection {
    client: Arc<Client>,
    runtime: Handle,
    /// The answer to what was sent ahead.
    ahead: Option<Answer>,
    statements: HashMap<String, Statement>,
    /// Statements for many rows of arguments, where a statement can be said that way.
    for_many: HashMap<String, Option<Statement>>,
}

type Answer = Pin<Box<dyn Future<Output = std::result::Result<(), tokio_postgres::Error>> + Send>>;

impl Database {
    /// Names the schema; connections are made when needed.
    pub(crate) fn new(
        config: tokio_postgres::Config,
        schema: &str,
        channel: &str,
        runtime: Handle,
    ) -> Self {
        Self {
            config,
            schema: schema.to_owned(),
            channel: channel.to_owned(),
            runtime,
            pool: Mutex::default(),
            returned: Condvar::new(),
        }
    }

    /// The schema's name.
    pub(crate) fn schema(&self) -> &str {
        &self.schema
    }

    /// The channel on which nodes give each other hints.
    pub(crate) fn channel(&self) -> &str {
        &self.channel
    }

    /// Lends a connection; waits while all of them are out.
    pub(crate) fn take(&self) -> Result<Connection> {
        let mut pool = self.pool.lock();
        loop {
            if let Some(connection) = pool.idle.pop() {
                if connection.client.is_closed() {
                    continue;
                }
                pool.lent += 1;
                return Ok(connection);
            }
            if pool.lent < POSTGRES_CONNECTIONS {
                pool.lent += 1;
                drop(pool);
                return self.connect().inspect_err(|_| {
                    self.pool.lock().lent -= 1;
                    self.returned.notify_one();
                });
            }
            self.returned.wait(&mut pool);
        }
    }

    /// Takes a connection back. One that broke is left out and replaced when needed.
    pub(crate) fn give_back(&self, connection: Connection) {
        let mut pool = self.pool.lock();
        pool.lent -= 1;
        if !connection.client.is_closed() {
            pool.idle.push(connection);
        }
        self.returned.notify_one();
    }

    fn connect(&self) -> Result<Connection> {
        let client = self.runtime.block_on(async {
            let (client, driver) = self.config.connect(NoTls).await?;
            tokio::spawn(async move {
                if let Err(error) = driver.await {
                    tracing::warn!(%error, "a PostgreSQL connection ended");
                }
            });
            // Statements are planned once, maybe while a table is empty, and a statement for many
            // rows must not read whole tables once it is not: each row goes through an index
            // (speed-spikes.md §1). Whole tables are read only where no index leads to a row. What is
            // switched off counts as dear beyond measure, so a statement that cannot do without it would be
            // compiled to machine code each time, which takes longer than to run it.
            let setup = format!(
                "SET search_path TO \"{}\"; SET plan_cache_mode = force_generic_plan;
                 SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off;
                 SET jit = off",
                self.schema
            );
            client.batch_execute(&setup).await?;
            Ok::<_, Error>(client)
        })?;
        Ok(Connection {
            client: Arc::new(client),
            runtime: self.runtime.clone(),
            ahead: None,
            statements: HashMap::new(),
            for_many: HashMap::new(),
        })
    }
}

impl Connection {
    /// Runs text without arguments, statement after statement.
    pub(crate) fn script(&mut self, sql: &str) -> Result<()> {
        self.hear()?;
        Ok(self.runtime.block_on(self.client.batch_execute(sql))?)
    }

    /// Sends text without waiting for what comes of it, which whoever asks next hears: to begin and to
    /// end a reading transaction then costs no way to the server and back. A writing one must know
    /// that it began.
    pub(crate) fn send_ahead(&mut self, sql: &'static str) -> Result<()> {
        self.hear()?;
        let client = Arc::clone(&self.client);
        let mut answer: Answer = Box::pin(async move { client.batch_execute(sql).await });
        // The first look at it sends it.
        match answer
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()))
        {
            Poll::Ready(done) => done?,
            Poll::Pending => self.ahead = Some(answer),
        }
        Ok(())
    }

    /// Hears what came of what was sent ahead. Answers come in order, so behind the answer to a later
    /// statement this waits for nothing.
    fn hear(&mut self) -> Result<()> {
        match self.ahead.take() {
            Some(answer) => Ok(self.runtime.block_on(answer)?),
            None => Ok(()),
        }
    }

    /// Runs one statement that changes rows.
    pub(crate) fn execute(&mut self, sql: &str, args: &[Arg<'_>]) -> Result<u64> {
        self.hear()?;
        let statement = self.prepared(sql)?;
        let params = params(args);
        Ok(self
            .runtime
            .block_on(self.client.execute(&statement, &params))?)
    }

    /// Runs one query and hands each row to `each`.
    pub(crate) fn query(
        &mut self,
        sql: &str,
        args: &[Arg<'_>],
        each: &mut dyn FnMut(&Row<'_>) -> Result<()>,
    ) -> Result<()> {
        let statement = self.prepared(sql)?;
        let params = params(args);
        let client = &self.client;
        self.runtime.block_on(async {
            // Row by row: an answer may be a million rows long.
            let rows = client.query_raw(&statement, params.iter().copied()).await?;
            let mut rows = pin!(rows);
            while let Some(row) = rows.try_next().await? {
                each(&Row::Postgres(&row))?;
            }
            Ok::<_, Error>(())
        })?;
        self.hear()
    }

    /// Runs one statement for many rows of arguments; `each` gets what comes back, with the number of
    /// its arguments. Together where that can be said in one statement, else in bursts that do not
    /// wait for each answer.
    pub(crate) fn batch(
        &mut self,
        sql: &str,
        rows: &[&[Arg<'_>]],
        each: &mut dyn FnMut(usize, &Row<'_>) -> Result<()>,
    ) -> Result<()> {
        self.hear()?;
        match self.prepared_for_many(sql, Touches::Maybe)? {
            Some(statement) if rows.len() > 1 => {
                for (part, some) in rows.chunks(POSTGRES_ROWS).enumerate() {
                    self.together(&statement, some, &mut |at, row| {
                        each(part * POSTGRES_ROWS + at, row)
                    })?;
                }
                Ok(())
            }
            _ => self.in_bursts(sql, rows, each),
        }
    }

    /// [`Connection::batch`] of rows that touch different rows each. A statement that was told of
    /// such rows once is always told of such rows.
    pub(crate) fn batch_once_each(&mut self, sql: &str, rows: &[&[Arg<'_>]]) -> Result<()> {
        self.prepared_for_many(sql, Touches::Once)?;
        self.batch(sql, rows, &mut |_, _| Ok(()))
    }

    fn together(
        &self,
        statement: &Statement,
        rows: &[&[Arg<'_>]],
        each: &mut dyn FnMut(usize, &Row<'_>) -> Result<()>,
    ) -> Result<()> {
        let columns: Vec<Vec<&Arg<'_>>> = (0..statement.params().len())
            .map(|at| rows.iter().map(|args| &args[at]).collect())
            .collect();
        let params: Vec<&(dyn ToSql + Sync)> = columns
            .iter()
            .map(|column| column as &(dyn ToSql + Sync))
            .collect();
        let found = self
            .runtime
            .block_on(self.client.query(statement, &params))?;
        for row in &found {
            let place: i64 = row.try_get(row.len() - 1)?;
            each(place as usize - 1, &Row::Postgres(row))?;
        }
        Ok(())
    }

    fn in_bursts(
        &mut self,
        sql: &str,
        rows: &[&[Arg<'_>]],
        each: &mut dyn FnMut(usize, &Row<'_>) -> Result<()>,
    ) -> Result<()> {
        let statement = self.prepared(sql)?;
        for (burst, some) in rows.chunks(POSTGRES_PIPELINE).enumerate() {
            let params: Vec<Vec<&(dyn ToSql + Sync)>> =
                some.iter().map(|args| params(args)).collect();
            let client = &self.client;
            let answers = self.runtime.block_on(try_join_all(
                params.iter().map(|params| client.query(&statement, params)),
            ))?;
            for (at, answer) in answers.iter().enumerate() {
                for row in answer {
                    each(burst * POSTGRES_PIPELINE + at, &Row::Postgres(row))?;
                }
            }
        }
        Ok(())
    }

    fn prepared_for_many(&mut self, sql: &str, touches: Touches) -> Result<Option<Statement>> {
        if let Some(known) = self.for_many.get(sql) {
            return Ok(known.clone());
        }
        let one = self.prepared(sql)?;
        let many = match for_many(sql, one.params(), touches) {
            Some(text) => Some(self.runtime.block_on(self.client.prepare(&text))?),
            None => None,
        };
        self.for_many.insert(sql.to_owned(), many.clone());
        Ok(many)
    }

    fn prepared(&mut self, sql: &str) -> Result<Statement> {
        if let Some(statement) = self.statements.get(sql) {
            return Ok(statement.clone());
        }
        let statement = self.runtime.block_on(self.client.prepare(sql))?;
        self.statements.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }
}

fn params<'a>(args: &'a [Arg<'_>]) -> Vec<&'a (dyn ToSql + Sync)> {
    args.iter().map(|arg| arg as &(dyn ToSql + Sync)).collect()
}

impl ToSql for Arg<'_> {
    fn to_sql(
        &self,
        kind: &Type,
        out: &mut BytesMut,
    ) -> std::result::Result<IsNull, Box<dyn StdError + Sync + Send>> {
        match self {
            Arg::Null => Ok(IsNull::Yes),
            Arg::Int(number) if *kind == Type::INT4 => i32::try_from(*number)?.to_sql(kind, out),
            Arg::Int(number) => number.to_sql(kind, out),
            Arg::Text(_) | Arg::Id(_) => self.text().to_sql(kind, out),
            Arg::Bits(bytes) => bytes.as_slice().to_sql(kind, out),
            Arg::Bytes(bytes) => bytes.as_ref().to_sql(kind, out),
        }
    }

    fn accepts(_kind: &Type) -> bool {
        // A wrong pairing is a mistake in a statement; the server refuses it by name.
        true
    }

    to_sql_checked!();
}

/// Passes on what arrives on `channel`, reconnecting as long as the store lives.
pub(crate) async fn listen(
    config: tokio_postgres::Config,
    channel: String,
    on_hint: impl Fn(&str) + Send + 'static,
) {
    loop {
        if let Err(error) = listen_once(&config, &channel, &on_hint).await {
            tracing::warn!(%error, "hints of other nodes are not heard; polling goes on");
        }
        tokio::time::sleep(LISTEN_RETRY).await;
    }
}

async fn listen_once(
    config: &tokio_postgres::Config,
    channel: &str,
    on_hint: &impl Fn(&str),
) -> Result<()> {
    let (client, mut driver) = config.connect(NoTls).await?;
    let mut messages = stream::poll_fn(move |context| driver.poll_message(context));
    let listen = format!("LISTEN \"{channel}\"");
    let mut listening = pin!(client.batch_execute(&listen));
    let mut started = false;
    loop {
        tokio::select! {
            done = &mut listening, if !started => {
                done?;
                started = true;
            }
            message = messages.next() => match message {
                Some(Ok(AsyncMessage::Notification(hint))) => on_hint(hint.payload()),
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(error.into()),
                None => return Ok(()),
            },
        }
    }
}
