//! Prints chrome-roots.pem: the Chrome Root Store, with the constraints that hold in the Chrome of its date.
//!
//! `cargo run --ignore-rust-version -- DATE > ../../chrome-roots.pem`, with the day it is taken as DATE: the list itself bears none.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chromium_roots::{
    ROOT_STORE_VERSION, RootConstraint, SOURCE_BROWSER_VERSION, SOURCE_COMPONENT_VERSION, TLS_TRUST_ANCHORS,
};
use x509_parser::parse_x509_certificate;

fn main() {
    let date = std::env::args().nth(1).expect("the day of the list, YYYY-MM-DD");
    println!("# The certificates that Chrome trusts for TLS servers.");
    println!(
        "# origin: Chrome Root Store {ROOT_STORE_VERSION}, component {SOURCE_COMPONENT_VERSION} of Chrome \
         {SOURCE_BROWSER_VERSION}, by the crate chromium-roots 0.1.2"
    );
    println!("# date: {date}");
    println!("# licence: BSD-3-Clause, The Chromium Authors");
    for anchor in TLS_TRUST_ANCHORS {
        // Sets for other versions of Chrome, and for Merkle Tree certificates, hold for nobody here.
        let sets: Vec<&RootConstraint> = anchor.constraints.iter().filter(|set| holds(set)).collect();
        if sets.is_empty() && !anchor.constraints.is_empty() {
            continue;
        }
        let (_, certificate) = parse_x509_certificate(anchor.der).expect("a certificate");
        println!("\n# {}", certificate.subject());
        for words in sets.iter().map(|set| words(set)) {
            // A set that demands nothing makes the others moot, as the sets are alternatives.
            if sets.iter().all(|set| !self::words(set).is_empty()) {
                println!("constraint: {}", words.join(" "));
            }
        }
        println!("-----BEGIN CERTIFICATE-----");
        let text = STANDARD.encode(anchor.der);
        for line in text.as_bytes().chunks(64) {
            println!("{}", String::from_utf8_lossy(line));
        }
        println!("-----END CERTIFICATE-----");
    }
}

fn holds(set: &RootConstraint) -> bool {
    let here = version(SOURCE_BROWSER_VERSION);
    set.index_not_after.is_none()
        && set.index_after.is_none()
        && set.min_version.is_none_or(|least| version(least) <= here)
        && set.max_version_exclusive.is_none_or(|end| here < version(end))
}

fn words(set: &RootConstraint) -> Vec<String> {
    let moments = [
        ("sct-not-after", set.sct_not_after_sec),
        ("sct-all-after", set.sct_all_after_sec),
        ("not-before-until", set.validity_starts_not_after_sec),
        ("not-before-after", set.validity_starts_after_sec),
    ];
    let moments = moments.into_iter().filter_map(|(name, at)| Some(format!("{name}={}", at?)));
    moments.chain(set.permitted_dns_names.iter().map(|name| format!("name={name}"))).collect()
}

fn version(text: &str) -> Vec<u32> {
    text.split('.').map(|part| part.parse().unwrap_or(0)).collect()
}
