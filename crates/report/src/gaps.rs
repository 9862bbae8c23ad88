//! What could not be measured, and why, gathered from every observation.

use midwatch_model::{
    CrawlEnd, Exchange, Fact, GitSettingKind, GitSource, ListeningServices, NameMatch, Observation, Outcome,
    Reason, ReasonKind, ServedSites, ServerSettings, SiteFaults, SshEndpoint, StarttlsEndpoint, TargetReport,
    TlsEndpoint, TlsReport, TlsReportFiles, WifiInterface,
};

use crate::words;

/// The subject of what holds for this computer as a whole.
const HERE: &str = "this computer";

/// The subject of what holds for a server as a whole.
const SERVER: &str = "this server";

/// One thing that could not be measured, for one reason, at one or more places.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Gap {
    /// What is not known.
    pub what: String,
    /// Why not.
    pub why: String,
    /// What it is about: URLs or `host:port`.
    pub subjects: Vec<String>,
    /// False where it was not asked for, or does not apply: worth a note, and no fault.
    pub asked: bool,
}

/// Every gap of a target, in the order of its observations; equal ones folded into one.
pub(crate) fn gaps(target: &TargetReport) -> Vec<Gap> {
    let mut gaps = Gaps::default();
    for observation in &target.observations {
        gaps.observation(observation);
    }
    gaps.0
}

#[derive(Default)]
struct Gaps(Vec<Gap>);

impl Gaps {
    fn add(&mut self, what: impl Into<String>, why: impl Into<String>, subject: &str, asked: bool) {
        let (what, why) = (what.into(), why.into());
        match self.0.iter_mut().find(|gap| gap.what == what && gap.why == why && gap.asked == asked) {
            Some(gap) => {
                if !gap.subjects.iter().any(|known| known == subject) {
                    gap.subjects.push(subject.to_owned());
                }
            }
            None => self.0.push(Gap { what, why, subjects: vec![subject.to_owned()], asked }),
        }
    }

    fn reason(&mut self, what: impl Into<String>, why: &Reason, subject: &str) {
        self.add(what, why.detail.as_str(), subject, why.kind != ReasonKind::NotAsked);
    }

    fn outcome<T>(&mut self, what: impl Into<String>, outcome: &Outcome<T>, subject: &str) {
        if let Some(why) = outcome.why_not() {
            self.reason(what, why, subject);
        }
    }

    fn exchange(&mut self, what: &str, exchange: &Exchange) {
        self.outcome(what, &exchange.response, &exchange.url);
        if let Some(why) = exchange.response.value().and_then(|response| response.body_incomplete.as_deref())
        {
            self.add("the whole of an answer", why, &exchange.url, true);
        }
    }

