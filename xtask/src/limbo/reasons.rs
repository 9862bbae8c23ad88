//! Whether a stated reason fits what a case is about.

use midwatch_model::RejectionKind as Kind;

/// Words that say what a case is about, in its id or its description, and the reasons that fit them. The first
/// that is found counts; the ids are more to the point than the descriptions and are looked at first.
const FITTING: &[(&str, &[Kind])] = &[
    ("expired", &[Kind::Expired]),
    ("not-yet-valid", &[Kind::NotYetValid]),
    ("notbefore", &[Kind::Malformed, Kind::NotYetValid]),
    ("pathlen", &[Kind::WrongRole]),
    ("dos", &[Kind::Other, Kind::NameConstraint]),
    ("cycle", &[Kind::UnknownRoot, Kind::MissingIntermediate, Kind::SelfSigned]),
    ("pathological-chain", &[Kind::UnknownRoot, Kind::MissingIntermediate, Kind::SelfSigned, Kind::Other]),
    ("invalid-issuer-key", &[Kind::BadSignature]),
    ("mismatching-signature", &[Kind::Malformed, Kind::BadSignature]),
    ("::nc::", &[Kind::NameConstraint, Kind::Malformed, Kind::WrongRole]),
    ("issuer", &[Kind::Malformed]),
    ("cve-2025-61727", &[Kind::NameConstraint]),
    ("eku", &[Kind::WrongPurpose]),
    ("critical", &[Kind::UnknownCriticalExtension, Kind::Malformed]),
    ("::pc::", &[Kind::UnknownCriticalExtension, Kind::Malformed]),
    ("serial", &[Kind::Malformed, Kind::Other]),
    ("duplicate", &[Kind::Malformed]),
    ("malformed", &[Kind::Malformed, Kind::NameMismatch]),
    ("v1", &[Kind::Malformed]),
    ("untrusted-root", &[Kind::UnknownRoot]),
    ("missing-intermediate", &[Kind::MissingIntermediate, Kind::UnknownRoot]),
    ("basic-constraints", &[Kind::WrongRole]),
    ("basicconstraints", &[Kind::WrongRole]),
    ("ca-as-leaf", &[Kind::WrongRole, Kind::NameMismatch]),
    ("without-ca-bit", &[Kind::WrongRole]),
    ("keycertsign", &[Kind::WrongRole]),
    ("explicit-curve", &[Kind::WeakSignature, Kind::WeakKey, Kind::Other, Kind::Malformed]),
    ("p192", &[Kind::WeakKey, Kind::WeakSignature]),
    ("dsa", &[Kind::WeakKey, Kind::WeakSignature]),
    ("rsa", &[Kind::WeakKey, Kind::WeakSignature]),
    ("san", &[Kind::NameMismatch, Kind::Malformed]),
    ("::cn::", &[Kind::NameMismatch]),
];

/// Cases where another reason is given than the corpus means, and why that is right.
const EXPLAINED: &[(&str, &str)] = &[
    ("rfc5280::intermediate-ca-missing-basic-constraints", NOT_HANDED_OVER),
    ("rfc5280::ica-ku-keycertsign", NOT_HANDED_OVER),
    (
        "rfc5280::serial::negative",
        "the leaf is an authority's certificate, which is the reason; negative serial numbers are to be handled \
         gracefully (RFC 5280 4.1.2.2), and the check cert-serial-invalid reports them",
    ),
    (
        "pathological::nc-dos-3",
        "the leaf has no subjectAltName, so that it does not name the host: webpki holds constraints against that \
         alone and has no work with the 2048 attributes of the subject",
    ),
];

const NOT_HANDED_OVER: &str =
    "the corpus does not hand over the intermediate that the case is about, so that it is missing indeed";

/// Why another reason than the corpus means is given, where that is known.
pub fn explained(id: &str) -> Option<&'static str> {
    EXPLAINED.iter().find(|(listed, _)| *listed == id).map(|(_, why)| *why)
}

/// True where one of these reasons fits the case.
pub fn fit(kinds: &[Kind], id: &str, description: &str) -> bool {
    let description = description.to_ascii_lowercase();
    let found = |text: &str| FITTING.iter().find(|(word, _)| text.contains(word));
    let Some((_, fitting)) = found(id).or_else(|| found(&description)) else { return false };
    kinds.iter().any(|kind| fitting.contains(kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_says_more_than_the_description() {
        let text = "The chain is otherwise valid, and its SAN is right.";
        assert!(fit(&[Kind::Expired], "rfc5280::validity::expired-leaf", text));
        assert!(!fit(&[Kind::NameMismatch], "rfc5280::validity::expired-leaf", text));
        assert!(fit(&[Kind::Other, Kind::NameMismatch], "x::y", text));
        assert!(!fit(&[], "x::y", text));
        assert!(!fit(&[Kind::Other], "x::y", "nothing that is known"));
    }
}
