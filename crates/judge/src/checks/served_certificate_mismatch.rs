//! A site whose certificate does not name it.

use midwatch_model::{AttackId::*, Severity};

use super::served_support::{Fault, is_named, is_public, tell};
use crate::Check;
use crate::check::ON_PATH_OR_DNS;
use crate::view::server::{certificates, outward, stands};
use crate::words;

pub(crate) static CHECK: Check = Check {
    id: "served-certificate-mismatch",
    title: "Certificates of sites do not name them",
    severity: Severity::Medium,
    says: "the certificate of {place} names somebody else",
    about: "The certificate that a site is told to show does not hold one of its names. Visitors of that name meet a warning \
            each time, and whoever shows a certificate of their own brings the same one.",
    gain: "Visitors who have learned to click the warning away.",
    from: ON_PATH_OR_DNS,
    attacks: &[Impersonation, DnsSpoofing, IpHijacking],
    decided: "By the files that the site names: none of their certificates has the name among its subjectAltNames, a star \
              standing for one label (RFC 9525 6.3). Patterns count where the same pattern is not there; regular \
              expressions, names without a dot and places on loopback do not count. A certificate that was not read, or has \
              more names than are kept, is none.",
    benign: &[
        "Nobody may use that name any more, or it may lead nowhere.",
        "Another computer in front of this one may end TLS, and not verify it here.",
    ],
    fix: "Have the certificate issued for every name of the site (certbot --expand -d NAME -d OTHER), or take the name out \
          of the site.",
    settings: &[],
    source: "RFC 9525 6.3; RFC 6125",
    find: |view, found| {
        let mut faults = Vec::new();
        for (seen, site) in view.inside.served() {
            // A certificate that the program gets itself may be meant beside those in files.
            if !site.speaks_tls() || site.automatic || site.rejects || !outward(site).any(|listen| listen.tls)
            {
                continue;
            }
            let read: Vec<_> = certificates(seen.fact, site).collect();
            if read.len() < site.certificates.len() || read.is_empty() {
                continue;
            }
            let missing: Vec<&str> = site
                .names
                .iter()
                .map(String::as_str)
                .filter(|name| !name.starts_with('~') && !name.ends_with(".*") && is_public(name))
                .filter(|name| !is_named(&read, name))
                .collect();
            let Some(first) = missing.first() else { continue };
            let names: Vec<&str> = read.iter().flat_map(|(_, one)| &one.names).map(String::as_str).collect();
            let files: Vec<&str> = read.iter().map(|(file, _)| file.file.as_str()).collect();
            let detail = format!(
                "{} ({}) is not in {}, which names {}",
                words::some(&missing, 3),
                stands(site),
                words::and(&files),
                if names.is_empty() { "nobody".into() } else { words::some(&names, 3) }
            );
            let fault = Fault::of(site, Severity::Medium, detail);
            faults.push(Fault { place: (*first).to_owned(), ..fault });
        }
        tell(view, found, "site", faults);
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    fn of(names: &[&str], certificate: &[&str]) -> Vec<Severity> {
        Scene::served(&[served_site(names, true)]).served_certificate(60, certificate).severities(CHECK.id)
    }

    #[test]
    fn every_name_has_to_be_in_the_certificate() {
        assert_eq!(of(&["a.example", "b.example"], &["a.example"]), [Severity::Medium]);
        assert_eq!(of(&["*.a.example"], &["www.a.example"]), [Severity::Medium]);
        assert!(of(&["a.example", "www.a.example"], &["a.example", "*.a.example"]).is_empty());
        assert!(of(&["*.a.example"], &["*.a.example"]).is_empty());
    }

    #[test]
    fn what_cannot_be_compared_is_none() {
        assert!(of(&["~^www[0-9]\\.a\\.example$", "localhost"], &["b.example"]).is_empty());
        assert!(Scene::served(&[served_site(&["a.example"], true)]).find(CHECK.id).is_empty(), "not read");
    }
}
