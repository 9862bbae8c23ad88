-- Networks that a computer was on, and their routers. Times are RFC 3339 in UTC, lists are JSON.
CREATE TABLE network (
    id INTEGER PRIMARY KEY,
    ssid TEXT,
    gateways TEXT NOT NULL,
    dhcp TEXT NOT NULL,
    prefixes TEXT NOT NULL,
    first TEXT NOT NULL,
    last TEXT NOT NULL,
    visits INTEGER NOT NULL
) STRICT;

CREATE INDEX network_by_name ON network (ssid, gateways);

CREATE TABLE router (
    network INTEGER NOT NULL REFERENCES network (id) ON DELETE CASCADE,
    address TEXT NOT NULL,
    mac TEXT NOT NULL,
    first TEXT NOT NULL,
    last TEXT NOT NULL,
    visits INTEGER NOT NULL,
    PRIMARY KEY (network, address, mac)
) STRICT;
