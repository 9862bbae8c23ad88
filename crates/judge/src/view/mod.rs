//! The observations of one target, indexed the way checks and attacks ask for them.

mod cookies;
pub(crate) mod dns;
pub(crate) mod git;
pub(crate) mod here;
pub(crate) mod host_keys;
mod hsts;
pub(crate) mod mail;
mod pages;
mod plain;
mod preload;
pub(crate) mod revocation;
pub(crate) mod server;
pub(crate) mod trust;

use midwatch_fields::{server as fields_server, site};
use midwatch_model::{
    AddressAnswer, Addresses, CertificateChain, CrawlSummary, Entry, EntryKind, Fact, Host, HostKeys,
    Observation, Page, PlainAnswer, Preload, Remote, Response, ServerSoftware, SshEndpoint, Starttls,
    StarttlsEndpoint, Target, Time, TlsEndpoint, TlsReport,
};
use url::Url;

pub use cookies::CookieSeen;
pub use hsts::{HstsSeen, HstsState};
pub use pages::{SecurePage, by_first_page};
pub use plain::{FirstHop, first_hop, is_closed, is_here};
pub use trust::Trust;

use crate::fixes::{Context, Service};

/// A fact with the id of its observation.
#[derive(Debug)]
pub struct Seen<'a, T> {
    /// The observation's id.
    pub id: &'a str,
    /// The fact.
    pub fact: &'a T,
}

// Two references: copied whatever the fact is, which a derive would ask to be `Copy` too.
impl<T> Clone for Seen<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Seen<'_, T> {}

/// A response that was seen, with the URL that it answers.
#[derive(Clone, Debug)]
pub struct Answer<'a> {
    /// The observation's id.
    pub id: &'a str,
    /// The URL asked for.
    pub url: Url,
    /// The response.
    pub response: &'a Response,
}

/// The observations of one target, by kind.
pub struct View<'a> {
    /// What the user named.
    pub target: &'a Target,
    /// The moment of judgement.
    pub now: Time,
    /// The target's host as it stands in a URL.
    pub host: String,
    /// The name with `www.` added or taken away.
    pub sibling: Option<String>,
    /// Addresses that were looked up.
    pub addresses: Vec<Seen<'a, Addresses>>,
    /// TLS endpoints of the target's own host.
    pub endpoints: Vec<Seen<'a, TlsEndpoint>>,
    /// What the target's own host says before TLS that is asked for in plain text.
    pub starttls: Vec<Seen<'a, StarttlsEndpoint>>,
    /// Certificate chains of the target's host and of its sibling.
    pub chains: Vec<Seen<'a, CertificateChain>>,
    /// The ways in.
    pub entries: Vec<Seen<'a, Entry>>,
    /// What each of several addresses answers.
    pub address_answers: Vec<Seen<'a, AddressAnswer>>,
    /// Pages that were fetched.
    pub pages: Vec<Seen<'a, Page>>,
    /// What plain http answered for them.
    pub plain: Vec<Seen<'a, PlainAnswer>>,
    /// Cookies of the site's own hosts.
    pub cookies: Vec<CookieSeen<'a>>,
    /// What the preload list says of the target's names.
    pub preloads: Vec<Seen<'a, Preload>>,
    /// How far the crawl went.
    pub crawl: Option<Seen<'a, CrawlSummary>>,
    /// Every response that was seen, in the order of the observations.
    pub answers: Vec<Answer<'a>>,
    /// The server software that a `Server` field of the target's own hosts names, or the identification of an SSH
    /// server.
    pub server: Option<ServerSoftware>,
    /// What each host says of HSTS over https.
    pub(crate) hsts: Vec<HstsSeen<'a>>,
    /// What the DNS says of the target's name.
    pub(crate) dns: dns::Dns<'a>,
    /// What this computer and its network show.
    pub(crate) here: here::Here<'a>,
    /// SSH servers.
    pub ssh: Vec<Seen<'a, SshEndpoint>>,
    /// What is known of their keys.
    pub host_keys: Vec<Seen<'a, HostKeys>>,
    /// What git's own files say.
    pub(crate) git: git::Git<'a>,
    /// A domain's mail.
    pub(crate) mail: mail::Mail<'a>,
    /// Reports of other mail servers.
    pub tls_reports: Vec<Seen<'a, TlsReport>>,
    /// What this server's own files say.
    pub(crate) inside: server::Inside<'a>,
}

