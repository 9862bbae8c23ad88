//! What certification authorities publish about their certificates, fetched when the user allows it: the
//! certificates of issuers that a server did not send (caIssuers), OCSP answers, and revocation lists.
//!
//! An authority that is asked learns which site somebody looks at, so nothing here happens unasked. The addresses
//! stand in certificates, which a hostile server writes: they are asked over plain http alone (as all authorities
//! publish, since what they publish is signed), with bounds of their own, and a server on the internet does not get
//! midwatch to ask addresses of private networks.

mod certificates;
mod fetch;
mod issuers;
mod revocation;

use midwatch_model::{CertificateChain, Time};

use crate::net::Net;
use crate::pki::{Met, TrustStores};

pub use certificates::read as published;
pub use fetch::Cache;

/// What authorities may be asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Asks {
    /// For the certificates of issuers that were not sent.
    pub issuers: bool,
    /// Whether the certificates of the path are revoked.
    pub revocation: bool,
}

/// The authorities of a run. Cheap to clone; clones share what was fetched.
#[derive(Clone, Debug, Default)]
pub struct Authorities {
    asks: Asks,
    cache: Cache,
}

impl Authorities {
    /// Authorities that may be asked this much.
    pub fn new(asks: Asks) -> Self {
        Authorities { asks, cache: Cache::default() }
    }

    /// Asks what is allowed about one chain, which is `met` and `sent` (DER, leaf first), and adds to its `fact`
    /// what came of it.
    pub async fn ask(
        &self,
        net: &Net,
        met: &Met<'_>,
        sent: &[Vec<u8>],
        stores: &TrustStores,
        now: Time,
        fact: &mut CertificateChain,
    ) {
        let fetcher = fetch::Fetcher { net, cache: &self.cache, for_server: met.address.ip() };
        let mut chain = sent.to_vec();
        if self.asks.issuers && fact.shape.missing_issuer.is_some() {
            issuers::complete(&fetcher, met, &mut chain, stores, now, fact).await;
        }
        if self.asks.revocation {
            revocation::ask(&fetcher, &chain, stores, now, fact).await;
        }
    }
}
