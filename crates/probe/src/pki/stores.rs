//! Trust stores, and rustls-webpki's word on a chain.

use std::cell::Cell;
use std::collections::BTreeSet;

use midwatch_model::{Host, Time, TimestampSignature, TimestampSource, Transparency};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, TrustAnchor, UnixTime};
use webpki::{EndEntityCert, KeyUsage, VerifiedPath};

use super::ct::LogList;
use super::{der, parse, server_name};

/// The stores of a run: Mozilla's roots, those of other programmes, this computer's own, and what `--trust`
/// gave; and the list of logs for timestamps.
#[derive(Clone, Debug, Default)]
pub struct TrustStores {
    others: Vec<Store>,
    given: Option<Store>,
    logs: Option<LogList>,
}

/// One store.
#[derive(Clone, Debug)]
pub struct Store {
    /// `mozilla` or another programme's name, `system` or `given`.
    pub name: &'static str,
    anchors: Vec<TrustAnchor<'static>>,
    constraints: Vec<Constraint>,
}

/// The roots of a programme, as a list of them has it.
#[derive(Clone, Debug)]
pub struct Programme {
    /// Its name in reports: lower case, one word.
    pub name: &'static str,
    /// The roots' certificates, DER.
    pub anchors: Vec<CertificateDer<'static>>,
    /// What is demanded beyond a path to one of them.
    pub constraints: Vec<Constraint>,
}

/// What a programme demands of the certificates below one root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Constraint {
    /// Which root: its subject, the whole DER of the Name.
    pub subject: Vec<u8>,
    /// At least one valid timestamp (SCT) of a log that is accepted now is from this moment or before. Chrome
    /// phases roots out so.
    pub sct_not_after: Option<Time>,
}

impl Constraint {
    /// That certificates below this root were logged by this moment; none where it cannot be a root.
    pub fn below(root: &CertificateDer<'_>, sct_not_after: Time) -> Option<Self> {
        let anchor = webpki::anchor_from_trusted_cert(root).ok()?;
        let subject = der::wrap(der::SEQUENCE, &anchor.subject);
        Some(Constraint { subject, sct_not_after: Some(sct_not_after) })
    }
}

/// Why a file of certificates cannot be used, in words for the person who named it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreError(pub String);

impl std::fmt::Display for StoreError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for StoreError {}

/// Why a chain is not trusted.
#[derive(Clone, Debug)]
pub enum Refusal {
    /// webpki's reason.
    Webpki(webpki::Error),
    /// The host cannot stand in any certificate.
    NoSuchServerName,
    /// Nothing was sent.
    Empty,
    /// The programme trusts the root only for certificates that a log knew at this moment.
    LoggedTooLate(Time),
    /// An issuer's key usage does not let it sign certificates.
    NotForSigning,
}

impl TrustStores {
    /// Adds every certificate of a PEM text to the store `given`.
    ///
    /// # Errors
    /// Where the text holds no certificate, or one that cannot be an anchor.
    pub fn give(&mut self, pem: &[u8]) -> Result<(), StoreError> {
        let store = self.given.get_or_insert_with(|| Store::new("given"));
        let before = store.anchors.len();
        for (index, read) in CertificateDer::pem_slice_iter(pem).enumerate() {
            let at = index + 1;
            let der = read.map_err(|error| StoreError(format!("PEM block {at} cannot be read: {error}")))?;
            let anchor = webpki::anchor_from_trusted_cert(&der)
                .map_err(|error| StoreError(format!("certificate {at} cannot be a trust anchor: {error}")))?;
            store.anchors.push(anchor.to_owned());
        }
        if store.anchors.len() == before {
            let hint = "it holds no certificate: expected PEM, -----BEGIN CERTIFICATE-----";
            return Err(StoreError(hint.into()));
        }
        Ok(())
    }

