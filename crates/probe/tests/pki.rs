//! Timestamps, OCSP answers and root programmes on certificates that openssl made.

use std::net::SocketAddr;

use midwatch_model::{
    CertificateChain, Host, KeyFault, LogState, OcspAnswer, OcspStatus, RejectionKind, Time,
    TimestampSignature,
};
use midwatch_probe::pki::ct::{CtLog, LogList};
use midwatch_probe::pki::{self, Beside, Constraint, Met, Programme, TrustStores};
use midwatch_testbed::ocsp::{self, Said};
use midwatch_testbed::pki::{Authority, Key, Leaf, Pki};
use midwatch_testbed::transparency::{self, Given};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;

const NAME: &str = "shop.test";

fn look(chain: &[Vec<u8>], staple: Option<&[u8]>, stores: &TrustStores) -> CertificateChain {
    let host = Host::Name(NAME.into());
    let address = SocketAddr::from(([192, 0, 2, 7], 443));
    let met = Met {
        host: &host,
        port: 443,
        address,
        sni: Some(NAME),
        met_with: &[],
        beside: Some(Beside { ocsp: staple, timestamps: None }),
    };
    pki::chain(&met, chain, stores, Time::now())
}

fn log(pki: &Pki, log: &Authority, name: &str) -> CtLog {
    let key = transparency::public_key(pki, &log.key);
    CtLog {
        id: transparency::sha256(pki, &key),
        key,
        name: name.into(),
        operator: "Test".into(),
        state: LogState::Usable,
    }
}

fn given(pki: &Pki, root: &Authority) -> TrustStores {
    let mut stores = TrustStores::default();
    stores.give(&std::fs::read(&root.certificate).expect("a root")).expect("a store");
    assert_eq!(pki.der(&root.certificate)[0], 0x30);
    stores
}

fn trusted(chain: &CertificateChain, store: &str) -> bool {
    chain.trust.iter().find(|decision| decision.store == store).expect("a decision").trusted
}

#[test]
fn embedded_timestamps_are_verified() {
    let pki = Pki::new();
    let root = pki.authority("Root", Key::EcP256);
    let between = pki.intermediate(&root, "Between", Key::EcP256);
    let (ec, rsa) = (pki.authority("Log EC", Key::EcP256), pki.authority("Log RSA", Key::Rsa2048));
    let other = pki.authority("Log nobody lists", Key::EcP256);
    let leaf = pki.issue(&between, &Leaf::new(&[NAME]));
    let given_by = |log, key| Given { log, key, time: 1_760_000_000_000 };
    let all = [given_by(&ec, Key::EcP256), given_by(&rsa, Key::Rsa2048), given_by(&other, Key::EcP256)];
    let sent =
        vec![transparency::embed(&pki, &between, &leaf.certificate, &all), pki.der(&between.certificate)];
    let mut stores = given(&pki, &root);
    assert_eq!(look(&sent, None, &stores).transparency, None, "no list, no word");
    stores.set_logs(LogList {
        date: "2026-11-01T00:00:00Z".into(),
        logs: vec![log(&pki, &ec, "EC"), log(&pki, &rsa, "RSA")],
    });
    let chain = look(&sent, None, &stores);
    assert!(trusted(&chain, "given"), "{:?}", chain.trust);
    let timestamps = chain.transparency.expect("timestamps").timestamps;
    let signatures: Vec<_> = timestamps.iter().map(|one| one.signature).collect();
    let valid = TimestampSignature::Valid;
    assert_eq!(signatures, [valid, valid, TimestampSignature::UnknownLog]);
    assert_eq!(timestamps[0].time, Some(Time::from_second(1_760_000_000).expect("a time")));
    assert_eq!(timestamps[1].name.as_deref(), Some("RSA"));

    // Timestamps of another certificate.
    let second = pki.issue(&between, &Leaf::new(&[NAME]));
    let theirs = transparency::embed(&pki, &between, &second.certificate, &all[..1]);
    let mut forged = sent[0].clone();
    let id = stores.logs().expect("the list").logs[0].id;
    let at = |bytes: &[u8]| bytes.windows(32).position(|window| window == id).expect("a timestamp");
    // Ten bytes after the id: two of the time are as good as any to change.
    let position = at(&forged) + 38;
    forged[position] ^= 1;
    let wrong = look(&[forged, sent[1].clone()], None, &stores);
    let timestamps = wrong.transparency.expect("timestamps").timestamps;
    // The leaf's own signature is wrong now too, so its issuer is not known to be that.
    assert_ne!(timestamps[0].signature, valid);
    let spki = transparency::public_key(&pki, &between.key);
    let list = stores.logs().expect("the list");
    let mut forged = theirs;
    let position = at(&forged) + 38;
    forged[position] ^= 1;
    let found = pki::ct::transparency(&forged, Some(&spki), &[], list).timestamps;
    assert_eq!(found[0].signature, TimestampSignature::Invalid);
    let unknown = pki::ct::transparency(&sent[0], None, &[], list).timestamps;
    assert_eq!(unknown[0].signature, TimestampSignature::UnknownIssuer);
    let other = transparency::public_key(&pki, &root.key);
    let wrong = pki::ct::transparency(&sent[0], Some(&other), &[], list).timestamps;
    assert_eq!(wrong[0].signature, TimestampSignature::Invalid);
}

