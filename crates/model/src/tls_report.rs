//! What other mail servers report of their TLS to a domain's own (SMTP TLS Reporting, RFC 8460).

use serde::{Deserialize, Serialize};

use crate::{Time, Unread};

/// One report, as its sender wrote it.
///
/// Nobody proves what it says: section 3 of RFC 8460 has the message signed by DKIM, and midwatch verifies no such
/// signature.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TlsReport {
    /// The organisation that sent mail and reports on it.
    pub organisation: Option<String>,
    /// Whom to ask about the report.
    pub contact: Option<String>,
    /// The report's id; unique for its organisation.
    pub report_id: Option<String>,
    /// The first moment that it is about.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub from: Option<Time>,
    /// The last moment that it is about.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub until: Option<Time>,
    /// What came of each policy that the organisation found.
    pub policies: Vec<TlsReportPolicy>,
    /// The file that it was read from, and the message in it where there are several.
    pub file: String,
    /// The domains (`d=`) of the DKIM signatures on the message that it came in; none where there was no message. They
    /// were not verified.
    #[serde(default)]
    pub signed_by: Vec<String>,
    /// How often the same report was met again, in other files or messages.
    #[serde(default)]
    pub repeated: u32,
    /// What in it could not be understood, and so counts nowhere.
    #[serde(default)]
    pub odd: Vec<String>,
}

impl TlsReport {
    /// Who reports, for people: the organisation, else whom to ask, else the domain that signed.
    pub fn sender(&self) -> &str {
        let named = self.organisation.as_deref().or(self.contact.as_deref());
        named.or(self.signed_by.first().map(String::as_str)).unwrap_or("a sender without a name")
    }

    /// Sessions that succeeded and that failed, over all policies. Counts that the report does not tell are none.
    pub fn sessions(&self) -> (u64, u64) {
        self.policies.iter().fold((0, 0), |(good, bad), policy| {
            (good.saturating_add(policy.successful.unwrap_or(0)), bad.saturating_add(policy.failed()))
        })
    }

    /// True where both reports are about some moment in common, or one does not say when it is about.
    pub fn overlaps(&self, other: &TlsReport) -> bool {
        match (self.from, self.until, other.from, other.until) {
            (Some(from), Some(until), Some(other_from), Some(other_until)) => {
                from <= other_until && other_from <= until
            }
            _ => true,
        }
    }
}

/// What came of one policy (RFC 8460 section 4.4, `policies`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TlsReportPolicy {
    /// What kind of policy the organisation found.
    pub policy: TlsPolicyKind,
    /// The domain that it is for, in lower case. None where neither the report nor its message names one.
    pub domain: Option<String>,
    /// The names of mail servers that it allows, patterns included.
    #[serde(default)]
    pub mx: Vec<String>,
    /// The policy as it was found: lines of an MTA-STS policy, or TLSA records.
    #[serde(default)]
    pub lines: Vec<String>,
    /// Sessions that were set up as the policy wants. None where the report does not say.
    pub successful: Option<u64>,
    /// Sessions that failed, by the report's sum. None where it does not say.
    pub failed: Option<u64>,
    /// Why they failed.
    pub failures: Vec<TlsFailure>,
    /// Failures that were left out here because there are too many.
    #[serde(default)]
    pub more: u64,
}

impl TlsReportPolicy {
    /// Sessions that failed: the report's sum, or what its failures come to where that is more.
    pub fn failed(&self) -> u64 {
        self.failed.unwrap_or(0).max(self.told())
    }

    /// Sessions whose failure the report gives a reason for.
    pub fn told(&self) -> u64 {
        self.failures.iter().fold(0, |sum, failure| sum.saturating_add(failure.sessions.unwrap_or(0)))
    }

    /// What senders do where TLS fails under this policy.
    pub fn enforcement(&self) -> TlsEnforcement {
        match &self.policy {
            // RFC 7672 section 2.2: where TLSA records are usable, mail is not sent without.
            TlsPolicyKind::Tlsa => TlsEnforcement::Enforced,
            TlsPolicyKind::Missing => TlsEnforcement::Open,
            TlsPolicyKind::Sts => match self.mode().as_deref() {
                Some("enforce") => TlsEnforcement::Enforced,
                Some("testing" | "none") => TlsEnforcement::Open,
                _ => TlsEnforcement::NotTold,
            },
            TlsPolicyKind::Other(_) => TlsEnforcement::NotTold,
        }
    }

    /// The mode of an MTA-STS policy (RFC 8461 section 3.2), in lower case, where the report repeats the policy.
    pub fn mode(&self) -> Option<String> {
        self.lines.iter().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.trim().eq_ignore_ascii_case("mode").then(|| value.trim().to_ascii_lowercase())
        })
    }
}

