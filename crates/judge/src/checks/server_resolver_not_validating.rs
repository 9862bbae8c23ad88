//! Nobody on the server verifies what the DNS answers.

use std::net::IpAddr;

use midwatch_model::{AttackId::*, Edit, Edits, ServerProgramId, ServerSetting, Severity, Station};

use super::server_support::{decide, program, told};
use crate::Check;

pub(crate) static CHECK: Check = Check {
    id: "server-resolver-not-validating",
    title: "Nobody on this server verifies what the DNS answers",
    severity: Severity::Low,
    says: "{place} does not verify what the DNS answers",
    about: "A server asks the DNS where mail goes, whose certificate a mail server has (DANE), and who may have certificates issued. \
            Without a resolver of its own that verifies DNSSEC, it takes what the network between it and the resolver says.",
    gain: "To lead this server's own connections elsewhere: its mail, its updates, its requests to others.",
    from: &[Station::Router, Station::Dns, Station::Network],
    attacks: &[Impersonation],
    decided: "resolv.conf names a resolver that is not on this computer, so that its word on DNSSEC comes over the network (RFC 4035 4.9.3), or one \
              on this computer that does not verify: systemd-resolved without DNSSEC=yes, Unbound without validator or trust anchor, BIND \
              with dnssec-validation no. A resolver on this computer that is none of these is taken to verify nothing it does not \
              say, and is no finding.",
    benign: &[
        "A resolver of one's own beside this server, on a network that nobody else is on.",
        "A resolver that is reached in another way than resolv.conf says, such as by DNS over TLS.",
    ],
    fix: "apt-get install unbound, and nameserver 127.0.0.1 in /etc/resolv.conf: Debian's Unbound verifies by itself. With systemd-resolved: DNSSEC=yes \
          in /etc/systemd/resolved.conf.d/dnssec.conf.",
    settings: &[],
    source: "RFC 4035 section 4.9.3; RFC 7672 section 2.2; resolv.conf(5): trust-ad; resolved.conf(5)",
    find: |view, found| {
        let Some((seen, program)) = program(view, ServerProgramId::Resolver) else { return };
        let all = || program.settings.value().into_iter().flatten();
        let away: Vec<&ServerSetting> =
            program.named("nameserver").filter(|setting| !is_here(&setting.value)).collect();
        let off = all().filter(|setting| setting.name == "validation" && !is_on(&setting.value));
        let here = program.named("nameserver").count() > away.len();
        if !away.is_empty() && !here {
            let what = "Have a resolver on this server: apt-get install unbound, and then nameserver 127.0.0.1 in the place of every nameserver \
                        line of /etc/resolv.conf, where whatever writes that file (DHCP, a panel) is told so too.";
            let mut draft = found.at("resolver").edits(decide(Some(ServerProgramId::Resolver), what));
            for setting in away.iter().take(3) {
                draft = draft.see(seen.id, format!("observed {}", told(setting)));
            }
            let _ = draft;
            return;
        }
        for setting in off {
            let name = setting.scope.as_deref().unwrap_or("resolver");
            let edit = match name {
                "systemd-resolved" => Edit::End {
                    file: "/etc/systemd/resolved.conf.d/zz-midwatch.conf".into(),
                    lines: vec!["[Resolve]".into(), "DNSSEC=yes".into()],
                },
                "Unbound" if setting.at.is_none() => Edit::End {
                    file: "/etc/unbound/unbound.conf.d/zz-midwatch.conf".into(),
                    lines: vec![
                        "server:".into(),
                        "    auto-trust-anchor-file: \"/var/lib/unbound/root.key\"".into(),
                    ],
                },
                _ => Edit::Decide { what: format!("Have {name} verify again: {}.", told(setting)) },
            };
            found
                .at(name)
                .edits(Edits { program: Some(ServerProgramId::Resolver), edits: vec![edit] })
                .see(seen.id, format!("observed {}", told(setting)));
        }
    },
};

fn is_here(address: &str) -> bool {
    address.split('%').next().and_then(|ip| ip.parse::<IpAddr>().ok()).is_some_and(|ip| ip.is_loopback())
}

/// `allow-downgrade` is none: whoever is between says that there is no DNSSEC.
fn is_on(value: &str) -> bool {
    matches!(value.to_ascii_lowercase().as_str(), "yes" | "true" | "1" | "on")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    #[test]
    fn resolvers_elsewhere_and_here() {
        let of = |lines: &[(&str, &str, Option<&str>)]| {
            let found = Scene::server_with(ServerProgramId::Resolver, lines).find(CHECK.id);
            found.into_iter().map(|finding| finding.place).collect::<Vec<_>>()
        };
        let here = ("nameserver", "127.0.0.53", None);
        assert_eq!(of(&[("nameserver", "192.0.2.53", None)]), ["resolver"]);
        assert_eq!(of(&[here, ("validation", "no", Some("systemd-resolved"))]), ["systemd-resolved"]);
        assert_eq!(
            of(&[here, ("validation", "allow-downgrade", Some("systemd-resolved"))]),
            ["systemd-resolved"]
        );
        assert!(of(&[here, ("validation", "yes", Some("Unbound"))]).is_empty());
        assert!(of(&[here]).is_empty(), "who answers there is not known");
        assert!(of(&[]).is_empty());
    }
}
