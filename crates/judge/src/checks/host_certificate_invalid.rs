//! Certificates of hosts that clients do not take.

use midwatch_model::{AttackId::*, Host, Severity, SshCertificate, SshCertificateKind, SshEndpoint, Time};

use super::ssh_names;
use crate::Check;
use crate::check::ON_PATH_OR_DNS;
use crate::view::View;
use crate::words;

pub(crate) static CHECK: Check = Check {
    id: "host-certificate-invalid",
    title: "A host certificate is sent that clients do not take",
    severity: Severity::Medium,
    says: "{place} sends a host certificate that clients do not take",
    about: "A certificate lets a client know a host at the first connection, by its authority. One that a client does not \
            take is as good as none: OpenSSH says so, and asks whether the bare key is to be trusted, as it would for \
            somebody in the middle. Where that happens often, people say yes.",
    gain: "That a question which only an attacker should bring about is asked every day.",
    from: ON_PATH_OR_DNS,
    attacks: &[Impersonation],
    decided: "Each certificate that was sent, as OpenSSH's client decides: it has to be for hosts, valid now, for the name \
              that was asked for (or the one that the configuration stands in for it), without critical options, since none \
              is defined for hosts, and not be signed over SHA-1, which OpenSSH has not taken since 8.2. Each \
              of these is medium. A certificate that names no host is medium too: it is good for every host with OpenSSH \
              before 10.3, and for none since. Where the signature of the authority does not verify it is high. A \
              server that was asked for by its address, which certificates seldom name, counts as info. Whether the \
              authority is one that you trust is not asked here.",
    benign: &["The clock of this computer or of the authority may be wrong, where it is about time."],
    fix: "Have the certificate made anew: ssh-keygen -s AUTHORITY -h -I NAME -n HOST,… -V +52w KEY.pub, with every name \
          that clients use; and see to it that this happens by itself before it ends.",
    settings: &[],
    source: "OpenSSH, PROTOCOL.certkeys; ssh_config(5), CASignatureAlgorithms; CVE-2024-7594 (no names)",
    find: |view, found| {
        for seen in &view.ssh {
            for offered in &seen.fact.host_keys {
                let certificate = offered.key.value().and_then(|sent| sent.certificate.as_ref());
                let Some(certificate) = certificate else { continue };
                let all = reasons(view, seen.fact, certificate);
                let Some(worst) = all.iter().map(|(severity, _)| *severity).max() else { continue };
                let place = format!("{} ({})", ssh_names::place(seen.fact), offered.algorithm);
                let mut draft = found.at(place).severity(worst);
                for (_, reason) in all {
                    draft = draft.see(seen.id, format!("{}: {reason}", ssh_names::answered(seen.fact)));
                }
            }
        }
    },
};

/// Why a client would not take it, each with how bad that is.
fn reasons(view: &View<'_>, endpoint: &SshEndpoint, certificate: &SshCertificate) -> Vec<(Severity, String)> {
    let mut all = Vec::new();
    if certificate.signature.value() == Some(&false) {
        all.push((Severity::High, "the signature of its authority does not verify".to_owned()));
    }
    let mut add = |reason: String| all.push((Severity::Medium, reason));
    match certificate.kind {
        SshCertificateKind::Host => {}
        SshCertificateKind::User => add("it is for a user".into()),
        SshCertificateKind::Other => add("it is neither for a host nor for a user".into()),
    }
    // Times before 1970 have none of these.
    let now = u64::try_from(view.now.as_second()).unwrap_or_default();
    if now < certificate.valid_after {
        add(format!("it is valid from {} on", day(certificate.valid_after)));
    }
    if let Some(end) = certificate.valid_before.filter(|end| now >= *end) {
        add(format!("it was valid until {}", day(end)));
    }
    if !certificate.critical_options.is_empty() {
        let names: Vec<&str> = certificate.critical_options.iter().map(|one| one.name.as_str()).collect();
        add(format!("it has the critical option {}", ssh_names::told(&names)));
    }
    if ssh_names::is_sha1_signature(&certificate.signature_algorithm) {
        add(format!("it is signed with {}", certificate.signature_algorithm));
    }
    if certificate.principals.is_empty() {
        add("it names no host".into());
    } else if !is_for(view, endpoint, certificate) {
        let names = ssh_names::told(&certificate.principals);
        let severity = match endpoint.host {
            Host::Address(_) => Severity::Info,
            Host::Name(_) => Severity::Medium,
        };
        all.push((severity, format!("it names {names}, and not {}", endpoint.host)));
    }
    all
}

