//! The server's clock is set by whoever answers.

use midwatch_model::{AttackId::*, ServerProgramId, ServerSetting, Severity, Station};

use super::server_support::{decide, program, told};
use crate::Check;

/// Sources that are told at most.
const MAX_TOLD: usize = 5;

pub(crate) static CHECK: Check = Check {
    id: "server-time-unauthenticated",
    title: "The clock of this server is set by whoever answers",
    severity: Severity::Low,
    says: "{place} takes the time from whoever answers",
    about: "NTP without NTS says the time in packets that anybody on the way can make. Certificates, revocation, DNSSEC, one-time \
            passwords and logs all go by the clock: set back, it takes certificates that have run out, and set forward, it refuses \
            those that hold.",
    gain: "To have this server take certificates that ran out or were revoked, or refuse good ones.",
    from: &[Station::Router, Station::Network],
    attacks: &[Impersonation],
    decided: "Of chrony, NTPsec and systemd-timesyncd the one that systemd starts: no source has nts or a key of its own, and none \
              is a clock at this computer (refclock). systemd-timesyncd knows neither. One authenticated source beside others counts as \
              enough, since chrony takes a source that others contradict for wrong where most agree with it.",
    benign: &[
        "A clock that a hypervisor or a cloud gives at an address of the link (169.254.169.123, metadata.google.internal), which nobody \
         else can answer.",
        "Sources on a network of one's own.",
        "A container, which has the clock of its host whatever its files say.",
    ],
    fix: "With chrony, a line for each source: server NAME iburst nts, with servers that are known to have NTS (RFC 8915), and minsources 2. \
          In the stead of systemd-timesyncd: apt-get install chrony.",
    settings: &[],
    source: "RFC 8915; RFC 8633 section 4.1; chrony.conf(5); systemd-timesyncd.service(8)",
    find: |view, found| {
        for id in [ServerProgramId::Chrony, ServerProgramId::Ntpsec, ServerProgramId::Timesyncd] {
            let Some((seen, program)) = program(view, id) else { continue };
            let sources: Vec<&ServerSetting> = program.named("source").collect();
            let speaks_ntp = id == ServerProgramId::Timesyncd || !sources.is_empty();
            if !speaks_ntp || sources.iter().any(|source| is_authenticated(&source.value)) {
                continue;
            }
            let what = match id {
                ServerProgramId::Timesyncd => {
                    "systemd-timesyncd cannot verify whom it asks. Choose servers of NTS, apt-get install chrony, and name each of them in \
                     /etc/chrony/sources.d/nts.sources: server NAME iburst nts."
                }
                _ => {
                    "Choose servers that are known to have NTS, name each of them with nts (server NAME iburst nts), and take the others out."
                }
            };
            let mut draft = found.at(program.program.name()).edits(decide(Some(id), what));
            if sources.is_empty() {
                draft =
                    draft.see(seen.id, "observed systemd-timesyncd, with the sources that it has by itself");
            }
            for source in sources.iter().take(MAX_TOLD) {
                draft = draft.see(seen.id, format!("observed {}", told(source)));
            }
            let _ = draft;
        }
    },
};

/// NTS, a symmetric key, or a clock at this computer.
fn is_authenticated(source: &str) -> bool {
    let words: Vec<&str> = source.split_whitespace().collect();
    words.first().is_some_and(|word| word.eq_ignore_ascii_case("refclock"))
        || words.iter().any(|word| matches!(*word, "nts" | "key"))
        || words.get(1).is_some_and(|address| address.starts_with("127.127."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    #[test]
    fn sources_by_their_words() {
        let of = |id, sources: &[&str]| {
            let lines: Vec<_> = sources.iter().map(|source| ("source", *source, None)).collect();
            Scene::server_with(id, &lines).severities(CHECK.id)
        };
        assert_eq!(of(ServerProgramId::Chrony, &["pool 2.debian.pool.ntp.org iburst"]), [Severity::Low]);
        assert!(of(ServerProgramId::Chrony, &["server a.example nts", "pool b.example"]).is_empty());
        assert!(of(ServerProgramId::Chrony, &["refclock PHC /dev/ptp0"]).is_empty());
        assert!(of(ServerProgramId::Ntpsec, &["server a.example key 1"]).is_empty());
        assert_eq!(of(ServerProgramId::Timesyncd, &[]), [Severity::Low]);
        assert!(of(ServerProgramId::Chrony, &[]).is_empty(), "nobody is asked");
        assert!(Scene::empty().find(CHECK.id).is_empty());
    }
}
