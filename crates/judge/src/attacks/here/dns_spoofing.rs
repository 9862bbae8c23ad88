//! Names that lead elsewhere on this computer.

use midwatch_model::{AttackId, Station, Target};

use crate::attack::{by_severity, link};
use crate::words;
use crate::{Attack, Scope};

pub(crate) static ATTACK: Attack = Attack {
    id: AttackId::DnsSpoofing,
    about: "Somebody decides what names mean on this computer: the resolver that the network named, a line in the hosts \
            file, or anybody on the same link who answers first.",
    gain: "To lead this computer to servers of theirs.",
    from: &[Station::You, Station::Wifi, Station::Router, Station::Dns],
    decided: "Exposed where the resolver leads public names into a private network, or names are given other addresses on \
              this computer. Partly where it has addresses for names that do not exist, or answers of others on the link \
              are taken. Unknown where the resolver was not asked, or with nothing to compare it with (--resolver). \
              Protected where it behaves, and says of the names that were compared what the chosen one says.",
    defence: "DNS over TLS or HTTPS to a resolver of one's own choice.",
    scope: Scope::Here,
    weigh: by_severity,
    exposed: "so names lead where somebody else wants them to",
    partly: "so somebody else can decide where some names lead",
    gaps: |view| {
        if let Target::Here { capture: Some(_) } = view.target {
            let ids: Vec<&str> = view.here.links.iter().map(|seen| seen.id).collect();
            return vec![link(
                "a capture shows who answers for names on the link, and not what resolvers say",
                &ids,
            )];
        }
        let asked = view.here.resolvers.iter().any(|seen| seen.fact.faults.is_seen());
        let compared = view.here.resolvers.iter().any(|seen| !seen.fact.names.is_empty());
        match (asked, compared) {
            (false, _) => vec![link("the resolver of this computer did not answer, or was not asked", &[])],
            (true, false) => {
                let text = "there was nothing to compare the resolver's answers with (--resolver tls://ADDRESS#NAME)";
                vec![link(text, &[])]
            }
            (true, true) => Vec::new(),
        }
    },
    reasons: |view| {
        let mut all = Vec::new();
        for seen in &view.here.resolvers {
            if seen.fact.faults.value().is_some_and(Vec::is_empty) {
                let text = format!("{} has no address for a name that does not exist", seen.fact.resolver);
                all.push(link(text, &[seen.id]));
            }
            let names: Vec<&str> = seen.fact.names.iter().map(|answers| answers.name.as_str()).collect();
            if let (Some(chosen), false) = (&seen.fact.chosen, names.is_empty()) {
                let text = format!("it leads {} nowhere that {chosen} would not", words::and(&names));
                all.push(link(text, &[seen.id]));
            }
        }
        all
    },
    remains: |_| vec!["Other names than those that were compared may lead elsewhere.".into()],
};