/// What a sender does with mail where TLS fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TlsEnforcement {
    /// It keeps the mail back: MTA-STS in mode enforce, or DANE.
    Enforced,
    /// The report does not say which.
    NotTold,
    /// It sends the mail even so: no policy, or one in mode testing or none.
    Open,
}

/// The kinds of policies (RFC 8460 section 4.4, `policy-type`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum TlsPolicyKind {
    /// TLSA records (DANE, RFC 7672).
    Tlsa,
    /// MTA-STS (RFC 8461).
    Sts,
    /// Neither was found.
    #[serde(rename = "no-policy-found")]
    Missing,
    /// Another word, or none, in the report's own writing.
    #[serde(untagged)]
    Other(String),
}

impl TlsPolicyKind {
    /// The kind by its word in a report.
    pub fn of(word: &str) -> Self {
        match word.trim().to_ascii_lowercase().as_str() {
            "tlsa" => TlsPolicyKind::Tlsa,
            "sts" => TlsPolicyKind::Sts,
            "no-policy-found" => TlsPolicyKind::Missing,
            _ => TlsPolicyKind::Other(word.to_owned()),
        }
    }

    /// For people.
    pub fn name(&self) -> &str {
        match self {
            TlsPolicyKind::Tlsa => "DANE",
            TlsPolicyKind::Sts => "MTA-STS",
            TlsPolicyKind::Missing => "no policy",
            TlsPolicyKind::Other(word) if word.is_empty() => "a policy that is not named",
            TlsPolicyKind::Other(word) => word,
        }
    }
}

/// One reason why sessions failed (RFC 8460 section 4.4, `failure-details`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TlsFailure {
    /// What failed.
    pub result: TlsFailureKind,
    /// Sessions that failed so. None where the report does not say.
    pub sessions: Option<u64>,
    /// The address that was sent from, as the report writes it.
    #[serde(default)]
    pub sending_ip: Option<String>,
    /// The name of the mail server that was sent to, in lower case.
    #[serde(default)]
    pub mx: Option<String>,
    /// What that server called itself.
    #[serde(default)]
    pub helo: Option<String>,
    /// The address that was sent to, as the report writes it.
    #[serde(default)]
    pub receiving_ip: Option<String>,
    /// The reason in the words of the sender's software.
    #[serde(default)]
    pub code: Option<String>,
    /// More about it, often an address of a page.
    #[serde(default)]
    pub more: Option<String>,
}

/// What failed (RFC 8460 section 4.3), by its word in a report.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum TlsFailureKind {
    /// The server did not offer STARTTLS.
    StarttlsNotSupported,
    /// The certificate does not name the server.
    CertificateHostMismatch,
    /// The certificate has expired.
    CertificateExpired,
    /// The sender trusts nobody who vouches for the certificate.
    CertificateNotTrusted,
    /// TLS failed for a reason that has no word of its own.
    ValidationFailure,
    /// The TLSA records are wrong, or the server's certificates match none of them.
    TlsaInvalid,
    /// DNSSEC proves nothing of the answers.
    DnssecInvalid,
    /// The sender asks DANE of this domain, and there are no TLSA records that it could use.
    DaneRequired,
    /// The MTA-STS policy could not be fetched.
    StsPolicyFetchError,
    /// The MTA-STS policy could not be understood.
    StsPolicyInvalid,
    /// The certificate of the web server that has the MTA-STS policy is not trusted.
    StsWebpkiInvalid,
    /// A word that RFC 8460 does not have, in the report's own writing.
    #[serde(untagged)]
    Other(String),
}

impl TlsFailureKind {
    /// Those of RFC 8460, in its order.
    pub const ALL: [TlsFailureKind; 11] = [
        TlsFailureKind::StarttlsNotSupported,
        TlsFailureKind::CertificateHostMismatch,
        TlsFailureKind::CertificateExpired,
        TlsFailureKind::CertificateNotTrusted,
        TlsFailureKind::ValidationFailure,
        TlsFailureKind::TlsaInvalid,
        TlsFailureKind::DnssecInvalid,
        TlsFailureKind::DaneRequired,
        TlsFailureKind::StsPolicyFetchError,
        TlsFailureKind::StsPolicyInvalid,
        TlsFailureKind::StsWebpkiInvalid,
    ];

    /// The kind by its word in a report.
    pub fn of(word: &str) -> Self {
        let wanted = word.trim().to_ascii_lowercase();
        let known = TlsFailureKind::ALL.into_iter().find(|kind| kind.word() == wanted);
        known.unwrap_or_else(|| TlsFailureKind::Other(word.to_owned()))
    }

