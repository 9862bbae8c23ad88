//! A document for programs of mail that names a server without TLS.

use midwatch_model::{AttackId::*, Severity, SocketType};

use crate::Check;
use crate::check::ON_PATH;
use crate::fixes::Setting;

pub(crate) static CHECK: Check = Check {
    id: "autoconfig-plain-server",
    title: "Programs of mail are told to use a server without TLS",
    severity: Severity::High,
    says: "programs that {place} sets up send mail and passwords in plain text",
    about: "The document that programs set themselves up by says how to connect. Where it says plain, they do, and nobody is asked.",
    gain: "Every password and every message, for anybody who listens on the same Wi-Fi or further on.",
    from: ON_PATH,
    attacks: &[Eavesdropping, StrippingAndDowngrade, IpHijacking, EmailHijacking],
    decided: "A document that was fetched names a server with the socket type plain. High; low where every server of the same \
              kind with TLS stands before it, since programs take the first that works.",
    benign: &[],
    fix: "Write SSL (TLS from the beginning) with the port for it, and take the plain servers out of the document.",
    settings: &[Setting::MailImplicitTls],
    source: "RFC 8314 3 and 4.1; Thunderbird, Autoconfiguration, \"Config file format\"",
    find: |view, found| {
        for seen in view.mail.documents() {
            let Some(document) = seen.fact.document.value() else { continue };
            for (at, server) in document.servers.iter().enumerate() {
                if server.socket != SocketType::Plain {
                    continue;
                }
                let better = document.servers.iter().take(at).any(|before| {
                    before.kind == server.kind
                        && matches!(before.socket, SocketType::Tls | SocketType::Starttls)
                });
                let severity = if better { Severity::Low } else { Severity::High };
                let port = server.port.map(|port| format!(":{port}")).unwrap_or_default();
                found.at(&seen.fact.url).severity(severity).see(
                    seen.id,
                    format!(
                        "{} at {}{port} with socketType plain",
                        super::support::short(&server.kind),
                        server.host
                    ),
                );
            }
        }
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    #[test]
    fn plain_is_found_and_what_stands_before_it_counts() {
        assert!(Scene::mail().autoconfig(|_| {}).find(CHECK.id).is_empty());
        let plain = |before: SocketType| {
            Scene::mail().autoconfig(move |one| {
                let servers = &mut autoconfig_document(one).servers;
                servers[0].socket = before;
                let mut second = servers[0].clone();
                second.socket = SocketType::Plain;
                servers.push(second);
            })
        };
        assert_eq!(plain(SocketType::Tls).severities(CHECK.id), [Severity::Low]);
        assert_eq!(plain(SocketType::Plain).severities(CHECK.id), [Severity::High]);
    }
}
