//! The keys that were met, each once, whatever address and algorithm it came by.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use midwatch_hostkeys::key::PublicKey;
use midwatch_keys::{Hint, randomart, words};
use midwatch_model::{
    HostKeyAnswer, HostKeyMet, HostKeys, Outcome, SshCertificate, SshEndpoint, SshHostKey, SshPublicKey,
};

/// A key that was met, with the certificates that it came in.
#[derive(Clone, Debug)]
pub(crate) struct Met {
    /// The key.
    pub key: SshPublicKey,
    /// Its certificates.
    pub certificates: Vec<SshCertificate>,
    proof: Outcome<bool>,
}

/// All keys of all endpoints, in the order in which they came.
pub(crate) fn keys(endpoints: &[SshEndpoint]) -> Vec<Met> {
    let mut all: Vec<Met> = Vec::new();
    for sent in endpoints.iter().flat_map(SshEndpoint::sent_keys) {
        match all.iter_mut().find(|known| known.key.blob == sent.key.blob) {
            Some(known) => known.add(sent),
            None => {
                let mut met =
                    Met { key: sent.key.clone(), certificates: Vec::new(), proof: sent.proof.clone() };
                met.add(sent);
                all.push(met);
            }
        }
    }
    all
}

impl Met {
    /// A key, or a certificate, by its bytes.
    pub(crate) fn of_blob(blob: &[u8]) -> Option<Met> {
        let (key, certificate) = midwatch_probe::ssh::read_key(blob)?;
        Some(Met { key, certificates: certificate.into_iter().collect(), proof: Outcome::seen(true) })
    }

    fn add(&mut self, sent: &SshHostKey) {
        if let Some(certificate) = &sent.certificate
            && !self.certificates.contains(certificate)
        {
            self.certificates.push(certificate.clone());
        }
        // A key that is merely shown at one address spoils the proof of another.
        match (&self.proof, &sent.proof) {
            (Outcome::Seen { value: false }, _) => {}
            (_, Outcome::Seen { value: false }) | (Outcome::Unmeasured { .. }, _) => {
                self.proof = sent.proof.clone();
            }
            _ => {}
        }
    }

    /// The key as `known_hosts` compares it, and each certificate. None where its bytes are no key that is known here.
    pub(crate) fn offered(&self) -> Vec<PublicKey> {
        let blobs = self.certificates.iter().map(|certificate| &certificate.blob);
        blobs
            .chain([&self.key.blob])
            .filter_map(|blob| PublicKey::from_blob(&STANDARD.decode(blob).ok()?).ok())
            .collect()
    }

    /// The same for a report.
    pub(crate) fn shown(&self, answers: &[HostKeyAnswer]) -> HostKeyMet {
        let line = format!("{} {}", self.key.key_type, self.key.blob);
        let read = midwatch_keys::read(line.as_bytes(), &Hint::default()).ok();
        let read = read.and_then(|keys| keys.into_iter().next());
        HostKeyMet {
            md5: read.as_ref().and_then(md5),
            randomart: read.as_ref().and_then(randomart::randomart),
            words: read
                .map(|key| words::words(&key, words::LONG).into_iter().map(str::to_owned).collect())
                .unwrap_or_default(),
            proof: self.proof.clone(),
            authority: self.certificates.first().map(|certificate| certificate.authority.fingerprint.clone()),
            verdict: HostKeys::verdict_of(&self.key.fingerprint, answers),
            key: self.key.clone(),
        }
    }
}

fn md5(key: &midwatch_keys::PublicKey) -> Option<String> {
    let found = key.fingerprints.iter().find(|fingerprint| fingerprint.kind == "MD5")?;
    Some(found.value.clone())
}
