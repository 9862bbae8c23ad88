//! The networks that this computer was on.
//!
//! A network is known again by the name of its Wi-Fi and the addresses of its routers. Where there is no Wi-Fi, its DHCP
//! server counts too, and networks whose servers are both known and differ are two. Prefixes of IPv6 change with many
//! providers: one that is the same makes it certain, another one does not make it another network, since otherwise
//! whoever advertises one could have everything forgotten.

use std::net::IpAddr;
use std::path::Path;

use midwatch_model::{EarlierNetwork, EarlierRouter, NetworkIdentity, Time};
use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior, params};

use crate::{Store, StoreError, count, damaged, time};

/// Seconds after which being there again is another visit.
const VISIT: i64 = 3600;

/// Networks that are kept; the ones not seen for longest go first.
const MAX_NETWORKS: i64 = 10_000;

/// Routers of one network that are kept.
const MAX_ROUTERS: i64 = 64;

/// Values of one list that are kept.
const MAX_VALUES: usize = 64;

/// A network as it is kept.
struct Kept {
    id: i64,
    dhcp: Vec<IpAddr>,
    prefixes: Vec<String>,
    first: Time,
    last: Time,
    visits: i64,
}

impl Kept {
    /// How certain it is that it is this one; none where it is not.
    fn is(&self, network: &NetworkIdentity) -> Option<bool> {
        let same_server = self.dhcp.iter().any(|server| network.dhcp.contains(server));
        let other_server = !self.dhcp.is_empty() && !network.dhcp.is_empty() && !same_server;
        if network.ssid.is_none() && other_server {
            return None;
        }
        let same_prefix = self.prefixes.iter().any(|prefix| network.prefixes.contains(prefix));
        // A router that is the DHCP server too is no second sign: that is how most networks are.
        let telling_server =
            same_server && network.dhcp.iter().any(|server| !network.gateways.contains(server));
        Some(network.ssid.is_some() || same_prefix || telling_server)
    }
}

impl Store {
    /// What is known of a network; none where it was never met.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn network(&self, network: &NetworkIdentity) -> Result<Option<EarlierNetwork>, StoreError> {
        let Some((kept, certain)) = kept(&self.database, &self.path, network)? else { return Ok(None) };
        let mut query = self
            .database
            .prepare("SELECT address, mac, first, last, visits FROM router WHERE network = ?1 ORDER BY address, first, mac")
            .map_err(|error| self.failed(error))?;
        let rows = query
            .query_map([kept.id], |row| {
                Ok((
                    row.get::<_, String>(0)?,
                    row.get(1)?,
                    row.get::<_, String>(2)?,
                    row.get::<_, String>(3)?,
                    row.get(4)?,
                ))
            })
            .map_err(|error| self.failed(error))?;
        let mut routers = Vec::new();
        for row in rows {
            let (address, mac, first, last, visits): (String, String, String, String, i64) =
                row.map_err(|error| self.failed(error))?;
            routers.push(EarlierRouter {
                address: address.parse().map_err(|_| damaged(&self.path, format!("address {address}")))?,
                mac,
                first: time(&self.path, &first)?,
                last: time(&self.path, &last)?,
                visits: count(visits),
            });
        }
        let Kept { first, last, visits, .. } = kept;
        Ok(Some(EarlierNetwork { first, last, visits: count(visits), certain, routers }))
    }

    /// This computer is on that network now, and its routers have these link-layer addresses.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn saw(
        &mut self,
        network: &NetworkIdentity,
        routers: &[(IpAddr, String)],
        now: Time,
    ) -> Result<(), StoreError> {
        let path = self.path.clone();
        let failed = |source| StoreError::sqlite(&path, source);
        let change =
            self.database.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
        // Looked up with the file in hand: another run may be about to add the same network.
        let id = match kept(&change, &path, network)? {
            Some((kept, _)) => renew(&change, &kept, network, now),
            None => insert(&change, network, now),
        }
        .map_err(failed)?;
        for (address, mac) in routers {
            router(&change, id, *address, mac, now).map_err(failed)?;
        }
        prune(&change, id).map_err(failed)?;
        change.commit().map_err(failed)
    }
}

