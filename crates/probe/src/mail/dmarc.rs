//! What a domain asks receivers to do with mail that nothing proves (RFC 7489 6.3 and 6.6.3).

use midwatch_fields::site::registrable_domain;
use midwatch_model::{Dmarc, DmarcAlignment, DmarcPolicy, DmarcRecord, MailTextFault, Outcome};

use super::tags::{self, Tag, short};
use crate::dns::Lookups;

/// Places for reports that are kept.
const MAX_PLACES: usize = 20;

/// Asks for the record of a domain, else for that of its organisational domain.
pub async fn ask(lookups: &Lookups, domain: &str) -> Dmarc {
    let organisational = registrable_domain(domain).filter(|above| *above != domain).map(str::to_owned);
    let mut dmarc = Dmarc {
        domain: domain.to_owned(),
        organisational: organisational.clone(),
        txt: Vec::new(),
        found_at: None,
        record: Outcome::refused("there is no record"),
    };
    for at in [Some(domain.to_owned()), organisational].into_iter().flatten() {
        let txt = lookups.text(&format!("_dmarc.{at}")).await;
        let found = match &txt.texts {
            Outcome::Unmeasured { why } => Some(why.clone().into()),
            _ => record(txt.seen()),
        };
        dmarc.txt.push(txt);
        if let Some(found) = found {
            dmarc.found_at = (!found.is_unmeasured()).then_some(at);
            dmarc.record = found;
            break;
        }
    }
    dmarc
}

/// The one record among TXT records, refused where receivers take what is there for none. None where none begins as one.
pub fn record(texts: &[String]) -> Option<Outcome<DmarcRecord>> {
    let ours: Vec<&String> = texts.iter().filter(|text| is_ours(text)).collect();
    match ours.as_slice() {
        [] => None,
        [text] => Some(read(text)),
        several => {
            let how = format!("{} records, and receivers take them for none (RFC 7489 6.6.3)", several.len());
            Some(Outcome::refused(how))
        }
    }
}

/// `v=DMARC1` stands first, and exactly so.
fn is_ours(text: &str) -> bool {
    let first = text.split(';').next().unwrap_or_default();
    first.split_once('=').is_some_and(|(name, value)| name.trim() == "v" && value.trim() == "DMARC1")
}

fn read(text: &str) -> Outcome<DmarcRecord> {
    let (all, wrong) = tags::read(text);
    let mut faults = Vec::new();
    let mut fault = |tag: &str, detail: String| faults.push(MailTextFault { tag: tag.into(), detail });
    if let Some(wrong) = wrong {
        fault("", format!("'{}' is no tag", short(wrong)));
    }
    let (rua, bad_rua) = places(&all, "rua");
    let (ruf, bad_ruf) = places(&all, "ruf");
    for (tag, bad) in [("rua", bad_rua), ("ruf", bad_ruf)] {
        if let Some(bad) = bad {
            fault(tag, format!("'{bad}' is no place for reports; write mailto:ADDRESS"));
        }
    }
    let (stated, subdomains) = (tags::value(&all, "p"), tags::value(&all, "sp"));
    let (policy, sub) = (stated.and_then(policy), subdomains.and_then(policy));
    // RFC 7489 6.6.3, step 6: a policy that cannot be read is none where reports can be sent, and else no record at all.
    let broken = match (stated, policy, subdomains, sub) {
        (None, ..) => Some(("p", "the record has no policy (p=)".to_owned())),
        (Some(p), None, ..) => {
            Some(("p", format!("the policy '{}' is not none, quarantine or reject", short(p))))
        }
        (.., Some(sp), None) => {
            Some(("sp", format!("the policy '{}' is not none, quarantine or reject", short(sp))))
        }
        _ => None,
    };
    if let Some((tag, detail)) = &broken {
        if rua.is_empty() {
            return Outcome::refused(format!("{detail}, and receivers take the record for none"));
        }
        fault(tag, format!("{detail}, and receivers take it for none"));
    }
    let percent = match tags::value(&all, "pct") {
        None => 100,
        Some(text) => match text.parse::<u8>().ok().filter(|percent| *percent <= 100) {
            Some(percent) => percent,
            None => {
                fault("pct", format!("'{}' is no number from 0 to 100", short(text)));
                100
            }
        },
    };
    let mut alignment = |tag: &str| match tags::value(&all, tag) {
        Some("s" | "S") => DmarcAlignment::Strict,
        None | Some("r" | "R") => DmarcAlignment::Relaxed,
        Some(other) => {
            fault(tag, format!("'{}' is neither r nor s", short(other)));
            DmarcAlignment::Relaxed
        }
    };
    let (dkim, spf) = (alignment("adkim"), alignment("aspf"));
    let (policy, subdomains) = match broken {
        Some(_) => (DmarcPolicy::None, None),
        None => (policy.unwrap_or(DmarcPolicy::None), sub),
    };
    Outcome::seen(DmarcRecord { policy, subdomains, percent, rua, ruf, dkim, spf, faults })
}

