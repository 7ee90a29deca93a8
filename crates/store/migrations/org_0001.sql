-- One org, whole. Written in the subset of SQL that SQLite and PostgreSQL share; times are
-- microseconds, flags 0 or 1, JSON is text. The words in braces are explained in driver/dialect.rs.

CREATE TABLE setting (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

-- Numbers handed out in commit order: a writer keeps the row locked until it commits, so a reader
-- that has seen number n will never meet a smaller one later.
CREATE TABLE counter (
    name  TEXT PRIMARY KEY,
    value BIGINT NOT NULL
);

-- Configuration resources of every kind: few per org, kept whole.
CREATE TABLE document (
    kind       TEXT NOT NULL,
    id         TEXT NOT NULL,
    name       TEXT NOT NULL,
    name_lower TEXT NOT NULL,
    version    BIGINT NOT NULL,
    created    BIGINT NOT NULL,
    modified   BIGINT NOT NULL,
    body       TEXT NOT NULL,
    PRIMARY KEY (kind, id)
);

-- What a source says about someone, as last seen. `line` and `task_id` say where it was last written
-- from: the line of the file, and the run that read it.
CREATE TABLE account (
    id                  TEXT PRIMARY KEY,
    source_id           TEXT NOT NULL,
    native_identity     TEXT {bytewise} NOT NULL,
    digest              BYTEA NOT NULL,
    identity_id         TEXT,
    name                TEXT NOT NULL,
    name_lower          TEXT {bytewise} NOT NULL,
    disabled            BIGINT NOT NULL,
    locked              BIGINT NOT NULL,
    manually_correlated BIGINT NOT NULL,
    uncorrelated_reason TEXT,
    created             BIGINT NOT NULL,
    modified            BIGINT NOT NULL,
    line                BIGINT,
    task_id             BYTEA,
    attributes          TEXT NOT NULL
);
CREATE UNIQUE INDEX account_native ON account (source_id, native_identity);
CREATE INDEX account_identity ON account (identity_id);

-- People, as the identity profile sees them. `cause` is the run that wrote the current version.
CREATE TABLE identity (
    id              TEXT PRIMARY KEY,
    version         BIGINT NOT NULL,
    revision        BIGINT NOT NULL,
    profile_id      TEXT,
    stage           BIGINT NOT NULL,
    name            TEXT NOT NULL,
    name_lower      TEXT {bytewise} NOT NULL,
    alias           TEXT NOT NULL,
    alias_lower     TEXT {bytewise} NOT NULL,
    email_lower     TEXT {bytewise},
    firstname_lower TEXT {bytewise},
    lastname_lower  TEXT {bytewise},
    manager_id      TEXT,
    lifecycle       TEXT,
    created         BIGINT NOT NULL,
    modified        BIGINT NOT NULL,
    cause           BYTEA NOT NULL,
    attributes      TEXT NOT NULL,
    problems        TEXT
);
CREATE INDEX identity_manager ON identity (manager_id);

-- What an identity was before each of its changes, as far as the change made a difference: the current
-- row and these, newest first, give every version since it was announced. The layout of `before` is
-- that of identity_delta.rs.
CREATE TABLE identity_change (
    identity_id BYTEA NOT NULL,
    version     BIGINT NOT NULL,
    before      BYTEA NOT NULL,
    PRIMARY KEY (identity_id, version)
) {clustered};

-- What accounts may have, such as groups: met on accounts, or listed in a file of entitlements. Its id
-- is made of source, attribute and value.
CREATE TABLE entitlement (
    id          TEXT PRIMARY KEY,
    source_id   TEXT NOT NULL,
    attribute   TEXT {bytewise} NOT NULL,
    value       TEXT {bytewise} NOT NULL,
    value_lower TEXT {bytewise} NOT NULL,
    type        TEXT {bytewise} NOT NULL,
    name        TEXT NOT NULL,
    name_lower  TEXT {bytewise} NOT NULL,
    description TEXT,
    met         BIGINT NOT NULL,
    listed      BIGINT NOT NULL,
    requestable BIGINT NOT NULL,
    owner_id    TEXT,
    privilege   TEXT {bytewise},
    created     BIGINT NOT NULL,
    modified    BIGINT NOT NULL,
    attributes  TEXT NOT NULL,
    other       TEXT NOT NULL
);
CREATE INDEX entitlement_source ON entitlement (source_id, id);
CREATE INDEX entitlement_owner ON entitlement (owner_id) WHERE owner_id IS NOT NULL;

-- Entitlements that contain others.
CREATE TABLE entitlement_parent (
    child_id  TEXT NOT NULL,
    parent_id TEXT NOT NULL,
    PRIMARY KEY (child_id, parent_id)
) {clustered};
CREATE INDEX entitlement_parent_child ON entitlement_parent (parent_id);

-- Accounts that a run found missing and did not delete: an administrator decides. `hold_id` is the run.
CREATE TABLE held_account (
    hold_id    TEXT NOT NULL,
    account_id TEXT NOT NULL,
    PRIMARY KEY (hold_id, account_id)
) {clustered};

-- Accounts whose attributes differ from those of their people. `changes` says which, `task_id` which run
-- of attribute synchronisation found it last.
CREATE TABLE sync_plan (
    account_id  TEXT PRIMARY KEY,
    source_id   TEXT NOT NULL,
    identity_id TEXT NOT NULL,
    task_id     TEXT NOT NULL,
    changes     TEXT NOT NULL
);
CREATE INDEX sync_plan_source ON sync_plan (source_id);

-- Lifecycle states that people set: they hold as long as the calculated one stays what it was then.
CREATE TABLE manual_lifecycle (
    identity_id TEXT PRIMARY KEY,
    state       TEXT NOT NULL,
    calculated  TEXT,
    set_at      BIGINT NOT NULL
);

-- Values by which an identity can be found: for correlation, for managers, for unique user names.
-- Where many may share a value, the identity is the sharer. A user name has no sharer ('') but an owner,
-- so that the primary key keeps a second owner out and no index of its own is needed.
CREATE TABLE identity_key (
    attribute TEXT NOT NULL,
    value     TEXT NOT NULL,
    sharer    TEXT NOT NULL,
    owner     TEXT,
    PRIMARY KEY (attribute, value, sharer)
) {clustered};

-- Managers that were named and not found: whoever turns up under that value is looked for here.
-- `task_id` is the run that is still going on and may bring the manager; empty once it has ended.
CREATE TABLE unresolved_manager (
    attribute   TEXT NOT NULL,
    value       TEXT NOT NULL,
    identity_id TEXT NOT NULL,
    task_id     TEXT NOT NULL,
    PRIMARY KEY (attribute, value, identity_id)
) {clustered};
CREATE INDEX unresolved_manager_owner ON unresolved_manager (identity_id);

-- What happened, in the order of commits.
CREATE TABLE event (
    seq          {key},
    id           TEXT NOT NULL,
    trigger_id   TEXT NOT NULL,
    subject      TEXT NOT NULL,
    created      BIGINT NOT NULL,
    cause        TEXT NOT NULL,
    kind         BIGINT NOT NULL,
    content_json TEXT,
    body         TEXT NOT NULL
);

-- Who is told of it, and how that went. `subscription` is the subscription's number, not its id:
-- eight bytes in the hottest key. `tried` counts the tries before it was last sent again on demand.
CREATE TABLE delivery (
    subscription BIGINT NOT NULL,
    event_seq    BIGINT NOT NULL,
    state        BIGINT NOT NULL,
    attempts     BIGINT NOT NULL,
    tried        BIGINT NOT NULL,
    due          BIGINT NOT NULL,
    status       BIGINT,
    latency      BIGINT,
    finished     BIGINT,
    error        TEXT,
    PRIMARY KEY (subscription, event_seq)
) {clustered};

-- One row per try, so that nobody has to guess what an endpoint answered. A first try that succeeds
-- has none: its delivery says everything.
CREATE TABLE attempt (
    subscription BIGINT NOT NULL,
    event_seq    BIGINT NOT NULL,
    number       BIGINT NOT NULL,
    started      BIGINT NOT NULL,
    latency      BIGINT NOT NULL,
    status       BIGINT,
    error        TEXT,
    answer       TEXT,
    PRIMARY KEY (subscription, event_seq, number)
) {clustered};

-- Questions to subscribers who answer, and what became of them. `due` is when somebody must act: ask,
-- ask again because whoever asked is gone, or give up waiting. `reply` is where the answer goes.
CREATE TABLE invocation (
    id                TEXT PRIMARY KEY,
    trigger_id        TEXT NOT NULL,
    subscription      BIGINT NOT NULL,
    subscription_id   TEXT NOT NULL,
    subscription_name TEXT NOT NULL,
    kind              BIGINT NOT NULL,
    state             BIGINT NOT NULL,
    attempts          BIGINT NOT NULL,
    due               BIGINT NOT NULL,
    deadline          BIGINT NOT NULL,
    created           BIGINT NOT NULL,
    completed         BIGINT,
    digest            TEXT NOT NULL,
    secret            TEXT,
    error             TEXT,
    reply             TEXT,
    content_json      TEXT,
    input             TEXT NOT NULL,
    output            TEXT
);
CREATE INDEX invocation_open ON invocation (due) WHERE completed IS NULL;
CREATE INDEX invocation_created ON invocation (created);
-- How many events the filter of a subscription kept away, and the numbers of the last of them.
CREATE TABLE rejection (
    subscription BIGINT PRIMARY KEY,
    count        BIGINT NOT NULL,
    recent       TEXT NOT NULL
);

-- What the administrators of the org should know: what Muster did without being asked.
CREATE TABLE notice (
    seq       {key},
    at        BIGINT NOT NULL,
    kind      TEXT NOT NULL,
    object    TEXT NOT NULL,
    object_id TEXT NOT NULL,
    text      TEXT NOT NULL
);

-- Work that must be done, once, by somebody. The body comes last: it is long, and looking for work
-- must not read past it.
CREATE TABLE job (
    id          {key},
    kind        TEXT NOT NULL,
    lane        TEXT NOT NULL,
    dead        BIGINT NOT NULL,
    due         BIGINT NOT NULL,
    attempts    BIGINT NOT NULL,
    owner       TEXT,
    lease_until BIGINT NOT NULL,
    created     BIGINT NOT NULL,
    error       TEXT,
    body        TEXT NOT NULL
);

-- Work that comes back at set times.
CREATE TABLE schedule (
    name   TEXT PRIMARY KEY,
    kind   TEXT NOT NULL,
    body   TEXT NOT NULL,
    cron   TEXT NOT NULL,
    zone   TEXT NOT NULL,
    next   BIGINT NOT NULL
);

-- Things that only one holder may do at a time.
CREATE TABLE lease (
    name  TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    until BIGINT NOT NULL
);

-- Runs that people follow.
CREATE TABLE task (
    id                TEXT PRIMARY KEY,
    type              TEXT NOT NULL,
    source_id         TEXT,
    launcher          TEXT NOT NULL,
    completion_status TEXT,
    created           BIGINT NOT NULL,
    modified          BIGINT NOT NULL,
    completed         BIGINT,
    body              TEXT NOT NULL,
    refreshed_identities BIGINT NOT NULL,
    refreshed_created    BIGINT NOT NULL,
    refreshed_changed    BIGINT NOT NULL
);
CREATE INDEX task_created ON task (created);

-- Files on their way in, in pieces, until the run that reads them has ended.
CREATE TABLE upload_chunk (
    upload_id TEXT NOT NULL,
    seq       BIGINT NOT NULL,
    bytes     BYTEA NOT NULL,
    PRIMARY KEY (upload_id, seq)
);
CREATE TABLE upload (
    id      TEXT PRIMARY KEY,
    name    TEXT NOT NULL,
    created BIGINT NOT NULL,
    size    BIGINT
);

-- Who changed what; each row's hash covers the one before it.
CREATE TABLE audit (
    seq         {key},
    at          BIGINT NOT NULL,
    actor       TEXT NOT NULL,
    action      TEXT NOT NULL,
    kind        TEXT NOT NULL,
    object_id   TEXT NOT NULL,
    correlation TEXT NOT NULL,
    before      TEXT,
    after       TEXT,
    hash        TEXT NOT NULL
);
