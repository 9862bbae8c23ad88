//! What an organisation's signed file of known hosts says of the keys that were met.

use std::path::Path;

use midwatch_hostkeys::key::PublicKey;
use midwatch_hostkeys::lookup::Host;
use midwatch_hostkeys::signed::{ReadError, Signer, TrustFile};
use midwatch_model::{HostKeyAnswer, HostKeySaid, HostKeySource, Outcome, ReasonKind, Time};

use super::client::Client;
use super::known;
use super::met::Met;

/// The answer of a file whose signature is good, on each key or certificate that the server offered, in their order.
pub fn answer(trust: &TrustFile, host: &Host<'_>, offered: &[PublicKey]) -> HostKeyAnswer {
    HostKeyAnswer {
        source: HostKeySource::TrustFile,
        from: format!("{}, signed by {}", trust.known.path().display(), who(&trust.signer)),
        says: Outcome::seen(offered.iter().map(|key| word(trust, host, key)).collect()),
    }
}

/// The same on keys that were met, each with its certificates.
pub(super) fn of_met(client: &Client, trust: &TrustFile, keys: &[Met], now: Time) -> HostKeyAnswer {
    let host = client.host_text();
    let asked = known::asked(client, &host, now);
    let says = keys.iter().map(|met| known::best(met, |key| word(trust, &asked, key))).collect();
    HostKeyAnswer { says: Outcome::seen(says), ..answer(trust, &asked, &[]) }
}

fn word(trust: &TrustFile, host: &Host<'_>, key: &PublicKey) -> HostKeySaid {
    known::said(std::slice::from_ref(&trust.known), host, key, |path| path.display().to_string())
}

/// The same where the file could not be read or is not trusted: nothing of it counts.
pub fn unread(file: &Path, why: &ReadError) -> HostKeyAnswer {
    HostKeyAnswer {
        source: HostKeySource::TrustFile,
        from: file.display().to_string(),
        says: Outcome::unmeasured(ReasonKind::Other, why.to_string()),
    }
}

/// `admin@example.com (SHA256:…)`, or the fingerprint where there is no name.
fn who(signer: &Signer) -> String {
    let by = signer.authority.as_ref().map(|authority| format!(", certified by {authority}"));
    let key = format!("{}{}", signer.fingerprint, by.unwrap_or_default());
    if signer.principal.is_empty() { key } else { format!("{} ({key})", signer.principal) }
}
