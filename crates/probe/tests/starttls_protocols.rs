//! TLS that is asked for in plain text, against Exim, FTP servers, OpenLDAP, Prosody, PostgreSQL, MariaDB, INN and
//! InspIRCd, each with TLS off, offered and required.

mod common;

use std::net::{Ipv4Addr, SocketAddr};

use common::Client;
use midwatch_model::{Host, Outcome, PlainCommand, ReasonKind, Starttls, StarttlsEndpoint, TlsEndpoint};
use midwatch_probe::net::{Net, NetOptions};
use midwatch_probe::progress::Silent;
use midwatch_probe::starttls::{Opening, examine};
use midwatch_probe::tls::{self, EndpointRun};
use midwatch_testbed::pki::{Identity, Leaf, Pki};
use midwatch_testbed::postgres::Postgres;
use midwatch_testbed::{Encryption, Server, exim, free_port, ftp, inn, irc, mariadb, prosody, slapd};

const NAME: &str = "shop.example";

fn identity(pki: &Pki) -> Identity {
    pki.self_signed(&Leaf::new(&[NAME]))
}

/// What is measured before TLS, and of TLS.
async fn measure(port: u16, protocol: Starttls) -> (StarttlsEndpoint, EndpointRun) {
    let at = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let host = Host::Name(NAME.into());
    let net = Net::new(NetOptions::default());
    let opening = Opening::starttls(protocol, NAME);
    let plain = examine(&net, &host, port, at, protocol, Some(NAME), &opening).await;
    let run = tls::endpoint(&net, &opening, &host, port, at, Some(NAME), &Silent).await;
    (plain, run)
}

/// What is the same of all servers that come to TLS: nothing in plain text behind the go-ahead, no command carried over,
/// and the certificate that the server was given.
fn is_sound(plain: &StarttlsEndpoint, run: &EndpointRun, pki: &Pki, identity: &Identity) {
    let protocol = plain.protocol;
    assert!(plain.accepted.is_seen(), "{protocol}: {:?}", plain.accepted);
    assert_eq!(plain.plain_after, Outcome::seen(String::new()), "{protocol}");
    // What really happens to the command is said by the test of each server.
    assert!(!plain.plain_command.is_unmeasured(), "{protocol}: {:?}", plain.plain_command);
    assert!(run.endpoint.accepted().count() > 0, "{protocol}: {:?}", run.endpoint.versions);
    let own = pki.der(&identity.certificate);
    let sent = run.chains.first().and_then(|chain| chain.certificates.first());
    assert!(sent.is_some_and(|der| der[..] == own[..]), "{protocol}: another certificate, or none");
}

/// Nothing comes to TLS, and nothing more is asked.
fn has_no_tls(plain: &StarttlsEndpoint, run: &EndpointRun) {
    assert!(!plain.accepted.is_seen(), "{}: {:?}", plain.protocol, plain.accepted);
    assert_eq!(run.endpoint.connections, 0, "nothing more is asked of a server that will not have TLS");
    assert!(run.endpoint.versions.iter().all(|result| result.support.is_unmeasured()));
}

/// By the names of OpenSSL, in which versions the server speaks TLS.
fn by_openssl(protocol: &str, port: u16, endpoint: &TlsEndpoint) {
    let at = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    Client { protocol: Some(protocol), at, name: NAME }.meets_the_same_versions(endpoint);
}

async fn three(
    protocol: Starttls,
    pki: &Pki,
    start: impl Fn(Encryption, &Identity) -> Server,
) -> [(StarttlsEndpoint, EndpointRun, Server); 3] {
    let identity = identity(pki);
    let mut all = Vec::new();
    for encryption in Encryption::ALL {
        let server = start(encryption, &identity);
        let port = match protocol {
            Starttls::XmppServer => server.ports()[1],
            _ => server.port(),
        };
        let (plain, run) = measure(port, protocol).await;
        match encryption {
            Encryption::Off => has_no_tls(&plain, &run),
            _ => is_sound(&plain, &run, pki, &identity),
        }
        all.push((plain, run, server));
    }
    all.try_into().expect("three")
}

fn password(plain: &StarttlsEndpoint) -> Option<bool> {
    plain.before.value().and_then(|before| before.password)
}