    /// Adds the roots of another programme.
    ///
    /// # Errors
    /// Where a root cannot be an anchor.
    pub fn add(&mut self, programme: &Programme) -> Result<(), StoreError> {
        let mut store = Store::new(programme.name);
        store.constraints.clone_from(&programme.constraints);
        for (index, der) in programme.anchors.iter().enumerate() {
            let anchor = webpki::anchor_from_trusted_cert(der).map_err(|error| {
                StoreError(format!("root {} cannot be a trust anchor: {error}", index + 1))
            })?;
            store.anchors.push(anchor.to_owned());
        }
        self.others.push(store);
        Ok(())
    }

    /// Adds what this computer itself trusts as the store `system`. Certificates in it that cannot be anchors are
    /// passed over, as the system's own programs do.
    ///
    /// # Errors
    /// Where no certificate in it can be used.
    pub fn add_system(&mut self, certificates: &[CertificateDer<'_>]) -> Result<(), StoreError> {
        let mut store = Store::new("system");
        for der in certificates {
            store.anchors.extend(webpki::anchor_from_trusted_cert(der).ok().map(|anchor| anchor.to_owned()));
        }
        if store.anchors.is_empty() {
            return Err(StoreError("it holds no certificate that can be a trust anchor".into()));
        }
        self.others.push(store);
        Ok(())
    }

    /// Sets the list of logs that timestamps are verified with.
    pub fn set_logs(&mut self, logs: LogList) {
        self.logs = Some(logs);
    }

    /// The list of logs.
    pub fn logs(&self) -> Option<&LogList> {
        self.logs.as_ref()
    }

    /// All stores, Mozilla's first, the user's own last.
    pub fn iter(&self) -> impl Iterator<Item = &Store> {
        std::iter::once(mozilla()).chain(&self.others).chain(&self.given)
    }

    /// The SubjectPublicKeyInfo of an anchor with this subject (the whole DER of the Name).
    pub fn key_of(&self, name: &[u8]) -> Option<Vec<u8>> {
        self.iter().find_map(|store| store.keys_of(name).next())
    }

    /// SHA-256 of the SubjectPublicKeyInfo of every root of a public programme, in lower-case hexadecimal.
    pub fn public_keys(&self) -> BTreeSet<String> {
        let public = self.iter().filter(|store| !matches!(store.name, "system" | "given"));
        let key = |anchor: &TrustAnchor<'_>| {
            super::sha256(&der::wrap(der::SEQUENCE, &anchor.subject_public_key_info))
        };
        public.flat_map(|store| store.anchors.iter().map(key)).collect()
    }

    /// True where a store has an anchor with this subject (the whole DER of the Name).
    pub fn has_subject(&self, name: &[u8]) -> bool {
        self.iter().any(|store| store.has_subject(name))
    }
}

fn mozilla() -> &'static Store {
    static MOZILLA: std::sync::OnceLock<Store> = std::sync::OnceLock::new();
    MOZILLA
        .get_or_init(|| Store { anchors: webpki_roots::TLS_SERVER_ROOTS.to_vec(), ..Store::new("mozilla") })
}

impl Store {
    /// Its anchors.
    pub(crate) fn anchors(&self) -> &[TrustAnchor<'static>] {
        &self.anchors
    }

    fn new(name: &'static str) -> Store {
        Store { name, anchors: Vec::new(), constraints: Vec::new() }
    }

    /// True where an anchor has this subject (the whole DER of the Name) and this key (SubjectPublicKeyInfo, DER).
    pub fn has_anchor(&self, subject: &[u8], key: &[u8]) -> bool {
        self.keys_of(subject).any(|own| own == key)
    }

    /// The SubjectPublicKeyInfo, DER, of the anchors with this subject (the whole DER of the Name).
    pub fn keys_of<'s>(&'s self, name: &'s [u8]) -> impl Iterator<Item = Vec<u8>> + 's {
        let found = self.anchors.iter().filter(move |anchor| is_of(anchor, name));
        // An anchor keeps the contents without the outer SEQUENCE.
        found.map(|anchor| der::wrap(der::SEQUENCE, &anchor.subject_public_key_info))
    }

