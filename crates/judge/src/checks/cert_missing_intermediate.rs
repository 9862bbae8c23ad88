//! An intermediate that was not sent.

use midwatch_model::{
    AttackId::*, CertificateChain, CertificateForm, FetchedIssuer, Rejection, RejectionKind, Severity,
};

use super::support;
use crate::Check;
use crate::check::ON_PATH_OR_DNS;
use crate::fixes::Setting;
use crate::view::trust::rejections;

pub(crate) static CHECK: Check = Check {
    id: "cert-missing-intermediate",
    title: "An intermediate certificate was not sent",
    severity: Severity::Medium,
    says: "{place} does not send the certificate that links its own to a root",
    about: "The server sends its own certificate without the one of its issuer. Browsers that have met that one \
            elsewhere, or fetch it, go on; others, and most programs that are no browsers, refuse.",
    gain: "Visitors for whom the warning is usual meet the same warning for a forged certificate, and click that \
           away too.",
    from: ON_PATH_OR_DNS,
    attacks: &[Impersonation, DnsSpoofing, IpHijacking],
    decided: "No trust store that was asked takes the chain, and the issuer of the last certificate sent is \
              neither sent nor a root. With --fetch-aia that is certain: the missing certificate was fetched from the \
              address that the certificate names, and with it a store takes the chain. Without, it is taken to be so \
              where a certificate alone names such an address. The sibling name (www. added or taken away) counts \
              one step less.",
    benign: &[],
    fix: "Send the whole chain: the server's certificate first, then each issuer up to the root, the root left out \
          (fullchain.pem with certbot).",
    settings: &[Setting::ChainFile],
    source: "RFC 5246 7.4.2; RFC 8446 4.4.2",
    find: |view, found| {
        for chain in &view.chains {
            let severity = support::of_trust(view, &chain.fact.host.to_string(), Severity::Medium);
            let missing = |rejection: &&Rejection| rejection.kind == RejectionKind::MissingIntermediate;
            for rejection in rejections(chain.fact).iter().filter(missing) {
                let what = support::which(chain.fact, rejection.at);
                let draft = found
                    .at(support::place(chain.fact))
                    .severity(severity)
                    .source(&rejection.source)
                    .see(chain.id, format!("{what}: {}", rejection.detail));
                if let Some(fix) = append(chain.fact) {
                    draft.fix(fix);
                }
            }
        }
    },
};

/// What to append to the file that the server sends, where it is known.
fn append(chain: &CertificateChain) -> Option<String> {
    let fetched: Vec<&FetchedIssuer> = chain
        .completed
        .iter()
        .flat_map(|completed| &completed.issuers)
        .filter(|issuer| issuer.certificate.is_seen())
        .collect();
    if !fetched.is_empty() {
        let each = fetched.iter().map(|issuer| {
            let digest = issuer.certificate.value().map_or("", |certificate| certificate.sha256.as_str());
            format!("{} (SHA-256 {digest}), by: {}", issuer.subject, command(&issuer.url, issuer.form))
        });
        return Some(format!(
            "Append to the file that the server sends, in this order: {}. {FILES}",
            each.collect::<Vec<_>>().join("; then ")
        ));
    }
    let (issuer, url) = (chain.shape.missing_issuer.as_ref()?, chain.shape.missing_issuer_url.as_ref()?);
    Some(format!(
        "Append the certificate of {issuer} to the file that the server sends, by: {}. {FILES} --fetch-aia looks \
         whether that is all that is missing.",
        command(url, None)
    ))
}

const FILES: &str = "That file is named by ssl_certificate (nginx), SSLCertificateFile (Apache) or bind … crt \
                     (HAProxy); certbot's fullchain.pem is whole already.";

/// A command that appends a published certificate to `fullchain.pem`.
fn command(url: &str, form: Option<CertificateForm>) -> String {
    let fetch = format!("curl -sf '{}'", url.replace('\'', "%27"));
    match form {
        Some(CertificateForm::Pem) => format!("{fetch} >> fullchain.pem"),
        Some(CertificateForm::Pkcs7) => {
            format!("{fetch} | openssl pkcs7 -inform DER -print_certs >> fullchain.pem")
        }
        Some(CertificateForm::Der) | None => format!("{fetch} | openssl x509 -inform DER >> fullchain.pem"),
    }
}

#[cfg(test)]
mod tests {
    use midwatch_model::{Certificate, Completed, Host, Outcome, TrustDecision};

    use super::*;
    use crate::testing::*;

    fn with(kind: RejectionKind) -> Scene {
        Scene::sound().change_chain(|chain| distrust(chain, kind, "in words"))
    }

    #[test]
    fn the_reason_decides() {
        let found = with(RejectionKind::MissingIntermediate).find(CHECK.id);
        let [finding] = found.as_slice() else { panic!("one finding and not {found:?}") };
        assert_eq!((finding.severity, finding.place.as_str()), (Severity::Medium, "shop.example:443"));
        assert_eq!(finding.source, "RFC 5280 6.1.3");
        assert!(finding.evidence.iter().all(|evidence| evidence.detail.contains("in words")));
        assert!(with(RejectionKind::Expired).find(CHECK.id).is_empty());
        assert!(Scene::sound().find(CHECK.id).is_empty());
    }

    #[test]
    fn one_store_that_trusts_it_is_enough_and_the_sibling_counts_less() {
        let given = with(RejectionKind::MissingIntermediate).change_chain(|chain| {
            chain.trust.push(TrustDecision { store: "given".into(), trusted: true, rejections: vec![] });
        });
        assert!(given.find(CHECK.id).is_empty());
        assert!(Scene::sound().change_chain(|chain| chain.trust.clear()).find(CHECK.id).is_empty());
        let sibling = with(RejectionKind::MissingIntermediate)
            .change_chain(|chain| chain.host = Host::Name("www.shop.example".into()));
        assert_eq!(sibling.severities(CHECK.id), [Severity::Low]);
    }

    #[test]
    fn the_fix_names_what_to_append() {
        let fix = |scene: Scene| scene.find(CHECK.id)[0].fix.summary.clone();
        let named = || {
            with(RejectionKind::MissingIntermediate).change_chain(|chain| {
                chain.shape.missing_issuer = Some("CN=Between".into());
                chain.shape.missing_issuer_url = Some("http://ca.example/it's.crt".into());
            })
        };
        let guessed = fix(named());
        assert!(guessed.contains("CN=Between") && guessed.contains("--fetch-aia"), "{guessed}");
        let fetched = named().change_chain(|chain| {
            let certificate = Certificate { der: String::new(), sha256: "ab12".into(), parsed: None };
            chain.completed = Some(Completed {
                issuers: vec![FetchedIssuer {
                    subject: "CN=Between".into(),
                    url: "http://ca.example/it's.crt".into(),
                    form: Some(CertificateForm::Der),
                    certificate: Outcome::seen(certificate),
                }],
                trust: vec![],
            });
        });
        let known = fix(fetched);
        let command = "curl -sf 'http://ca.example/it%27s.crt' | openssl x509 -inform DER >> fullchain.pem";
        assert!(known.contains("SHA-256 ab12") && known.contains(command), "{known}");
    }
}
