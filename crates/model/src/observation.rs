//! Typed facts with their evidence.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use crate::{
    AddressAnswer, Caa, CertificateChain, Cookie, CrawlSummary, Delegation, Dkim, Dmarc, Dnssec, Ds, Echo,
    Entry, GitSource, HostKeys, HttpsRecord, KnownNetwork, LinkWatch, ListeningServices, LocalBrowser,
    LocalNames, LocalNetwork, LocalSettings, LocalTrust, LocalUpkeep, LocalWifi, MailAutoconfig,
    MailExchange, MailService, MailSrv, MtaSts, Mx, Outcome, Page, PlainAnswer, PlainSite, Preload,
    ResolverAnswers, RouterPage, ServedSites, SiteFaults, Spf, SshEndpoint, Sshfp, StarttlsEndpoint, Time,
    TlsEndpoint, TlsReport, TlsReportFiles, TlsRpt, Tlsa,
};

/// One fact, who saw it, and when.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Observation {
    /// `o1`, `o2` …: how findings and verdicts of the same target point here. The order is the same on
    /// every run that meets the same answers.
    pub id: String,
    /// What the fact is about: a URL, `host:port` or a name.
    pub subject: String,
    /// From where it was seen.
    pub vantage: Vantage,
    /// When it was seen.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub at: Time,
    /// The fact.
    #[serde(flatten)]
    pub fact: Fact,
}

/// The place a fact was seen from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Vantage {
    /// This computer.
    #[default]
    Local,
}

/// Every kind of fact that a probe can yield.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Fact {
    /// The addresses of a name.
    Addresses(Addresses),
    /// What one TLS endpoint (one address, one port, one SNI) accepts.
    TlsEndpoint(Box<TlsEndpoint>),
    /// What a service says before TLS that is asked for in plain text, and inside.
    Starttls(Box<StarttlsEndpoint>),
    /// A certificate chain as one endpoint sent it.
    CertificateChain(Box<CertificateChain>),
    /// A visitor's way in, from a first URL along every redirect.
    Entry(Entry),
    /// What one of several addresses answers to the first request of a way in.
    AddressAnswer(AddressAnswer),
    /// A page that the crawl met.
    Page(Box<Page>),
    /// What plain `http` answers for a page that `https` serves.
    PlainAnswer(PlainAnswer),
    /// A cookie that some answer set.
    Cookie(Cookie),
    /// What the browsers' HSTS preload list says of a name.
    Preload(Preload),
    /// How far the crawl went and why it ended.
    Crawl(CrawlSummary),
    /// What DNSSEC proves of a name's addresses.
    Dnssec(Dnssec),
    /// Which authorities may issue certificates for a name.
    Caa(Caa),
    /// The TLSA records of a service.
    Tlsa(Tlsa),
    /// The SSHFP records of a name.
    Sshfp(Sshfp),
    /// The HTTPS records of a name.
    HttpsRecord(HttpsRecord),
    /// Who takes mail for a name.
    Mx(Mx),
    /// The DS records of a zone.
    Ds(Ds),
    /// Who answers for a zone.
    Delegation(Box<Delegation>),
    /// What an echo says of what was sent to it from here.
    Echo(Box<Echo>),
    /// What this computer's resolver answers.
    ResolverAnswers(Box<ResolverAnswers>),
    /// Interfaces, gateways and neighbours of this computer, and which way packets go.
    LocalNetwork(Box<LocalNetwork>),
    /// What was heard on the links of this computer, or in a capture.
    LinkWatch(Box<LinkWatch>),
    /// The network that this computer is on, and whether it is known.
    KnownNetwork(Box<KnownNetwork>),
    /// Who turns names into addresses on this computer.
    LocalNames(Box<LocalNames>),
    /// Settings of programs on this computer.
    LocalSettings(LocalSettings),
    /// A store of trust anchors of this computer.
    LocalTrust(Box<LocalTrust>),
    /// A profile of a browser of this computer, or its policies.
    LocalBrowser(Box<LocalBrowser>),
    /// The Wi-Fi that this computer is on.
    LocalWifi(LocalWifi),
    /// How well this computer is kept.
    LocalUpkeep(Box<LocalUpkeep>),
    /// What the router answers to a browser.
    RouterPage(Box<RouterPage>),
    /// What a public site answers over plain http.
    PlainSite(Box<PlainSite>),
    /// What an SSH server says before anybody logs in.
    SshEndpoint(Box<SshEndpoint>),
    /// What is known of the keys that an SSH server showed.
    HostKeys(Box<HostKeys>),
    /// What git's own files say of a repository, or of a URL.
    GitSource(Box<GitSource>),
    /// What another mail server reports of its TLS to a domain's own.
    TlsReport(Box<TlsReport>),
    /// What was looked at for such reports.
    TlsReportFiles(TlsReportFiles),
    /// A server that takes a domain's mail.
    MailExchange(Box<MailExchange>),
    /// A service by which people send or read a domain's mail.
    MailService(MailService),
    /// The SRV records of such a service.
    MailSrv(MailSrv),
    /// A document that programs of mail set themselves up by.
    MailAutoconfig(Box<MailAutoconfig>),
    /// What a domain says by MTA-STS.
    MtaSts(Box<MtaSts>),
    /// Where senders report on TLS.
    TlsRpt(TlsRpt),
    /// Who may send mail in a domain's name, by address.
    Spf(Box<Spf>),
    /// A key by which signatures under a domain's mail are verified.
    Dkim(Box<Dkim>),
    /// What a domain asks receivers to do with mail in its name that nothing proves.
    Dmarc(Box<Dmarc>),
    /// Which sites the programs of this server are told to serve.
    ServedSites(Box<ServedSites>),
    /// What listens on a server, and whom its firewall lets there.
    ListeningServices(Box<ListeningServices>),
    /// What the audits of all of them found, by fault.
    SiteFaults(Box<SiteFaults>),
}

/// The addresses of a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Addresses {
    /// The name that was asked for.
    pub name: String,
    /// What the addresses are used for: `https`, `http`, `tls`, or a protocol of
    /// mail: `smtp`, `submission`, `imap`, `pop3`, `sieve`.
    pub service: String,
    /// Address and port of each, sorted, IPv4 first. `Unmeasured` with
    /// [`crate::ReasonKind::NoSuchName`] where there are none.
    pub addresses: Outcome<Vec<SocketAddr>>,
    /// True where `--resolve` named them rather than the resolver.
    pub given: bool,
}
