//! What this server's own files say of it.

use midwatch_model::{
    CertificateFile, FileCertificate, ListeningServices, PlainSays, ServedSite, ServedSites, ServerSettings,
    SiteFaults, SiteListen, SiteSoftware,
};

use super::Seen;

/// This server from inside.
#[derive(Debug, Default)]
pub(crate) struct Inside<'a> {
    /// The sites that it is told to serve.
    pub(crate) sites: Option<Seen<'a, ServedSites>>,
    /// What listens, and whom the firewall lets there.
    pub(crate) listening: Option<Seen<'a, ListeningServices>>,
    /// The settings of its programs.
    pub(crate) settings: Option<Seen<'a, ServerSettings>>,
    /// What the audits of all of them found.
    pub(crate) faults: Option<Seen<'a, SiteFaults>>,
}

impl<'a> Inside<'a> {
    /// Every site, with the inventory that it stands in.
    pub(crate) fn served(&self) -> impl Iterator<Item = (Seen<'a, ServedSites>, &'a ServedSite)> + '_ {
        self.sites.iter().flat_map(|seen| seen.fact.sites.iter().map(|site| (*seen, site)))
    }
}

/// The certificates of a site that could be read, with their files.
pub(crate) fn certificates<'a>(
    all: &'a ServedSites,
    site: &'a ServedSite,
) -> impl Iterator<Item = (&'a CertificateFile, &'a FileCertificate)> {
    let files = site.certificates.iter().filter_map(|at| all.certificates.get(usize::try_from(*at).ok()?));
    files.filter_map(|file| Some((file, file.certificate.value()?)))
}

/// Where others reach a site: its places but those on loopback.
pub(crate) fn outward(site: &ServedSite) -> impl Iterator<Item = &SiteListen> {
    site.listens.iter().filter(|listen| !listen.is_own())
}

/// What a site is called: its first name, or where it listens.
pub(crate) fn called(site: &ServedSite) -> String {
    match (site.names.first(), site.listens.first()) {
        (Some(name), _) => name.clone(),
        (None, Some(listen)) => format!("the default site of {} at {listen}", site.software.name()),
        (None, None) => format!("the site in {}, line {}", site.file, site.line),
    }
}

/// Where it stands in the configuration.
pub(crate) fn stands(site: &ServedSite) -> String {
    format!("{}, line {}", site.file, site.line)
}

/// True where everything that a site answers over plain http leads to https or to nothing.
pub(crate) fn is_closed_plain(site: &ServedSite) -> bool {
    matches!(site.plain, PlainSays::None | PlainSays::Redirects | PlainSays::Refuses)
}

/// The program as the lines of fixes know it.
pub(crate) fn fixed_by(software: SiteSoftware) -> Option<midwatch_model::ServerSoftware> {
    match software {
        SiteSoftware::Nginx => Some(midwatch_model::ServerSoftware::Nginx),
        SiteSoftware::Apache => Some(midwatch_model::ServerSoftware::Apache),
        SiteSoftware::Caddy => Some(midwatch_model::ServerSoftware::Caddy),
        SiteSoftware::OpenLiteSpeed => None,
    }
}