    fn observation(&mut self, observation: &Observation) {
        match &observation.fact {
            Fact::Addresses(addresses) => {
                self.outcome(
                    format!("the addresses for {}", addresses.service),
                    &addresses.addresses,
                    &addresses.name,
                );
            }
            Fact::TlsEndpoint(endpoint) => self.endpoint(endpoint),
            Fact::Starttls(endpoint) => self.starttls(endpoint),
            Fact::CertificateChain(chain) => {
                let subject = format!("{}:{}", chain.host, chain.port);
                for (at, certificate) in chain.certificates.iter().enumerate() {
                    if certificate.parsed.is_none() {
                        self.add(
                            format!("what certificate {} says", at + 1),
                            "it is no certificate that can be parsed",
                            &subject,
                            true,
                        );
                    }
                }
                for gap in chain.transparency.iter().flat_map(|all| &all.not_looked) {
                    let what = format!("timestamps of logs in {}", words::place(gap.place));
                    self.reason(what, &gap.why, &subject);
                }
                if chain.name_match == NameMatch::Unknown {
                    self.add(
                        "whether the certificate names the host",
                        "the server's own certificate could not be parsed",
                        &subject,
                        true,
                    );
                }
            }
            Fact::Entry(entry) => {
                for hop in &entry.hops {
                    self.exchange("the answer on a way in", &hop.exchange);
                }
            }
            Fact::AddressAnswer(answer) => {
                self.exchange("what one of the addresses answers", &answer.exchange);
            }
            Fact::Page(page) => self.exchange("a page", &page.exchange),
            Fact::PlainAnswer(answer) => self.exchange("what plain http answers", &answer.exchange),
            Fact::Crawl(crawl) => {
                let why = match crawl.end {
                    CrawlEnd::Complete => return,
                    CrawlEnd::PageLimit => "the limit on pages was reached",
                    CrawlEnd::DepthLimit => "the limit on depth was reached",
                    CrawlEnd::TimeLimit => "the time was used up",
                    CrawlEnd::NoStart => "the start page could not be fetched",
                };
                let what = match crawl.left {
                    0 => "further pages".to_owned(),
                    1 => "1 page that was found and not fetched".to_owned(),
                    left => format!("{left} pages that were found and not fetched"),
                };
                self.add(what, why, &crawl.start, true);
            }
            Fact::Cookie(_) | Fact::Preload(_) => {}
            Fact::Dnssec(dnssec) => {
                self.outcome("whether the name's addresses can be proved", &dnssec.security, &dnssec.name);
            }
            Fact::Caa(caa) => self.outcome("CAA records", &caa.records, &caa.name),
            Fact::Tlsa(tlsa) => self.outcome("TLSA records", &tlsa.records, &tlsa.name),
            Fact::Sshfp(sshfp) => self.outcome("SSHFP records", &sshfp.records, &sshfp.name),
            Fact::HttpsRecord(https) => self.outcome("HTTPS records", &https.records, &https.name),
            Fact::Mx(mx) => self.outcome("MX records", &mx.records, &mx.name),
            Fact::Ds(ds) => self.outcome("DS records", &ds.records, &ds.zone),
            Fact::Delegation(zone) => {
                self.outcome("the name servers", &zone.name_servers, &zone.zone);
                self.outcome("the delegation by the zone above", &zone.parent, &zone.zone);
                for server in &zone.servers {
                    let at = server
                        .address
                        .map_or_else(|| server.name.clone(), |at| format!("{} at {at}", server.name));
                    self.outcome("what a name server answers", &server.answer, &at);
                }
            }
            Fact::ResolverAnswers(answers) => {
                self.outcome("how this computer's resolver behaves", &answers.faults, &answers.resolver);
                for name in &answers.names {
                    self.outcome("the system's answer for a name", &name.system, &name.name);
                    self.outcome("the chosen resolver's answer for a name", &name.chosen, &name.name);
                }
            }
            Fact::Echo(echo) => {
                self.outcome("what became of a request over plain http", &echo.request, &echo.endpoint);
                self.outcome("what became of an odd request", &echo.odd_request, &echo.endpoint);
                self.outcome("which ClientHello arrived", &echo.hello, &echo.endpoint);
            }
            Fact::LocalNetwork(_)
            | Fact::LinkWatch(_)
            | Fact::KnownNetwork(_)
            | Fact::LocalNames(_)
            | Fact::LocalSettings(_)
            | Fact::LocalTrust(_)
            | Fact::LocalBrowser(_)
            | Fact::LocalWifi(_) => self.local(&observation.fact),
            Fact::LocalUpkeep(_) => self.local(&observation.fact),
            Fact::PlainSite(site) => {
                self.outcome("what a site answers over plain http", &site.answer, &site.host.to_string());
            }
            Fact::SshEndpoint(endpoint) => self.ssh(endpoint),
            Fact::HostKeys(known) => {
                for answer in &known.answers {
                    self.outcome(format!("what is known by {}", answer.from), &answer.says, &known.name);
                }
            }
            Fact::GitSource(source) => self.git(source),
            Fact::TlsReport(report) => self.tls_report(report),
            Fact::TlsReportFiles(files) => self.tls_report_files(files),
            Fact::MailExchange(_)
            | Fact::MailService(_)
            | Fact::MailSrv(_)
            | Fact::MailAutoconfig(_)
            | Fact::MtaSts(_)
            | Fact::TlsRpt(_)
            | Fact::Spf(_)
            | Fact::Dkim(_)
            | Fact::Dmarc(_) => self.mail(&observation.fact),
            Fact::ServedSites(sites) => self.served(sites),
            Fact::ListeningServices(all) => self.listening(all),
            Fact::ServerSettings(settings) => self.server_settings(settings),
            Fact::SiteFaults(faults) => self.faults(faults),
            Fact::RouterPage(page) => {
                let gateway = page.gateway.to_string();
                self.outcome("the router's page over plain http", &page.plain, &gateway);
                self.outcome("the router's page over https", &page.tls, &gateway);
            }
        }
    }

