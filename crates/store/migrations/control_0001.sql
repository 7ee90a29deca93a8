-- What is known before any org is opened: which orgs exist, and settings of the whole installation.
CREATE TABLE org (
    name    TEXT PRIMARY KEY,
    created BIGINT NOT NULL
);

CREATE TABLE setting (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
);
