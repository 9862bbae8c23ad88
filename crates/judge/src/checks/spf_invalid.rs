//! A record of SPF that receivers take for an error.

use midwatch_model::{AttackId::*, Severity, SpfFaultKind, Station};

use super::mail_support::dmarc_stops;
use super::support;
use crate::Check;

pub(crate) static CHECK: Check = Check {
    id: "spf-invalid",
    title: "Receivers take the record of SPF for an error",
    severity: Severity::Medium,
    says: "the record of SPF of {place} counts for nothing",
    about: "A record that does not keep the form, that is there twice, or that leads to more questions than receivers ask, is an error (permerror). \
            Most receivers then act as if there were none.",
    gain: "To write mail in the domain's name, from anywhere.",
    from: &[Station::Network],
    attacks: &[Impersonation],
    decided: "There are several records; or a term has no sound form; or the record and all that it includes have more than 10 terms that ask \
              the DNS, or more than 2 without an answer; or include and redirect lead to no record, or in a circle. Low where DMARC \
              has receivers refuse or set aside what nothing proves. Info for ptr alone, which should not be used.",
    benign: &["A provider whose record is included may have changed it."],
    fix: "Publish one record, name addresses (ip4, ip6) in place of names, and take out what is not used any more.",
    settings: &[],
    source: "RFC 7208 4.5, 4.6 and 4.6.4; 5.5 (ptr)",
    find: |view, found| {
        let Some(seen) = view.mail.spf else { return };
        let Some(evaluation) = seen.fact.evaluation.value() else { return };
        for fault in &evaluation.faults {
            let (title, severity) = match fault.kind {
                SpfFaultKind::WideRange => continue,
                SpfFaultKind::Ptr => ("The record of SPF uses ptr", Severity::Info),
                SpfFaultKind::TooManyLookups => {
                    ("The record of SPF asks for more than receivers look up", weight(view))
                }
                SpfFaultKind::SeveralRecords => ("There are several records of SPF", weight(view)),
                _ => (CHECK.title, weight(view)),
            };
            let detail = format!("{}: {}", fault.domain, support::short(&fault.detail));
            found.at(&seen.fact.domain).title(title).severity(severity).see(seen.id, detail);
        }
    },
};

fn weight(view: &crate::View<'_>) -> Severity {
    if dmarc_stops(view) { Severity::Low } else { Severity::Medium }
}

#[cfg(test)]
mod tests {
    use midwatch_model::{Outcome, SpfFault};

    use super::*;
    use crate::testing::*;

    #[test]
    fn each_kind_of_error() {
        use SpfFaultKind::*;
        assert!(Scene::mail().find(CHECK.id).is_empty());
        for (kind, expected) in [
            (SeveralRecords, Some(Severity::Medium)),
            (Syntax, Some(Severity::Medium)),
            (TooManyLookups, Some(Severity::Medium)),
            (TooManyVoidLookups, Some(Severity::Medium)),
            (NoRecord, Some(Severity::Medium)),
            (Loop, Some(Severity::Medium)),
            (Ptr, Some(Severity::Info)),
            (WideRange, None),
        ] {
            let scene = Scene::mail()
                .change_dmarc(|dmarc| dmarc.record = Outcome::refused("no record"))
                .change_spf(|spf| {
                    if let Outcome::Seen { value } = &mut spf.evaluation {
                        value.faults =
                            vec![SpfFault { kind, domain: "shop.example".into(), detail: "in words".into() }];
                    }
                });
            assert_eq!(scene.severities(CHECK.id).first().copied(), expected, "{kind:?}");
        }
    }
}