/// True where it names the host as it was asked for, or as the configuration calls it.
fn is_for(view: &View<'_>, endpoint: &SshEndpoint, certificate: &SshCertificate) -> bool {
    let known = view.host_keys.iter().map(|seen| bare(&seen.fact.name).to_owned());
    let mut names = known.chain(std::iter::once(endpoint.host.to_string()));
    names.any(|name| {
        let name = name.to_lowercase();
        certificate.principals.iter().any(|pattern| matches(pattern.as_bytes(), name.as_bytes()))
    })
}

/// A name without the brackets and the port that known_hosts writes.
fn bare(name: &str) -> &str {
    let inside = name.strip_prefix('[').and_then(|rest| rest.rsplit_once("]:"));
    inside.map_or(name, |(name, _)| name)
}

/// True where `text` is what the pattern stands for: `*` for any text, `?` for one character. It takes at most as
/// many steps as the product of the lengths.
fn matches(pattern: &[u8], text: &[u8]) -> bool {
    let (mut at, mut from) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    loop {
        match (pattern.get(from), text.get(at)) {
            (Some(b'*'), _) => {
                star = Some((from, at));
                from += 1;
                continue;
            }
            (Some(one), Some(other)) if *one == b'?' || one == other => {
                (from, at) = (from + 1, at + 1);
                continue;
            }
            (None, None) => return true,
            _ => {}
        }
        match star {
            // The last star takes one more character.
            Some((star_at, taken)) if taken < text.len() => {
                star = Some((star_at, taken + 1));
                (from, at) = (star_at + 1, taken + 1);
            }
            _ => return false,
        }
    }
}

/// A day, from seconds since 1970.
fn day(seconds: u64) -> String {
    let time = i64::try_from(seconds).ok().and_then(|seconds| Time::from_second(seconds).ok());
    time.map_or_else(|| format!("{seconds} seconds after 1970"), words::day)
}

#[cfg(test)]
mod tests {
    use midwatch_model::{Outcome, SshCertificateOption, SshOfferedKey};

    use super::*;
    use crate::testing::*;

    fn scene(change: impl FnOnce(&mut SshCertificate)) -> Scene {
        at("git.example", change)
    }

    fn at(host: &str, change: impl FnOnce(&mut SshCertificate)) -> Scene {
        Scene::empty().ssh(|ssh| {
            let mut sent = host_key("ssh-ed25519", 256, "certified");
            let mut certificate = host_certificate();
            change(&mut certificate);
            sent.certificate = Some(certificate);
            ssh.host = host.parse().map_or_else(|_| Host::Name(host.into()), Host::Address);
            ssh.host_keys.push(SshOfferedKey {
                algorithm: "ssh-ed25519-cert-v01@openssh.com".into(),
                others: Vec::new(),
                key: Outcome::seen(sent),
            });
        })
    }

    fn with(change: impl FnOnce(&mut SshCertificate)) -> Vec<Severity> {
        scene(change).severities(CHECK.id)
    }

    #[test]
    fn a_sound_one_is_taken() {
        assert!(with(|_| {}).is_empty());
        assert!(with(|one| one.signature = Outcome::seen(true)).is_empty());
        assert!(Scene::empty().ssh(|_| {}).find(CHECK.id).is_empty());
    }