fn policy(text: &str) -> Option<DmarcPolicy> {
    match text.to_ascii_lowercase().as_str() {
        "none" => Some(DmarcPolicy::None),
        "quarantine" => Some(DmarcPolicy::Quarantine),
        "reject" => Some(DmarcPolicy::Reject),
        _ => None,
    }
}

/// The places of a tag, and the first that is none. A size may stand behind `!` (RFC 7489 6.2).
fn places(all: &[Tag<'_>], tag: &str) -> (Vec<String>, Option<String>) {
    let (mut good, mut bad) = (Vec::new(), None);
    for place in tags::value(all, tag).unwrap_or_default().split(',') {
        let place = place.trim();
        if place.is_empty() {
            continue;
        }
        let uri = place.rsplit_once('!').map_or(place, |(uri, _)| uri);
        if url::Url::parse(uri).is_err() {
            bad.get_or_insert_with(|| short(place));
        } else if good.len() < MAX_PLACES {
            good.push(place.to_owned());
        }
    }
    (good, bad)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(text: &str) -> Option<Outcome<DmarcRecord>> {
        record(&[text.to_owned()])
    }

    fn seen(text: &str) -> DmarcRecord {
        of(text).and_then(|found| found.value().cloned()).expect(text)
    }

    #[test]
    fn the_examples_of_the_rfc() {
        // RFC 7489 B.2.1 and B.2.3.
        let first = seen("v=DMARC1; p=none; rua=mailto:dmarc-feedback@example.com");
        assert_eq!((first.policy, first.percent), (DmarcPolicy::None, 100));
        assert_eq!(first.rua, ["mailto:dmarc-feedback@example.com"]);
        let text = "v=DMARC1; p=quarantine; rua=mailto:dmarc-feedback@example.com,mailto:tld-test@thirdparty.example.net!10m; pct=25";
        let third = seen(text);
        assert_eq!((third.policy, third.percent, third.rua.len()), (DmarcPolicy::Quarantine, 25, 2));
        assert_eq!(third.faults, []);
    }

    #[test]
    fn subdomains_and_alignment() {
        let read = seen("v=DMARC1;p=reject;sp=none;adkim=s;aspf=r;");
        assert_eq!(read.for_subdomains(), DmarcPolicy::None);
        assert_eq!((read.dkim, read.spf), (DmarcAlignment::Strict, DmarcAlignment::Relaxed));
        assert_eq!(seen("v=DMARC1; p=Reject").for_subdomains(), DmarcPolicy::Reject);
    }

    #[test]
    fn what_receivers_take_for_none() {
        assert_eq!(of("v=spf1 -all"), None);
        assert_eq!(of("p=reject; v=DMARC1"), None, "the version stands first");
        assert_eq!(of("v=dmarc1; p=reject"), None);
        assert!(of("v=DMARC1").expect("ours").is_refused());
        assert!(of("v=DMARC1; p=rejected").expect("ours").is_refused());
        assert!(of("v=DMARC1; p=reject; sp=all").expect("ours").is_refused());
        let reported = seen("v=DMARC1; p=rejected; rua=mailto:a@b.example");
        assert_eq!((reported.policy, reported.faults.len()), (DmarcPolicy::None, 1));
        let two = ["v=DMARC1; p=reject".to_owned(), "v=DMARC1; p=none".to_owned()];
        assert!(record(&two).expect("ours").is_refused());
    }

    #[test]
    fn faults_are_passed_over_and_told() {
        let read = seen("v=DMARC1; p=none; pct=101; adkim=x; rua=dmarc@example.com; oops");
        let tags: Vec<_> = read.faults.iter().map(|fault| fault.tag.as_str()).collect();
        assert_eq!(tags, ["", "rua", "pct", "adkim"]);
        assert_eq!(read.percent, 100);
    }

    proptest! {
        #[test]
        fn no_text_breaks_it(texts in prop::collection::vec("(v=DMARC1; ?)?.{0,80}", 0..3)) {
            let _ = record(&texts);
        }
    }
}