#[tokio::test]
async fn exim() {
    let pki = Pki::new();
    let [(off, ..), (offered, run, server), (required, ..)] = three(Starttls::Smtp, &pki, exim::start).await;
    assert_eq!((off.offered.clone(), password(&off)), (Outcome::seen(false), Some(true)));
    assert!(off.accepted.is_refused(), "{:?}", off.accepted);
    for plain in [&offered, &required] {
        assert_eq!((plain.offered.clone(), password(plain)), (Outcome::seen(true), Some(false)));
        assert!(plain.greeting.value().unwrap()[0].contains("Exim"), "{:?}", plain.greeting);
        assert_eq!(plain.plain_command, Outcome::seen(PlainCommand::Discarded));
        assert_eq!(plain.inside.value().unwrap().password, Some(true));
    }
    by_openssl("smtp", server.port(), &run.endpoint);
}

/// It takes twenty connections, and turns away what comes on top. By its name it is asked slowly enough; without, it shows.
#[tokio::test]
async fn exim_that_does_not_name_itself_is_measured_as_whole_as_one_that_does() {
    let pki = Pki::new();
    let identity = identity(&pki);
    let start = |main: &str| {
        let main = format!("tls_advertise_hosts = *\nacl_smtp_mail = sender\n{main}");
        exim::start_with(free_port(), &identity, &main, "begin acl\nsender:\n  accept\n")
    };
    let (named, nameless) = (start(""), start("smtp_banner = mail.shop.example ESMTP\n"));
    let (plain, by_name) = measure(named.port(), Starttls::Smtp).await;
    assert!(plain.greeting.value().unwrap()[0].contains("Exim"), "{:?}", plain.greeting);
    let (plain, without) = measure(nameless.port(), Starttls::Smtp).await;
    assert_eq!(plain.greeting, Outcome::seen(vec!["mail.shop.example ESMTP".to_owned()]));
    assert_eq!(plain.plain_command, Outcome::seen(PlainCommand::Discarded));
    assert!(by_name.endpoint.accepted().count() > 0, "{:?}", by_name.endpoint.versions);
    assert_eq!(without.endpoint.versions, by_name.endpoint.versions);
    assert_eq!(without.chains, by_name.chains);
}

#[tokio::test]
async fn ftp() {
    for (name, start) in [("vsFTPd", ftp::vsftpd as fn(_, &_) -> _), ("ProFTPD", ftp::proftpd)] {
        let pki = Pki::new();
        let [(off, ..), (offered, run, server), (required, ..)] = three(Starttls::Ftp, &pki, start).await;
        assert_eq!(off.offered, Outcome::seen(false), "{name}");
        assert!(off.accepted.is_refused(), "{name}: {:?}", off.accepted);
        for plain in [&offered, &required] {
            assert_eq!((plain.offered.clone(), password(plain)), (Outcome::seen(true), None), "{name}");
            assert!(plain.accepted.value().unwrap().starts_with("234 "), "{:?}", plain.accepted);
            assert!(plain.greeting.value().unwrap()[0].contains(name), "{:?}", plain.greeting);
            assert!(plain.inside.is_seen(), "{name}: {:?}", plain.inside);
            match name {
                "ProFTPD" => assert_eq!(plain.plain_command, Outcome::seen(PlainCommand::Discarded)),
                // It takes the command for TLS, and gives up.
                _ => assert!(plain.plain_command.is_refused(), "{:?}", plain.plain_command),
            }
        }
        by_openssl("ftp", server.port(), &run.endpoint);
    }
}

#[tokio::test]
async fn ldap() {
    let pki = Pki::new();
    let [(off, ..), (offered, run, server), (required, ..)] = three(Starttls::Ldap, &pki, slapd::start).await;
    assert_eq!(off.offered, Outcome::seen(false));
    assert!(off.accepted.why_not().is_none() && off.accepted.is_refused(), "{:?}", off.accepted);
    assert_eq!((offered.offered.clone(), password(&offered)), (Outcome::seen(true), None));
    assert!(offered.before.value().unwrap().mechanisms.contains(&"CRAM-MD5".into()), "{:?}", offered.before);
    // Where everything is refused before TLS, so is the question whether TLS is offered.
    assert_eq!((required.offered.is_unmeasured(), password(&required)), (true, Some(false)));
    assert!(required.inside.is_seen(), "{:?}", required.inside);
    for plain in [&offered, &required] {
        // It carries the search out in plain text, or refuses that too, and then will not begin with TLS. Where its threads begin
        // with TLS first, which is seldom, it throws the search away.
        let thrown_away = plain.plain_command == Outcome::seen(PlainCommand::Discarded);
        assert!(plain.plain_command.is_refused() || thrown_away, "{:?}", plain.plain_command);
    }
    by_openssl("ldap", server.port(), &run.endpoint);
}