impl<'a> View<'a> {
    /// Indexes observations.
    pub fn new(target: &'a Target, observations: &'a [Observation], now: Time) -> Self {
        View::of(target, observations, now)
    }

    /// The same of a domain's mail, with each of its `servers` ([`mail::servers`]) by itself.
    pub(crate) fn with_servers(
        target: &'a Target,
        servers: &'a [Target],
        observations: &'a [Observation],
        now: Time,
    ) -> Self {
        let mut view = View::of(target, observations, now);
        let part = |server| {
            View::of(server, observations.iter().filter(|one| mail::is_about(server, &one.fact)), now)
        };
        view.mail.parts = servers.iter().map(part).collect();
        view
    }

    fn of(target: &'a Target, observations: impl IntoIterator<Item = &'a Observation>, now: Time) -> Self {
        let mut view = View {
            target,
            now,
            host: target.whom(),
            sibling: target.host().and_then(Host::name).and_then(site::sibling),
            addresses: Vec::new(),
            endpoints: Vec::new(),
            starttls: Vec::new(),
            chains: Vec::new(),
            entries: Vec::new(),
            address_answers: Vec::new(),
            pages: Vec::new(),
            plain: Vec::new(),
            cookies: Vec::new(),
            preloads: Vec::new(),
            crawl: None,
            answers: Vec::new(),
            server: None,
            hsts: Vec::new(),
            dns: dns::Dns::default(),
            here: here::Here::default(),
            ssh: Vec::new(),
            host_keys: Vec::new(),
            git: git::Git::default(),
            mail: mail::Mail::default(),
            tls_reports: Vec::new(),
            inside: server::Inside::default(),
        };
        for observation in observations {
            view.take(observation);
        }
        view.server = view
            .answers
            .iter()
            .filter(|answer| answer.url.host_str().is_some_and(|host| view.is_own(host)))
            .flat_map(|answer| answer.response.header("server"))
            .find_map(fields_server::software)
            .or_else(|| {
                let said = view.starttls.iter().filter_map(|seen| seen.fact.greeting.value());
                said.flatten().find_map(|line| fields_server::mail_software(line))
            })
            .or_else(|| {
                let said = view.ssh.iter().filter_map(|ssh| ssh.fact.identification.value());
                said.map(|said| said.software.as_str()).find_map(fields_server::ssh_software)
            });
        view.hsts = hsts::of_answers(&view.answers);
        view
    }

