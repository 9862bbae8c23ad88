//! `--fetch-aia` and `--revocation`, as a user runs them: what is missing is named with the command that appends it,
//! and that command mends the server.

mod common;

use std::path::{Path, PathBuf};
use std::process::Command;

use common::{Audit, NAME, finding, ids, midwatch, stdout};
use midwatch_model::{AttackId, Fact, OcspAnswer, OcspStatus, Severity, TargetReport};
use midwatch_testbed::nginx::Nginx;
use midwatch_testbed::ocsp::Said;
use midwatch_testbed::pki::{Authority, Identity, Key, Leaf, Pki};
use midwatch_testbed::{Server, crl, free_port, ocsp};

/// What the authority of these tests publishes.
fn published(pki: &Pki, root: &Authority, between: &Authority, revoked: &[&Path]) -> Server {
    Nginx::new()
        .file("between.crt", pki.der(&between.certificate))
        .file("between.crl", crl::list(pki, between, revoked, 7, ""))
        .file("root.crl", crl::list(pki, root, &[], 7, ""))
        .plain(free_port(), "ca.test", "")
        .start()
}

fn leaf() -> Leaf {
    Leaf::new(&[NAME, "www.shop.test"])
        .extension("authorityInfoAccess = caIssuers;URI:http://ca.test/between.crt,OCSP;URI:http://ocsp.test")
        .extension("crlDistributionPoints = URI:http://ca.test/between.crl")
}

/// A shop with this file of certificates.
fn shop(identity: &Identity, chain: PathBuf) -> (Server, u16, u16) {
    let (https, http) = (free_port(), free_port());
    let identity = Identity { chain, ..identity.clone() };
    let names = "shop.test www.shop.test";
    let server = Nginx::new()
        .tls(https, names, &identity, "")
        .plain(http, names, "return 301 https://shop.test$request_uri;")
        .start();
    (server, https, http)
}

fn audit(
    shop: &(Server, u16, u16),
    root: &Authority,
    authority: &Server,
    responder: Option<&Server>,
) -> Audit {
    let audit = Audit::site(&["https://shop.test"])
        .at(NAME, shop.1, shop.2)
        .trust(&root.certificate)
        .with(&["--resolve", &format!("ca.test:80:127.0.0.1:{}", authority.port())]);
    match responder {
        Some(one) => audit.with(&["--resolve", &format!("ocsp.test:80:127.0.0.1:{}", one.port())]),
        None => audit,
    }
}

#[test]
fn the_command_of_the_fix_mends_the_chain() {
    let pki = Pki::new();
    let root = pki.authority("Root", Key::EcP256);
    let between = pki.intermediate(&root, "Between", Key::EcP256);
    let identity = pki.issue(&between, &leaf());
    let authority = published(&pki, &root, &between, &[]);
    let bare = shop(&identity, identity.certificate.clone());
    let unasked = audit(&bare, &root, &authority, None).target();
    assert!(finding(&unasked, "cert-missing-intermediate").fix.summary.contains("--fetch-aia"));
    assert!(authority.access_log().is_empty(), "{}", authority.access_log());

    let asked = audit(&bare, &root, &authority, None).with(&["--fetch-aia"]).target();
    let found = finding(&asked, "cert-missing-intermediate");
    let leads = "leads to a root of this store";
    assert!(found.evidence.iter().all(|evidence| evidence.detail.contains(leads)), "{:?}", found.evidence);
    let command = found.fix.summary.split("by: ").nth(1).and_then(|rest| rest.split(". That file").next());
    let command = command
        .expect("a command")
        .replace("curl -sf", &format!("curl -sf --resolve ca.test:{0}:127.0.0.1", authority.port()));
    let command = command.replace("ca.test/", &format!("ca.test:{}/", authority.port()));

    // As its owner would: the command, in the directory where the server's file lies.
    let directory = pki.path().join("served");
    std::fs::create_dir(&directory).expect("a directory");
    let file = directory.join("fullchain.pem");
    std::fs::copy(&identity.certificate, &file).expect("a copy");
    let status = Command::new("sh").args(["-c", &command]).current_dir(&directory).status();
    assert!(status.expect("sh").success(), "{command}");
    let whole = shop(&identity, file);
    let mended = audit(&whole, &root, &authority, None).with(&["--fetch-aia"]).target();
    assert!(!ids(&mended).contains_key("cert-missing-intermediate"), "{:?}", ids(&mended));
}

