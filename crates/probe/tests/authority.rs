//! What authorities publish: issuers' certificates, OCSP answers and revocation lists, from openssl's responder and
//! from nginx.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use midwatch_model::{
    CertificateChain, CertificateForm, Host, OcspAnswer, OcspStatus, Outcome, ReasonKind, RejectionKind,
    RevocationSource, Time,
};
use midwatch_probe::authority::{Asks, Authorities};
use midwatch_probe::net::{ConnectTo, Net, NetOptions};
use midwatch_probe::pki::{self, Met, TrustStores};
use midwatch_testbed::hostile::{Behaviour, Hostile};
use midwatch_testbed::nginx::Nginx;
use midwatch_testbed::ocsp::Said;
use midwatch_testbed::pki::{Authority, Key, Leaf, Pki};
use midwatch_testbed::{Server, crl, free_port, ocsp};

const NAME: &str = "shop.test";
/// Where authorities of these tests publish.
const AUTHORITY: &str = "ca.test";

const ISSUERS: Asks = Asks { issuers: true, revocation: false };
const REVOCATION: Asks = Asks { issuers: false, revocation: true };

/// The network, on which names of authorities lead to ports of this machine.
fn net(ports: &[(&str, u16)]) -> Net {
    let to = |(name, port): &(&str, u16)| ConnectTo {
        host: Host::Name((*name).into()),
        port: 80,
        to: SocketAddr::from(([127, 0, 0, 1], *port)),
    };
    Net::new(NetOptions {
        connect_to: ports.iter().map(to).collect(),
        step: Duration::from_secs(5),
        offline: true,
        ..NetOptions::default()
    })
}

fn given(root: &Authority) -> TrustStores {
    let mut stores = TrustStores::default();
    stores.give(&std::fs::read(&root.certificate).expect("a root")).expect("a store");
    stores
}

/// A chain met on a public server.
async fn ask(
    authorities: &Authorities,
    net: &Net,
    sent: &[Vec<u8>],
    stores: &TrustStores,
) -> CertificateChain {
    let host = Host::Name(NAME.into());
    let address = SocketAddr::from(([192, 0, 2, 7], 443));
    let met = Met { host: &host, port: 443, address, sni: Some(NAME), met_with: &[], beside: None };
    let mut fact = pki::chain(&met, sent, stores, Time::now());
    authorities.ask(net, &met, sent, stores, Time::now(), &mut fact).await;
    fact
}

fn issuers() -> Authorities {
    Authorities::new(ISSUERS)
}

fn revocation() -> Authorities {
    Authorities::new(REVOCATION)
}

fn at(path: &str) -> String {
    format!("authorityInfoAccess = caIssuers;URI:http://{AUTHORITY}/{path}")
}

fn published(files: &[(&str, Vec<u8>)]) -> Server {
    let port = free_port();
    let nginx = files.iter().fold(Nginx::new(), |nginx, (path, contents)| nginx.file(path, contents));
    nginx.plain(port, AUTHORITY, "").start()
}

/// A PKCS #7 bundle of these certificates.
fn bundle(pki: &Pki, files: &[&Path]) -> Vec<u8> {
    let target = pki.path().join("bundle.p7c");
    let mut command = std::process::Command::new("openssl");
    command.args(["crl2pkcs7", "-nocrl", "-outform", "DER"]);
    for file in files {
        command.arg("-certfile").arg(file);
    }
    assert!(command.arg("-out").arg(&target).status().expect("openssl").success());
    std::fs::read(target).expect("what openssl wrote")
}

