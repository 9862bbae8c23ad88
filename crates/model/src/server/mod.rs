//! What a server's own files say of it: whom it serves, and by which settings.

mod edit;
mod faults;
mod listening;
mod services;
mod settings;
mod sites;

pub use edit::{Edit, Edits};
pub use faults::{FaultTally, SiteFault, SiteFaults};
pub use listening::{
    Bound, FirewallRules, Gate, HostsAccess, ListeningProgram, ListeningService, ListeningServices, Passage,
    Reach, SentOn, ServiceAnswer, ServiceProtection, ServiceSign,
};
pub use services::{ByNature, KNOWN_SERVICES, KnownService, ServiceKind, ServiceQuestion};
pub use settings::{
    ServerKey, ServerPath, ServerProgram, ServerProgramId, ServerSetting, ServerSettings, ServerUpdates,
    SettingPlace,
};
pub use sites::{
    CertificateFile, FileCertificate, PanelDomain, PlainSays, ServedSite, ServedSites, SiteListen,
    SiteProgram, SiteSoftware, UserDirectories,
};
