//! Verifies certificates as `openssl verify` does, for `benches/verify`: whether each chain is trusted for a host.
//!
//! ```text
//! verify ROOTS.pem INTERMEDIATES.pem HOST LEAF.pem…
//! ```
//!
//! One thread does all of it, reading the files as well.

use std::path::Path;
use std::time::Instant;

use midwatch_model::{Host, Time};
use midwatch_probe::pki::{self, TrustStores};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;

fn certificates(path: &str) -> Result<Vec<Vec<u8>>, Box<dyn std::error::Error>> {
    let all = CertificateDer::pem_file_iter(Path::new(path))?;
    Ok(all.map(|one| one.map(|der| der.to_vec())).collect::<Result<_, _>>()?)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [roots, intermediates, host, leaves @ ..] = arguments.as_slice() else {
        return Err("verify ROOTS.pem INTERMEDIATES.pem HOST LEAF.pem…".into());
    };
    let mut stores = TrustStores::default();
    stores.give(&std::fs::read(roots)?)?;
    let between = certificates(intermediates)?;
    let (host, now) = (Host::Name(host.clone()), Time::now());
    let mut chains = Vec::new();
    for leaf in leaves {
        chains.push([certificates(leaf)?, between.clone()].concat());
    }
    let start = Instant::now();
    let trusted = chains.iter().filter(|chain| pki::verify(chain, &host, &stores, now)).count();
    let seconds = start.elapsed().as_secs_f64();
    println!("{{\"chains\": {}, \"trusted\": {trusted}, \"seconds\": {seconds}}}", chains.len());
    Ok(())
}
