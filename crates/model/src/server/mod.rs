//! What a server's own files say of it: whom it serves, and by which settings.

mod faults;
mod listening;
mod services;
mod sites;

pub use faults::{FaultTally, SiteFault, SiteFaults};
pub use listening::{
    Bound, FirewallRules, Gate, ListeningProgram, ListeningService, ListeningServices, Passage, Reach,
    ServiceAnswer, ServiceProtection, ServiceSign,
};
pub use services::{ByNature, KNOWN_SERVICES, KnownService, ServiceKind, ServiceQuestion};
pub use sites::{
    CertificateFile, FileCertificate, PanelDomain, PlainSays, ServedSite, ServedSites, SiteListen,
    SiteProgram, SiteSoftware, UserDirectories,
};
