//! The x509-limbo corpus (C2SP) against `pki`: where the decisions agree, and whether the reasons do.
//!
//! The corpus is not part of this repository: its `limbo.json` is named on the command line.

mod exceptions;
mod reasons;

use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::path::Path;

use midwatch_model::{Host, RejectionKind, Time, TrustDecision};
use midwatch_probe::pki::{self, Met, TrustStores};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use serde::Deserialize;

#[derive(Deserialize)]
struct Corpus {
    testcases: Vec<Case>,
}

/// A case of the corpus, as far as it is used.
#[derive(Deserialize)]
struct Case {
    id: String,
    description: String,
    features: Vec<String>,
    validation_kind: String,
    trusted_certs: Vec<String>,
    untrusted_intermediates: Vec<String>,
    peer_certificate: String,
    validation_time: Option<Time>,
    signature_algorithms: Vec<String>,
    key_usage: Vec<String>,
    extended_key_usage: Vec<String>,
    expected_result: String,
    expected_peer_name: Option<PeerName>,
    max_chain_depth: Option<u32>,
    crls: Vec<String>,
}

#[derive(Deserialize)]
struct PeerName {
    kind: String,
    value: String,
}

/// What came of a namespace.
#[derive(Default)]
struct Counts {
    agree: u32,
    wrong_accepts: u32,
    wrong_rejects: u32,
    skipped: u32,
    reasons: u32,
    rejects: u32,
}

/// Runs the corpus. The report, and whether nothing was accepted that must not be, but for what is listed with
/// its reason.
///
/// # Errors
/// A sentence, where the file cannot be read.
pub fn run(path: &Path) -> Result<(String, bool), String> {
    let text = fs::read_to_string(path)
        .map_err(|error| format!("{}: it cannot be read: {error}", path.display()))?;
    let corpus: Corpus =
        serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
    let mut counts: BTreeMap<String, Counts> = BTreeMap::new();
    let (mut accepts, mut rejects, mut other_reasons) = (Vec::new(), Vec::new(), Vec::new());
    let mut sound = true;
    for case in &corpus.testcases {
        let namespace = case.id.rsplit_once("::").map_or("", |(namespace, _)| namespace);
        let counts = counts.entry(namespace.to_owned()).or_default();
        let Some(host) = case.host() else {
            counts.skipped += 1;
            continue;
        };
        let decision = case.decide(&host);
        let trusted = decision.as_ref().is_some_and(|decision| decision.trusted);
        match (trusted, case.expected_result == "SUCCESS") {
            (true, false) => {
                counts.wrong_accepts += 1;
                let listed = exceptions::of(&case.id);
                sound &= listed.is_some();
                accepts.push(format!("  {}\n    {}", case.id, listed.unwrap_or("NOT LISTED")));
            }
            (false, true) => {
                counts.wrong_rejects += 1;
                let why = exceptions::wrong_reject(&case.id).unwrap_or("NOT EXPLAINED");
                rejects.push(format!("  {}\n    {}\n    {why}", case.id, words(decision.as_ref())));
            }
            (accepted, _) => {
                counts.agree += 1;
                if !accepted {
                    counts.rejects += 1;
                    let kinds = decision.iter().flat_map(|decision| &decision.rejections);
                    let kinds: Vec<RejectionKind> = kinds.map(|rejection| rejection.kind).collect();
                    if reasons::fit(&kinds, &case.id, &case.description) {
                        counts.reasons += 1;
                    } else {
                        let why = reasons::explained(&case.id).unwrap_or("NOT EXPLAINED");
                        let words = words(decision.as_ref());
                        other_reasons.push(format!("  {}\n    {words}\n    {why}", case.id));
                    }
                }
            }
        }
    }
    let mut report = format!(
        "{:<28}{:>7}{:>15}{:>15}{:>9}{:>22}\n",
        "namespace", "agree", "wrong accepts", "wrong rejects", "skipped", "reason fits"
    );
    let mut all = Counts::default();
    for (namespace, one) in &counts {
        report.push_str(&one.row(namespace));
        all.agree += one.agree;
        all.wrong_accepts += one.wrong_accepts;
        all.wrong_rejects += one.wrong_rejects;
        all.skipped += one.skipped;
        all.reasons += one.reasons;
        all.rejects += one.rejects;
    }
    report.push_str(&all.row("all"));
    for (title, list) in [
        ("wrong accepts", accepts),
        ("wrong rejects", rejects),
        ("rejected for another reason", other_reasons),
    ] {
        report.push_str(&format!("\n{title}: {}\n{}\n", list.len(), list.join("\n")));
    }
    Ok((report, sound))
}

impl Counts {
    fn row(&self, name: &str) -> String {
        let Counts { agree, wrong_accepts, wrong_rejects, skipped, reasons, rejects } = self;
        let fit = format!("{reasons} of {rejects}");
        format!("{name:<28}{agree:>7}{wrong_accepts:>15}{wrong_rejects:>15}{skipped:>9}{fit:>22}\n")
    }
}

impl Case {
    /// The host that the certificate has to name; none where the case is about something that a TLS client with
    /// webpki's interface does not do: client certificates, revocation lists, limits and algorithms of its own.
    fn host(&self) -> Option<Host> {
        let server_auth = self.extended_key_usage.iter().all(|usage| usage == "serverAuth");
        let plain = self.signature_algorithms.is_empty() && self.key_usage.is_empty() && server_auth;
        let limited =
            self.max_chain_depth.is_some() || self.features.iter().any(|one| one == "max-chain-depth");
        if self.validation_kind != "SERVER" || !plain || limited || !self.crls.is_empty() {
            return None;
        }
        let name = self.expected_peer_name.as_ref()?;
        match name.kind.as_str() {
            "DNS" => Some(Host::Name(name.value.clone())),
            "IP" => name.value.parse().ok().map(Host::Address),
            _ => None,
        }
    }

    /// The decision with the case's anchors; none where none of them can be one.
    fn decide(&self, host: &Host) -> Option<TrustDecision> {
        let mut stores = TrustStores::default();
        for pem in &self.trusted_certs {
            let _ = stores.give(pem.as_bytes());
        }
        let sent = std::iter::once(&self.peer_certificate).chain(&self.untrusted_intermediates);
        let chain: Vec<Vec<u8>> = sent
            .filter_map(|pem| CertificateDer::from_pem_slice(pem.as_bytes()).ok())
            .map(|der| der.to_vec())
            .collect();
        let address = SocketAddr::from(([127, 0, 0, 1], 443));
        let met = Met { host, port: 443, address, sni: None, met_with: &[], beside: None };
        let now = self.validation_time.unwrap_or_else(Time::now);
        let judged = pki::chain(&met, &chain, &stores, now);
        judged.trust.into_iter().find(|decision| decision.store == "given")
    }
}

fn words(decision: Option<&TrustDecision>) -> String {
    let Some(decision) = decision else { return "no certificate that was given can be an anchor".into() };
    let reasons: Vec<String> = decision
        .rejections
        .iter()
        .map(|rejection| format!("certificate {}: {} ({})", rejection.at, rejection.detail, rejection.source))
        .collect();
    reasons.join("; ")
}