    fn starttls(&mut self, endpoint: &StarttlsEndpoint) {
        let subject = format!("{}:{} at {}", endpoint.host, endpoint.port, endpoint.address);
        self.outcome("what the server says before TLS", &endpoint.greeting, &subject);
        // Everything else rests on it: one gap is enough where there was no answer at all.
        if endpoint.greeting.is_unmeasured() {
            return;
        }
        self.outcome("what the server can do before TLS", &endpoint.before, &subject);
        self.outcome("whether TLS is offered", &endpoint.offered, &subject);
        self.outcome("whether TLS comes about when it is asked for", &endpoint.accepted, &subject);
        self.outcome("what the server says between its go-ahead and TLS", &endpoint.plain_after, &subject);
        self.outcome("what becomes of a command in plain text", &endpoint.plain_command, &subject);
        self.outcome("what the server can do inside TLS", &endpoint.inside, &subject);
        self.outcome(
            "whether a port with TLS from the first octet is beside it",
            &endpoint.implicit,
            &subject,
        );
    }

    fn ssh(&mut self, endpoint: &SshEndpoint) {
        let subject = format!("{}:{}", endpoint.host, endpoint.port);
        self.outcome("what the SSH server says of itself", &endpoint.identification, &subject);
        // Everything else rests on these: one gap is enough where there was no answer at all.
        if endpoint.identification.is_unmeasured() {
            return;
        }
        self.outcome("the algorithms of the SSH server", &endpoint.algorithms, &subject);
        self.outcome("the group of the SSH server's group exchange", &endpoint.group_exchange, &subject);
        for offered in &endpoint.host_keys {
            let algorithm = &offered.algorithm;
            self.outcome(format!("the host key for {algorithm}"), &offered.key, &subject);
            let Some(key) = offered.key.value() else { continue };
            self.outcome(format!("the proof of the host key for {algorithm}"), &key.proof, &subject);
            if let Some(certificate) = &key.certificate {
                let what = format!("the authority's signature on the certificate for {algorithm}");
                self.outcome(what, &certificate.signature, &subject);
            }
        }
    }

    /// What of a domain's mail could not be measured. That a name has no address is an answer here.
    fn mail(&mut self, fact: &Fact) {
        match fact {
            Fact::MailExchange(exchange) => {
                let what = "whether the addresses of a mail server can be proved";
                self.unless_nameless(what, &exchange.security, &exchange.host);
            }
            Fact::MailService(service) => {
                for one in &service.listens {
                    let what = format!("whether {} is offered", service.protocol.name());
                    self.outcome(what, &one.open, &format!("{} at {}", service.host, one.address));
                }
            }
            Fact::MailSrv(srv) => self.outcome("SRV records", &srv.records, &srv.name),
            // So is a closed port, as most domains have it.
            Fact::MailAutoconfig(found)
                if found.status.why_not().is_some_and(|why| why.kind == ReasonKind::ConnectionRefused) => {}
            Fact::MailAutoconfig(found) => {
                let what = "what programs of mail set themselves up by";
                self.unless_nameless(what, &found.status, &found.url);
            }
            Fact::MtaSts(sts) => {
                self.outcome("the MTA-STS record", &sts.txt.texts, &sts.txt.name);
                let host = format!("mta-sts.{}", sts.domain);
                self.unless_nameless("the addresses of the MTA-STS policy", &sts.addresses, &host);
                for fetch in &sts.fetches {
                    let at = format!("{} at {}", fetch.url, fetch.address);
                    self.outcome("the MTA-STS policy", &fetch.status, &at);
                }
            }
            Fact::TlsRpt(reports) => {
                self.outcome("where reports on TLS go", &reports.txt.texts, &reports.txt.name);
            }
            Fact::Spf(spf) => {
                self.outcome("the SPF record", &spf.txt.texts, &spf.txt.name);
                if spf.txt.texts.is_seen() {
                    self.outcome("what the SPF record comes to", &spf.evaluation, &spf.domain);
                }
            }
            Fact::Dkim(dkim) => self.outcome("a DKIM key", &dkim.txt.texts, &dkim.txt.name),
            Fact::Dmarc(dmarc) => {
                for txt in &dmarc.txt {
                    self.outcome("the DMARC record", &txt.texts, &txt.name);
                }
            }
            _ => {}
        }
    }

