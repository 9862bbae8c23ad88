//! A header field that protects visitors is back.

use midwatch_model::Severity;

use super::headers;
use super::rule::Rule;
use crate::words;
use midwatch_model::Likelihood;

pub(crate) static RULE: Rule = Rule {
    id: "header-restored",
    title: "A header field that protects visitors is back",
    severity: Severity::Info,
    about: "What was lost or weaker is as it was, or stronger than at the last look.",
    decided: "No field was lost or became weaker since the last look, and one came (back) or became \
              stronger. Within 24 hours of the loss it is told as the end of that event. Benign.",
    benign: &[],
    advice: "Nothing.",
    source: "RFC 6797; W3C CSP 3",
    attacks: &[],
    explains: super::headers::EXPLAINS,
    find: |pair, found| {
        let Some(changed) = headers::changed(pair) else { return };
        if !changed.lost.is_empty() || !changed.weaker.is_empty() || changed.better.is_empty() {
            return;
        }
        let names: Vec<String> = changed.better.iter().map(|field| headers::shown(&field.name)).collect();
        let verb =
            if changed.better.iter().all(|field| field.back) { "sends" } else { "now sends a stronger" };
        let again = if verb == "sends" { " again" } else { "" };
        found
            .at(format!("{} {verb} {}{again}", pair.place(), words::and(&names)))
            .likely(Likelihood::Benign)
            .differs(
                changed.better.iter().map(|field| headers::line(&field.name, field.was.as_deref())),
                changed.better.iter().map(|field| headers::line(&field.name, Some(&field.is))),
            );
    },
};
