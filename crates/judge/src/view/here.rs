//! What this computer and its network show.

pub(crate) mod link;
pub(crate) mod local;
pub(crate) mod portal;
pub(crate) mod wifi;

use midwatch_model::{
    CertificateChain, Echo, KnownNetwork, LinkWatch, LocalUpkeep, PlainSite, ResolverAnswers, RouterPage,
};

use super::Seen;

/// The facts of `midwatch here`, by kind.
#[derive(Debug, Default)]
pub(crate) struct Here<'a> {
    /// What echoes say.
    pub(crate) echoes: Vec<Seen<'a, Echo>>,
    /// What the system's resolver answers.
    pub(crate) resolvers: Vec<Seen<'a, ResolverAnswers>>,
    /// The chains of public sites, as they are met from here. What is at fault with the sites themselves is for
    /// their owners, so that no check of theirs looks at these.
    pub(crate) chains: Vec<Seen<'a, CertificateChain>>,
    /// The network, and whether it is known.
    pub(crate) known: Option<Seen<'a, KnownNetwork>>,
    /// What public sites answer over plain http.
    pub(crate) plain_sites: Vec<Seen<'a, PlainSite>>,
    /// What was heard on the links.
    pub(crate) links: Vec<Seen<'a, LinkWatch>>,
    /// This computer's own configuration.
    pub(crate) local: local::Local<'a>,
    /// The Wi-Fi that it is on.
    pub(crate) wifi: wifi::Wifi<'a>,
    /// How well it is kept.
    pub(crate) upkeep: Option<Seen<'a, LocalUpkeep>>,
    /// What routers answer to a browser.
    pub(crate) routers: Vec<Seen<'a, RouterPage>>,
}
