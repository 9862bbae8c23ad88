//! Timestamps, OCSP answers and root programmes on certificates that openssl made.

use std::net::SocketAddr;

use midwatch_model::{
    CertificateChain, Host, KeyFault, LogState, OcspAnswer, OcspStatus, RejectionKind, Time,
    TimestampSignature,
};
use midwatch_probe::pki::ct::{CtLog, LogList};
use midwatch_probe::pki::{self, Beside, Constraint, Met, Programme, TrustStores};
use midwatch_testbed::ocsp::{self, Said};
use midwatch_testbed::pki::{Authority, Ca, Key, Leaf, Pki};
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
            assert_eq!(
                reasons[0].detail,
                "this programme trusts its root only for certificates that a log knew by 2025-10-09, and none of \
                 its timestamps proves that"
            );
            assert_eq!((reasons[0].kind, reasons[0].at), (RejectionKind::UnknownRoot, 0));
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
    assert_eq!(
        (reasons[0].kind, reasons[0].at, reasons[0].detail.as_str()),
        (
            RejectionKind::UnknownCriticalExtension,
            0,
            "it has a critical extension that is not understood: 1.2.3.4"
        )
    );
}

/// The reasons of the store `given`: kind, position and words.
fn reasons(chain: &CertificateChain) -> Vec<(RejectionKind, usize, &str)> {
    let given = chain.trust.iter().find(|one| one.store == "given").expect("a decision");
    given.rejections.iter().map(|one| (one.kind, one.at, one.detail.as_str())).collect()
}

/// A chain through an intermediate of this kind, and a root.
fn through(pki: &Pki, between: &Ca<'_>) -> (Authority, Vec<Vec<u8>>) {
    let root = pki.authority("Root", Key::Rsa2048);
    let between = pki.ca(Some(&root), between);
    let leaf = pki.issue(&between, &Leaf::new(&[NAME]));
    let sent = vec![pki.der(&leaf.certificate), pki.der(&between.certificate)];
    (root, sent)
}

const SIGNS: &str = "keyUsage = critical, keyCertSign, cRLSign\nsubjectKeyIdentifier = hash";

#[test]
fn a_reason_names_the_intermediate_that_it_is_about() {
    use RejectionKind as Kind;
    let pki = Pki::new();
    let ca = "basicConstraints = critical, CA:TRUE\n";
    let with = |more: &str| Ca::new("Between").extensions(&format!("{ca}{SIGNS}\n{more}"));
    let cases = [
        (
            Ca::new("Between").extensions(&format!("basicConstraints = critical, CA:FALSE\n{SIGNS}")),
            (Kind::WrongRole, "it is used to issue certificates and is not a CA's (basicConstraints)"),
        ),
        (
            Ca::new("Between").extensions("subjectKeyIdentifier = hash"),
            (Kind::WrongRole, "it is used to issue certificates and is not a CA's (basicConstraints)"),
        ),
        (
            Ca::new("Between").extensions(&format!("{ca}keyUsage = critical, digitalSignature, cRLSign")),
            (
                Kind::WrongRole,
                "it is used to issue certificates, and its key usage does not allow that (keyCertSign)",
            ),
        ),
        (
            with("extendedKeyUsage = emailProtection"),
            (Kind::WrongPurpose, "its extended key usage does not allow TLS servers (serverAuth)"),
        ),
        (
            with("extendedKeyUsage = anyExtendedKeyUsage"),
            (Kind::WrongPurpose, "its extended key usage does not allow TLS servers (serverAuth)"),
        ),
        (
            with("nameConstraints = permitted;DNS:bank.test, permitted;DNS:mail.test"),
            (
                Kind::NameConstraint,
                "it forbids shop.test: it permits names within bank.test, mail.test alone",
            ),
        ),
        (
            with("nameConstraints = excluded;DNS:test"),
            (Kind::NameConstraint, "it forbids shop.test: names within test are excluded"),
        ),
        (
            with("1.2.3.4 = critical, DER:0500"),
            (Kind::UnknownCriticalExtension, "it has a critical extension that is not understood: 1.2.3.4"),
        ),
        (Ca::new("Between").digest("md5"), (Kind::WeakSignature, "it is signed with md5WithRSAEncryption")),
        (Ca::new("Between").digest("sha1"), (Kind::WeakSignature, "it is signed with sha1WithRSAEncryption")),
        (Ca::new("Between").key(Key::Rsa1024), (Kind::WeakKey, "its key is RSA with 1024 bits")),
    ];
    for (between, (kind, detail)) in cases {
        let (root, sent) = through(&pki, &between);
        let chain = look(&sent, None, &given(&pki, &root));
        assert!(chain.shape.in_order && chain.shape.extra.is_empty(), "{detail}: {:?}", chain.shape);
        assert_eq!(reasons(&chain), [(kind, 1, detail)], "{between:?}");
    }
    let late = Ca::new("Between").valid(-40, -10);
    let (root, sent) = through(&pki, &late);
    let chain = look(&sent, None, &given(&pki, &root));
    let [(Kind::Expired, 1, detail)] = reasons(&chain)[..] else { panic!("{:?}", reasons(&chain)) };
    assert!(detail.starts_with("its validity ended on 20"), "{detail}");
    let (root, sent) = through(&pki, &with("nameConstraints = permitted;DNS:shop.test"));
    assert!(trusted(&look(&sent, None, &given(&pki, &root)), "given"), "a constraint that is kept");
}

