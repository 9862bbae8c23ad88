//! What a server's own files say of it: whom it serves, and by which settings.

mod faults;
mod sites;

pub use faults::{FaultTally, SiteFault, SiteFaults};
pub use sites::{
    CertificateFile, FileCertificate, PanelDomain, PlainSays, ServedSite, ServedSites, SiteListen,
    SiteProgram, SiteSoftware, UserDirectories,
};
