//! A file of certificates, as a site names it. Private keys are not read: that a key belongs to its certificate is what
//! the program itself demands before it starts, and nobody else should hold one.

use midwatch_model::{CertificateFile, FileCertificate, Outcome, Reason, ReasonKind, Time, lossless};
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::prelude::{FromDer as _, X509Certificate};
use x509_parser::time::ASN1Time;

use crate::System;
use crate::trust::certificate::{key, of_file, sha256};

/// Names that are kept.
const MAX_NAMES: usize = 100;

/// Characters of a name that are kept.
const MAX_NAME: usize = 300;

/// Reads a file's first certificate.
pub(super) fn read(system: &System, path: &str) -> CertificateFile {
    let place = system.at(path);
    let certificate = match system.read(&place) {
        // The same reason for every file of a directory that may not be entered, so that it is told once.
        Err(why) => {
            let detail = why.detail.strip_prefix(&place.shown).unwrap_or(&why.detail).trim_start();
            Reason::new(why.kind, format!("the file {detail}")).into()
        }
        Ok(None) => failed("the file is not there"),
        Ok(Some(bytes)) => match first(&bytes) {
            Some(certificate) => Outcome::seen(certificate),
            None => failed("the file holds no certificate that can be read"),
        },
    };
    CertificateFile { file: place.shown, certificate, renewed_by: None }
}

fn failed(why: &str) -> Outcome<FileCertificate> {
    Reason::new(ReasonKind::Other, why).into()
}

fn first(bytes: &[u8]) -> Option<FileCertificate> {
    let all = of_file(bytes);
    let der = all.first()?;
    let (_, certificate) = X509Certificate::from_der(der).ok()?;
    let mut names = Vec::new();
    let mut more = 0;
    for extension in certificate.extensions() {
        let ParsedExtension::SubjectAlternativeName(all) = extension.parsed_extension() else { continue };
        let all: Vec<String> = all.general_names.iter().filter_map(name).collect();
        more = u32::try_from(all.len().saturating_sub(MAX_NAMES)).unwrap_or(u32::MAX);
        names = all.into_iter().take(MAX_NAMES).collect();
    }
    Some(FileCertificate {
        subject: clean(&certificate.subject().to_string()),
        issuer: clean(&certificate.issuer().to_string()),
        names,
        more,
        key: key(&certificate),
        not_before: time(&certificate.validity().not_before)?,
        not_after: time(&certificate.validity().not_after)?,
        sha256: sha256(der),
        self_issued: certificate.subject().as_raw() == certificate.issuer().as_raw(),
        count: u32::try_from(all.len()).unwrap_or(u32::MAX),
    })
}

fn name(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some(clean(name).to_ascii_lowercase()),
        GeneralName::IPAddress(bytes) => match bytes.len() {
            4 => <[u8; 4]>::try_from(*bytes).ok().map(|bytes| std::net::Ipv4Addr::from(bytes).to_string()),
            16 => <[u8; 16]>::try_from(*bytes).ok().map(|bytes| std::net::Ipv6Addr::from(bytes).to_string()),
            _ => None,
        },
        _ => None,
    }
}

fn time(time: &ASN1Time) -> Option<Time> {
    Time::from_second(time.timestamp()).ok()
}

fn clean(text: &str) -> String {
    lossless(text.as_bytes()).chars().take(MAX_NAME).collect()
}