/// The network as it is kept, and whether that is certain.
fn kept(
    database: &Connection,
    path: &Path,
    network: &NetworkIdentity,
) -> Result<Option<(Kept, bool)>, StoreError> {
    let failed = |source| StoreError::sqlite(path, source);
    let mut query = database
        .prepare(
            "SELECT id, dhcp, prefixes, first, last, visits FROM network \
             WHERE ssid IS ?1 AND gateways = ?2 ORDER BY last DESC",
        )
        .map_err(failed)?;
    let mut rows = query.query(params![network.ssid, json(&network.gateways)]).map_err(failed)?;
    let mut found: Option<(Kept, bool)> = None;
    while let Some(row) = rows.next().map_err(failed)? {
        let read = || -> rusqlite::Result<_> {
            Ok((
                row.get(0)?,
                row.get::<_, String>(1)?,
                row.get::<_, String>(2)?,
                row.get::<_, String>(3)?,
                row.get::<_, String>(4)?,
                row.get(5)?,
            ))
        };
        let (id, dhcp, prefixes, first, last, visits) = read().map_err(failed)?;
        let kept = Kept {
            id,
            dhcp: serde_json::from_str(&dhcp).map_err(|error| damaged(path, error))?,
            prefixes: serde_json::from_str(&prefixes).map_err(|error| damaged(path, error))?,
            first: time(path, &first)?,
            last: time(path, &last)?,
            visits,
        };
        match kept.is(network) {
            Some(true) => return Ok(Some((kept, true))),
            Some(false) if found.is_none() => found = Some((kept, false)),
            _ => {}
        }
    }
    Ok(found)
}

fn json<T: serde::Serialize>(value: &T) -> String {
    // Lists of texts and addresses can always be written.
    serde_json::to_string(value).unwrap_or_default()
}

/// The values of both, the new ones first.
fn union<T: Clone + PartialEq>(new: &[T], old: &[T]) -> Vec<T> {
    let mut all = new.to_vec();
    all.extend(old.iter().filter(|value| !new.contains(value)).cloned());
    all.truncate(MAX_VALUES);
    all
}

/// One more visit, where the last one is long enough ago.
fn visit(last: Time, now: Time) -> i64 {
    i64::from(now.duration_since(last).as_secs() > VISIT)
}

fn renew(
    change: &Transaction<'_>,
    kept: &Kept,
    network: &NetworkIdentity,
    now: Time,
) -> rusqlite::Result<i64> {
    change.execute(
        "UPDATE network SET dhcp = ?2, prefixes = ?3, last = ?4, visits = visits + ?5 WHERE id = ?1",
        params![
            kept.id,
            json(&union(&network.dhcp, &kept.dhcp)),
            json(&union(&network.prefixes, &kept.prefixes)),
            now.max(kept.last).to_string(),
            visit(kept.last, now),
        ],
    )?;
    Ok(kept.id)
}

fn insert(change: &Transaction<'_>, network: &NetworkIdentity, now: Time) -> rusqlite::Result<i64> {
    change.execute(
        "INSERT INTO network (ssid, gateways, dhcp, prefixes, first, last, visits) VALUES (?1, ?2, ?3, ?4, ?5, ?5, 1)",
        params![
            network.ssid,
            json(&network.gateways),
            json(&network.dhcp),
            json(&network.prefixes),
            now.to_string()
        ],
    )?;
    Ok(change.last_insert_rowid())
}

fn router(
    change: &Transaction<'_>,
    network: i64,
    address: IpAddr,
    mac: &str,
    now: Time,
) -> rusqlite::Result<()> {
    let key = params![network, address.to_string(), mac];
    let last: Option<String> = change
        .query_row("SELECT last FROM router WHERE network = ?1 AND address = ?2 AND mac = ?3", key, |row| {
            row.get(0)
        })
        .optional()?;
    let more = last.and_then(|last| last.parse().ok()).map(|last| visit(last, now));
    change.execute(
        "INSERT INTO router (network, address, mac, first, last, visits) VALUES (?1, ?2, ?3, ?4, ?4, 1) \
         ON CONFLICT (network, address, mac) DO UPDATE SET last = MAX(last, excluded.last), visits = visits + ?5",
        params![network, address.to_string(), mac, now.to_string(), more.unwrap_or(0)],
    )?;
    Ok(())
}

/// Keeps what was seen last.
fn prune(change: &Transaction<'_>, network: i64) -> rusqlite::Result<()> {
    change.execute(
        "DELETE FROM router WHERE network = ?1 AND rowid NOT IN \
         (SELECT rowid FROM router WHERE network = ?1 ORDER BY visits > 1 DESC, last DESC LIMIT ?2)",
        params![network, MAX_ROUTERS],
    )?;
    change.execute(
        "DELETE FROM network WHERE id NOT IN (SELECT id FROM network ORDER BY last DESC LIMIT ?1)",
        params![MAX_NETWORKS],
    )?;
    Ok(())
}