#[tokio::test]
async fn missing_issuers_are_fetched_one_above_the_other() {
    let pki = Pki::new();
    let root = pki.authority("Root", Key::EcP256);
    let upper = pki.intermediate_with(&root, "Upper", Key::EcP256, &at("root.crt"));
    let lower = pki.intermediate_with(&upper, "Lower", Key::Rsa2048, &at("upper.p7c"));
    let leaf = pki.issue(&lower, &Leaf::new(&[NAME]).extension(&at("lower.crt")));
    let other = pki.authority("Other", Key::EcP256);
    let server = published(&[
        ("lower.crt", pki.der(&lower.certificate)),
        ("upper.p7c", bundle(&pki, &[&other.certificate, &upper.certificate])),
    ]);
    let (net, sent) = (net(&[(AUTHORITY, server.port())]), [pki.der(&leaf.certificate)]);
    let stores = given(&root);
    let without = ask(&Authorities::default(), &net, &sent, &stores).await;
    assert_eq!(without.completed, None, "nobody is asked unasked");
    assert!(server.access_log().is_empty(), "{}", server.access_log());

    let chain = ask(&issuers(), &net, &sent, &stores).await;
    let completed = chain.completed.as_ref().expect("what was fetched");
    let forms: Vec<_> = completed.issuers.iter().map(|issuer| issuer.form).collect();
    assert_eq!(forms, [Some(CertificateForm::Der), Some(CertificateForm::Pkcs7)]);
    let second = completed.issuers[1].certificate.value().expect("a certificate");
    assert_eq!(second.parsed.as_ref().expect("parsed").subject, "CN=Upper");
    let decision = |trust: &[midwatch_model::TrustDecision], store: &str| {
        trust.iter().find(|decision| decision.store == store).expect("a decision").clone()
    };
    assert!(decision(&completed.trust, "given").trusted, "{:?}", completed.trust);
    let sent_alone = decision(&chain.trust, "given");
    assert!(!sent_alone.trusted);
    assert_eq!(sent_alone.rejections[0].kind, RejectionKind::MissingIntermediate);
    assert_eq!(sent_alone.rejections[0].at, 0);
    let detail = &sent_alone.rejections[0].detail;
    assert!(detail.contains("CN=Lower") && detail.contains("http://ca.test/lower.crt"), "{detail}");
    // What comes leads to a root that Mozilla does not have: nothing was missing there but that.
    let mozilla = decision(&chain.trust, "mozilla");
    assert_eq!(mozilla.rejections[0].kind, RejectionKind::UnknownRoot);
    assert!(mozilla.rejections[0].detail.contains("CN=Root"), "{}", mozilla.rejections[0].detail);
    // Nobody was asked for the root, which a store has.
    assert!(!server.access_log().contains("root.crt"), "{}", server.access_log());
}

#[tokio::test]
async fn pem_is_taken_and_what_is_none_is_told() {
    let pki = Pki::new();
    let root = pki.authority("Root", Key::EcP256);
    let between = pki.intermediate(&root, "Between", Key::EcP256);
    let impostor = pki.authority("Between", Key::EcP256);
    let pem = std::fs::read(&between.certificate).expect("PEM");
    let server = published(&[
        ("between.pem", pem),
        ("page.html", b"<!doctype html><p>Sign in".to_vec()),
        ("impostor.crt", pki.der(&impostor.certificate)),
        ("large.crt", vec![0x30; 300 << 10]),
    ]);
    let net = net(&[(AUTHORITY, server.port())]);
    let stores = given(&root);
    let look = async |lines: &[String]| {
        let leaf = lines.iter().fold(Leaf::new(&[NAME]), |leaf, line| leaf.extension(line));
        let leaf = pki.issue(&between, &leaf);
        let fact = ask(&issuers(), &net, &[pki.der(&leaf.certificate)], &stores).await;
        fact.completed.map(|completed| completed.issuers)
    };
    let found = look(&[at("between.pem")]).await.expect("an issuer");
    assert_eq!(found[0].form, Some(CertificateForm::Pem));
    assert!(found[0].certificate.is_seen());
    assert_eq!(look(&[]).await, None, "no address, nobody asked");
    // The second address is asked where the first has nothing.
    let both = "authorityInfoAccess = caIssuers;URI:http://ca.test/none.crt,caIssuers;URI:http://ca.test/between.pem";
    assert!(look(&[both.into()]).await.expect("an issuer")[0].certificate.is_seen());
    for (path, kind, says) in [
        ("none.crt", ReasonKind::Protocol, "status 404"),
        ("page.html", ReasonKind::Protocol, "no certificate"),
        ("impostor.crt", ReasonKind::Protocol, "did not sign"),
        ("large.crt", ReasonKind::Limit, "more than 262144 bytes"),
    ] {
        let found = look(&[at(path)]).await.expect("an attempt");
        let why = found[0].certificate.why_not().expect("a reason");
        assert!(why.kind == kind && why.detail.contains(says), "{path}: {why:?}");
    }
    let secure = "authorityInfoAccess = caIssuers;URI:https://ca.test/between.pem";
    let found = look(&[secure.into()]).await.expect("an attempt");
    assert!(found[0].certificate.why_not().expect("a reason").detail.contains("plain http"));
}

