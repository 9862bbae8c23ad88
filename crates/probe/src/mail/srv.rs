//! The SRV records by which programs find a domain's mail (RFC 6186 3, RFC 8314 5.1, RFC 5804 1.8).

use futures_util::future::join_all;
use midwatch_model::{MailProtocol, MailSrv};

use crate::dns::Lookups;

/// The services that have such records: label, protocol, and whether TLS begins with the connection.
const SERVICES: [(&str, MailProtocol, bool); 7] = [
    ("_submissions", MailProtocol::Submission, true),
    ("_submission", MailProtocol::Submission, false),
    ("_imaps", MailProtocol::Imap, true),
    ("_imap", MailProtocol::Imap, false),
    ("_pop3s", MailProtocol::Pop3, true),
    ("_pop3", MailProtocol::Pop3, false),
    ("_sieve", MailProtocol::Sieve, false),
];

/// Asks for those of a domain.
pub async fn ask(lookups: &Lookups, domain: &str) -> Vec<MailSrv> {
    let one = |(label, protocol, implicit_tls): (&'static str, MailProtocol, bool)| async move {
        let name = format!("{label}._tcp.{domain}");
        let (records, security) = lookups.srv(&name).await;
        MailSrv { domain: domain.to_owned(), name, protocol, implicit_tls, records, security }
    };
    join_all(SERVICES.into_iter().map(one)).await
}
