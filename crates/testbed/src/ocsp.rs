//! OCSP answers, made by `openssl ocsp`.

use std::path::Path;
use std::process::Command;

use crate::pki::{Pki, run, write};

/// What an answer says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// Not revoked.
    Good,
    /// Revoked, on 2026-01-01.
    Revoked,
    /// The responder does not know the certificate.
    Unknown,
}

/// The answer (DER) about `certificate` below `issuer`, signed by `signer` with `key`, all in PEM. It holds for
/// three days from now.
pub fn answer(
    pki: &Pki,
    certificate: &Path,
    issuer: &Path,
    (signer, key): (&Path, &Path),
    said: Said,
) -> Vec<u8> {
    let (index, request, response) = (pki.next("index"), pki.next("req"), pki.next("resp"));
    let serial = serial(certificate);
    let line = match said {
        Said::Good => format!("V\t400101000000Z\t\t{serial}\tunknown\t/CN=leaf\n"),
        Said::Revoked => format!("R\t400101000000Z\t260101000000Z\t{serial}\tunknown\t/CN=leaf\n"),
        Said::Unknown => String::new(),
    };
    write(&index, &line);
    run(Command::new("openssl")
        .args(["ocsp", "-no_nonce", "-issuer"])
        .arg(issuer)
        .arg("-cert")
        .arg(certificate)
        .arg("-reqout")
        .arg(&request));
    run(Command::new("openssl")
        .args(["ocsp", "-ndays", "3", "-index"])
        .arg(&index)
        .arg("-rsigner")
        .arg(signer)
        .arg("-rkey")
        .arg(key)
        .arg("-CA")
        .arg(issuer)
        .arg("-reqin")
        .arg(&request)
        .arg("-respout")
        .arg(&response));
    std::fs::read(&response).expect("what openssl wrote")
}

fn serial(certificate: &Path) -> String {
    let output = Command::new("openssl").args(["x509", "-noout", "-serial", "-in"]).arg(certificate).output();
    let text = String::from_utf8(output.expect("openssl").stdout).expect("text");
    text.trim().strip_prefix("serial=").expect("a serial number").to_owned()
}
