//! The name has an address of a private network.

use midwatch_model::{AttackId::*, Severity};

use super::addresses::{self, Moved};
use super::rule::Rule;
use midwatch_model::Likelihood;

pub(crate) static RULE: Rule = Rule {
    id: "address-private",
    title: "The name has an address of a private network",
    severity: Severity::High,
    about: "A public name leads to an address that exists within a local network alone: whoever answers \
            sends visitors to a machine nearby.",
    decided: "An address of a private network (RFC 1918, RFC 4193, RFC 6598, loopback and link-local) for a \
              name whose addresses were all public so far. Suspicious.",
    benign: &[
        "A network whose resolver answers for its own services with their inner addresses (split DNS).",
        "A captive portal or a filter of the network answers for names.",
        "A service that moved into the local network.",
    ],
    advice: "Ask another resolver, over TLS, for the same name. Where the answers differ, do not use this \
             network's.",
    source: "RFC 1918; RFC 4193; RFC 6598",
    attacks: &[DnsSpoofing, IpHijacking],
    explains: &["resolver-faulty", "dns-answers-differ", "captive-portal"],
    find: |pair, found| {
        let Some(Moved::Private { new, known }) = addresses::moved(pair) else { return };
        found
            .at(format!("{} has an address of a private network", pair.place()))
            .likely(Likelihood::Suspicious)
            .differs(known, new.iter().map(ToString::to_string))
            .because("Every address that was met before is a public one.");
    },
};