#[tokio::test]
async fn a_public_servers_certificate_does_not_lead_into_private_networks() {
    let pki = Pki::new();
    let root = pki.authority("Root", Key::EcP256);
    let between = pki.intermediate(&root, "Between", Key::EcP256);
    let server = published(&[("between.crt", pki.der(&between.certificate))]);
    let url = format!("http://127.0.0.1:{}/between.crt", server.port());
    let leaf = Leaf::new(&[NAME]).extension(&format!("authorityInfoAccess = caIssuers;URI:{url}"));
    let sent = [pki.der(&pki.issue(&between, &leaf).certificate)];
    let net = Net::new(NetOptions::default());
    let stores = given(&root);
    let why = |fact: CertificateChain| {
        let issuers = fact.completed.expect("an attempt").issuers;
        issuers[0].certificate.why_not().map(|why| (why.kind, why.detail.clone()))
    };
    let (kind, detail) = why(ask(&issuers(), &net, &sent, &stores).await).expect("a reason");
    assert!(kind == ReasonKind::NotAsked && detail.contains("private network"), "{detail}");
    assert!(server.access_log().is_empty(), "{}", server.access_log());
    // Of a server in such a network it is what has to be asked.
    let host = Host::Name(NAME.into());
    let address = SocketAddr::from(([127, 0, 0, 1], 443));
    let met = Met { host: &host, port: 443, address, sni: None, met_with: &[], beside: None };
    let mut fact = pki::chain(&met, &sent, &stores, Time::now());
    issuers().ask(&net, &met, &sent, &stores, Time::now(), &mut fact).await;
    assert_eq!(why(fact), None);
}

#[tokio::test]
async fn hostile_authorities_cost_little() {
    let pki = Pki::new();
    let root = pki.authority("Root", Key::EcP256);
    let between = pki.intermediate(&root, "Between", Key::EcP256);
    let sent = [pki.der(&pki.issue(&between, &Leaf::new(&[NAME]).extension(&at("x"))).certificate)];
    let stores = given(&root);
    for (behaviour, kind) in [
        (Behaviour::NeverAnswers, ReasonKind::Timeout),
        (Behaviour::EndlessBody, ReasonKind::Limit),
        (Behaviour::EndlessHeaders, ReasonKind::Protocol),
    ] {
        let hostile = Hostile::start(behaviour);
        let net = Net::new(NetOptions {
            connect_to: vec![ConnectTo {
                host: Host::Name(AUTHORITY.into()),
                port: 80,
                to: hostile.address(),
            }],
            step: Duration::from_millis(300),
            ..NetOptions::default()
        });
        let fact = ask(&issuers(), &net, &sent, &stores).await;
        let issuers = fact.completed.expect("an attempt").issuers;
        let why = issuers[0].certificate.why_not().expect("a reason");
        assert_eq!(why.kind, kind, "{why:?}");
    }
}

#[tokio::test]
async fn redirects_are_followed_and_loops_end() {
    let pki = Pki::new();
    let root = pki.authority("Root", Key::EcP256);
    let between = pki.intermediate(&root, "Between", Key::EcP256);
    let port = free_port();
    let lines = "location = /moved.crt { return 302 http://ca.test/between.crt; }\n\
                 location = /loop.crt { return 302 http://ca.test/loop.crt; }";
    let server =
        Nginx::new().file("between.crt", pki.der(&between.certificate)).plain(port, AUTHORITY, lines).start();
    let (net, stores) = (net(&[(AUTHORITY, server.port())]), given(&root));
    let look = async |path: &str| {
        let sent = [pki.der(&pki.issue(&between, &Leaf::new(&[NAME]).extension(&at(path))).certificate)];
        ask(&issuers(), &net, &sent, &stores).await.completed.expect("an attempt").issuers
    };
    assert!(look("moved.crt").await[0].certificate.is_seen());
    let why = look("loop.crt").await[0].certificate.why_not().cloned().expect("a reason");
    assert!(why.detail.contains("more than 3 redirects"), "{why:?}");
}

/// The answers about revocation: position, way, and what was said.
fn said(fact: &CertificateChain) -> Vec<(usize, RevocationSource, &Outcome<OcspAnswer>)> {
    let asked = fact.revocation.iter().flat_map(|all| &all.asked);
    asked.map(|asked| (asked.at, asked.by, &asked.says)).collect()
}

fn status(says: &Outcome<OcspAnswer>) -> &OcspStatus {
    match says.value() {
        Some(OcspAnswer::Verified { status, .. }) => status,
        _ => panic!("{says:?}"),
    }
}

fn revoked() -> OcspStatus {
    OcspStatus::Revoked {
        at: "2026-01-01T00:00:00Z".parse().expect("a time"),
        reason: Some("keyCompromise".into()),
    }
}