#[test]
fn a_cross_certificate_above_an_anchor_decides_nothing() {
    let pki = Pki::new();
    let (root, retired) = (pki.authority("Root", Key::Rsa2048), pki.authority("Retired", Key::Rsa2048));
    let cross = pki.ca(Some(&retired), &Ca::new("Root").key_of(&root).digest("sha1").valid(-400, -30));
    let between = pki.intermediate(&root, "Between", Key::EcP256);
    let expired = pki.issue(&between, &Leaf::new(&[NAME]).valid(-90, -1));
    let sound = pki.issue(&between, &Leaf::new(&[NAME]));
    let rest = [pki.der(&between.certificate), pki.der(&cross.certificate)];
    let stores = given(&pki, &root);
    let chain = look(&[&[pki.der(&sound.certificate)], &rest[..]].concat(), None, &stores);
    assert!(trusted(&chain, "given"), "{:?}", chain.trust);
    assert_eq!(chain.shape.anchor_sent, Some(2));
    let chain = look(&[&[pki.der(&expired.certificate)], &rest[..]].concat(), None, &stores);
    let kinds: Vec<_> = reasons(&chain).iter().map(|(kind, at, _)| (*kind, *at)).collect();
    assert_eq!(kinds, [(RejectionKind::Expired, 0)]);
    // Where the root is not in the store, what is wrong with the cross-certificate is told.
    let chain = look(&[&[pki.der(&expired.certificate)], &rest[..]].concat(), None, &given(&pki, &retired));
    assert_eq!(chain.shape.anchor_sent, None);
    let kinds: Vec<_> = reasons(&chain).iter().map(|(kind, at, _)| (*kind, *at)).collect();
    use RejectionKind as Kind;
    assert_eq!(kinds, [(Kind::Expired, 0), (Kind::Expired, 2), (Kind::WeakSignature, 2)]);
}

#[test]
fn paths_that_are_too_long_name_the_certificate_that_says_so() {
    let pki = Pki::new();
    let root = pki.authority("Root", Key::EcP256);
    let upper = "basicConstraints = critical, CA:TRUE, pathlen:0\nsubjectKeyIdentifier = hash";
    let upper = pki.ca(Some(&root), &Ca::new("Upper").extensions(upper));
    let lower = pki.intermediate(&upper, "Lower", Key::EcP256);
    let leaf = pki.issue(&lower, &Leaf::new(&[NAME]));
    // In another order than the path's: positions are those of what was sent.
    let sent = [pki.der(&leaf.certificate), pki.der(&upper.certificate), pki.der(&lower.certificate)];
    let chain = look(&sent, None, &given(&pki, &root));
    let detail = "it allows 0 intermediates below it (pathLenConstraint), and there are 1";
    assert_eq!(reasons(&chain), [(RejectionKind::WrongRole, 1, detail)]);
    assert!(!chain.shape.in_order);
}

/// The position of the version's number and of the serial number's first octet.
fn version_and_serial(der: &[u8]) -> (usize, usize) {
    let version = der.windows(5).position(|bytes| bytes == [0xa0, 3, 2, 1, 2]).expect("a version") + 4;
    assert_eq!(der[version + 1], 2, "an INTEGER");
    (version, version + 3)
}

