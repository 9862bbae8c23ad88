-- Host keys that a person has compared with what the server's owner publishes, and trusts since. `server` is as known_hosts
-- writes it, `trusted` who decided.
CREATE TABLE watch_host_trust (
    target TEXT NOT NULL,
    server TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    key_type TEXT NOT NULL,
    key TEXT NOT NULL,
    trusted TEXT NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (target, server, fingerprint)
) STRICT;
