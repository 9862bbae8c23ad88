//! What was heard on the links, as checks ask for it.

use std::net::IpAddr;

use midwatch_model::{Claim, ClaimBy, LinkWatch};

/// How a claim on an address looks over time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quarrel {
    /// One claims it, and nobody else.
    None,
    /// Another took over, and the one before has not been heard again.
    Replaced,
    /// Another claimed it a single time.
    Once,
    /// Several claim it in turn, and none of them is gone.
    Sustained,
}

/// How `claim` looks.
pub(crate) fn quarrel(claim: &Claim) -> Quarrel {
    let most = claim.by.iter().map(|by| by.count).max().unwrap_or(0);
    let others: u64 = claim.by.iter().map(|by| by.count).sum::<u64>().saturating_sub(most) + claim.more;
    match (others, claim.returns) {
        (0, _) if claim.by.len() < 2 => Quarrel::None,
        (1, 1) if most > 1 => Quarrel::Once,
        (_, 0) => Quarrel::Replaced,
        _ => Quarrel::Sustained,
    }
}

/// Why the claimants may belong together, where that shows.
pub(crate) fn relation(watch: &LinkWatch, claim: &Claim) -> Option<String> {
    let standby = watch
        .standbys
        .iter()
        .find(|one| one.interface == claim.interface && one.address == Some(claim.address));
    if let Some(standby) = standby {
        return Some(format!(
            "routers announce by {} that they share it, which anybody can announce",
            standby.protocol
        ));
    }
    if let Some(kind) = claim.by.iter().find_map(|by| by.set_aside.as_ref()) {
        return Some(format!("one of them is an address that {kind} sets aside for routers that share one"));
    }
    let neighbours = claim.by.windows(2).all(|pair| matches!(pair, [a, b] if are_neighbours(a, b)));
    (claim.by.len() > 1 && claim.more == 0 && neighbours).then(|| {
        "their numbers are next to each other, as those of one machine with several interfaces".into()
    })
}

/// Interfaces of one machine mostly differ in the last byte, by little.
fn are_neighbours(a: &ClaimBy, b: &ClaimBy) -> bool {
    let split = |text: &str| {
        let (start, last) = text.rsplit_once(':')?;
        Some((start.to_owned(), i16::from(u8::from_str_radix(last, 16).ok()?)))
    };
    match (split(&a.mac), split(&b.mac)) {
        (Some((a, last)), Some((b, other))) => a == b && (last - other).abs() <= 8,
        _ => false,
    }
}

/// The other addresses of a link-layer address: who it is.
pub(crate) fn who(watch: &LinkWatch, mac: &str) -> Option<String> {
    let claimant = watch.claimants.iter().find(|one| one.mac == mac)?;
    let others: Vec<String> =
        claimant.others.iter().chain(&claimant.contested).map(ToString::to_string).collect();
    (!others.is_empty()).then(|| crate::words::some(&others, 3))
}

/// The link-layer addresses that claim `address`.
pub(crate) fn macs(watch: &LinkWatch, address: IpAddr) -> Vec<&str> {
    let claims = watch.claims.iter().filter(|claim| claim.address == address);
    claims.flat_map(|claim| claim.by.iter().map(|by| by.mac.as_str())).collect()
}

/// Those who claim it, each with how often and until when.
pub(crate) fn claimants(watch: &LinkWatch, claim: &Claim) -> String {
    let all: Vec<String> = claim
        .by
        .iter()
        .map(|by| {
            let last = by.last.map(|last| format!(", last at {}", last.strftime("%H:%M:%S UTC")));
            let who = who(watch, &by.mac).map(|who| format!(", who is {who} as well"));
            let times = crate::words::count(usize::try_from(by.count).unwrap_or(usize::MAX), "time");
            format!("{} ({times}{}{})", by.mac, last.unwrap_or_default(), who.unwrap_or_default())
        })
        .collect();
    crate::words::some(&all, 4)
}
