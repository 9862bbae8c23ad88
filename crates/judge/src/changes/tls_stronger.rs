//! The TLS service accepts fewer weak settings than before.

use midwatch_model::Severity;

use super::rule::Rule;
use super::tls;
use midwatch_model::Likelihood;

pub(crate) static RULE: Rule = Rule {
    id: "tls-stronger",
    title: "The TLS service accepts fewer weak settings than before",
    severity: Severity::Info,
    about: "What was weak is gone, or a newer version is there.",
    decided: "A version below TLS 1.2 or a weak suite that was accepted is not any more, or a newer version \
              is accepted, and nothing became weaker (see tls-weaker). Benign.",
    benign: &[],
    advice: "Nothing.",
    source: "RFC 8996; RFC 9325 3.1.1 and 4.1",
    attacks: &[],
    explains: tls::EXPLAINS,
    find: |pair, found| {
        let Some(changed) = tls::changed(pair) else { return };
        if changed.worse.is_empty() && !changed.better.is_empty() {
            found
                .at(format!("{} accepts stronger TLS settings than before", pair.place()))
                .likely(Likelihood::Benign)
                .differs([changed.was], [changed.is])
                .reasons(changed.better);
        }
    },
};
