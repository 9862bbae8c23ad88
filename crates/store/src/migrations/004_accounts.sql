-- Who may use the dashboard. Names are in lower case. What is hashed is SHA-256 in base64url of a random secret; what is
-- sealed can be opened with the key beside the store alone.

CREATE TABLE watch_account (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    role TEXT NOT NULL,
    -- PHC string of Argon2id.
    password TEXT,
    -- Sealed.
    totp BLOB,
    -- The step of the newest code that was taken.
    totp_step INTEGER NOT NULL,
    -- By which passkeys name it: random, base64url.
    handle TEXT NOT NULL UNIQUE,
    -- Of OpenID Connect: who vouches, and by which name; both empty for an account of our own.
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    disabled INTEGER NOT NULL,
    created TEXT NOT NULL,
    seen TEXT
) STRICT;

CREATE INDEX watch_account_by_subject ON watch_account (issuer, subject);

CREATE TABLE watch_session (
    id INTEGER PRIMARY KEY,
    hash TEXT NOT NULL UNIQUE,
    account INTEGER NOT NULL REFERENCES watch_account (id) ON DELETE CASCADE,
    -- What forms carry.
    csrf TEXT NOT NULL,
    created TEXT NOT NULL,
    used TEXT NOT NULL,
    address TEXT NOT NULL,
    bound INTEGER NOT NULL,
    -- password, passkey or oidc; and whether a second factor was shown.
    way TEXT NOT NULL,
    second INTEGER NOT NULL,
    agent TEXT NOT NULL
) STRICT;

CREATE INDEX watch_session_by_account ON watch_session (account, id);

CREATE TABLE watch_passkey (
    id INTEGER PRIMARY KEY,
    account INTEGER NOT NULL REFERENCES watch_account (id) ON DELETE CASCADE,
    credential TEXT NOT NULL UNIQUE,
    key BLOB NOT NULL,
    counter INTEGER NOT NULL,
    backed_up INTEGER NOT NULL,
    name TEXT NOT NULL,
    created TEXT NOT NULL,
    used TEXT
) STRICT;

CREATE INDEX watch_passkey_by_account ON watch_passkey (account, id);

CREATE TABLE watch_recovery (
    account INTEGER NOT NULL REFERENCES watch_account (id) ON DELETE CASCADE,
    hash TEXT NOT NULL,
    PRIMARY KEY (account, hash)
) STRICT;

CREATE TABLE watch_token (
    id INTEGER PRIMARY KEY,
    account INTEGER NOT NULL REFERENCES watch_account (id) ON DELETE CASCADE,
    hash TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    scopes TEXT NOT NULL,
    created TEXT NOT NULL,
    expires TEXT,
    used TEXT
) STRICT;

CREATE INDEX watch_token_by_account ON watch_token (account, id);

-- Who did what. Lines are added and never changed.
CREATE TABLE watch_audit (
    id INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    who TEXT NOT NULL,
    address TEXT NOT NULL,
    what TEXT NOT NULL,
    detail TEXT NOT NULL
) STRICT;

CREATE INDEX watch_audit_by_what ON watch_audit (what, id);

-- What the dashboard keeps of itself, sealed.
CREATE TABLE watch_setting (
    name TEXT NOT NULL PRIMARY KEY,
    value BLOB NOT NULL
) STRICT;
