//! What is remembered, in words: a heading for each kind, and a line for each value.

use midwatch_model::{CertificateMemo, Memo, Remembered, Time};

/// The kind, for people.
pub(crate) fn kind(what: &Remembered) -> &'static str {
    match what {
        Remembered::Addresses { .. } => "addresses",
        Remembered::Certificates { .. } => "certificates",
        Remembered::Caa { .. } => "who may issue (CAA)",
        Remembered::Delegation { .. } => "name servers",
        Remembered::Ds { .. } => "DS records",
        Remembered::Mx { .. } => "mail servers (MX)",
        Remembered::HostKeys { .. } => "host keys",
        Remembered::Headers { .. } => "protecting headers",
        Remembered::Tls { .. } => "TLS settings",
        Remembered::Gateways { .. } => "routers",
        Remembered::Anchors { .. } => "own trust anchors",
        Remembered::Findings { .. } => "findings",
    }
}

/// The value, a line for each part of it; never empty.
pub(crate) fn lines(memo: &Memo) -> Vec<String> {
    let all: Vec<String> = match &memo.what {
        Remembered::Addresses { addresses } => addresses.iter().map(ToString::to_string).collect(),
        Remembered::Certificates { certificates } => certificates.iter().map(certificate).collect(),
        Remembered::Caa { records } if records.is_empty() => vec!["none: anybody may issue".into()],
        Remembered::Ds { records } if records.is_empty() => vec!["none: not signed".into()],
        Remembered::Mx { records } if records.is_empty() => vec!["none".into()],
        Remembered::Caa { records } | Remembered::Ds { records } | Remembered::Mx { records } => {
            records.clone()
        }
        Remembered::Delegation { name_servers } => name_servers.clone(),
        Remembered::HostKeys { keys } => {
            keys.iter().map(|key| format!("{} {}", key.key_type, key.fingerprint)).collect()
        }
        Remembered::Headers { fields } => {
            fields.iter().map(|(name, value)| format!("{name}: {value}")).collect()
        }
        Remembered::Tls { versions, weak_suites } => {
            let versions: Vec<String> = versions.iter().map(ToString::to_string).collect();
            let mut all = vec![versions.join(", ")];
            all.extend(weak_suites.iter().map(|suite| format!("weak suite {suite}")));
            all
        }
        Remembered::Gateways { routers, .. } => {
            routers.iter().map(|(ip, links)| format!("{ip} at {}", links.join(", "))).collect()
        }
        Remembered::Anchors { anchors } => {
            anchors.iter().map(|anchor| format!("{} ({})", anchor.subject, short(&anchor.sha256))).collect()
        }
        Remembered::Findings { findings, .. } => {
            findings.iter().map(|one| format!("{}: {} ({})", one.severity, one.title, one.place)).collect()
        }
    };
    let all: Vec<String> = all.into_iter().filter(|line| !line.is_empty()).collect();
    if all.is_empty() { vec!["none".into()] } else { all }
}

fn certificate(one: &CertificateMemo) -> String {
    let logged = match one.logged {
        Some(true) => ", logged",
        Some(false) => ", in no log",
        None => "",
    };
    let public = match one.public {
        Some(true) => ", publicly trusted",
        Some(false) => ", not publicly trusted",
        None => "",
    };
    format!(
        "{} from {}, {} to {}{logged}{public}; certificate {}, key {}",
        one.subject,
        one.issuer,
        day(one.not_before),
        day(one.not_after),
        short(&one.sha256),
        short(&one.spki_sha256),
    )
}

fn day(time: Time) -> String {
    time.strftime("%-d %b %Y").to_string()
}

/// The beginning of a hash, which is enough to tell two apart by eye.
fn short(hash: &str) -> String {
    let head: String = hash.chars().take(16).collect();
    if head.len() < hash.len() { format!("{head}…") } else { head }
}
