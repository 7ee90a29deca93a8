//! A transaction: statements, the tables by name, and what to tell others after the commit.

use crate::accounts::Accounts;
use crate::audit::Audit;
use crate::deliveries::Deliveries;
use crate::documents::{Documents, Typed};
use crate::driver::dialect::{Backend, speak};
use crate::driver::{Arg, Row, postgres, sqlite};
use crate::entitlements::Entitlements;
use crate::error::Result;
use crate::events::Events;
use crate::held::HeldAccounts;
use crate::hints::Topic;
use crate::identities::Identities;
use crate::identity_changes::IdentityChanges;
use crate::invocations::Invocations;
use crate::jobs::Jobs;
use crate::keys::IdentityKeys;
use crate::leases::Leases;
use crate::manual_lifecycle::ManualLifecycle;
use crate::notices::Notices;
use crate::org::Org;
use crate::rejections::Rejections;
use crate::schedules::Schedules;
use crate::settings::Settings;
use crate::sync_plans::SyncPlans;
use crate::tasks::Tasks;
use crate::uploads::Uploads;

/// An open transaction. [`Org::write`] and [`Org::read`] lend one.
pub struct Tx<'c> {
    org: &'c Org,
    connection: Connection<'c>,
    topics: u8,
    after_commit: Vec<Box<dyn FnOnce()>>,
    open: bool,
    /// Whether this transaction changed documents of any kind; its own reads then pass the cache by.
    pub(crate) documents_changed: bool,
}

