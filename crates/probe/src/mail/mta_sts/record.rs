//! The record that tells of a policy (RFC 8461 3.1).

use midwatch_model::{MtaStsFault, MtaStsFaultKind, MtaStsRecord};

use crate::mail::tags::short;

/// What a record of this kind begins with.
const VERSION: &str = "v=STSv1";

/// The one record among the TXT records of `_mta-sts.DOMAIN` that senders go by, or why they go by none. No record and no
/// fault: there is none.
pub fn record(texts: &[String]) -> (Option<MtaStsRecord>, Vec<MtaStsFault>) {
    // Records that do not begin so are discarded, whatever they are.
    let ours: Vec<&str> = texts.iter().filter_map(|text| fields(text)).collect();
    let fault = |kind, detail: String| (None, vec![MtaStsFault { kind, detail }]);
    match ours.as_slice() {
        [] => (None, Vec::new()),
        [fields] => match read(fields) {
            Ok(record) => (Some(record), Vec::new()),
            Err((kind, detail)) => fault(kind, detail),
        },
        several => {
            let count = several.len();
            let detail = format!("{count} records begin with {VERSION};, and senders take them for none");
            fault(MtaStsFaultKind::SeveralRecords, detail)
        }
    }
}

/// What stands behind the version and its semicolon; none of a record of another kind. Space may stand before the
/// semicolon (`sts-field-delim`).
fn fields(text: &str) -> Option<&str> {
    text.strip_prefix(VERSION)?.trim_start_matches([' ', '\t']).strip_prefix(';')
}

fn read(fields: &str) -> Result<MtaStsRecord, (MtaStsFaultKind, String)> {
    let mut id = None;
    let mut extensions = Vec::new();
    let mut parts = fields.split(';').peekable();
    while let Some(part) = parts.next() {
        let part = part.trim_matches([' ', '\t']);
        if part.is_empty() {
            // One semicolon may stand at the end, and nowhere else without a field.
            if parts.peek().is_none() {
                break;
            }
            return Err((MtaStsFaultKind::RecordSyntax, "a field of the record is empty".into()));
        }
        let wrong = || {
            let detail = format!("'{}' is no field of the form name=value", short(part));
            (MtaStsFaultKind::RecordSyntax, detail)
        };
        let (name, value) = part.split_once('=').ok_or_else(wrong)?;
        if name == "id" {
            // A field that stands again is ignored.
            if id.is_none() {
                if !(1..=32).contains(&value.len()) || !value.bytes().all(|byte| byte.is_ascii_alphanumeric())
                {
                    let detail = format!("the id '{}' is not 1 to 32 letters and digits", short(value));
                    return Err((MtaStsFaultKind::RecordId, detail));
                }
                id = Some(value.to_owned());
            }
        } else if super::is_extension_name(name) && is_extension_value(value) {
            extensions.push(part.to_owned());
        } else {
            return Err(wrong());
        }
    }
    match id {
        Some(id) => Ok(MtaStsRecord { id, extensions }),
        None => Err((MtaStsFaultKind::RecordId, "the record has no id".into())),
    }
}

/// `sts-ext-value`: visible characters but `=` and `;`.
fn is_extension_value(value: &str) -> bool {
    !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'=' && byte != b';')
}

#[cfg(test)]
mod tests {
    use MtaStsFaultKind::*;
    use proptest::prelude::*;

    use super::*;

    fn of(texts: &[&str]) -> Result<Option<String>, MtaStsFaultKind> {
        let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
        let (record, faults) = record(&texts);
        match faults.first() {
            Some(fault) => {
                assert_eq!((faults.len(), &record), (1, &None));
                Err(fault.kind)
            }
            None => Ok(record.map(|record| record.id)),
        }
    }

    fn id(id: &str) -> Result<Option<String>, MtaStsFaultKind> {
        Ok(Some(id.to_owned()))
    }

    #[test]
    fn the_grammar_of_the_rfc() {
        // RFC 8461 3.1.
        assert_eq!(of(&["v=STSv1; id=20160831085700Z;"]), id("20160831085700Z"));
        assert_eq!(of(&["v=STSv1;id=a"]), id("a"));
        assert_eq!(of(&["v=STSv1 \t; id=a1 ; more=x:y"]), id("a1"));
        assert_eq!(of(&["v=STSv1; first-one.of_many=1; id=a"]), id("a"));
        assert_eq!(of(&["v=STSv1; id=a; id=!"]), id("a"), "the first counts");
        assert_eq!(of(&[&format!("v=STSv1; id={}", "1".repeat(32))]), id(&"1".repeat(32)));
    }

    #[test]
    fn what_keeps_no_grammar() {
        for (text, kind) in [
            ("v=STSv1;", RecordId),
            ("v=STSv1; id=", RecordId),
            ("v=STSv1; id=2026-11-30", RecordId),
            ("v=STSv1; id=a b", RecordId),
            ("v=STSv1; id = a", RecordSyntax),
            ("v=STSv1; id", RecordSyntax),
            ("v=STSv1; id=a; x=a=b", RecordSyntax),
            ("v=STSv1; id=a;; x=b", RecordSyntax),
            ("v=STSv1; id=a; -x=b", RecordSyntax),
        ] {
            assert_eq!(of(&[text]), Err(kind), "{text}");
        }
        assert_eq!(of(&[&format!("v=STSv1; id={}", "1".repeat(33))]), Err(RecordId));
    }

    #[test]
    fn records_of_other_kinds_are_discarded() {
        assert_eq!(of(&[]), Ok(None));
        assert_eq!(of(&["v=spf1 -all", "V=STSv1; id=a", " v=STSv1; id=a", "v=STSv10; id=a"]), Ok(None));
        assert_eq!(of(&["v=STSv1; id=a", "v=spf1 -all"]), id("a"));
        assert_eq!(of(&["v=STSv1; id=a", "v=STSv1; id=a"]), Err(SeveralRecords));
    }

    proptest! {
        #[test]
        fn no_text_breaks_it(texts in prop::collection::vec("(v=STSv1;)?.{0,60}", 0..4)) {
            let (record, faults) = record(&texts);
            prop_assert!(record.is_none() || faults.is_empty());
        }
    }
}