#[test]
fn what_is_written_wrongly_is_told_of_the_certificate_that_is() {
    use RejectionKind as Kind;
    let pki = Pki::new();
    let (root, sent) = through(&pki, &Ca::new("Between"));
    let stores = given(&pki, &root);
    assert!(trusted(&look(&sent, None, &stores), "given"));
    for at in [0, 1] {
        let mut first = sent.clone();
        let (version, _) = version_and_serial(&first[at]);
        first[at][version] = 0;
        let chain = look(&first, None, &stores);
        assert_eq!(reasons(&chain)[0], (Kind::Malformed, at, "it is not of version 3"), "{:?}", chain.trust);

        let mut longer = sent.clone();
        longer[at].push(0);
        let chain = look(&longer, None, &stores);
        let (kind, place, detail) = reasons(&chain)[0];
        assert_eq!((kind, place), (Kind::Malformed, at), "{detail}");
        assert!(detail.starts_with("it is not encoded as it must be (TrailingData"), "{detail}");

        let mut other = sent.clone();
        // The last octet of the algorithm's name within what is signed: sha384 in place of sha256.
        let name = [0x2a, 0x86, 0x48];
        let found = other[at].windows(3).position(|bytes| bytes == name).expect("an algorithm");
        let last = found + usize::from(other[at][found - 1]) - 1;
        other[at][last] += 1;
        let chain = look(&other, None, &stores);
        let reason = (Kind::Malformed, at, "it names two signature algorithms");
        assert_eq!(reasons(&chain)[0], reason, "{:?}", chain.trust);

        let mut forged = sent.clone();
        let last = forged[at].len() - 1;
        forged[at][last] ^= 1;
        let chain = look(&forged, None, &stores);
        let reason = (Kind::BadSignature, at, "the signature of its issuer does not verify");
        assert!(reasons(&chain).contains(&reason), "{at}: {:?}", reasons(&chain));
    }
}

#[test]
fn a_root_with_a_small_key_is_named() {
    let pki = Pki::new();
    let root = pki.authority("Root", Key::Rsa1024);
    let leaf = pki.issue(&root, &Leaf::new(&[NAME]));
    let chain = look(&[pki.der(&leaf.certificate)], None, &given(&pki, &root));
    let detail = "the root that signed it has an RSA key with 1024 bits";
    assert_eq!(reasons(&chain), [(RejectionKind::WeakKey, 0, detail)]);
}

#[test]
fn self_issued_certificates_are_no_wrong_signatures() {
    let pki = Pki::new();
    let root = pki.authority("Root", Key::EcP256);
    let limited = "basicConstraints = critical, CA:TRUE, pathlen:0\nsubjectKeyIdentifier = hash";
    let old = pki.ca(Some(&root), &Ca::new("Between").extensions(limited));
    // A new key of the same authority, vouched for by the old one (RFC 5280 section 3.2).
    let renewed = pki.ca(Some(&old), &Ca::new("Between"));
    let leaf = pki.issue(&renewed, &Leaf::new(&[NAME]));
    let sent = [pki.der(&leaf.certificate), pki.der(&renewed.certificate), pki.der(&old.certificate)];
    let chain = look(&sent, None, &given(&pki, &root));
    let [(kind, at, detail)] = reasons(&chain)[..] else { panic!("{:?}", reasons(&chain)) };
    assert_ne!(kind, RejectionKind::BadSignature);
    assert_eq!(at, 1, "{detail}");
    assert!(detail.starts_with("it bears the name of its own issuer (self-issued)"), "{detail}");
}

