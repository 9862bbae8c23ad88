//! What CAA records, as they are remembered, say of an issuer.

use midwatch_model::{CertificateMemo, Remembered};

use super::rule::Pair;
use crate::caa::domains;

/// What CAA says of the issuer of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Allowed {
    /// It may issue.
    Yes,
    /// It may not.
    No,
    /// There are no records: anybody may.
    Anybody,
    /// The records are not known, or the domain of the authority is not.
    Unknown,
}

/// One record that decides who may issue.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Issue {
    /// It is for wildcards alone.
    pub(super) wild: bool,
    /// The authority's domain; empty where nobody may.
    pub(super) issuer: String,
    /// Its parameters, sorted.
    pub(super) parameters: Vec<String>,
}

/// The records that decide, of lines such as `0 issue "ca.example; accounturi=…"`.
pub(super) fn read(records: &[String]) -> Vec<Issue> {
    let one = |line: &String| {
        let mut parts = line.splitn(3, ' ');
        let (_, tag, value) = (parts.next()?, parts.next()?, parts.next()?);
        let wild = match tag {
            "issue" => false,
            "issuewild" => true,
            _ => return None,
        };
        let value = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value);
        let mut parts = value.split(';').map(str::trim);
        let issuer = parts.next().unwrap_or_default().to_ascii_lowercase();
        let mut parameters: Vec<String> = parts.filter(|part| !part.is_empty()).map(str::to_owned).collect();
        parameters.sort();
        Some(Issue { wild, issuer, parameters })
    };
    records.iter().filter_map(one).collect()
}

/// Those that decide for a kind of name: `issuewild` for a wildcard where there is any, else `issue` (RFC 8659 4.2, 4.3).
pub(super) fn deciding(all: &[Issue], wildcard: bool) -> Vec<&Issue> {
    let wild: Vec<&Issue> = all.iter().filter(|one| one.wild).collect();
    if wildcard && !wild.is_empty() { wild } else { all.iter().filter(|one| !one.wild).collect() }
}

/// What the records of the certificate's service, of this look or the last, say of its issuer.
pub(super) fn allowed(pair: &Pair<'_>, certificate: &CertificateMemo) -> Allowed {
    let host = pair.place().rsplit_once(':').map_or(pair.place(), |(host, _)| host);
    let Some(Remembered::Caa { records }) = pair.beside(host, "caa") else { return Allowed::Unknown };
    let all = read(records);
    let wildcard = !certificate.names.iter().any(|name| name == host);
    let deciding = deciding(&all, wildcard);
    if deciding.is_empty() {
        return Allowed::Anybody;
    }
    let Some(domains) = domains(&certificate.issuer) else { return Allowed::Unknown };
    match deciding.iter().any(|one| domains.contains(&one.issuer.as_str())) {
        true => Allowed::Yes,
        false => Allowed::No,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_read_as_they_are_remembered() {
        let lines =
            [r#"0 issue "CA.example; b=2 ;a=1;""#, r#"0 issuewild ";""#, r#"0 iodef "mailto:a@b""#, "x"];
        let all = read(&lines.map(str::to_owned));
        let parameters = vec!["a=1".to_owned(), "b=2".to_owned()];
        assert_eq!(all[0], Issue { wild: false, issuer: "ca.example".into(), parameters });
        assert_eq!(all[1], Issue { wild: true, issuer: String::new(), parameters: vec![] });
        assert_eq!(all.len(), 2);
        assert_eq!(deciding(&all, true), [&all[1]]);
        assert_eq!(deciding(&all, false), [&all[0]]);
    }
}
