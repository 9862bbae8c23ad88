//! Whether a browser takes a host's certificates.

use midwatch_model::{CertificateChain, Rejection, TrustDecision};

use super::View;

/// Whether a browser takes the certificates of a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trust<'a> {
    /// Every chain that was met is trusted by a store.
    Yes {
        /// The observations.
        ids: Vec<&'a str>,
        /// The stores that trust them all, `mozilla` or `given`.
        stores: Vec<&'a str>,
    },
    /// One is not.
    No {
        /// Its observation.
        id: &'a str,
    },
    /// No chain was met, or no store was asked.
    Unknown,
}

impl<'a> View<'a> {
    /// Whether a browser takes the certificates of `host`.
    pub fn trust(&self, host: &str) -> Trust<'a> {
        let (mut ids, mut stores) = (Vec::new(), Vec::new());
        for chain in self.chains.iter().filter(|chain| chain.fact.host.to_string() == host) {
            match trusting_store(chain.fact) {
                Some(store) => {
                    ids.push(chain.id);
                    if !stores.contains(&store) {
                        stores.push(store);
                    }
                }
                None if chain.fact.trust.is_empty() => return Trust::Unknown,
                None => return Trust::No { id: chain.id },
            }
        }
        if ids.is_empty() { Trust::Unknown } else { Trust::Yes { ids, stores } }
    }
}

/// The first store that trusts a chain. Where the user named anchors of their own, those count as well as the
/// public ones. What this computer's own store (`system`) says counts for nobody else, and not here.
pub(crate) fn trusting_store(chain: &CertificateChain) -> Option<&str> {
    let counts = |decision: &&TrustDecision| decision.trusted && decision.store != SYSTEM;
    chain.trust.iter().find(counts).map(|decision| decision.store.as_str())
}

/// The first public root programme that trusts a chain.
pub(crate) fn public_store(chain: &CertificateChain) -> Option<&str> {
    let counts = |decision: &&TrustDecision| decision.trusted && decision.is_public();
    chain.trust.iter().find(counts).map(|decision| decision.store.as_str())
}

const SYSTEM: &str = "system";
const GIVEN: &str = "given";

/// Every reason against a chain that no store trusts: those of the user's own anchors where they were given,
/// since that is the store that the chain is meant for. Empty where the chain is trusted.
pub(crate) fn rejections(chain: &CertificateChain) -> &[Rejection] {
    if trusting_store(chain).is_some() {
        return &[];
    }
    let of = |wanted: &str| chain.trust.iter().find(|decision: &&TrustDecision| decision.store == wanted);
    let decision = of(GIVEN).or_else(|| of("mozilla")).or_else(|| chain.trust.first());
    decision.map_or(&[], |decision| decision.rejections.as_slice())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    #[test]
    fn this_computers_store_says_nothing_of_visitors() {
        let mut chain = chain();
        for (store, trusting, public) in [
            ("mozilla", true, true),
            ("chrome", true, true),
            ("given", true, false),
            ("system", false, false),
        ] {
            chain.trust[0].store = store.into();
            assert_eq!(trusting_store(&chain).is_some(), trusting, "{store}");
            assert_eq!(public_store(&chain).is_some(), public, "{store}");
        }
    }
}