    fn unless_nameless<T>(&mut self, what: &str, outcome: &Outcome<T>, subject: &str) {
        if outcome.why_not().is_some_and(|why| why.kind != ReasonKind::NoSuchName) {
            self.outcome(what, outcome, subject);
        }
    }

    fn tls_report(&mut self, report: &TlsReport) {
        for odd in &report.odd {
            self.add("a part of a report", odd.as_str(), &report.file, true);
        }
        if report.policies.iter().any(|policy| policy.more > 0) {
            self.add("some failures of a report", "there are too many of them", &report.file, true);
        }
    }

    fn tls_report_files(&mut self, files: &TlsReportFiles) {
        for place in &files.unread {
            self.reason("a report", &place.why, &place.file);
        }
        if files.more_unread > 0 {
            let what = words::count(usize::try_from(files.more_unread).unwrap_or(usize::MAX), "more report");
            self.add(what, "for reasons of the same kinds", "reports", true);
        }
    }

    fn git(&mut self, source: &GitSource) {
        for place in &source.unread {
            self.reason("what git's own files say", &place.why, &place.file);
        }
        let programs = source.settings.iter().filter(|one| one.kind == GitSettingKind::SshProgram);
        for setting in programs {
            let why = format!("{} is not ssh as it is, and no program is run", setting.value);
            self.add("what the program for ssh verifies", why, &setting.key, true);
        }
    }

    fn server_settings(&mut self, settings: &ServerSettings) {
        for place in &settings.unread {
            self.reason("the settings of this server", &place.why, &place.file);
        }
        self.outcome("the private keys on this server", &settings.keys, SERVER);
        self.outcome("the accounts of this server", &settings.accounts, SERVER);
        for updates in &settings.updates {
            self.outcome("whether updates are installed by themselves", &updates.on, &updates.manager);
        }
    }

    fn served(&mut self, sites: &ServedSites) {
        for place in &sites.unread {
            self.reason("which sites this server serves", &place.why, &place.file);
        }
        for file in &sites.certificates {
            self.outcome("a certificate on disk", &file.certificate, &file.file);
        }
    }

    fn listening(&mut self, all: &ListeningServices) {
        self.outcome("what listens on this server", &all.sockets, SERVER);
        self.outcome("the rules of the firewall", &all.rules, SERVER);
        for service in all.sockets.value().into_iter().flatten() {
            let subject = format!("{} {}", service.protocol, service.address);
            self.outcome("which program listens", &service.program, &subject);
            for gate in &service.gates {
                let by = format!("{subject} by {}", gate.interface);
                // Where the rules were not read, that is the one gap.
                if all.rules.is_seen() {
                    self.outcome("whom the firewall lets through", &gate.lets, &by);
                }
                if let Some(access) = &gate.hosts_access {
                    self.outcome("whom the program lets in", &access.lets, &by);
                }
            }
            // What nobody else reaches was not asked, which is no gap.
            if service.answer.why_not().is_some_and(|why| why.kind != ReasonKind::NotAsked) {
                self.outcome("what a service is", &service.answer, &subject);
            }
        }
        for place in &all.unread {
            self.reason("what listens on this server", &place.why, &place.file);
        }
    }

