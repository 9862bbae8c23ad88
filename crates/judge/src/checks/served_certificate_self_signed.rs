//! A site whose certificate no authority has signed.

use midwatch_model::{AttackId::*, Severity};

use super::served_support::{Fault, tell};
use crate::Check;
use crate::check::ON_PATH_OR_DNS;
use crate::view::server::{certificates, outward, stands};

pub(crate) static CHECK: Check = Check {
    id: "served-certificate-self-signed",
    title: "Sites show certificates that no authority has signed",
    severity: Severity::Medium,
    says: "{place} shows a certificate that no authority has signed",
    about: "The certificate is its own issuer, as the ones that distributions and panels make when they are installed. Nobody \
            can tell it from one that somebody in the middle has made.",
    gain: "To be taken for the site by everybody who clicks the warning away, as they must.",
    from: ON_PATH_OR_DNS,
    attacks: &[Impersonation, Eavesdropping, DnsSpoofing, IpHijacking],
    decided: "Subject and issuer are the same in the file's first certificate, and the site listens for TLS at an address \
              that is not loopback. Information where the site has no name of its own: a certificate that stands for nobody \
              is what a default site should show.",
    benign: &[
        "Visitors may have been given the certificate to trust, or compare its fingerprint.",
        "Another computer in front of this one may end TLS, and know this certificate.",
    ],
    fix: "Get a certificate of a public authority for the name: certbot -d NAME, or Caddy, which does so by itself.",
    settings: &[],
    source: "RFC 5280 3.2; RFC 9525 6.1",
    find: |view, found| {
        let mut faults = Vec::new();
        for (seen, site) in view.inside.served() {
            if site.automatic || site.rejects || !outward(site).any(|listen| listen.tls) {
                continue;
            }
            for (file, one) in certificates(seen.fact, site).filter(|(_, one)| one.self_issued) {
                let severity = if site.names.is_empty() { Severity::Info } else { Severity::Medium };
                let detail =
                    format!("{} of {} is issued by itself ({})", file.file, one.subject, stands(site));
                faults.push(Fault::of(site, severity, detail));
            }
        }
        tell(view, found, "site", faults);
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::Fact;

    use super::*;
    use crate::testing::*;

    #[test]
    fn a_name_weighs_more_than_none() {
        let of = |names: &[&str], own: bool| {
            let mut scene = Scene::served(&[served_site(names, true)]).served_certificate(60, &["a.example"]);
            for fact in &mut scene.facts {
                if let Fact::ServedSites(sites) = fact
                    && let midwatch_model::Outcome::Seen { value } = &mut sites.certificates[0].certificate
                {
                    value.self_issued = own;
                }
            }
            scene.severities(CHECK.id)
        };
        assert_eq!(of(&["a.example"], true), [Severity::Medium]);
        assert_eq!(of(&[], true), [Severity::Info]);
        assert!(of(&["a.example"], false).is_empty());
    }
}
