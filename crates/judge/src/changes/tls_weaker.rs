//! The TLS service accepts weaker settings than before.

use midwatch_model::{AttackId::*, Severity};

use super::rule::Rule;
use super::tls;

pub(crate) static RULE: Rule = Rule {
    id: "tls-weaker",
    title: "The TLS service accepts weaker settings than before",
    severity: Severity::Medium,
    about: "A version or a suite that can be broken is accepted, which was not, or the best version is gone. \
            Somebody on the way makes use of it where clients go along.",
    decided: "A version below TLS 1.2 (deprecated by RFC 8996, prohibited below TLS 1.0), a suite without \
              proof of identity, without encryption, of the export rules, with RC4, with keys of 64 bits or \
              fewer or with blocks of 64 bits is accepted and was not, or the newest version that was \
              accepted is not any more. Only looks are compared in which every address that answers was \
              measured wholly. Unclear. As bad as the worst finding that comes with it, medium at least.",
    benign: &[
        "An update or a new configuration that brought old defaults back.",
        "Another server, or a load balancer, took over.",
    ],
    advice: "Compare the server's configuration with what it was, and set it as Mozilla's guideline says.",
    source: "RFC 8996; RFC 9325 3.1.1 and 4.1; RFC 7465",
    attacks: &[StrippingAndDowngrade, Eavesdropping],
    explains: tls::EXPLAINS,
    find: |pair, found| {
        let Some(changed) = tls::changed(pair).filter(|changed| !changed.worse.is_empty()) else { return };
        found
            .at(format!("{} accepts weaker TLS settings than before", pair.place()))
            .differs([changed.was], [changed.is])
            .reasons(changed.worse);
    },
};