#[tokio::test]
async fn xmpp() {
    let pki = Pki::new();
    let [(off, ..), (offered, run, server), (required, ..)] =
        three(Starttls::Xmpp, &pki, prosody::start).await;
    assert_eq!((off.offered.clone(), password(&off)), (Outcome::seen(false), Some(true)));
    assert_eq!((offered.offered.clone(), password(&offered)), (Outcome::seen(true), Some(false)));
    assert!(
        offered.before.value().unwrap().mechanisms.contains(&"SCRAM-SHA-1".into()),
        "{:?}",
        offered.before
    );
    let before = required.before.value().unwrap();
    assert!(before.capabilities.contains(&"starttls required".into()), "{before:?}");
    assert_eq!(before.mechanisms, [""; 0]);
    assert_eq!(required.inside.value().unwrap().password, Some(true));
    // It complains in plain text, and ends.
    assert!(required.plain_command.is_refused(), "{:?}", required.plain_command);
    by_openssl("xmpp", server.port(), &run.endpoint);
}

#[tokio::test]
async fn xmpp_between_servers() {
    let pki = Pki::new();
    let [(off, ..), (offered, run, server), (required, ..)] =
        three(Starttls::XmppServer, &pki, prosody::start).await;
    assert_eq!(off.offered, Outcome::seen(false));
    for plain in [&offered, &required] {
        assert_eq!(plain.offered, Outcome::seen(true));
        // It complains in plain text, and ends, as it does with people's programs.
        assert!(plain.plain_command.is_refused(), "{:?}", plain.plain_command);
    }
    assert!(required.before.value().unwrap().capabilities.contains(&"starttls required".into()));
    by_openssl("xmpp-server", server.ports()[1], &run.endpoint);
}

#[tokio::test]
async fn a_domain_that_the_server_does_not_serve_is_no_refusal_of_tls() {
    let pki = Pki::new();
    let server = prosody::start(Encryption::Required, &identity(&pki));
    let (host, at) = (Host::Name("other.example".into()), server.address());
    let net = Net::new(NetOptions::default());
    let opening = Opening::starttls(Starttls::Xmpp, "other.example");
    let plain = examine(&net, &host, at.port(), at, Starttls::Xmpp, Some("other.example"), &opening).await;
    let why = plain.accepted.why_not().expect("a reason");
    assert!(why.detail.contains("--sni"), "{why:?}");
}

#[tokio::test]
async fn postgres() {
    let pki = Pki::new();
    let identity = identity(&pki);
    let off = Postgres::start();
    let (plain, run) = measure(off.port(), Starttls::Postgres).await;
    has_no_tls(&plain, &run);
    assert!(plain.accepted.is_refused(), "{:?}", plain.accepted);
    for server in [Postgres::with_tls(&identity), Postgres::with_tls_required(&identity)] {
        let (plain, run) = measure(server.port(), Starttls::Postgres).await;
        is_sound(&plain, &run, &pki, &identity);
        // It says nothing of itself before a name.
        assert!(plain.offered.is_unmeasured() && plain.inside.is_unmeasured(), "{plain:?}");
        assert_eq!(password(&plain), None);
        // Since 14.1 it answers, inside TLS, that something came before TLS (CVE-2021-23214).
        assert_eq!(plain.plain_command, Outcome::seen(PlainCommand::Discarded));
        by_openssl("postgres", server.port(), &run.endpoint);
    }
}