    fn take(&mut self, observation: &'a Observation) {
        let id = observation.id.as_str();
        if let Target::Mail { domain, .. } = self.target
            && self.mail.take(id, &observation.fact, domain)
        {
            return;
        }
        match &observation.fact {
            Fact::Addresses(fact) => self.addresses.push(Seen { id, fact }),
            Fact::TlsEndpoint(fact) => {
                if Some(&fact.host) == self.target.host() {
                    self.endpoints.push(Seen { id, fact });
                }
            }
            Fact::Starttls(fact) => {
                if Some(&fact.host) == self.target.host() {
                    self.starttls.push(Seen { id, fact });
                }
            }
            Fact::CertificateChain(fact) if matches!(self.target, Target::Here { .. }) => {
                self.here.chains.push(Seen { id, fact });
            }
            Fact::CertificateChain(fact) => {
                let host = fact.host.to_string();
                if self.is_own(&host) || host == self.certificate_host() {
                    self.chains.push(Seen { id, fact });
                }
            }
            Fact::Entry(fact) => {
                for hop in &fact.hops {
                    self.answer(id, &hop.exchange);
                }
                self.entries.push(Seen { id, fact });
            }
            Fact::AddressAnswer(fact) => {
                self.answer(id, &fact.exchange);
                self.address_answers.push(Seen { id, fact });
            }
            Fact::Page(fact) => {
                self.answer(id, &fact.exchange);
                self.pages.push(Seen { id, fact });
            }
            Fact::PlainAnswer(fact) => {
                self.answer(id, &fact.exchange);
                self.plain.push(Seen { id, fact });
            }
            Fact::Cookie(fact) => {
                let cookie = CookieSeen::new(id, fact, self.now);
                if cookie.set_by_host().is_none_or(|host| self.is_own_site(&host)) {
                    self.cookies.push(cookie);
                }
            }
            Fact::Preload(fact) => self.preloads.push(Seen { id, fact }),
            Fact::Crawl(fact) => self.crawl = Some(Seen { id, fact }),
            Fact::Dnssec(fact) => self.dns.dnssec = Some(Seen { id, fact }),
            Fact::Caa(fact) => self.dns.caa = Some(Seen { id, fact }),
            Fact::Tlsa(fact) => self.dns.tlsa = Some(Seen { id, fact }),
            Fact::Sshfp(fact) => self.dns.sshfp.push(Seen { id, fact }),
            Fact::HttpsRecord(fact) => self.dns.https = Some(Seen { id, fact }),
            // No check rests on them: they are remembered, and what differs from look to look is told.
            Fact::Mx(_) | Fact::Ds(_) => {}
            // Facts of a domain's mail say nothing of other targets.
            Fact::MailExchange(_)
            | Fact::MailService(_)
            | Fact::MailSrv(_)
            | Fact::MailAutoconfig(_)
            | Fact::MtaSts(_)
            | Fact::TlsRpt(_)
            | Fact::Spf(_)
            | Fact::Dkim(_)
            | Fact::Dmarc(_) => {}
            Fact::Delegation(fact) => self.dns.delegation = Some(Seen { id, fact }),
            Fact::ResolverAnswers(fact) => self.here.resolvers.push(Seen { id, fact }),
            Fact::Echo(fact) => self.here.echoes.push(Seen { id, fact }),
            Fact::KnownNetwork(fact) => self.here.known = Some(Seen { id, fact }),
            Fact::LinkWatch(fact) => self.here.links.push(Seen { id, fact }),
            Fact::LocalNetwork(fact) => self.here.local.network = Some(Seen { id, fact }),
            Fact::LocalNames(fact) => self.here.local.names = Some(Seen { id, fact }),
            Fact::LocalSettings(fact) => self.here.local.settings.push(Seen { id, fact }),
            Fact::LocalTrust(fact) => self.here.local.trust.push(Seen { id, fact }),
            Fact::LocalBrowser(fact) => self.here.local.browsers.push(Seen { id, fact }),
            Fact::LocalWifi(fact) => self.here.wifi.seen = Some(Seen { id, fact }),
            Fact::LocalUpkeep(fact) => self.here.upkeep = Some(Seen { id, fact }),
            Fact::RouterPage(fact) => self.here.routers.push(Seen { id, fact }),
            Fact::PlainSite(fact) => self.here.plain_sites.push(Seen { id, fact }),
            Fact::SshEndpoint(fact) => self.ssh.push(Seen { id, fact }),
            Fact::HostKeys(fact) => self.host_keys.push(Seen { id, fact }),
            Fact::GitSource(fact) => self.git.sources.push(Seen { id, fact }),
            Fact::ListeningServices(fact) => self.inside.listening = Some(Seen { id, fact }),
            Fact::TlsReport(fact) => self.tls_reports.push(Seen { id, fact }),
            // Nothing is judged by it: what could not be read is told as a gap.
            Fact::TlsReportFiles(_) => {}
            Fact::ServerSettings(fact) => self.inside.settings = Some(Seen { id, fact }),
            Fact::ServedSites(fact) => self.inside.sites = Some(Seen { id, fact }),
            Fact::SiteFaults(fact) => self.inside.faults = Some(Seen { id, fact }),
        }
    }

    fn answer(&mut self, id: &'a str, exchange: &'a midwatch_model::Exchange) {
        if let (Some(response), Ok(url)) = (exchange.response.value(), Url::parse(&exchange.url)) {
            self.answers.push(Answer { id, url, response });
        }
    }

