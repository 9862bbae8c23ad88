-- What a watch remembers. Times are RFC 3339 in UTC with nine digits of a second, things are JSON, severities are 0 (info)
-- to 4 (critical). Targets are named by their id without a reference: what was seen of one outlives it.

-- Numbers that are given once, also where what had the last one is gone.
CREATE TABLE watch_number (
    name TEXT NOT NULL PRIMARY KEY,
    next INTEGER NOT NULL
) STRICT;

-- Who keeps watch.
CREATE TABLE watch_lease (
    id INTEGER PRIMARY KEY,
    holder TEXT NOT NULL,
    taken TEXT NOT NULL,
    until TEXT NOT NULL
) STRICT;

-- What is watched. `sort` and `search` are its name, and all its words, in lower case; `rank` is its worst severity, -1
-- where there is none.
CREATE TABLE watch_target (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    target TEXT NOT NULL,
    origin TEXT NOT NULL,
    every INTEGER NOT NULL,
    paused INTEGER NOT NULL,
    added TEXT NOT NULL,
    tags TEXT NOT NULL,
    sort TEXT NOT NULL,
    search TEXT NOT NULL,
    rank INTEGER NOT NULL
) STRICT;

CREATE INDEX watch_target_by_rank ON watch_target (rank DESC, sort, id);

-- The newest look at each target, and when the next one is due.
CREATE TABLE watch_state (
    target TEXT NOT NULL PRIMARY KEY,
    looked TEXT NOT NULL,
    next TEXT NOT NULL,
    state TEXT NOT NULL,
    error TEXT,
    worst INTEGER,
    counts TEXT NOT NULL,
    verdicts TEXT NOT NULL,
    path TEXT NOT NULL
) STRICT;

-- The newest report of each target, compressed with zlib (RFC 1950).
CREATE TABLE watch_report (
    target TEXT NOT NULL PRIMARY KEY,
    at TEXT NOT NULL,
    body BLOB NOT NULL
) STRICT;

-- Every look.
CREATE TABLE watch_look (
    target TEXT NOT NULL,
    at TEXT NOT NULL,
    millis INTEGER NOT NULL,
    state TEXT NOT NULL,
    error TEXT,
    worst INTEGER,
    findings INTEGER NOT NULL,
    changes INTEGER NOT NULL,
    PRIMARY KEY (target, at)
) STRICT, WITHOUT ROWID;

-- What was met is about a place and of a kind; `digest` is SHA-256 of target, place and kind, since a place can be longer
-- than what an index takes. `latest` is the memo that the latest look met.
CREATE TABLE watch_subject (
    id INTEGER PRIMARY KEY,
    digest BLOB NOT NULL UNIQUE,
    target TEXT NOT NULL,
    place TEXT NOT NULL,
    kind TEXT NOT NULL,
    latest INTEGER
) STRICT;

CREATE INDEX watch_subject_by_target ON watch_subject (target);

-- Each value that a subject had, once; `digest` is SHA-256 of `value`.
CREATE TABLE watch_memo (
    id INTEGER PRIMARY KEY,
    subject INTEGER NOT NULL REFERENCES watch_subject (id) ON DELETE CASCADE,
    digest BLOB NOT NULL,
    value TEXT NOT NULL,
    first TEXT NOT NULL,
    last TEXT NOT NULL,
    count INTEGER NOT NULL,
    UNIQUE (subject, digest)
) STRICT;

-- Changes. `digest` is what makes one the same in another database. `standing` is what became of it, and `state` the same
-- in one word.
CREATE TABLE watch_event (
    id INTEGER NOT NULL PRIMARY KEY,
    digest BLOB NOT NULL UNIQUE,
    target TEXT NOT NULL,
    severity INTEGER NOT NULL,
    change TEXT NOT NULL,
    at TEXT NOT NULL,
    last TEXT NOT NULL,
    times INTEGER NOT NULL,
    went_back INTEGER NOT NULL,
    state TEXT NOT NULL,
    standing TEXT NOT NULL,
    search TEXT NOT NULL
) STRICT;

CREATE INDEX watch_event_by_target ON watch_event (target, id);
CREATE INDEX watch_event_by_last ON watch_event (target, last);
CREATE INDEX watch_event_by_state ON watch_event (state, id);
CREATE INDEX watch_event_standing ON watch_event (target, state, severity);

-- Alerts on their way, and those that arrived or were given up. `ended` is when.
CREATE TABLE watch_alert (
    id INTEGER NOT NULL PRIMARY KEY,
    digest BLOB NOT NULL UNIQUE,
    mark TEXT NOT NULL,
    channel TEXT NOT NULL,
    due TEXT NOT NULL,
    tries INTEGER NOT NULL,
    uncertain INTEGER NOT NULL,
    state TEXT NOT NULL,
    ended TEXT,
    last_error TEXT,
    alert TEXT NOT NULL
) STRICT;

CREATE INDEX watch_alert_by_due ON watch_alert (state, due, id);

-- SHA-256 of the key (`mark`) of each alert that there ever was, so that none is made twice.
CREATE TABLE watch_told (
    digest BLOB NOT NULL PRIMARY KEY
) STRICT, WITHOUT ROWID;
