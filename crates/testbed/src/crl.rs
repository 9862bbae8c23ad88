//! Revocation lists, made by `openssl ca -gencrl`.

use std::path::Path;
use std::process::Command;

use crate::ocsp::serial;
use crate::pki::{Authority, Pki, run, write};

/// A list (DER) of `issuer`, on which these certificates are revoked since 2026-01-01, since their keys are in other
/// hands. It holds from now on for `days`; with 0 it has run out. `lines` go into its section of extensions, for
/// example `issuingDistributionPoint = onlyuser:TRUE`-like settings of openssl.
pub fn list(pki: &Pki, issuer: &Authority, revoked: &[&Path], days: u32, lines: &str) -> Vec<u8> {
    let (database, config, target) = (pki.next("db"), pki.next("cnf"), pki.next("crl"));
    let entry = |certificate: &&Path| {
        let serial = serial(certificate);
        format!("R\t400101000000Z\t260101000000Z,keyCompromise\t{serial}\tunknown\t/CN=leaf\n")
    };
    write(&database, &revoked.iter().map(entry).collect::<String>());
    write(&database.with_extension("db.attr"), "unique_subject = no\n");
    write(
        &config,
        &format!(
            "[ca]\ndefault_ca = this\n[this]\ndatabase = {database}\ndefault_md = sha256\n\
             [list]\nauthorityKeyIdentifier = keyid\n{lines}\n",
            database = database.display(),
        ),
    );
    let pem = pki.next("pem");
    let mut command = Command::new("openssl");
    command.args(["ca", "-gencrl", "-crlexts", "list", "-config"]).arg(&config);
    command.arg("-cert").arg(&issuer.certificate).arg("-keyfile").arg(&issuer.key);
    match days {
        0 => command.args(["-crl_lastupdate", "20260101000000Z", "-crl_nextupdate", "20260108000000Z"]),
        days => command.args(["-crldays", &days.to_string()]),
    };
    run(command.arg("-out").arg(&pem));
    run(Command::new("openssl").args(["crl", "-outform", "DER", "-in"]).arg(&pem).arg("-out").arg(&target));
    std::fs::read(&target).expect("what openssl wrote")
}