#[test]
fn very_many_names_and_constraints_are_bounded_work() {
    use RejectionKind as Kind;
    let pki = Pki::new();
    let root = pki.authority("Root", Key::EcP256);
    let stores = given(&pki, &root);
    let names: Vec<String> = (0..10_000).map(|number| format!("{number}.shop.test")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let many = pki.issue(&root, &Leaf::new(&names));
    let chain = look(&[pki.der(&many.certificate)], None, &stores);
    let parsed = chain.certificates[0].parsed.as_ref().expect("a certificate");
    assert_eq!(parsed.names.len(), 1000);
    let [first, ..] = reasons(&chain)[..] else { panic!("no reason") };
    assert_eq!((first.0, first.1), (Kind::Other, 0), "{first:?}");
    assert!(first.2.ends_with("more than a certificate is read with"), "{first:?}");

    // As many as webpki reads, below an issuer with as many constraints.
    let forbids: Vec<String> = (0..2500).map(|number| format!("excluded;DNS:{number}.bank.test")).collect();
    let constraints = format!("nameConstraints = {}", forbids.join(", "));
    let lines = format!("basicConstraints = critical, CA:TRUE\n{SIGNS}\n{constraints}");
    let between = pki.ca(Some(&root), &Ca::new("Between").extensions(&lines));
    let leaf = pki.issue(&between, &Leaf::new(&[&[NAME], &names[..2500]].concat()));
    let sent = [pki.der(&leaf.certificate), pki.der(&between.certificate)];
    assert!(sent.iter().all(|der| der.len() < 65_535));
    let chain = look(&sent, None, &stores);
    let [(Kind::Other, 0, detail)] = reasons(&chain)[..] else { panic!("{:?}", reasons(&chain)) };
    assert!(detail.starts_with("looking for a path to a root takes more work"), "{detail}");

    // 10,000 constraints make a certificate that webpki does not read; that is said of the issuer.
    let forbids: Vec<String> = (0..10_000).map(|number| format!("excluded;DNS:{number}.bank.test")).collect();
    let lines =
        format!("basicConstraints = critical, CA:TRUE\n{SIGNS}\nnameConstraints = {}", forbids.join(", "));
    let between = pki.ca(Some(&root), &Ca::new("Between").extensions(&lines));
    let leaf = pki.issue(&between, &Leaf::new(&[NAME]));
    let sent = [pki.der(&leaf.certificate), pki.der(&between.certificate)];
    let chain = look(&sent, None, &stores);
    let (kind, at, detail) = reasons(&chain)[0];
    assert_eq!((kind, at), (Kind::Other, 1), "{detail}");
}

#[test]
fn a_hundred_certificates_that_lead_nowhere_are_bounded_work() {
    let pki = Pki::new();
    let (a, other) = (pki.authority("A", Key::EcP256), pki.authority("A", Key::EcP256));
    let leaf = pki.issue(&a, &Leaf::new(&[NAME]));
    let mut sent = vec![pki.der(&leaf.certificate)];
    sent.extend(std::iter::repeat_n(pki.der(&other.certificate), 120));
    let chain = look(&sent, None, &given(&pki, &pki.authority("Root", Key::EcP256)));
    assert!(chain.shape.gave_up);
    assert_eq!((chain.shape.extra.len(), chain.shape.missing_issuer.as_deref()), (0, None));
    assert!(!trusted(&chain, "given"));

    // Cross-certificates of two authorities, over and over.
    let b = pki.authority("B", Key::EcP256);
    let pair = [
        pki.der(&pki.ca(Some(&b), &Ca::new("A").key_of(&a)).certificate),
        pki.der(&pki.ca(Some(&a), &Ca::new("B").key_of(&b)).certificate),
    ];
    let mut sent = vec![pki.der(&leaf.certificate)];
    sent.extend(pair.iter().cycle().take(99).cloned());
    let chain = look(&sent, None, &given(&pki, &pki.authority("Root", Key::EcP256)));
    assert!(!chain.shape.gave_up && !trusted(&chain, "given"));
    assert!(!reasons(&chain).is_empty());
}

#[test]
fn names_of_other_kinds_are_told_apart() {
    use midwatch_model::OddNameKind as Kind;
    let pki = Pki::new();
    let root = pki.authority("Root", Key::EcP256);
    let names = [NAME, "192.0.2.7, email:a@shop.test, URI:https://shop.test/, IP:192.0.2.8, RID:1.2.3.4"];
    let leaf = pki.issue(&root, &Leaf::new(&names));
    let chain = look(&[pki.der(&leaf.certificate)], None, &given(&pki, &root));
    let parsed = chain.certificates[0].parsed.as_ref().expect("a certificate");
    assert_eq!(parsed.names, [NAME, "192.0.2.7", "192.0.2.8"]);
    let odd: Vec<_> = parsed.odd_names.iter().map(|odd| (odd.kind, odd.value.as_str())).collect();
    assert_eq!(
        odd,
        [
            (Kind::AddressAsName, "192.0.2.7"),
            (Kind::Email, "a@shop.test"),
            (Kind::Uri, "https://shop.test/"),
            (Kind::Other, "registeredID 1.2.3.4"),
        ]
    );
}
