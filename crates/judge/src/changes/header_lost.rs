//! A page lost a header field that protects its visitors.

use midwatch_model::{AttackId::*, Severity};

use super::headers;
use super::rule::Rule;
use crate::words;

pub(crate) static RULE: Rule = Rule {
    id: "header-lost",
    title: "A page lost a header field that protects its visitors",
    severity: Severity::Low,
    about: "Fields such as Strict-Transport-Security are instructions to the browser. Without the field the \
            protection ends: at once, or when what browsers remember runs out. Somebody who sits in the \
            middle of TLS takes them away too.",
    decided: "A field that the page sent at the last look is not sent now. Only answers with content (2xx) \
              over https are compared. Medium where it is Strict-Transport-Security or \
              Content-Security-Policy, low otherwise, and as bad as the worst finding that comes with it. \
              Unclear. Fields that became weaker in the same look are named with it.",
    benign: &[
        "A new version of the site, its server or its content delivery network, whose configuration lacks \
         the field.",
    ],
    advice: "Put the field back: the finding that comes with it has the lines for the server. If nobody \
             changed anything, compare what the server sends with what arrives here.",
    source: "RFC 6797; W3C CSP 3; W3C Referrer Policy; RFC 7034; HTML standard",
    attacks: &[StrippingAndDowngrade, HttpInjection],
    explains: super::headers::EXPLAINS,
    find: |pair, found| {
        let Some(changed) = headers::changed(pair).filter(|changed| !changed.lost.is_empty()) else { return };
        let grave = ["strict-transport-security", "content-security-policy"];
        let severity = match changed.lost.iter().any(|field| grave.contains(&field.name.as_str())) {
            true => Severity::Medium,
            false => Severity::Low,
        };
        let names: Vec<String> = changed.lost.iter().map(|field| headers::shown(&field.name)).collect();
        found
            .at(format!("{} no longer sends {}", pair.place(), words::and(&names)))
            .severity(severity)
            .differs(
                changed.lost.iter().map(|field| headers::line(&field.name, Some(&field.was))),
                changed.lost.iter().map(|field| headers::line(&field.name, None)),
            )
            .reasons(changed.weaker.iter().map(|field| format!("Beside it, {}", field.why)));
    },
};
