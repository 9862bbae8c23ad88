//! What this server's own files say of it.

use midwatch_model::{
    CertificateFile, FileCertificate, PlainSays, ServedSite, ServedSites, SiteFaults, SiteListen,
    SiteSoftware,
};

use super::Seen;

/// This server from inside.
#[derive(Debug, Default)]
pub(crate) struct Inside<'a> {
    /// The sites that it is told to serve.
    pub(crate) sites: Option<Seen<'a, ServedSites>>,
    /// What the audits of all of them found.
    pub(crate) faults: Option<Seen<'a, SiteFaults>>,
}

/// True where everything that a site answers over plain http leads to https or to nothing.
pub(crate) fn is_closed_plain(site: &ServedSite) -> bool {
    matches!(site.plain, PlainSays::None | PlainSays::Redirects | PlainSays::Refuses)
}