#[tokio::test]
async fn mysql() {
    let pki = Pki::new();
    let [(off, ..), (offered, run, server), (required, ..)] =
        three(Starttls::Mysql, &pki, mariadb::start).await;
    assert_eq!(off.offered, Outcome::seen(false));
    for plain in [&offered, &required] {
        assert_eq!((plain.offered.clone(), password(plain)), (Outcome::seen(true), None));
        assert!(plain.greeting.value().unwrap()[0].contains("MariaDB"), "{:?}", plain.greeting);
        // MariaDB sees it, refuses it as a bad handshake, and goes no further.
        assert!(plain.plain_command.is_refused(), "{:?}", plain.plain_command);
    }
    by_openssl("mysql", server.port(), &run.endpoint);
    // It blocks an address after a hundred connections that came to no login.
    let all = run.endpoint.connections + offered.connections;
    assert!(all <= 90, "{all} connections");
}

#[tokio::test]
async fn news() {
    let pki = Pki::new();
    let [(off, ..), (offered, run, server), (required, ..)] = three(Starttls::Nntp, &pki, inn::start).await;
    // INN offers it without a certificate too, and then refuses.
    assert_eq!(off.offered, Outcome::seen(true));
    assert!(
        matches!(&off.accepted, Outcome::Refused { how } if how.starts_with("580")),
        "{:?}",
        off.accepted
    );
    for plain in [&offered, &required] {
        assert_eq!((plain.offered.clone(), password(plain)), (Outcome::seen(true), Some(false)));
        assert!(plain.greeting.value().unwrap()[0].contains("INN"), "{:?}", plain.greeting);
        assert_eq!(plain.plain_command, Outcome::seen(PlainCommand::Discarded));
        assert!(plain.inside.is_seen(), "{:?}", plain.inside);
    }
    by_openssl("nntp", server.port(), &run.endpoint);
}

#[tokio::test]
async fn chat() {
    let pki = Pki::new();
    let identity = identity(&pki);
    let server = irc::inspircd(Encryption::Off, &identity);
    let (off, run) = measure(server.port(), Starttls::Irc).await;
    has_no_tls(&off, &run);
    assert_eq!(off.offered, Outcome::seen(false));
    assert!(off.accepted.is_refused(), "{:?}", off.accepted);
    let server = irc::inspircd(Encryption::Offered, &identity);
    let (plain, run) = measure(server.port(), Starttls::Irc).await;
    is_sound(&plain, &run, &pki, &identity);
    assert_eq!((plain.offered.clone(), password(&plain)), (Outcome::seen(true), None));
    assert!(plain.inside.is_seen(), "{:?}", plain.inside);
    // A fault of InspIRCd 3.15 as Debian has it: CAP LIST, sent in plain text, is answered inside TLS.
    assert_eq!(plain.plain_command, Outcome::seen(PlainCommand::Kept));
    // Who lets nobody in without TLS lets nobody ask for it either, which is no refusal of TLS.
    let server = irc::inspircd(Encryption::Required, &identity);
    let (plain, _) = measure(server.port(), Starttls::Irc).await;
    assert_eq!(plain.accepted.why_not().map(|why| why.kind), Some(ReasonKind::TurnedAway));
}

#[tokio::test]
async fn chat_without_starttls() {
    let pki = Pki::new();
    let server = irc::ngircd(&identity(&pki));
    let (plain, run) = measure(server.port(), Starttls::Irc).await;
    assert_eq!(plain.offered, Outcome::seen(false), "{plain:?}");
    has_no_tls(&plain, &run);
}

#[tokio::test]
async fn another_protocol_than_was_named_is_not_measured() {
    let pki = Pki::new();
    let identity = identity(&pki);
    let server = ftp::vsftpd(Encryption::Offered, &identity);
    for protocol in [Starttls::Imap, Starttls::Xmpp, Starttls::Mysql, Starttls::Postgres] {
        let net = Net::new(NetOptions { step: std::time::Duration::from_secs(2), ..NetOptions::default() });
        let (host, at) = (Host::Name(NAME.into()), server.address());
        let opening = Opening::starttls(protocol, NAME);
        let plain = examine(&net, &host, at.port(), at, protocol, Some(NAME), &opening).await;
        assert!(plain.accepted.is_unmeasured(), "{protocol}: {:?}", plain.accepted);
        assert_ne!(plain.accepted.why_not().map(|why| why.kind), Some(ReasonKind::TurnedAway), "{protocol}");
    }
}
