//! OCSP answers and responders, by `openssl ocsp`.

use std::path::Path;
use std::process::Command;

use crate::child::Server;
use crate::pki::{Authority, Pki, run, write};
use crate::transparency::{inside, ocsp_extension, sign, split, wrap};

/// What an answer says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// Not revoked.
    Good,
    /// Revoked on 2026-01-01, since its key is in other hands.
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
    write(&index, &line(certificate, said));
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

/// An answer (DER, with one single answer) once more, with a list of timestamps of logs within the single answer and
/// signed anew with `key`, the same as before.
pub fn with_timestamps(pki: &Pki, answer: &[u8], list: &[u8], key: &Path) -> Vec<u8> {
    let (status, rest) = split(inside(answer));
    let (kind, octets) = split(inside(inside(rest)));
    let (tbs, rest) = split(inside(inside(octets)));
    let (algorithm, rest) = split(rest);
    let (_, certificates) = split(rest);
    let mut fields = Vec::new();
    let mut left = inside(tbs);
    while !left.is_empty() {
        let (field, after) = split(left);
        if field[0] == 0x30 {
            let extension = wrap(0xa1, &wrap(0x30, &ocsp_extension(list)));
            fields.extend(wrap(0x30, &wrap(0x30, &[inside(inside(field)), &extension].concat())));
        } else {
            fields.extend_from_slice(field);
        }
        left = after;
    }
    let tbs = wrap(0x30, &fields);
    let signature = wrap(0x03, &[vec![0], sign(pki, key, &tbs)].concat());
    let basic = wrap(0x30, &[&tbs, algorithm, &signature, certificates].concat());
    let bytes = wrap(0x30, &[kind, &wrap(0x04, &basic)].concat());
    wrap(0x30, &[status, &wrap(0xa0, &bytes)].concat())
}

/// A responder over plain http on a free port of 127.0.0.1, which answers about these certificates below `issuer`,
/// signed by it. About others it says that it does not know them. By GET it takes questions at its root alone.
///
/// # Panics
/// When openssl is missing or refuses the arguments.
pub fn responder(pki: &Pki, issuer: &Authority, about: &[(&Path, Said)]) -> Server {
    let index = pki.next("index");
    write(&index, &about.iter().map(|(certificate, said)| line(certificate, *said)).collect::<String>());
    let port = crate::free_port();
    let mut command = Command::new("openssl");
    command.args(["ocsp", "-ndays", "3", "-port", &port.to_string(), "-index"]).arg(index);
    command.arg("-rsigner").arg(&issuer.certificate).arg("-rkey").arg(&issuer.key);
    command.arg("-CA").arg(&issuer.certificate);
    Server::start_quietly(command, "openssl", &[port], crate::directory(), "waiting for OCSP client")
}

/// A line of openssl's database.
fn line(certificate: &Path, said: Said) -> String {
    let serial = serial(certificate);
    match said {
        Said::Good => format!("V\t400101000000Z\t\t{serial}\tunknown\t/CN=leaf\n"),
        Said::Revoked => {
            format!("R\t400101000000Z\t260101000000Z,keyCompromise\t{serial}\tunknown\t/CN=leaf\n")
        }
        Said::Unknown => String::new(),
    }
}

pub(crate) fn serial(certificate: &Path) -> String {
    let output = Command::new("openssl").args(["x509", "-noout", "-serial", "-in"]).arg(certificate).output();
    let text = String::from_utf8(output.expect("openssl").stdout).expect("text");
    text.trim().strip_prefix("serial=").expect("a serial number").to_owned()
}