    fn faults(&mut self, faults: &SiteFaults) {
        let left = faults.found.saturating_sub(faults.audited);
        if left > 0 {
            let what = format!("{} of this server", words::count(left as usize, "site"));
            let why = faults.stopped.as_deref().unwrap_or("the run ended before they were audited");
            self.add(what, why, SERVER, true);
        }
        if faults.patterns > 0 {
            let what = format!("{} that are patterns", words::count(faults.patterns as usize, "name"));
            self.add(what, "there is no one name to ask for", SERVER, false);
        }
        for silent in &faults.silent {
            let (site, why) = silent.split_once(": ").unwrap_or((silent, "nothing answered"));
            self.add("a site of this server", why, site, true);
        }
    }

    /// What of this computer's own configuration could not be read.
    fn local(&mut self, fact: &Fact) {
        let unread = match fact {
            Fact::LocalNetwork(network) => {
                self.outcome("the network interfaces", &network.links, HERE);
                self.outcome("the default routes", &network.gateways, HERE);
                self.outcome("the neighbours on the link", &network.neighbours, HERE);
                for way in &network.ways {
                    self.outcome("which way packets go", &way.route, &way.address.to_string());
                }
                return;
            }
            Fact::KnownNetwork(known) => {
                self.outcome("whether this network is known", &known.earlier, HERE);
                return;
            }
            Fact::LinkWatch(link) => {
                self.outcome("what is said on the link", &link.frames, HERE);
                self.outcome("which addresses are the routers'", &link.gateways, HERE);
                if let Some(why) = &link.stopped {
                    let why = Reason::new(ReasonKind::Other, why.as_str());
                    self.reason("the rest of the capture", &why, HERE);
                }
                return;
            }
            Fact::LocalNames(names) => {
                self.outcome("the resolvers", &names.resolvers, HERE);
                for resolver in names.resolvers.value().into_iter().flatten() {
                    let what = "whether questions to a resolver are encrypted";
                    self.outcome(what, &resolver.encrypted, &resolver.address.to_string());
                }
                self.outcome("names in the hosts file", &names.hosts, HERE);
                self.outcome("where names are looked for", &names.sources, HERE);
                &names.unread
            }
            Fact::LocalSettings(settings) => &settings.unread,
            Fact::LocalTrust(trust) => {
                self.outcome("the trust anchors of a store", &trust.certificates, &trust.store);
                &trust.unread
            }
            Fact::LocalBrowser(browser) => {
                let what = format!("whether {} uses https alone", browser.browser);
                self.outcome(what, &browser.https_only, &browser.profile);
                &browser.unread
            }
            Fact::LocalWifi(wifi) => {
                self.outcome("the Wi-Fi that this computer is on", &wifi.interfaces, HERE);
                for interface in wifi.interfaces.value().into_iter().flatten() {
                    self.wifi(interface);
                }
                return;
            }
            Fact::LocalUpkeep(upkeep) => {
                for manager in &upkeep.packages {
                    self.outcome("the age of package lists", &manager.lists, &manager.manager);
                    self.outcome("which updates wait", &manager.pending, &manager.manager);
                    if manager.pending.value().is_some_and(|pending| !pending.security_known) {
                        let why = "no archive of security is among the lists";
                        self.add("which updates mend security", why, &manager.manager, true);
                    }
                    let what = "whether updates are installed by themselves";
                    self.outcome(what, &manager.automatic, &manager.manager);
                }
                self.outcome("whether a restart is needed", &upkeep.restart, HERE);
                self.outcome("the browsers that are installed", &upkeep.browsers, HERE);
                for browser in upkeep.browsers.value().into_iter().flatten() {
                    self.outcome("the version of a browser", &browser.version, &browser.name);
                    self.outcome("the age of a browser", &browser.built, &browser.name);
                }
                self.outcome("the scanners for malware", &upkeep.scanners, HERE);
                for scanner in upkeep.scanners.value().into_iter().flatten() {
                    self.outcome("the age of a scanner's signatures", &scanner.signatures, &scanner.name);
                    let what = "whether signatures are fetched by themselves";
                    self.outcome(what, &scanner.automatic, &scanner.name);
                }
                self.outcome("the firewalls", &upkeep.firewalls, HERE);
                for firewall in upkeep.firewalls.value().into_iter().flatten() {
                    self.outcome("whether a firewall is on", &firewall.on, &firewall.name);
                }
                self.outcome("the services that others can reach", &upkeep.listening, HERE);
                &upkeep.unread
            }
            _ => return,
        };
        for place in unread {
            self.reason("a file of this computer", &place.why, &place.file);
        }
    }