/// The connection of a transaction.
pub(crate) enum Connection<'c> {
    /// A file's writer or one of its readers.
    Sqlite(&'c rusqlite::Connection),
    /// A connection lent by the pool.
    Postgres(&'c mut postgres::Connection),
}

impl<'c> Tx<'c> {
    pub(crate) fn new(org: &'c Org, connection: Connection<'c>, begin: &str) -> Result<Self> {
        let mut tx = Self::begun(org, connection);
        tx.script(begin)?;
        Ok(tx)
    }

    /// A transaction over one consistent view of PostgreSQL.
    pub(crate) fn reading(org: &'c Org, connection: &'c mut postgres::Connection) -> Result<Self> {
        connection.send_ahead("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")?;
        Ok(Self::begun(org, Connection::Postgres(connection)))
    }

    fn begun(org: &'c Org, connection: Connection<'c>) -> Self {
        Self {
            org,
            connection,
            topics: 0,
            after_commit: Vec::new(),
            open: true,
            documents_changed: false,
        }
    }

    /// The org this transaction is in.
    pub fn org(&self) -> &'c Org {
        self.org
    }

    /// Gives a hint once the transaction has committed.
    pub fn hint(&mut self, topic: Topic) {
        self.topics |= topic.bit();
    }

    /// Runs `act` once the transaction has committed, and never otherwise.
    pub fn after_commit(&mut self, act: impl FnOnce() + 'static) {
        self.after_commit.push(Box::new(act));
    }

    pub(crate) fn take_after_commit(&mut self) -> Vec<Box<dyn FnOnce()>> {
        std::mem::take(&mut self.after_commit)
    }

    /// Runs one statement that changes rows; gives their number.
    pub fn execute(&mut self, sql: &str, args: &[Arg<'_>]) -> Result<u64> {
        let sql = speak(sql, self.backend());
        match &mut self.connection {
            Connection::Sqlite(connection) => sqlite::execute(connection, &sql, args),
            Connection::Postgres(connection) => connection.execute(&sql, args),
        }
    }

    /// Runs one query and gives all its rows.
    pub fn fetch<T>(
        &mut self,
        sql: &str,
        args: &[Arg<'_>],
        mut read: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        let mut rows = Vec::new();
        self.for_each(sql, args, |row| {
            rows.push(read(row)?);
            Ok(())
        })?;
        Ok(rows)
    }

    /// Runs one query that gives at most one row.
    pub fn fetch_one<T>(
        &mut self,
        sql: &str,
        args: &[Arg<'_>],
        read: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<Option<T>> {
        Ok(self.fetch(sql, args, read)?.into_iter().next())
    }

    /// Runs one query and hands each row over; SQLite then keeps none of them in memory.
    pub fn for_each(
        &mut self,
        sql: &str,
        args: &[Arg<'_>],
        mut each: impl FnMut(&Row<'_>) -> Result<()>,
    ) -> Result<()> {
        let sql = speak(sql, self.backend());
        match &mut self.connection {
            Connection::Sqlite(connection) => sqlite::query(connection, &sql, args, &mut each),
            Connection::Postgres(connection) => connection.query(&sql, args, &mut each),
        }
    }

    /// Runs one statement for many rows of arguments in a single turn.
    pub fn run<'r, const N: usize>(
        &mut self,
        sql: &str,
        rows: impl IntoIterator<Item = [Arg<'r>; N]>,
    ) -> Result<()> {
        self.batch(sql, rows, |_, _| Ok(()))
    }

    /// [`Tx::run`] where no two rows touch the same row of the table, so that even a statement that
    /// updates on conflict may be told of all of them at once.
    pub fn run_once_each<'r, const N: usize>(
        &mut self,
        sql: &str,
        rows: impl IntoIterator<Item = [Arg<'r>; N]>,
    ) -> Result<()> {
        if let Connection::Sqlite(_) = self.connection {
            return self.run(sql, rows);
        }
        let sql = speak(sql, self.backend());
        let rows: Vec<[Arg<'r>; N]> = rows.into_iter().collect();
        let rows: Vec<&[Arg<'_>]> = rows.iter().map(<[Arg<'_>; N]>::as_slice).collect();
        match &mut self.connection {
            Connection::Sqlite(_) => Ok(()),
            Connection::Postgres(connection) => connection.batch_once_each(&sql, &rows),
        }
    }

    /// Like [`Tx::run`], and hands over what each row of arguments returned, with its number.
    pub fn batch<'r, const N: usize>(
        &mut self,
        sql: &str,
        rows: impl IntoIterator<Item = [Arg<'r>; N]>,
        mut each: impl FnMut(usize, &Row<'_>) -> Result<()>,
    ) -> Result<()> {
        let sql = speak(sql, self.backend());
        match &mut self.connection {
            Connection::Sqlite(connection) => sqlite::batch(connection, &sql, rows, &mut each),
            Connection::Postgres(connection) => {
                let rows: Vec<[Arg<'r>; N]> = rows.into_iter().collect();
                let rows: Vec<&[Arg<'_>]> = rows.iter().map(<[Arg<'_>; N]>::as_slice).collect();
                connection.batch(&sql, &rows, &mut each)
            }
        }
    }

    /// Hands out `count` numbers of the sequence `name`; gives the first.
    ///
    /// The counter's row stays locked until the commit, so numbers become visible in their order.
    pub fn next_numbers(&mut self, name: &'static str, count: u32) -> Result<i64> {
        const NEXT: &str = "
            INSERT INTO counter (name, value) VALUES ($1, $2)
            ON CONFLICT (name) DO UPDATE SET value = counter.value + excluded.value
            RETURNING value";
        let last = self.fetch_one(NEXT, &crate::args![name, count], |row| row.get::<i64>(0))?;
        Ok(last.unwrap_or_default() - i64::from(count) + 1)
    }

    /// Configuration resources of one kind, as JSON.
    pub fn documents<'t>(&'t mut self, kind: &'static str) -> Documents<'t, 'c> {
        Documents::new(self, kind)
    }

    /// Configuration resources of one type.
    pub fn typed<T: muster_model::Document>(&mut self) -> Typed<'_, 'c, T> {
        Typed::new(self)
    }

    /// Accounts.
    pub fn accounts(&mut self) -> Accounts<'_, 'c> {
        Accounts(self)
    }

    /// What accounts may have.
    pub fn entitlements(&mut self) -> Entitlements<'_, 'c> {
        Entitlements(self)
    }

    /// Accounts that a run did not delete until somebody decides.
    pub fn held_accounts(&mut self) -> HeldAccounts<'_, 'c> {
        HeldAccounts(self)
    }

    /// What attribute synchronisation would write.
    pub fn sync_plans(&mut self) -> SyncPlans<'_, 'c> {
        SyncPlans(self)
    }

    /// Lifecycle states that people set.
    pub fn manual_lifecycle(&mut self) -> ManualLifecycle<'_, 'c> {
        ManualLifecycle(self)
    }

    /// Identities.
    pub fn identities(&mut self) -> Identities<'_, 'c> {
        Identities(self)
    }

    /// What identities were before.
    pub fn identity_changes(&mut self) -> IdentityChanges<'_, 'c> {
        IdentityChanges(self)
    }

    /// Values by which identities are found.
    pub fn identity_keys(&mut self) -> IdentityKeys<'_, 'c> {
        IdentityKeys(self)
    }

    /// Events.
    pub fn events(&mut self) -> Events<'_, 'c> {
        Events(self)
    }

    /// Deliveries of events to subscriptions.
    pub fn deliveries(&mut self) -> Deliveries<'_, 'c> {
        Deliveries(self)
    }

    /// Questions to subscribers who answer.
    pub fn invocations(&mut self) -> Invocations<'_, 'c> {
        Invocations(self)
    }

    /// Events that filters kept away.
    pub fn rejections(&mut self) -> Rejections<'_, 'c> {
        Rejections(self)
    }

    /// Notices to the administrators.
    pub fn notices(&mut self) -> Notices<'_, 'c> {
        Notices(self)
    }

    /// Durable jobs.
    pub fn jobs(&mut self) -> Jobs<'_, 'c> {
        Jobs(self)
    }

    /// Leases.
    pub fn leases(&mut self) -> Leases<'_, 'c> {
        Leases(self)
    }

    /// Schedules.
    pub fn schedules(&mut self) -> Schedules<'_, 'c> {
        Schedules(self)
    }

    /// Runs that people follow.
    pub fn tasks(&mut self) -> Tasks<'_, 'c> {
        Tasks(self)
    }

    /// Files on their way in.
    pub fn uploads(&mut self) -> Uploads<'_, 'c> {
        Uploads(self)
    }

    /// Settings.
    pub fn settings(&mut self) -> Settings<'_, 'c> {
        Settings(self)
    }

    /// The audit log.
    pub fn audit(&mut self) -> Audit<'_, 'c> {
        Audit(self)
    }

    pub(crate) fn topics(&self) -> u8 {
        self.topics
    }

    /// Puts this transaction's hints on the wire; they leave with its commit.
    pub(crate) fn tell_others(&mut self, channel: &str) {
        if self.topics == 0 {
            return;
        }
        let payload = format!("{}:{}", self.org.name(), self.topics);
        let told = self.for_each(
            "SELECT pg_notify($1, $2)",
            &crate::args![channel, payload],
            |_| Ok(()),
        );
        if let Err(error) = told {
            tracing::debug!(%error, "a hint to other nodes was lost; they poll");
        }
    }

    pub(crate) fn end(&mut self, word: &str) -> Result<()> {
        self.open = false;
        self.script(word)
    }

    /// Ends a transaction that changed nothing.
    pub(crate) fn end_reading(&mut self) -> Result<()> {
        self.open = false;
        match &mut self.connection {
            Connection::Sqlite(_) => self.script("ROLLBACK"),
            Connection::Postgres(connection) => connection.send_ahead("ROLLBACK"),
        }
    }

    /// Makes sure that the schema exists, and keeps others from changing it until this transaction
    /// ends. SQLite has one writer and one file, so there is nothing to do.
    pub(crate) fn take_schema(&mut self) -> Result<()> {
        let Some(schema) = self.org.schema() else {
            return Ok(());
        };
        // `IF NOT EXISTS` alone fails when two nodes create the same thing at once.
        let lock = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))::text";
        self.for_each(lock, &crate::args![schema], |_| Ok(()))?;
        self.script(&format!("CREATE SCHEMA IF NOT EXISTS \"{schema}\""))
    }

    /// Runs the statements of a migration.
    pub(crate) fn migration_script(&mut self, sql: &str) -> Result<()> {
        self.script(sql)
    }

    fn script(&mut self, sql: &str) -> Result<()> {
        match &mut self.connection {
            Connection::Sqlite(connection) => Ok(connection.execute_batch(sql)?),
            Connection::Postgres(connection) => connection.script(sql),
        }
    }

    fn backend(&self) -> Backend {
        match self.connection {
            Connection::Sqlite(_) => Backend::Sqlite,
            Connection::Postgres(_) => Backend::Postgres,
        }
    }
}

impl Drop for Tx<'_> {
    /// A panic in the closure must not leave the connection inside a transaction.
    fn drop(&mut self) {
        if self.open {
            let _ = self.end("ROLLBACK");
        }
    }
}
