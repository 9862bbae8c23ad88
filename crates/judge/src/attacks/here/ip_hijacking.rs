//! Packets of this computer that go through somebody else.

use midwatch_model::{AttackId, Because, EarlierNetwork, Gateway, Station, Target};

use crate::attack::{by_severity, link};
use crate::view::Seen;
use crate::words;
use crate::{Attack, Scope, View};

/// Seconds of listening that say something: a poisoner repeats every few seconds, since tables forget.
const LISTENED: i64 = 60;

pub(crate) static ATTACK: Attack = Attack {
    id: AttackId::IpHijacking,
    about: "Somebody on the same link takes the router's place: they answer for its address (ARP, neighbour discovery), \
            or hand out themselves as the router (DHCP, router advertisements).",
    gain: "A place in the middle of every connection of this computer.",
    from: &[Station::Wifi, Station::Router],
    decided: "Exposed where several claim the router's address in turn, where one claims it and other computers' as well, \
              or where a second server or router hands out itself. Partly where the signs are weaker: the router shares \
              its link-layer address, or has another one than it had at earlier visits. Unknown where the routers are not \
              known, or were seen once and nothing more: one look shows who answers now, and not whether that is the \
              router. Protected where they answer with the link-layer addresses that they had at two earlier visits or \
              more, or where frames were heard for a minute or more and nobody else claimed the routers' addresses.",
    defence: "A VPN on networks that are not yours; on your own, client isolation, DHCP snooping and RA guard.",
    scope: Scope::Here,
    weigh: by_severity,
    exposed: "so the packets of this computer go through somebody else",
    partly: "so the packets of this computer may go through somebody else",
    gaps: |view| match view.target {
        Target::Here { capture: Some(_) } => of_capture(view),
        _ => of_computer(view),
    },
    reasons: |view| remembered(view).into_iter().chain(heard(view)).collect(),
    remains: |_| {
        vec![
            "Who was in the router's place from the first look on, or has its link-layer address too, shows no sign.".into(),
        ]
    },
};

fn of_capture(view: &View<'_>) -> Vec<Because> {
    let Some(seen) = view.here.links.first() else {
        return vec![link("the capture was not read", &[])];
    };
    match (seen.fact.gateways.is_seen(), heard(view)) {
        (false, _) => {
            vec![link(
                "nothing in the capture tells which addresses are the routers' (--gateway ADDRESS)",
                &[seen.id],
            )]
        }
        (true, None) => {
            vec![link("the capture is too short, or no claim on a router's address is in it", &[seen.id])]
        }
        (true, Some(_)) => Vec::new(),
    }
}

fn of_computer(view: &View<'_>) -> Vec<Because> {
    let Some(seen) = view.here.local.network else {
        return vec![link("the gateways of this computer were not looked at", &[])];
    };
    let Some(gateways) = seen.fact.gateways.value() else {
        return vec![link("the gateways of this computer could not be read", &[seen.id])];
    };
    if remembered(view).is_some() || heard(view).is_some() {
        return Vec::new();
    }
    let answers = |gateway: &Gateway| Some(format!("{} at {}", gateway.address?, gateway.mac.as_ref()?));
    let mut known: Vec<String> = gateways.iter().filter_map(answers).collect();
    known.dedup();
    let text = match known.as_slice() {
        [] => "no gateway has a link-layer address in the neighbour table".to_owned(),
        [one] => format!("{one} answers for the gateway now, seen once: that it is the router is not known"),
        several => format!(
            "{} answer for the gateways now, seen once: that they are the routers is not known",
            words::some(several, 4)
        ),
    };
    vec![link(text, &[seen.id])]
}

/// The routers have the addresses that they had at earlier visits.
fn remembered(view: &View<'_>) -> Option<Because> {
    let (known, network) = (view.here.known?, view.here.local.network?);
    let earlier = known.fact.earlier.value()?.as_ref()?;
    let gateways = network.fact.gateways.value()?;
    let met: Vec<(&Gateway, &String)> =
        gateways.iter().filter_map(|gateway| Some((gateway, gateway.mac.as_ref()?))).collect();
    let all = met.iter().all(|(gateway, mac)| visits(earlier, gateway, mac) > 1);
    if met.is_empty() || !all {
        return None;
    }
    let text = format!(
        "the routers have the link-layer addresses that they had at {} visits since {}",
        earlier.visits,
        words::day(earlier.first)
    );
    Some(link(text, &[known.id, network.id]))
}

fn visits(earlier: &EarlierNetwork, gateway: &Gateway, mac: &str) -> u64 {
    let router = earlier.routers.iter().find(|one| Some(one.address) == gateway.address && one.mac == mac);
    router.map_or(0, |router| router.visits)
}

/// Frames were heard for long enough, and every claim on a router's address is by one alone.
fn heard(view: &View<'_>) -> Option<Because> {
    let Seen { id, fact } = view.here.links.first()?;
    let listened = fact.ended?.duration_since(fact.began?).as_secs();
    let mut claims = fact.claims.iter().filter(|claim| claim.gateway).peekable();
    claims.peek()?;
    let alone = claims.all(|claim| claim.by.len() == 1 && claim.more == 0);
    let enough = fact.frames.is_seen() && listened >= LISTENED && alone;
    let minutes = listened / 60;
    let time = if minutes == 1 { "a minute".to_owned() } else { format!("{minutes} minutes") };
    enough.then(|| link(format!("in {time} of listening nobody else claimed the routers' addresses"), &[id]))
}

#[cfg(test)]
mod tests {
    use midwatch_model::Verdict;

    use super::*;
    use crate::testing::*;

    #[test]
    fn listening_for_long_enough_closes_it_and_one_look_does_not() {
        let verdict = |scene: &Scene| scene.verdict(AttackId::IpHijacking);
        assert_eq!(verdict(&Scene::here_local()), Verdict::Unknown);
        assert_eq!(verdict(&Scene::here_local().link(|_| {})), Verdict::Protected);
        let short = Scene::here_local().link(|link| link.ended = link.began);
        assert_eq!(verdict(&short), Verdict::Unknown);
        let deaf = Scene::here_local().link(|link| link.frames = timeout());
        assert_eq!(verdict(&deaf), Verdict::Unknown);
        let replaced = [("02:00:00:00:00:01", 9), ("06:00:00:00:00:66", 9)];
        assert_eq!(verdict(&Scene::here_local().link_claimed(&replaced, 1, 0)), Verdict::Unknown);
        assert_eq!(verdict(&Scene::here_local().link_claimed(&replaced, 9, 8)), Verdict::Exposed);
    }
}
