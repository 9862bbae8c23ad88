//! Where senders report on TLS (RFC 8460 3).

use midwatch_model::{TlsRpt, TlsRptFault, TlsRptFaultKind, TlsRptRecord};
use url::Url;

use super::tags::short;
use crate::dns::Lookups;

/// What a record of this kind begins with.
const VERSION: &str = "v=TLSRPTv1";

/// Places for reports that are kept.
const MAX_PLACES: usize = 20;

/// Asks for the record of a domain.
pub async fn ask(lookups: &Lookups, domain: &str) -> TlsRpt {
    let txt = lookups.text(&format!("_smtp._tls.{domain}")).await;
    let (record, faults) = record(txt.seen());
    TlsRpt { domain: domain.to_owned(), txt, record, faults }
}

/// The one record among the TXT records that senders go by, or why they go by none.
pub fn record(texts: &[String]) -> (Option<TlsRptRecord>, Vec<TlsRptFault>) {
    let ours: Vec<&str> = texts
        .iter()
        .filter_map(|text| text.strip_prefix(VERSION)?.trim_start_matches([' ', '\t']).strip_prefix(';'))
        .collect();
    let fault = |kind, detail: String| (None, vec![TlsRptFault { kind, detail }]);
    match ours.as_slice() {
        [] => (None, Vec::new()),
        [fields] => match read(fields) {
            Ok(record) => (Some(record), Vec::new()),
            Err((kind, detail)) => fault(kind, detail),
        },
        several => {
            let detail =
                format!("{} records begin with {VERSION};, and senders take them for none", several.len());
            fault(TlsRptFaultKind::SeveralRecords, detail)
        }
    }
}

fn read(fields: &str) -> Result<TlsRptRecord, (TlsRptFaultKind, String)> {
    let mut rua: Option<Vec<String>> = None;
    let mut extensions = Vec::new();
    for part in fields.split(';') {
        let part = part.trim_matches([' ', '\t']);
        if part.is_empty() {
            continue;
        }
        let wrong =
            || (TlsRptFaultKind::Syntax, format!("'{}' is no field of the form name=value", short(part)));
        let (name, value) = part.split_once('=').ok_or_else(wrong)?;
        match name {
            "rua" if rua.is_none() => rua = Some(places(value)?),
            "rua" => {}
            name if super::mta_sts::is_extension_name(name) => extensions.push(part.to_owned()),
            _ => return Err(wrong()),
        }
    }
    match rua {
        Some(rua) => Ok(TlsRptRecord { rua, extensions }),
        None => {
            Err((TlsRptFaultKind::NoRua, "the record has no rua, so that no report goes anywhere".into()))
        }
    }
}

fn places(value: &str) -> Result<Vec<String>, (TlsRptFaultKind, String)> {
    let mut found = Vec::new();
    for place in value.split(',') {
        let place = place.trim_matches([' ', '\t']);
        let good = match Url::parse(place) {
            // An address needs both its sides (RFC 6068 2).
            Ok(url) if url.scheme() == "mailto" => {
                url.path().split_once('@').is_some_and(|(user, host)| !user.is_empty() && !host.is_empty())
            }
            Ok(url) => url.scheme() == "https" && url.has_host(),
            Err(_) => false,
        };
        if !good {
            let detail = format!("'{}' is neither mailto:ADDRESS nor https://…", short(place));
            return Err((TlsRptFaultKind::Uri, detail));
        }
        if found.len() < MAX_PLACES {
            found.push(place.to_owned());
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use TlsRptFaultKind::*;
    use proptest::prelude::*;

    use super::*;

    fn of(texts: &[&str]) -> Result<Option<Vec<String>>, TlsRptFaultKind> {
        let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
        let (record, faults) = record(&texts);
        match faults.first() {
            Some(fault) => Err(fault.kind),
            None => Ok(record.map(|record| record.rua)),
        }
    }

    #[test]
    fn the_grammar_of_the_rfc() {
        let some = |all: &[&str]| Ok(Some(all.iter().map(|one| (*one).to_owned()).collect()));
        // RFC 8460 3.1.
        assert_eq!(of(&["v=TLSRPTv1;rua=mailto:reports@example.com"]), some(&["mailto:reports@example.com"]));
        assert_eq!(
            of(&["v=TLSRPTv1; rua=https://reporting.example.com/v1/tlsrpt"]),
            some(&["https://reporting.example.com/v1/tlsrpt"])
        );
        let two = "v=TLSRPTv1; rua=mailto:a@b.example , https://c.example/; x=y;";
        assert_eq!(of(&[two]), some(&["mailto:a@b.example", "https://c.example/"]));
        assert_eq!(of(&["v=DMARC1; p=none"]), Ok(None));
    }

    #[test]
    fn what_keeps_no_grammar() {
        for (text, kind) in [
            ("v=TLSRPTv1;", NoRua),
            ("v=TLSRPTv1; rua=", Uri),
            ("v=TLSRPTv1; rua=reports@example.com", Uri),
            ("v=TLSRPTv1; rua=mailto:reports", Uri),
            ("v=TLSRPTv1; rua=http://example.com/", Uri),
            ("v=TLSRPTv1; rua", Syntax),
        ] {
            assert_eq!(of(&[text]), Err(kind), "{text}");
        }
        let one = "v=TLSRPTv1; rua=mailto:a@b.example";
        assert_eq!(of(&[one, one]), Err(SeveralRecords));
    }

    proptest! {
        #[test]
        fn no_text_breaks_it(texts in prop::collection::vec("(v=TLSRPTv1;)?.{0,60}", 0..4)) {
            let _ = record(&texts);
        }
    }
}
