//! What an organisation's signed file of known hosts says of the keys that were met.

use std::path::Path;

use midwatch_hostkeys::key::PublicKey;
use midwatch_hostkeys::lookup::{Host, Place, Standing, what_is_known};
use midwatch_hostkeys::signed::{ReadError, Signer, TrustFile};
use midwatch_model::{
    HostKeyAnswer, HostKeyExpected, HostKeySaid, HostKeySource, HostKeyWord, Outcome, ReasonKind,
};

/// The answer of a file whose signature is good, on each key or certificate that the server offered, in their order.
pub fn answer(trust: &TrustFile, host: &Host<'_>, offered: &[PublicKey]) -> HostKeyAnswer {
    let files = std::slice::from_ref(&trust.known);
    HostKeyAnswer {
        source: HostKeySource::TrustFile,
        from: format!("{}, signed by {}", trust.known.path().display(), who(&trust.signer)),
        says: Outcome::seen(offered.iter().map(|key| said(files, host, key)).collect()),
    }
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

fn said(
    files: &[midwatch_hostkeys::known_hosts::KnownHosts],
    host: &Host<'_>,
    offered: &PublicKey,
) -> HostKeySaid {
    let known = what_is_known(files, host, offered);
    let refused = known.certificate_refused.map(|(_, why)| why.to_string());
    let mut said = HostKeySaid {
        fingerprint: offered.fingerprint(),
        word: HostKeyWord::Unknown,
        places: Vec::new(),
        expected: Vec::new(),
        note: refused,
    };
    match known.standing {
        Standing::Verified(line) => (said.word, said.places) = (HostKeyWord::Same, vec![place(&line)]),
        Standing::Certified(certified) => {
            (said.word, said.places) = (HostKeyWord::Certified, vec![place(&certified.authority)]);
            said.note = Some(format!("the certificate names {}", certified.principal));
        }
        Standing::Unknown => {}
        Standing::OtherType(lines) => {
            (said.word, said.expected) = (HostKeyWord::OtherType, lines.iter().map(expected).collect());
        }
        Standing::Changed(lines) => {
            let same = lines.iter().filter(|line| line.key.plain_type() == offered.plain_type());
            (said.word, said.expected) = (HostKeyWord::Other, same.map(expected).collect());
        }
        Standing::Revoked(line) => (said.word, said.places) = (HostKeyWord::Revoked, vec![place(&line)]),
    }
    said
}

fn place(line: &Place) -> String {
    format!("{}:{}", line.file.display(), line.line)
}

fn expected(line: &Place) -> HostKeyExpected {
    HostKeyExpected {
        key_type: line.key.plain_type().to_owned(),
        fingerprint: line.key.fingerprint(),
        place: Some(place(line)),
        since: None,
    }
}
