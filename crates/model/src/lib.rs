//! The vocabulary of midwatch: what is looked at, what was seen, what it means.
//!
//! Data flows one way through these types:
//!
//! ```text
//! Target -> Observation -> Finding -> AttackVerdict -> Report
//! ```
//!
//! No type here does I/O and none of them judges. Everything is plain data with a stable JSON form, so that
//! saved observations can be judged again later and so that other programs can read a report.

mod access;
mod address;
mod alert;
mod attack;
mod cert;
mod change;
mod dns;
mod finding;
mod git;
mod here;
mod hostkeys;
mod http;
mod mail;
mod memo;
mod news;
mod observation;
mod outcome;
mod path;
mod preload;
mod remote;
mod report;
mod server;
mod ssh;
mod starttls;
mod story;
mod target;
mod text;
mod tls;
mod tls_report;

pub use access::{Role, Scope, UnknownWord};
pub use address::{AddressPolicy, AddressRange, PortRange, is_private, special as special_address};
pub use alert::{ALERT_SCHEMA, Alert, AlertKind};
pub use attack::{AttackId, AttackVerdict, Because, Verdict};
pub use cert::{
    Certificate, CertificateChain, CertificateForm, ChainShape, Completed, Extensions, FetchedIssuer,
    KeyFault, KnownBy, KnownIssuer, KnownKind, LogState, NameConstraints, NameMatch, NotLooked, OcspAnswer,
    OcspStatus, OddName, OddNameKind, ParsedCertificate, Rejection, RejectionKind, Revocation,
    RevocationAsked, RevocationSource, Timestamp, TimestampSignature, TimestampSource, Transparency,
    TrustDecision,
};
pub use change::{Change, Event, EventState, Likelihood};
pub use dns::{
    Caa, CaaRecord, Dangling, DanglingKind, Delegation, Dnssec, Ds, DsRecord, EchConfig, ExtendedError,
    HttpsRecord, Mx, MxRecord, NameServer, ParentDelegation, ResolverFault, Security, ServerAnswer,
    ServiceBinding, Sshfp, SshfpRecord, Tlsa, TlsaMatch, TlsaRecord,
};
pub use finding::{Confidence, Evidence, Finding, Fix, ServerFix, ServerSoftware, Severity};
pub use git::{GitLevel, GitRemote, GitRole, GitSecret, GitSetting, GitSettingKind, GitSource};
pub use here::{
    AccessPoint, AnchorOrigin, BrowserFamily, BrowserSetting, BrowserSettingKind, Claim, ClaimBy, Claimant,
    Destination, DhcpOffer, EarlierNetwork, EarlierRouter, Echo, Firewall, Gateway, HelloEcho, HostsEntry,
    InstalledBrowser, KnownAnchor, KnownNetwork, Link, LinkKind, LinkRedirect, LinkWatch, ListeningSocket,
    LocalBrowser, LocalNames, LocalNetwork, LocalResolver, LocalSetting, LocalSettingKind, LocalSettings,
    LocalTrust, LocalUpkeep, LocalWifi, MalwareScanner, ManagementFrames, NameAnswers, NameProtocol,
    NameResponder, NameSource, Neighbour, NeighbourState, NetworkIdentity, PackageLists, PackageUpkeep,
    PendingUpdate, PendingUpdates, PlainEcho, PlainSite, PlainSiteAnswer, PrivateAnchor, ResolverAnswers,
    Route, RouterAnswer, RouterOffer, RouterPage, Standby, Unread, ValidUntil, Way, WifiCipher,
    WifiInterface, WifiMode, WifiName, WifiNetwork, WifiProtection, WifiProtectionKind,
};
pub use hostkeys::{
    HostKeyAnswer, HostKeyExpected, HostKeyMet, HostKeySaid, HostKeySource, HostKeyVerdict, HostKeyWord,
    HostKeys, SshClient, SshSetting,
};
pub use http::{
    AddressAnswer, Cookie, CrawlEnd, CrawlSummary, Entry, EntryEnd, EntryKind, Exchange, Form, Header, Hop,
    Page, PlainAnswer, Reference, ReferenceKind, Response,
};
pub use mail::{
    AutoconfigServer, AutoconfigSource, DaneChain, DaneFault, DaneRecord, Dkim, DkimKey, Dmarc,
    DmarcAlignment, DmarcPolicy, DmarcRecord, ExchangeFault, MailAutoconfig, MailAutoconfigDocument,
    MailExchange, MailListens, MailNamedBy, MailProtocol, MailService, MailSrv, MailTextFault, MtaSts,
    MtaStsFault, MtaStsFaultKind, MtaStsFetch, MtaStsMatch, MtaStsMode, MtaStsPolicy, MtaStsRecord,
    SocketType, Spf, SpfEvaluation, SpfFault, SpfFaultKind, SpfQualifier, SrvRecord, TextRecords, TlsRpt,
    TlsRptFault, TlsRptFaultKind, TlsRptRecord,
};
pub use memo::{AnchorMemo, CertificateMemo, FindingMemo, History, HostKeyMemo, KeptMemo, Memo, Remembered};
pub use news::{NEWS_SCHEMA, News, NewsLine};
pub use observation::{Addresses, Fact, Observation, Vantage};
pub use outcome::{Outcome, Reason, ReasonKind};
pub use path::{Hop as PathHop, PathMark, Station};
pub use preload::{Preload, PreloadEntry};
pub use remote::{Remote, RemoteError};
pub use report::{Report, SCHEMA, State, TargetReport};
pub use server::{
    Bound, ByNature, CertificateFile, Edit, Edits, FaultTally, FileCertificate, FirewallRules, Gate,
    HostsAccess, KNOWN_SERVICES, KnownService, ListeningProgram, ListeningService, ListeningServices,
    PanelDomain, Passage, PlainSays, Reach, SentOn, ServedSite, ServedSites, ServerKey, ServerPath,
    ServerProgram, ServerProgramId, ServerSetting, ServerSettings, ServerUpdates, ServiceAnswer, ServiceKind,
    ServiceProtection, ServiceQuestion, ServiceSign, SettingPlace, SiteFault, SiteFaults, SiteListen,
    SiteProgram, SiteSoftware, UserDirectories,
};
pub use ssh::{
    SshAlgorithms, SshCertificate, SshCertificateKind, SshCertificateOption, SshEndpoint, SshHostKey,
    SshIdentification, SshOfferedKey, SshPublicKey,
};
pub use starttls::{Announced, PlainCommand, Starttls, StarttlsEndpoint};
pub use story::{
    Person, STORY_SCHEMA, Story, StoryArrow, StoryChapter, StoryName, StoryPlay, StoryResult, StoryRow,
    StoryScene, StoryStep, StoryTable, StoryVerdict, StoryWay,
};
pub use target::{Host, Target, TargetError};
pub use text::{is_hidden, lossless};
pub use tls::{
    DhParameters, Preference, Quirk, QuirkKind, Suite, SuiteId, TlsEndpoint, TlsVersion, VersionFacts,
    VersionResult,
};
pub use tls_report::{
    TlsEnforcement, TlsFailure, TlsFailureKind, TlsPolicyKind, TlsReport, TlsReportFiles, TlsReportPolicy,
};

/// A moment in time, written as RFC 3339 in UTC.
pub type Time = jiff::Timestamp;