#[test]
fn a_leaf_directly_below_a_root_is_verified_with_the_anchors_key() {
    let pki = Pki::new();
    let (root, ec) = (pki.authority("Root", Key::Rsa2048), pki.authority("Log", Key::EcP256));
    let leaf = pki.issue(&root, &Leaf::new(&[NAME]));
    let time = Given { log: &ec, key: Key::EcP256, time: 1_760_000_000_000 };
    let sent = vec![transparency::embed(&pki, &root, &leaf.certificate, &[time])];
    let mut stores = given(&pki, &root);
    stores.set_logs(LogList { date: String::new(), logs: vec![log(&pki, &ec, "EC")] });
    let timestamps = look(&sent, None, &stores).transparency.expect("timestamps").timestamps;
    assert_eq!(timestamps[0].signature, TimestampSignature::Valid);
}

#[test]
fn a_programme_can_demand_early_timestamps() {
    let pki = Pki::new();
    let (root, ec) = (pki.authority("Root", Key::EcP256), pki.authority("Log", Key::EcP256));
    let leaf = pki.issue(&root, &Leaf::new(&[NAME]));
    let time = Given { log: &ec, key: Key::EcP256, time: 1_760_000_000_000 };
    let sent = vec![transparency::embed(&pki, &root, &leaf.certificate, &[time])];
    let der = pki.der(&root.certificate);
    let (_, read) = x509_parser::parse_x509_certificate(&der).expect("a certificate");
    let programme = |date: i64| Programme {
        name: "chrome",
        anchors: vec![der.clone().into()],
        constraints: vec![Constraint {
            subject: read.subject().as_raw().to_vec(),
            sct_not_after: Time::from_second(date).ok(),
        }],
    };
    for (date, wanted) in [(1_760_000_000, true), (1_759_999_999, false)] {
        let mut stores = TrustStores::default();
        stores.add(&programme(date)).expect("a programme");
        assert!(!trusted(&look(&sent, None, &stores), "chrome"), "without a list nothing proves the time");
        stores.set_logs(LogList { date: String::new(), logs: vec![log(&pki, &ec, "EC")] });
        let chain = look(&sent, None, &stores);
        assert_eq!(trusted(&chain, "chrome"), wanted);
        assert!(!trusted(&chain, "mozilla"));
        if !wanted {
            let reasons = &chain.trust[1].rejections;
            assert!(
                reasons[0].detail.contains("2025-10-09") || reasons[0].detail.contains("2025-10"),
                "{reasons:?}"
            );
        }
    }
}

#[test]
fn the_systems_bundle_is_a_store_of_its_own() {
    let pki = Pki::new();
    let root = pki.authority("Root", Key::EcP256);
    let leaf = pki.issue(&root, &Leaf::new(&[NAME]));
    let mut stores = TrustStores::default();
    assert!(stores.add_system(&[CertificateDer::from(b"nothing".to_vec())]).is_err());
    let anchor = CertificateDer::from_pem_file(&root.certificate).expect("a root");
    stores.add_system(&[anchor]).expect("a store");
    let chain = look(&[pki.der(&leaf.certificate)], None, &stores);
    assert!(trusted(&chain, "system") && !trusted(&chain, "mozilla"));
    let host = Host::Name(NAME.into());
    assert!(pki::verify(&[pki.der(&leaf.certificate)], &host, &stores, Time::now()));
    assert!(!pki::verify(&[pki.der(&leaf.certificate)], &host, &TrustStores::default(), Time::now()));
}

