-- Keys of SSH servers that earlier runs met. A host is written as in known_hosts, times are RFC 3339 in UTC.
CREATE TABLE host_key (
    host TEXT NOT NULL,
    key_type TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    first TEXT NOT NULL,
    last TEXT NOT NULL,
    visits INTEGER NOT NULL,
    PRIMARY KEY (host, key_type, fingerprint)
) STRICT;
