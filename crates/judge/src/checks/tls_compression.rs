//! Compression within TLS.

use midwatch_model::{AttackId::*, Severity};

use crate::Check;
use crate::check::ON_PATH;
use crate::fixes::Setting;

pub(crate) static CHECK: Check = Check {
    id: "tls-compression",
    title: "TLS compresses what it encrypts",
    severity: Severity::Medium,
    says: "{place} compresses within TLS",
    about: "What compresses well is short, and the length can be seen from outside. Whoever can make a browser \
            send requests with guesses beside a cookie sees by the length which guess was right, letter by letter \
            (CRIME).",
    gain: "The session cookie, within minutes, for somebody who reads along and has a script on any page that is \
           open.",
    from: ON_PATH,
    attacks: &[Eavesdropping, IpHijacking],
    decided: "The server chose a compression method other than none, which was offered.",
    benign: &["Browsers have not offered it since 2012; other programs may."],
    fix: "Switch compression in TLS off. Compression of HTTP bodies is another thing.",
    settings: &[Setting::NoTlsCompression],
    source: "RFC 9325 3.3; CVE-2012-4929 (CRIME)",
    find: |view, found| {
        for endpoint in &view.endpoints {
            if endpoint.fact.compression.value() == Some(&true) {
                let what = format!("{} chose compression", endpoint.fact.address);
                found.at(view.endpoint_name()).see(endpoint.id, what);
            }
        }
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::{Outcome, ReasonKind};

    use super::*;
    use crate::testing::*;

    #[test]
    fn only_what_was_seen_counts() {
        let with = |seen: Outcome<bool>| Scene::sound().change_tls(|tls| tls.compression = seen.clone());
        assert_eq!(with(Outcome::seen(true)).severities(CHECK.id), [Severity::Medium]);
        let tls13_alone = Outcome::unmeasured(ReasonKind::NotAsked, "TLS 1.3 alone is accepted");
        assert!(with(tls13_alone).find(CHECK.id).is_empty());
        assert!(Scene::sound().find(CHECK.id).is_empty());
        assert!(Scene::sound().change_tls(silence).find(CHECK.id).is_empty());
    }
}