    /// True where an anchor has this subject (the whole DER of the Name).
    pub fn has_subject(&self, name: &[u8]) -> bool {
        self.anchors.iter().any(|anchor| is_of(anchor, name))
    }

    /// webpki's decision for a TLS server called `host`.
    ///
    /// Where the programme demands timestamps below a root, a path to that root counts with valid ones alone;
    /// with none at hand it does not count. webpki leaves the keyUsage of issuers alone, which browsers and
    /// OpenSSL do not (RFC 5280 section 6.1.4 (n)): a path through one that may not sign does not count either.
    pub fn verify(
        &self,
        host: &Host,
        chain: &[Vec<u8>],
        timestamps: Option<&Transparency>,
        now: Time,
    ) -> Result<(), Refusal> {
        let [leaf, rest @ ..] = chain else { return Err(Refusal::Empty) };
        let name = server_name(host).ok_or(Refusal::NoSuchServerName)?;
        let leaf = CertificateDer::from(leaf.as_slice());
        let rest: Vec<CertificateDer<'_>> =
            rest.iter().map(|der| CertificateDer::from(der.as_slice())).collect();
        let seconds = u64::try_from(now.as_second()).unwrap_or(0);
        let time = UnixTime::since_unix_epoch(std::time::Duration::from_secs(seconds));
        let leaf = EndEntityCert::try_from(&leaf).map_err(Refusal::Webpki)?;
        let unmet = Cell::new(None);
        let allowed = |path: &VerifiedPath<'_>| {
            if path.intermediate_certificates().any(|issuer| !may_sign(&issuer.der())) {
                unmet.set(Some(Refusal::NotForSigning));
            } else if let Some(date) = self.unmet(path.anchor(), timestamps, now) {
                unmet.set(Some(Refusal::LoggedTooLate(date)));
            } else {
                return Ok(());
            }
            Err(webpki::Error::UnknownIssuer)
        };
        let verified = leaf.verify_for_usage(
            webpki::ALL_VERIFICATION_ALGS,
            &self.anchors,
            &rest,
            time,
            KeyUsage::server_auth(),
            None,
            Some(&allowed),
        );
        verified.map_err(|error| unmet.take().unwrap_or(Refusal::Webpki(error)))?;
        leaf.verify_is_valid_for_subject_name(&name).map_err(Refusal::Webpki)
    }

    /// The date that none of the leaf's timestamps keeps, where this anchor has one.
    ///
    /// As Chromium's CertVerifyProcBuiltin counts them: one that is early enough is enough, those of logs that
    /// are disqualified now do not count, and since version 148 OCSP answers are not looked into.
    fn unmet(&self, anchor: &TrustAnchor<'_>, timestamps: Option<&Transparency>, now: Time) -> Option<Time> {
        let of_anchor = |constraint: &&Constraint| is_of(anchor, &constraint.subject);
        let date = self.constraints.iter().find(of_anchor)?.sct_not_after?;
        let early = timestamps.is_some_and(|all| {
            all.timestamps.iter().any(|timestamp| {
                timestamp.signature == TimestampSignature::Valid
                    && timestamp.from != TimestampSource::Ocsp
                    && timestamp.state.is_some_and(|state| state.is_accepted(now))
                    && timestamp.time.is_some_and(|time| time <= date)
            })
        });
        (!early).then_some(date)
    }
}

/// False where a keyUsage is there and lacks keyCertSign.
fn may_sign(issuer: &[u8]) -> bool {
    parse::read(issuer).is_none_or(|issuer| {
        let usage = issuer.key_usage().ok().flatten();
        usage.is_none_or(|usage| usage.value.key_cert_sign())
    })
}

/// True where an anchor has this subject (the whole DER of the Name).
fn is_of(anchor: &TrustAnchor<'_>, name: &[u8]) -> bool {
    // An anchor keeps the contents of its Name without the outer SEQUENCE.
    der::only(name, der::SEQUENCE) == Some(anchor.subject.as_ref())
}
