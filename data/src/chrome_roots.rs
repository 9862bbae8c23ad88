//! The certificates that Chrome trusts for TLS servers (the Chrome Root Store), with what it demands of some.

use std::sync::LazyLock;

use jiff::Timestamp;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;

use crate::Source;

/// The certificates as the refresh command wrote them, each after a line that holds its constraints.
const FILE: &str = include_str!("../chrome-roots.pem");

static ROOTS: LazyLock<Roots> = LazyLock::new(|| Roots::read(FILE));

/// A root store.
#[derive(Debug)]
pub struct Roots {
    /// Where it is from.
    pub source: Source,
    /// The roots.
    pub roots: Vec<Root>,
}

/// A root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Root {
    /// The certificate.
    pub certificate: CertificateDer<'static>,
    /// One of these has to be met where there are any.
    pub constraints: Vec<Constraint>,
}

/// What a chain to a root has to fulfil, all of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Constraint {
    /// A timestamp that counts is not later than this: certificates that were issued afterwards are not trusted.
    pub sct_not_after: Option<Timestamp>,
    /// Every timestamp that counts is later than this.
    pub sct_all_after: Option<Timestamp>,
    /// The certificate's validity does not begin later than this.
    pub not_before_until: Option<Timestamp>,
    /// The certificate's validity begins later than this.
    pub not_before_after: Option<Timestamp>,
    /// Every name of the certificate is one of these or below one.
    pub dns_names: Vec<String>,
}

/// The bundled store.
pub fn roots() -> &'static Roots {
    &ROOTS
}

impl Roots {
    /// Reads the bundled file, whose soundness a test shows.
    fn read(text: &str) -> Roots {
        let said = |name: &str| {
            let lines = text.lines().take_while(|line| line.starts_with('#'));
            let found = lines.filter_map(|line| line.strip_prefix("# ")?.strip_prefix(name)).next();
            found.map_or_else(|| "unknown".into(), |value| value.trim().to_owned().into())
        };
        let source = Source { origin: said("origin:"), date: said("date:"), licence: said("licence:") };
        let mut roots = Vec::new();
        let mut constraints = Vec::new();
        let mut pem = String::new();
        for line in text.lines() {
            if let Some(constraint) = line.strip_prefix("constraint:") {
                constraints.push(Constraint::read(constraint));
            } else if line.starts_with("-----BEGIN") || !pem.is_empty() {
                pem.push_str(line);
                pem.push('\n');
            }
            if line.starts_with("-----END") {
                if let Ok(certificate) = CertificateDer::from_pem_slice(pem.as_bytes()) {
                    roots.push(Root { certificate, constraints: std::mem::take(&mut constraints) });
                }
                pem.clear();
            }
        }
        Roots { source, roots }
    }
}

impl Constraint {
    fn read(text: &str) -> Constraint {
        let mut constraint = Constraint::default();
        for word in text.split_whitespace() {
            let moment = |value: &str| value.parse().ok().and_then(|at| Timestamp::from_second(at).ok());
            match word.split_once('=') {
                Some(("sct-not-after", value)) => constraint.sct_not_after = moment(value),
                Some(("sct-all-after", value)) => constraint.sct_all_after = moment(value),
                Some(("name", value)) => constraint.dns_names.push(value.to_owned()),
                Some(("not-before-until", value)) => constraint.not_before_until = moment(value),
                Some(("not-before-after", value)) => constraint.not_before_after = moment(value),
                _ => {}
            }
        }
        constraint
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_whole() {
        let roots = roots();
        assert_eq!(roots.roots.len(), FILE.matches("-----BEGIN CERTIFICATE-----").count());
        assert!(roots.roots.len() > 50);
        assert!(roots.source.date.parse::<jiff::civil::Date>().is_ok(), "{:?}", roots.source);
        let constraints: Vec<&Constraint> = roots.roots.iter().flat_map(|root| &root.constraints).collect();
        assert_eq!(constraints.len(), FILE.matches("\nconstraint:").count());
        // A constraint of which nothing is understood would let everything pass.
        assert!(constraints.iter().all(|constraint| **constraint != Constraint::default()));
    }

    #[test]
    fn constraints_are_read() {
        let read = Constraint::read(" sct-not-after=1731369599 name=gov.tr");
        assert_eq!(read.sct_not_after.map(Timestamp::as_second), Some(1_731_369_599));
        assert_eq!(read.dns_names, ["gov.tr"]);
    }
}