#[test]
fn a_revoked_certificate_is_told_by_responder_and_list() {
    let pki = Pki::new();
    let root = pki.authority("Root", Key::EcP256);
    let between = pki.intermediate_with(
        &root,
        "Between",
        Key::EcP256,
        "crlDistributionPoints = URI:http://ca.test/root.crl",
    );
    let identity = pki.issue(&between, &leaf());
    let authority = published(&pki, &root, &between, &[&identity.certificate]);
    let responder = ocsp::responder(&pki, &between, &[(&identity.certificate, Said::Revoked)]);
    let shop = shop(&identity, identity.chain.clone());
    let plain = audit(&shop, &root, &authority, Some(&responder));
    assert!(!ids(&plain.target()).contains_key("cert-revoked"), "nobody was asked");

    let asking = plain.with(&["--revocation"]);
    let target = asking.target();
    let found = finding(&target, "cert-revoked");
    assert_eq!(found.severity, Severity::Critical);
    let details: Vec<_> = found.evidence.iter().map(|evidence| evidence.detail.as_str()).collect();
    for says in ["the responder at http://ocsp.test", "the list at http://ca.test/between.crl"] {
        assert!(details.iter().any(|detail| detail.ends_with(says)), "{details:?}");
    }
    // The intermediate's list says that it is good, and nothing else is found.
    assert!(of_intermediate(&target).iter().all(|status| *status == OcspStatus::Good));
    assert!(!of_intermediate(&target).is_empty());
    let text = stdout(&midwatch(&asking.arguments("terminal")));
    assert!(text.contains("revoked since 2026-01-01T00:00:00Z (keyCompromise)"), "{text}");
}

/// What nginx staples from a file, and what a certificate that demands a staple gets without one.
#[test]
fn a_staple_is_read_and_a_promise_held_against_it() {
    let pki = Pki::new();
    let root = pki.authority("Root", Key::EcP256);
    let between = pki.intermediate(&root, "Between", Key::EcP256);
    let promise = Leaf::new(&[NAME, "www.shop.test"]).extension("tlsfeature = status_request");
    let identity = pki.issue(&between, &promise);
    let signer = (between.certificate.as_path(), between.key.as_path());
    let look = |said: Option<Said>| {
        let lines = said.map(|said| {
            let answer = ocsp::answer(&pki, &identity.certificate, &between.certificate, signer, said);
            let file = pki.path().join(format!("{said:?}.der"));
            std::fs::write(&file, answer).expect("room for a file");
            format!("ssl_stapling on;\nssl_stapling_file {};", file.display())
        });
        let (https, http) = (free_port(), free_port());
        let names = "shop.test www.shop.test";
        let _server = Nginx::new()
            .tls(https, names, &identity, &lines.unwrap_or_default())
            .plain(http, names, "return 301 https://shop.test$request_uri;")
            .start();
        Audit::site(&["https://shop.test"]).at(NAME, https, http).trust(&root.certificate).target()
    };
    let good = look(Some(Said::Good));
    for id in ["cert-revoked", "cert-must-staple", "ocsp-staple-bad", "ocsp-staple-expired"] {
        assert!(!ids(&good).contains_key(id), "{id}");
    }
    let impersonation = good.attacks.iter().find(|attack| attack.id == AttackId::Impersonation);
    let chain = &impersonation.expect("a verdict").because;
    let reason = "the stapled answer says that the certificate is not revoked";
    assert!(chain.iter().any(|link| link.text.starts_with(reason)), "{chain:?}");
    assert!(ids(&look(Some(Said::Revoked))).contains_key("cert-revoked"));
    assert!(ids(&look(Some(Said::Unknown))).contains_key("cert-unknown-to-authority"));
    assert!(ids(&look(None)).contains_key("cert-must-staple"));
}

/// What was said of the certificate above the server's own.
fn of_intermediate(target: &TargetReport) -> Vec<OcspStatus> {
    let chains = target.observations.iter().filter_map(|observation| match &observation.fact {
        Fact::CertificateChain(chain) => chain.revocation.as_ref(),
        _ => None,
    });
    let asked = chains.flat_map(|all| &all.asked).filter(|asked| asked.at == 1);
    asked
        .filter_map(|asked| match asked.says.value() {
            Some(OcspAnswer::Verified { status, .. }) => Some(status.clone()),
            _ => None,
        })
        .collect()
}