    /// Its word in a report.
    pub fn word(&self) -> &str {
        match self {
            TlsFailureKind::StarttlsNotSupported => "starttls-not-supported",
            TlsFailureKind::CertificateHostMismatch => "certificate-host-mismatch",
            TlsFailureKind::CertificateExpired => "certificate-expired",
            TlsFailureKind::CertificateNotTrusted => "certificate-not-trusted",
            TlsFailureKind::ValidationFailure => "validation-failure",
            TlsFailureKind::TlsaInvalid => "tlsa-invalid",
            TlsFailureKind::DnssecInvalid => "dnssec-invalid",
            TlsFailureKind::DaneRequired => "dane-required",
            TlsFailureKind::StsPolicyFetchError => "sts-policy-fetch-error",
            TlsFailureKind::StsPolicyInvalid => "sts-policy-invalid",
            TlsFailureKind::StsWebpkiInvalid => "sts-webpki-invalid",
            TlsFailureKind::Other(word) if word.is_empty() => "a reason that is not named",
            TlsFailureKind::Other(word) => word,
        }
    }
}

/// What was looked at for reports.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TlsReportFiles {
    /// Files that were read.
    pub files: u64,
    /// Reports in them, each once.
    pub reports: u64,
    /// Reports that were met again, and count once.
    pub repeated: u64,
    /// Files and messages without a report, such as other mail in the same mailbox.
    pub without: u64,
    /// What could not be read, or holds a report that could not be understood.
    pub unread: Vec<Unread>,
    /// How many more such places there are, which are not named.
    #[serde(default)]
    pub more_unread: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_and_written_as_they_are() {
        for kind in TlsFailureKind::ALL {
            let json = serde_json::to_string(&kind).expect("JSON");
            assert_eq!(json, format!("\"{}\"", kind.word()));
            assert_eq!(serde_json::from_str::<TlsFailureKind>(&json).expect("a kind"), kind);
            assert_eq!(TlsFailureKind::of(&kind.word().to_ascii_uppercase()), kind);
        }
        let other = TlsFailureKind::of("Quantum-Failure");
        assert_eq!(other, TlsFailureKind::Other("Quantum-Failure".into()));
        let json = serde_json::to_string(&other).expect("JSON");
        assert_eq!(serde_json::from_str::<TlsFailureKind>(&json).expect("a kind"), other);
        for (word, kind) in [
            ("sts", TlsPolicyKind::Sts),
            ("TLSA", TlsPolicyKind::Tlsa),
            ("no-policy-found", TlsPolicyKind::Missing),
            ("mine", TlsPolicyKind::Other("mine".into())),
        ] {
            assert_eq!(TlsPolicyKind::of(word), kind);
            let json = serde_json::to_string(&kind).expect("JSON");
            assert_eq!(serde_json::from_str::<TlsPolicyKind>(&json).expect("a kind"), kind);
        }
    }

    #[test]
    fn counts_that_a_hostile_report_makes_up_do_not_overflow() {
        let failure = TlsFailure {
            result: TlsFailureKind::ValidationFailure,
            sessions: Some(u64::MAX),
            sending_ip: None,
            mx: None,
            helo: None,
            receiving_ip: None,
            code: None,
            more: None,
        };
        let policy = TlsReportPolicy {
            policy: TlsPolicyKind::Sts,
            domain: None,
            mx: vec![],
            lines: vec!["version: STSv1".into(), "Mode : Enforce".into()],
            successful: Some(u64::MAX),
            failed: Some(3),
            failures: vec![failure.clone(), failure],
            more: 0,
        };
        assert_eq!(policy.failed(), u64::MAX);
        assert_eq!(policy.enforcement(), TlsEnforcement::Enforced);
        let report = TlsReport { policies: vec![policy.clone(), policy], ..TlsReport::default() };
        assert_eq!(report.sessions(), (u64::MAX, u64::MAX));
    }

    #[test]
    fn reports_without_a_time_may_be_about_any() {
        let of = |from: &str, until: &str| TlsReport {
            from: from.parse().ok(),
            until: until.parse().ok(),
            ..TlsReport::default()
        };
        let first = of("2026-11-01T00:00:00Z", "2026-11-01T23:59:59Z");
        let second = of("2026-11-02T00:00:00Z", "2026-11-02T23:59:59Z");
        assert!(!first.overlaps(&second) && !second.overlaps(&first));
        assert!(first.overlaps(&first));
        assert!(first.overlaps(&TlsReport::default()));
    }
}