    /// True for the target's host and its sibling.
    pub fn is_own(&self, host: &str) -> bool {
        host == self.host || self.sibling.as_deref() == Some(host)
    }

    /// The name that the certificate has to hold: the one that is sent as SNI where that is another than the
    /// host.
    pub fn certificate_host(&self) -> &str {
        match self.target {
            Target::Tls { sni: Some(name), .. } => name,
            _ => &self.host,
        }
    }

    /// True for every host of the same site.
    pub fn is_own_site(&self, host: &str) -> bool {
        self.is_own(host) || site::same_site(host, &self.host)
    }

    /// The port of the target's https or other TLS service.
    pub fn tls_port(&self) -> u16 {
        match self.target {
            Target::Site { https_port, .. } => *https_port,
            Target::Tls { port, .. } => *port,
            Target::Git { remote: Remote::Https { port, .. }, .. } => *port,
            Target::Mail { .. }
            | Target::Ssh { .. }
            | Target::Git { .. }
            | Target::Repository { .. }
            | Target::Here { .. }
            | Target::Server
            | Target::TlsReports { .. } => 0,
        }
    }

    /// `host:port` of the target's TLS service.
    pub fn endpoint_name(&self) -> String {
        format!("{}:{}", self.host, self.tls_port())
    }

    /// A way in, where it was tried.
    pub fn entry(&self, kind: EntryKind) -> Option<Seen<'a, Entry>> {
        self.entries.iter().find(|entry| entry.fact.entry == kind).copied()
    }

    /// Pages that are HTML of this site with a 2xx status, or had none to look at.
    pub fn own_pages(&self) -> impl Iterator<Item = (Seen<'a, Page>, Url)> + '_ {
        self.pages.iter().filter_map(|page| {
            let url = Url::parse(&page.fact.exchange.url).ok()?;
            let own = url.host_str().is_some_and(|host| self.is_own_site(host));
            own.then_some((*page, url))
        })
    }

    /// How the target's connections ask for TLS, where they begin in plain text.
    pub fn starttls_by(&self) -> Option<Starttls> {
        match self.target {
            Target::Tls { starttls, .. } => *starttls,
            _ => None,
        }
    }

    /// True of a service that programs meet, and not browsers.
    pub fn is_for_programs(&self) -> bool {
        self.starttls_by().is_some() || self.service() == Service::Mail
    }

    /// What kind of service the target is.
    pub fn service(&self) -> Service {
        match self.target {
            Target::Mail { .. } => Service::Mail,
            Target::Tls { port, starttls, .. } if is_mail(*port, *starttls) => Service::Mail,
            Target::Tls { starttls: Some(_), .. } => Service::Other,
            _ => Service::Web,
        }
    }

    /// What configuration lines are for.
    pub fn fix_context(&self) -> Context {
        let host = self.host.clone();
        // What has no port of its own is mended at the port that is registered.
        let https_port = Some(self.tls_port()).filter(|port| *port != 0).unwrap_or(443);
        let exchanges = self.mail.takers().map(|seen| seen.fact.host.clone()).collect();
        Context { service: self.service(), host, https_port, cookie: None, exchanges }
    }

    /// True where the target is named by an address: HSTS does not work there (RFC 6797, 8.1.1).
    pub fn host_is_address(&self) -> bool {
        matches!(self.target.host(), Some(Host::Address(_)))
    }
}

/// True for a service of mail, by how it asks for TLS, or else by its registered port (RFC 8314 7; 4190 by RFC 5804 8).
fn is_mail(port: u16, starttls: Option<Starttls>) -> bool {
    match starttls {
        Some(Starttls::Smtp | Starttls::Lmtp | Starttls::Submission) => true,
        Some(Starttls::Imap | Starttls::Pop3 | Starttls::Sieve) => true,
        Some(_) => false,
        None => matches!(port, 25 | 110 | 143 | 465 | 587 | 993 | 995 | 4190),
    }
}

/// True for a status that comes with content of the site.
pub(crate) fn is_content(response: &Response) -> bool {
    (200..300).contains(&response.status) && response.status != 204 && response.status != 205
}
