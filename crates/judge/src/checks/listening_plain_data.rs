//! What has no passwords goes in plain text.

use midwatch_model::{AttackId::*, ServiceKind, ServiceProtection, Severity};

use super::listening_support::{ANOTHER_PROGRAM, FIREWALL_ELSEWHERE, met, weigh};
use crate::check::ON_PATH;
use crate::{Check, fixes};

pub(crate) static CHECK: Check = Check {
    id: "listening-plain-data",
    title: "A service sends data in plain text",
    severity: Severity::Low,
    says: "{place} sends data in plain text",
    about: "NFS, logs, printing and lists of services have no passwords to lose, but what goes over them is read and changed by \
            whoever is between. SNMP has a password of its own, the community, which its versions before the third send as \
            it is.",
    gain: "Files, logs and what is printed; with SNMP the community, by which settings may be changed too.",
    from: ON_PATH,
    attacks: &[Eavesdropping],
    decided: "A socket of such a service, told by its program or by its port, that somebody else can reach. Low where \
              everybody can, information where some can or it is not known. Which version of SNMP it takes, and whether NFS \
              is behind Kerberos, was not asked: that would take a community or a mount. DNS and web sites are not meant.",
    benign: &[
        FIREWALL_ELSEWHERE,
        ANOTHER_PROGRAM,
        "A network that is a VPN already.",
        "SNMPv3 alone, or NFS with sec=krb5p.",
    ],
    fix: "Let it listen on the network that needs it, and encrypt.",
    settings: &[],
    source: "RFC 3411, section 1.4 (SNMP); RFC 5424, section 8.1 (syslog); RFC 9289, section 1 (NFS)",
    find: |view, found| {
        for met in met(view) {
            let id = met.known.id;
            let may_be_plain = matches!(id, "nfs" | "snmp");
            let is_plain = met.known.kind != ServiceKind::Legacy
                && !met.known.secret
                && met.protection() == Some(ServiceProtection::None);
            let other =
                matches!(met.known.kind, ServiceKind::Web | ServiceKind::Panel | ServiceKind::Control);
            if other || id == "dns" || !(may_be_plain || is_plain) {
                continue;
            }
            let fix =
                fixes::listening::encrypt(id).or_else(|| fixes::listening::bind(id)).unwrap_or(CHECK.fix);
            found
                .at(met.place())
                .severity(weigh(Severity::Low, met.reach))
                .confidence(met.confidence())
                .title(match may_be_plain {
                    true => format!("{} may send data in plain text", met.known.name),
                    false => format!("{} sends data in plain text", met.known.name),
                })
                .fix(format!("{fix}. Where others need not reach it: {}.", met.close()))
                .see(met.id, met.evidence());
        }
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    #[test]
    fn what_is_plain_by_its_protocol() {
        let of = |id| Scene::empty().listening(vec![listening_service(id, |_| {})]).severities(CHECK.id);
        for id in ["nfs", "syslog", "snmp", "rpcbind", "lpd"] {
            assert_eq!(of(id), [Severity::Low], "{id}");
        }
        for id in ["dns", "http", "ssh", "telnet", "tftp", "mqtt"] {
            assert!(of(id).is_empty(), "{id}");
        }
    }
}
