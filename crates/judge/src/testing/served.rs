//! The sites of a server, changed one thing at a time.

use std::net::Ipv4Addr;

use jiff::ToSpan as _;
use midwatch_model::*;

use super::{About, NOW, Scene, time};

/// A site of nginx with these names, at port 443 with TLS or at port 80 with content.
pub fn served_site(names: &[&str], tls: bool) -> ServedSite {
    let port = if tls { 443 } else { 80 };
    ServedSite {
        software: SiteSoftware::Nginx,
        names: names.iter().map(|name| (*name).to_owned()).collect(),
        listens: vec![SiteListen { address: Ipv4Addr::UNSPECIFIED.into(), port, tls, default: false }],
        certificates: if tls { vec![0] } else { vec![] },
        rejects: false,
        automatic: false,
        stream: false,
        plain: if tls { PlainSays::None } else { PlainSays::Serves },
        user_directories: None,
        tls_settings: tls.then(|| "00".to_owned()),
        account: None,
        file: "/etc/nginx/sites-enabled/default".into(),
        line: 1,
    }
}

impl Scene {
    /// A server with these sites, whose certificates were not read.
    pub fn served(sites: &[ServedSite]) -> Scene {
        let program = SiteProgram {
            software: SiteSoftware::Nginx,
            file: "/etc/nginx/nginx.conf".into(),
            files: 2,
            strict_sni: None,
        };
        Scene { about: About::Server, ..Scene::empty() }.fact(Fact::ServedSites(Box::new(ServedSites {
            programs: vec![program],
            sites: sites.to_vec(),
            ..ServedSites::default()
        })))
    }

    /// The certificate of its sites: days that are left, and names.
    pub fn served_certificate(mut self, days: i64, names: &[&str]) -> Scene {
        let now = time(NOW);
        let at = |days: i64| now.checked_add((days * 24).hours()).expect("a time");
        let certificate = FileCertificate {
            subject: "CN=a.example".into(),
            issuer: "CN=Test".into(),
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            more: 0,
            not_before: at(days - 90),
            not_after: at(days),
            key: "EC P-256".into(),
            sha256: "00".into(),
            self_issued: false,
            count: 2,
        };
        for fact in &mut self.facts {
            if let Fact::ServedSites(sites) = fact {
                sites.certificates.push(CertificateFile {
                    file: "/etc/ssl/a.pem".into(),
                    certificate: Outcome::seen(certificate.clone()),
                    renewed_by: None,
                });
            }
        }
        self
    }
}