const RESPONDER: &str = "authorityInfoAccess = OCSP;URI:http://ocsp.test";

#[tokio::test]
async fn responders_are_asked_about_each_certificate() {
    let pki = Pki::new();
    let root = pki.authority("Root", Key::EcP256);
    let upper = "authorityInfoAccess = OCSP;URI:http://root.test";
    let between = pki.intermediate_with(&root, "Between", Key::EcP256, upper);
    let leaf = || pki.issue(&between, &Leaf::new(&[NAME]).extension(RESPONDER));
    let (good, bad, unknown) = (leaf(), leaf(), leaf());
    let about: [(&Path, Said); 2] = [(&good.certificate, Said::Good), (&bad.certificate, Said::Revoked)];
    let responder = ocsp::responder(&pki, &between, &about);
    let roots = ocsp::responder(&pki, &root, &[(&between.certificate, Said::Revoked)]);
    let net = net(&[("ocsp.test", responder.port()), ("root.test", roots.port())]);
    let stores = given(&root);
    for (leaf, wanted) in [(&good, OcspStatus::Good), (&bad, revoked()), (&unknown, OcspStatus::Unknown)] {
        // The intermediate's issuer is an anchor that was not sent.
        let sent = [pki.der(&leaf.certificate), pki.der(&between.certificate)];
        let fact = ask(&revocation(), &net, &sent, &stores).await;
        let said = said(&fact);
        let [(0, RevocationSource::Ocsp, of_leaf), (1, RevocationSource::Ocsp, above)] = said.as_slice()
        else {
            panic!("{said:?}")
        };
        assert_eq!((status(of_leaf), status(above)), (&wanted, &revoked()));
    }
}

#[tokio::test]
async fn a_responder_that_takes_posts_alone_is_asked_so() {
    let pki = Pki::new();
    let root = pki.authority("Root", Key::EcP256);
    let leaf = pki.issue(&root, &Leaf::new(&[NAME]).extension(RESPONDER));
    let responder = ocsp::responder(&pki, &root, &[(&leaf.certificate, Said::Good)]);
    let (port, to) = (free_port(), responder.port());
    let lines = format!(
        "location / {{ if ($request_method = GET) {{ return 405; }} proxy_pass http://127.0.0.1:{to}; }}"
    );
    let front = Nginx::new().plain(port, "ocsp.test", &lines).start();
    let fact =
        ask(&revocation(), &net(&[("ocsp.test", port)]), &[pki.der(&leaf.certificate)], &given(&root)).await;
    assert_eq!(status(said(&fact)[0].2), &OcspStatus::Good);
    assert!(front.has_logged("\"GET /") && front.has_logged("\"POST / "), "{}", front.access_log());
}

#[tokio::test]
async fn an_answer_by_a_stranger_proves_nothing() {
    let pki = Pki::new();
    let (root, stranger) = (pki.authority("Root", Key::EcP256), pki.authority("Root", Key::EcP256));
    let leaf = pki.issue(&root, &Leaf::new(&[NAME]).extension(RESPONDER));
    let responder = ocsp::responder(&pki, &stranger, &[(&leaf.certificate, Said::Good)]);
    let net = net(&[("ocsp.test", responder.port())]);
    let fact = ask(&revocation(), &net, &[pki.der(&leaf.certificate)], &given(&root)).await;
    let Some(OcspAnswer::Bad { .. }) = said(&fact)[0].2.value() else { panic!("{:?}", said(&fact)) };
}

#[tokio::test]
async fn where_nobody_can_be_asked_nothing_is_said() {
    let pki = Pki::new();
    let root = pki.authority("Root", Key::EcP256);
    let stores = given(&root);
    let plain = pki.issue(&root, &Leaf::new(&[NAME]));
    let fact = ask(&revocation(), &net(&[]), &[pki.der(&plain.certificate)], &stores).await;
    assert_eq!(fact.revocation, None, "an authority may run no OCSP");
    // A port that nobody listens at, and a certificate whose issuer is not known.
    let leaf = pki.issue(&root, &Leaf::new(&[NAME]).extension(RESPONDER));
    let closed = net(&[("ocsp.test", free_port())]);
    let fact = ask(&revocation(), &closed, &[pki.der(&leaf.certificate)], &stores).await;
    assert_eq!(said(&fact)[0].2.why_not().expect("a reason").kind, ReasonKind::ConnectionRefused);
    let fact = ask(&revocation(), &closed, &[pki.der(&leaf.certificate)], &TrustStores::default()).await;
    assert!(said(&fact)[0].2.why_not().expect("a reason").detail.contains("not at hand"));
    let offline = ask(&revocation(), &net(&[]), &[pki.der(&leaf.certificate)], &stores).await;
    assert_eq!(said(&offline)[0].2.why_not().expect("a reason").kind, ReasonKind::NotAsked);
}

