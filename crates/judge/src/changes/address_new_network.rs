//! The name has an address in a network where it never had one.

use midwatch_model::{AttackId::*, Severity};

use super::addresses::{self, Moved};
use super::rule::Rule;
use midwatch_model::Likelihood;

pub(crate) static RULE: Rule = Rule {
    id: "address-new-network",
    title: "The name has an address in a network where it never had one",
    severity: Severity::Low,
    about: "Whoever answers for a name decides where its visitors go. Another network is where they would be \
            sent by somebody else, and where a service moves to.",
    decided: "An address outside of every network in which an address of the name was met: for IPv4 the \
              first 16 bits, for IPv6 the first 32, which is what registries give to one provider as a rule. \
              Another address within a known network is no change. Info and benign where addresses within \
              known networks are met beside it; low and unclear where none is. A content delivery network is \
              told at each of its networks once.",
    benign: &[
        "The service moved to another provider, or got another server.",
        "A content delivery network answers from another of its networks, by where it is asked from.",
    ],
    advice: "Ask whoever runs the service whether the address is theirs. Over https, a certificate that is \
             as before says so.",
    source: "RFC 1034 3.6.1; allocations of the registries",
    attacks: &[DnsSpoofing, IpHijacking],
    explains: &[],
    find: |pair, found| {
        let Some(Moved::Network { new, known, kept }) = addresses::moved(pair) else { return };
        let draft = found
            .at(format!("{} has an address in another network", pair.place()))
            .differs(known, new.iter().map(|(network, address)| format!("{address} in {network}")));
        if kept {
            draft
                .severity(Severity::Info)
                .likely(Likelihood::Benign)
                .because("Addresses within networks that are known are there beside it.");
        } else {
            draft.because("No address within a network that is known is left.");
        }
    },
};
