//! A header field that protects visitors is weaker than before.

use midwatch_model::{AttackId::*, Severity};

use super::headers;
use super::rule::Rule;
use crate::words;

pub(crate) static RULE: Rule = Rule {
    id: "header-weaker",
    title: "A header field that protects visitors is weaker than before",
    severity: Severity::Low,
    about: "The field is still sent, and says less.",
    decided: "Of Strict-Transport-Security: a shorter max-age, includeSubDomains gone, or a value that \
              browsers do not take. Of Content-Security-Policy: a directive gone, or a source added that \
              lets scripts from anywhere or within the page run ('unsafe-inline', 'unsafe-eval', '*', http: \
              and data:). Of the others: a value that protects less by their standards. Medium where max-age \
              is 0 or the value is not taken, low otherwise, and as bad as the worst finding that comes with \
              it. Nonces and hashes are not compared. Unclear.",
    benign: &["A new version of the site, or somebody who tries out a short max-age first."],
    advice: "Put the value back, or note that it is meant.",
    source: "RFC 6797 6.1; W3C CSP 3; W3C Referrer Policy; RFC 7034; HTML standard",
    attacks: &[StrippingAndDowngrade, HttpInjection],
    explains: super::headers::EXPLAINS,
    find: |pair, found| {
        let Some(changed) = headers::changed(pair) else { return };
        if !changed.lost.is_empty() || changed.weaker.is_empty() {
            return;
        }
        let names: Vec<String> = changed.weaker.iter().map(|field| headers::shown(&field.name)).collect();
        let grave = changed.weaker.iter().any(|field| field.grave);
        found
            .at(format!("{} sends a weaker {}", pair.place(), words::and(&names)))
            .severity(if grave { Severity::Medium } else { Severity::Low })
            .differs(
                changed.weaker.iter().map(|field| headers::line(&field.name, Some(&field.was))),
                changed.weaker.iter().map(|field| headers::line(&field.name, Some(&field.is))),
            )
            .reasons(changed.weaker.iter().map(|field| headers::sentence(&field.why)));
    },
};