#[tokio::test]
async fn lists_are_read_and_held_against_their_scope() {
    let pki = Pki::new();
    let root = pki.authority("Root", Key::Rsa2048);
    let stranger = pki.authority("Root", Key::Rsa2048);
    let point = "crlDistributionPoints = URI:http://crl.test/list.crl";
    let leaf = pki.issue(&root, &Leaf::new(&[NAME]).extension(point));
    let (own, nobody): (&[&Path], &[&Path]) = (&[&leaf.certificate], &[]);
    let scope = |of: &str| format!("issuingDistributionPoint = critical, @scope\n[scope]\n{of}");
    let name = "fullname = URI:http://crl.test/list.crl\n";
    let sent = [pki.der(&leaf.certificate)];
    let stores = given(&root);
    let look = async |list: Vec<u8>| {
        let server = published(&[("list.crl", list)]);
        let fact = ask(&revocation(), &net(&[("crl.test", server.port())]), &sent, &stores).await;
        let said = said(&fact);
        assert_eq!((said.len(), said[0].1), (1, RevocationSource::Crl));
        said[0].2.clone()
    };
    let list = |revoked, lines: &str| crl::list(&pki, &root, revoked, 7, lines);
    assert_eq!(status(&look(list(nobody, "")).await), &OcspStatus::Good);
    assert_eq!(status(&look(list(own, "")).await), &revoked());
    assert_eq!(status(&look(list(own, &scope(name))).await), &revoked());
    assert_eq!(status(&look(list(own, &scope(&format!("{name}onlyuser = TRUE")))).await), &revoked());
    let Some(OcspAnswer::Verified { next_update: Some(end), .. }) =
        look(crl::list(&pki, &root, nobody, 0, "")).await.value().cloned()
    else {
        panic!("an end")
    };
    assert_eq!(end, "2026-01-08T00:00:00Z".parse::<Time>().expect("a time"));

    let why = async |list: Vec<u8>| match look(list).await.value() {
        Some(OcspAnswer::Bad { why }) => why.clone(),
        other => panic!("{other:?}"),
    };
    let authorities = why(list(own, &scope(&format!("{name}onlyCA = TRUE")))).await;
    assert!(authorities.contains("authorities' certificates alone"), "{authorities}");
    let elsewhere = why(list(own, &scope("fullname = URI:http://crl.test/2.crl"))).await;
    assert!(elsewhere.contains("another distribution point"), "{elsewhere}");
    assert!(why(crl::list(&pki, &stranger, own, 7, "")).await.contains("its signature"));
    let other = pki.authority("Other", Key::EcP256);
    assert!(why(crl::list(&pki, &other, own, 7, "")).await.contains("another issuer"));
    assert!(why(b"-----BEGIN X509 CRL-----\n".to_vec()).await.contains("PEM"));
    let Some(OcspAnswer::Unverified { .. }) = look(list(own, &scope("onlyuser = TRUE"))).await.value() else {
        panic!("a kind of list that webpki does not read is not at fault")
    };
    assert!(why(vec![0x30, 0x80]).await.contains("not a revocation list"));
}

#[tokio::test]
async fn one_list_is_fetched_once_for_all_servers() {
    let pki = Pki::new();
    let root = pki.authority("Root", Key::EcP256);
    let point = "crlDistributionPoints = URI:http://crl.test/list.crl";
    let server = published(&[("list.crl", crl::list(&pki, &root, &[], 7, ""))]);
    let (net, stores, authorities) = (net(&[("crl.test", server.port())]), given(&root), revocation());
    let leaf = || [pki.der(&pki.issue(&root, &Leaf::new(&[NAME]).extension(point)).certificate)];
    let (first, second) = (leaf(), leaf());
    let both =
        tokio::join!(ask(&authorities, &net, &first, &stores), ask(&authorities, &net, &second, &stores),);
    for fact in [&both.0, &both.1] {
        assert_eq!(status(said(fact)[0].2), &OcspStatus::Good);
    }
    assert!(server.has_logged("/list.crl"));
    assert_eq!(server.access_log().lines().count(), 1, "{}", server.access_log());
}