    fn wifi(&mut self, interface: &WifiInterface) {
        self.outcome("which network it is on", &interface.network, &interface.name);
        self.outcome("which access points are near", &interface.heard, &interface.name);
        let Some(Some(network)) = interface.network.value() else { return };
        let what = "whether management frames of this association are protected";
        self.outcome(what, &network.frames_protected, &interface.name);
        for one in std::iter::once(&network.access_point).chain(&network.same_name) {
            self.outcome("how an access point protects what is sent", &one.protection, &one.bssid);
        }
    }

    fn endpoint(&mut self, endpoint: &TlsEndpoint) {
        let subject = endpoint_name(endpoint);
        for result in &endpoint.versions {
            self.outcome(format!("whether {} is accepted", result.version), &result.support, &subject);
            let Some(facts) = result.support.value() else { continue };
            if let Some(why) = &facts.suites_incomplete {
                self.add(format!("all cipher suites of {}", result.version), why, &subject, true);
            }
            if let Some(why) = &facts.groups_incomplete {
                self.add(format!("all groups of {}", result.version), why, &subject, true);
            }
        }
        for (what, outcome) in properties(endpoint) {
            self.outcome(what, outcome, &subject);
        }
        self.outcome("the application protocol", &endpoint.alpn, &subject);
    }
}

/// The yes-or-no properties of an endpoint, each with its name for people.
pub(crate) fn properties(endpoint: &TlsEndpoint) -> [(&'static str, &Outcome<bool>); 8] {
    [
        ("refusal of downgrades (TLS_FALLBACK_SCSV)", &endpoint.fallback_scsv),
        ("secure renegotiation", &endpoint.secure_renegotiation),
        ("TLS compression", &endpoint.compression),
        ("extended master secret", &endpoint.extended_master_secret),
        ("encrypt-then-MAC", &endpoint.encrypt_then_mac),
        ("session tickets", &endpoint.session_ticket),
        ("heartbeat", &endpoint.heartbeat),
        ("stapled OCSP response", &endpoint.ocsp_staple),
    ]
}

/// `shop.example:443 at 192.0.2.7:443`.
pub(crate) fn endpoint_name(endpoint: &TlsEndpoint) -> String {
    format!("{}:{} at {}", endpoint.host, endpoint.port, endpoint.address)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn a_refusal_is_no_gap_and_what_was_not_asked_is_no_fault() {
        let report = sample::report();
        let gaps = gaps(&report.targets[0]);
        assert!(gaps.iter().any(|gap| gap.asked && gap.what == "whether TLS 1.1 is accepted"));
        assert!(!gaps.iter().any(|gap| gap.what == "whether SSLv2 is accepted"), "it was refused");
        assert!(gaps.iter().any(|gap| !gap.asked));
    }

    #[test]
    fn the_same_gap_at_two_places_is_told_once() {
        let report = sample::report();
        for target in &report.targets {
            let gaps = gaps(target);
            for (at, gap) in gaps.iter().enumerate() {
                assert!(!gap.subjects.is_empty());
                assert!(
                    !gaps[at + 1..].iter().any(|other| other.what == gap.what
                        && other.why == gap.why
                        && other.asked == gap.asked)
                );
            }
        }
    }
}