    #[test]
    fn each_reason_is_found() {
        assert_eq!(with(|one| one.kind = SshCertificateKind::User), [Severity::Medium]);
        assert_eq!(with(|one| one.kind = SshCertificateKind::Other), [Severity::Medium]);
        assert_eq!(with(|one| one.signature = Outcome::seen(false)), [Severity::High]);
        assert_eq!(with(|one| one.signature_algorithm = "ssh-rsa".into()), [Severity::Medium]);
        assert_eq!(with(|one| one.principals.clear()), [Severity::Medium]);
        let option = SshCertificateOption { name: "why@example.com".into(), data: String::new() };
        assert_eq!(with(|one| one.critical_options.push(option)), [Severity::Medium]);
    }

    #[test]
    fn it_is_valid_from_its_first_second_to_the_one_before_its_last() {
        let now = u64::try_from(time(NOW).as_second()).expect("after 1970");
        assert!(with(|one| one.valid_after = now).is_empty());
        assert_eq!(with(|one| one.valid_after = now + 1), [Severity::Medium]);
        assert_eq!(with(|one| one.valid_before = Some(now)), [Severity::Medium]);
        assert!(with(|one| one.valid_before = Some(now + 1)).is_empty());
        assert!(with(|one| one.valid_before = None).is_empty());
        let found = scene(|one| one.valid_after = u64::MAX).find(CHECK.id);
        assert!(found[0].evidence[0].detail.contains("18446744073709551615 seconds"), "{found:?}");
    }

    #[test]
    fn an_unmeasured_signature_is_no_finding() {
        assert!(with(|one| one.signature = timeout()).is_empty());
    }

    #[test]
    fn names_are_matched_as_openssh_does() {
        let named = |name: &str| with(|one| one.principals = vec![name.into()]);
        assert!(named("*.example").is_empty() && named("git.exampl?").is_empty());
        assert_eq!(named("git.example.org"), [Severity::Medium]);
        // An address is seldom named.
        assert_eq!(at("192.0.2.22", |_| {}).severities(CHECK.id), [Severity::Info]);
        // The name that the configuration stands in for it counts.
        let known = at("gateway.example", |_| {}).host_keys_changed(&[], |keys| {
            keys.name = "[git.example]:2222".into();
        });
        assert!(known.find(CHECK.id).is_empty());
        let other = at("gateway.example", |_| {}).host_keys_changed(&[], |keys| {
            keys.name = "gateway.example".into();
        });
        assert_eq!(other.severities(CHECK.id), [Severity::Medium]);
    }

    /// What a pattern means, slowly.
    fn means(pattern: &[u8], text: &[u8]) -> bool {
        match (pattern.split_first(), text.split_first()) {
            (None, None) => true,
            (Some((b'*', rest)), None) => means(rest, text),
            (Some((b'*', rest)), Some((_, left))) => means(rest, text) || means(pattern, left),
            (Some((one, rest)), Some((other, left))) => (*one == b'?' || one == other) && means(rest, left),
            _ => false,
        }
    }

    proptest::proptest! {
        #[test]
        fn matching_is_what_patterns_mean(pattern in "[ab*?]{0,8}", text in "[abc]{0,8}") {
            proptest::prop_assert_eq!(
                matches(pattern.as_bytes(), text.as_bytes()),
                means(pattern.as_bytes(), text.as_bytes())
            );
        }
    }

    #[test]
    fn patterns_end() {
        for (pattern, text, is) in [
            ("", "", true),
            ("*", "", true),
            ("", "a", false),
            ("*a*b", "aaab", true),
            ("*a*b", "aaabc", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("**", "x", true),
        ] {
            assert_eq!(matches(pattern.as_bytes(), text.as_bytes()), is, "{pattern} {text}");
        }
        assert!(!matches("*a".repeat(200).as_bytes(), "a".repeat(199).as_bytes()));
    }
}