#[test]
fn stapled_answers_are_verified() {
    let pki = Pki::new();
    let root = pki.authority("Root", Key::EcP256);
    let between = pki.intermediate(&root, "Between", Key::Rsa2048);
    let stranger = pki.authority("Stranger", Key::EcP256);
    let leaf = pki.issue(&between, &Leaf::new(&[NAME]));
    let second = pki.issue(&between, &Leaf::new(&[NAME]));
    let delegate =
        pki.issue(&between, &Leaf::new(&["ocsp.test"]).extension("extendedKeyUsage = OCSPSigning"));
    let server = pki.issue(&between, &Leaf::new(&["ocsp.test"]));
    let late = Leaf::new(&["ocsp.test"]).valid(-40, -10).extension("extendedKeyUsage = OCSPSigning");
    let late = pki.issue(&between, &late);
    let stores = given(&pki, &root);
    let sent = [pki.der(&leaf.certificate), pki.der(&between.certificate)];
    let staple = |bytes: &[u8]| {
        look(&sent, Some(bytes), &stores).revocation.and_then(|all| all.staple).expect("an answer")
    };
    let by = |about: &std::path::Path, signer: (&std::path::Path, &std::path::Path), said| {
        ocsp::answer(&pki, about, &between.certificate, signer, said)
    };
    let own = (between.certificate.as_path(), between.key.as_path());
    let status = |answer| match answer {
        OcspAnswer::Verified { status, .. } => status,
        other => panic!("{other:?}"),
    };
    assert_eq!(status(staple(&by(&leaf.certificate, own, Said::Good))), OcspStatus::Good);
    let revoked = OcspStatus::Revoked {
        at: "2026-01-01T00:00:00Z".parse().expect("a time"),
        reason: Some("keyCompromise".into()),
    };
    assert_eq!(status(staple(&by(&leaf.certificate, own, Said::Revoked))), revoked);
    assert_eq!(status(staple(&by(&leaf.certificate, own, Said::Unknown))), OcspStatus::Unknown);
    let of = |identity: &midwatch_testbed::pki::Identity, said| {
        by(&leaf.certificate, (&identity.certificate, &identity.key), said)
    };
    assert_eq!(status(staple(&of(&delegate, Said::Good))), OcspStatus::Good);

    let why = |bytes: &[u8]| match staple(bytes) {
        OcspAnswer::Bad { why } => why,
        good => panic!("{good:?}"),
    };
    let foreign = by(&leaf.certificate, (&stranger.certificate, &stranger.key), Said::Good);
    assert!(why(&foreign).contains("did not issue"), "{}", why(&foreign));
    assert!(why(&of(&server, Said::Good)).contains("OCSPSigning"));
    assert!(why(&of(&late, Said::Good)).contains("not valid now"));
    assert!(why(&by(&second.certificate, own, Said::Good)).contains("about this certificate"));
    assert!(why(&[0x30, 3, 0x0a, 1, 3]).contains("tryLater"));
    let mut changed = by(&leaf.certificate, own, Said::Good);
    let middle = changed.windows(7).position(|window| window == b"Between").expect("the responder's name");
    changed[middle] ^= 1;
    assert!(why(&changed).contains("signature"), "{}", why(&changed));
    // No part of an answer, and nothing else, breaks the reader.
    let whole = of(&delegate, Said::Good);
    for end in 0..whole.len() {
        assert!(matches!(staple(&whole[..end]), OcspAnswer::Bad { .. }), "{end}");
    }
    assert!(why(&vec![0x30; 100_000]).contains("bytes"));
}

#[test]
fn extensions_and_keys_are_read() {
    let pki = Pki::new();
    let root = pki.authority("Root", Key::EcP256);
    let leaf = Leaf::new(&[NAME])
        .key(Key::Rsa2048)
        .extension("authorityInfoAccess = OCSP;URI:http://ocsp.test/, caIssuers;URI:http://ca.test/ca.der")
        .extension("crlDistributionPoints = URI:http://ca.test/ca.crl")
        .extension("certificatePolicies = 2.23.140.1.2.1")
        .extension("nameConstraints = permitted;DNS:shop.test, excluded;IP:10.0.0.0/255.0.0.0")
        .extension("1.2.3.4 = critical, DER:0500");
    let leaf = pki.issue(&root, &leaf);
    let chain = look(&[pki.der(&leaf.certificate)], None, &given(&pki, &root));
    let parsed = chain.certificates[0].parsed.as_ref().expect("a certificate");
    let read = parsed.extensions.as_ref().expect("extensions");
    assert_eq!(
        read.key_usage.as_deref(),
        Some(&["digitalSignature".to_owned(), "keyEncipherment".into()][..])
    );
    assert_eq!(read.extended_key_usage.as_deref(), Some(&["serverAuth".to_owned()][..]));
    assert_eq!(read.ocsp_urls, ["http://ocsp.test/"]);
    assert_eq!(read.issuer_urls, ["http://ca.test/ca.der"]);
    assert_eq!(read.crl_urls, ["http://ca.test/ca.crl"]);
    assert_eq!(read.policies, ["2.23.140.1.2.1"]);
    assert_eq!(read.unknown_critical, ["1.2.3.4"]);
    let constraints = read.name_constraints.as_ref().expect("nameConstraints");
    assert_eq!(
        (&constraints.permitted[..], &constraints.excluded[..]),
        (&["shop.test".into()][..], &["10.0.0.0/255.0.0.0".into()][..])
    );
    assert_eq!(parsed.rsa_exponent.as_deref(), Some("010001"));
    assert_eq!(parsed.key_faults, Vec::<KeyFault>::new());
    let reasons = &chain.trust.iter().find(|one| one.store == "given").expect("a decision").rejections;
    assert_eq!(reasons[0].kind, RejectionKind::UnknownCriticalExtension);
}
