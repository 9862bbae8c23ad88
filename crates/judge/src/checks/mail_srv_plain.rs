//! SRV records that name services without TLS from the beginning, and none with it.

use midwatch_model::{AttackId::*, MailProtocol, MailSrv, Severity};

use crate::Check;
use crate::check::ON_PATH_OR_DNS;
use crate::fixes::{Setting, zone};
use crate::view::{Seen, View};

pub(crate) static CHECK: Check = Check {
    id: "mail-srv-plain",
    title: "Programs are led to a service that begins in plain text alone",
    severity: Severity::Low,
    says: "programs that ask {place} begin in plain text",
    about: "Programs of mail ask SRV records for their servers. Where those name a service with STARTTLS alone, each connection \
            begins in plain text, and whoever is on the way can take the offer of TLS out. With TLS from the first octet there is nothing \
            to take out.",
    gain: "The password of whoever uses a program that goes on without TLS.",
    from: ON_PATH_OR_DNS,
    attacks: &[StrippingAndDowngrade, EmailHijacking],
    decided: "SRV records offer a protocol at the name that stands for STARTTLS, and none offer it at the name that stands for \
              TLS from the beginning (`_submissions`, `_imaps`, `_pop3s`), or say that it is not offered there. Low, since sound \
              programs insist on STARTTLS once they are set up.",
    benign: &["Programs that were set up with TLS do not ask again."],
    fix: "Offer the service with TLS from the beginning, name it with a record, and say of the other that it is not offered.",
    settings: &[Setting::MailImplicitTls],
    source: "RFC 8314 3 and 5.1; RFC 6186 3",
    find: |view, found| {
        for (protocol, service, port) in [
            (MailProtocol::Submission, "submissions", 465),
            (MailProtocol::Imap, "imaps", 993),
            (MailProtocol::Pop3, "pop3s", 995),
        ] {
            let Some((plain, target)) = offered(view, protocol, false) else { continue };
            if offered(view, protocol, true).is_some() || !known(view, protocol, true) {
                continue;
            }
            let owner = format!("_{service}._tcp.{}", plain.fact.domain);
            let lines = [zone::srv(&owner, port, &target), zone::srv(&plain.fact.name, 0, ".")];
            found
                .at(&plain.fact.name)
                .fix(format!("{} In the zone's file: {}", CHECK.fix, lines.join(" ; ")))
                .see(
                    plain.id,
                    format!("{} is offered at {target}, and {owner} offers nothing", protocol.name()),
                );
        }
    },
};

/// The records that offer a protocol, and the first server of them.
fn offered<'a>(
    view: &View<'a>,
    protocol: MailProtocol,
    implicit: bool,
) -> Option<(Seen<'a, MailSrv>, String)> {
    of(view, protocol, implicit).find_map(|seen| {
        let records = seen.fact.records.value()?;
        let first = records.iter().find(|record| !record.is_not_offered())?;
        Some((seen, first.target.clone()))
    })
}

/// Whether records were had.
fn known(view: &View<'_>, protocol: MailProtocol, implicit: bool) -> bool {
    of(view, protocol, implicit).any(|seen| seen.fact.records.is_seen())
}

fn of<'a>(
    view: &View<'a>,
    protocol: MailProtocol,
    implicit: bool,
) -> impl Iterator<Item = Seen<'a, MailSrv>> {
    let is =
        move |seen: &Seen<'a, MailSrv>| seen.fact.protocol == protocol && seen.fact.implicit_tls == implicit;
    view.mail.srv.clone().into_iter().filter(is)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    #[test]
    fn a_service_with_starttls_alone_is_found() {
        assert!(Scene::mail().find(CHECK.id).is_empty());
        let plain =
            Scene::mail().srv(MailProtocol::Imap, false, &[(143, "imap.shop.example")]).change_srv(|srv| {
                if srv.implicit_tls {
                    srv.records = midwatch_model::Outcome::seen(vec![]);
                }
            });
        assert_eq!(plain.severities(CHECK.id), [Severity::Low]);
        assert!(plain.find(CHECK.id)[0].fix.summary.contains("_imap._tcp.shop.example. IN SRV 0 0 0 ."));
        let silent = plain.change_srv(|srv| {
            if srv.implicit_tls {
                srv.records = timeout();
            }
        });
        assert!(silent.find(CHECK.id).is_empty());
        // Both are there: programs take the better one.
        assert!(
            Scene::mail()
                .srv(MailProtocol::Imap, false, &[(143, "imap.shop.example")])
                .find(CHECK.id)
                .is_empty()
        );
    }
}
