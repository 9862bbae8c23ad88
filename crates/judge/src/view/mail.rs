//! A domain's mail: who takes it, who vouches for them, and where people's programs send and read it.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use midwatch_model::{
    AutoconfigSource, Because, CertificateChain, DaneChain, DaneFault, Dkim, Dmarc, Fact, Host,
    MailAutoconfig, MailExchange, MailService, MailSrv, MtaSts, MtaStsMode, MtaStsPolicy, Mx, MxRecord,
    Observation, Outcome, ReasonKind, Security, Spf, Starttls, Target, TlsRpt, Tlsa,
};

use super::trust::trusting_store;
use super::{Seen, View};
use crate::attack::link;

/// The facts about a domain's mail.
#[derive(Default)]
pub(crate) struct Mail<'a> {
    pub(crate) mx: Option<Seen<'a, Mx>>,
    pub(crate) exchanges: Vec<Seen<'a, MailExchange>>,
    pub(crate) services: Vec<Seen<'a, MailService>>,
    pub(crate) srv: Vec<Seen<'a, MailSrv>>,
    pub(crate) autoconfig: Vec<Seen<'a, MailAutoconfig>>,
    pub(crate) mta_sts: Option<Seen<'a, MtaSts>>,
    pub(crate) tls_rpt: Option<Seen<'a, TlsRpt>>,
    pub(crate) spf: Option<Seen<'a, Spf>>,
    /// One for each selector that was given.
    pub(crate) dkim: Vec<Seen<'a, Dkim>>,
    pub(crate) dmarc: Option<Seen<'a, Dmarc>>,
    /// The TLSA records of every server.
    pub(crate) tlsa: Vec<Seen<'a, Tlsa>>,
    /// The chains that servers sent.
    pub(crate) chains: Vec<Seen<'a, CertificateChain>>,
    /// Each server by itself, as `midwatch tls` sees it.
    pub(crate) parts: Vec<View<'a>>,
}

/// What DANE comes to for a server that takes mail (RFC 7672).
#[derive(Clone, Debug)]
pub(crate) enum Dane<'a> {
    /// Everything down to the TLSA records is proved, and they verify every chain that was met.
    Verified { tlsa: Seen<'a, Tlsa> },
    /// It is proved, and there is a chain that none of the records verifies.
    Mismatch { tlsa: Seen<'a, Tlsa>, chain: &'a DaneChain },
    /// It is proved, and senders must not use any of the records (RFC 7672 3.1.3).
    Unusable { tlsa: Seen<'a, Tlsa> },
    /// There are records, and a link on the way to them is not signed.
    Insecure { tlsa: Seen<'a, Tlsa>, why: String },
    /// There are no records.
    None,
    /// It was not measured.
    Unknown(Because),
}

/// What MTA-STS comes to for a domain (RFC 8461).
#[derive(Clone, Debug)]
pub(crate) enum Sts<'a> {
    /// A policy that senders take.
    Policy { seen: Seen<'a, MtaSts>, mode: MtaStsMode, policy: &'a MtaStsPolicy },
    /// There is a record or a policy, and senders take it for none.
    Broken,
    /// There is none.
    None,
    /// It was not measured.
    Unknown(Because),
}

/// Whether a server that sends mail can tell a server that takes it from another.
#[derive(Clone, Debug)]
pub(crate) enum Vouched {
    /// DANE or MTA-STS vouches for what was met, with the reasons.
    Yes(Vec<Because>),
    /// DANE or MTA-STS is there, and does not vouch for what was met: senders that heed it do not deliver.
    Refuses,
    /// Nothing is there.
    No,
    /// It was not measured.
    Unknown(Vec<Because>),
}

impl<'a> Mail<'a> {
    /// Takes what is about mail, and what is about its servers. `false` for what is about the domain's name.
    pub(super) fn take(&mut self, id: &'a str, fact: &'a Fact, domain: &str) -> bool {
        match fact {
            Fact::Mx(fact) => {
                if fact.name == domain {
                    self.mx = Some(Seen { id, fact });
                }
            }
            Fact::MailExchange(fact) => self.exchanges.push(Seen { id, fact }),
            Fact::MailService(fact) => self.services.push(Seen { id, fact }),
            Fact::MailSrv(fact) => self.srv.push(Seen { id, fact }),
            Fact::MailAutoconfig(fact) => self.autoconfig.push(Seen { id, fact }),
            Fact::MtaSts(fact) => self.mta_sts = Some(Seen { id, fact }),
            Fact::TlsRpt(fact) => self.tls_rpt = Some(Seen { id, fact }),
            Fact::Spf(fact) => self.spf = Some(Seen { id, fact }),
            Fact::Dkim(fact) => self.dkim.push(Seen { id, fact }),
            Fact::Dmarc(fact) => self.dmarc = Some(Seen { id, fact }),
            Fact::Tlsa(fact) => self.tlsa.push(Seen { id, fact }),
            Fact::CertificateChain(fact) => self.chains.push(Seen { id, fact }),
            Fact::TlsEndpoint(_) | Fact::Starttls(_) | Fact::Addresses(_) => {}
            Fact::Dnssec(fact) => return fact.name != domain,
            Fact::Caa(fact) => return fact.name != domain,
            Fact::Delegation(fact) => return fact.zone != domain,
            _ => return false,
        }
        true
    }

    /// The records that name the servers, where they were had.
    pub(crate) fn mx_records(&self) -> Option<(Seen<'a, Mx>, &'a [MxRecord])> {
        let seen = self.mx?;
        Some((seen, seen.fact.records.value()?.as_slice()))
    }

    /// The domain says that it takes no mail (RFC 7505).
    pub(crate) fn null_mx(&self) -> Option<Seen<'a, Mx>> {
        let (seen, records) = self.mx_records()?;
        matches!(records, [only] if only.exchange == ".").then_some(seen)
    }

    /// Servers that take mail and have an address, or may have.
    pub(crate) fn takers(&self) -> impl Iterator<Item = Seen<'a, MailExchange>> {
        self.exchanges.iter().copied().filter(|seen| !has_no_address(seen.fact))
    }

    /// Whether MX records are proved. `Err` has what was not measured.
    pub(crate) fn mx_proved(&self) -> Result<bool, Because> {
        match self.mx {
            Some(seen) => {
                let what = format!("whether the MX records of {} are signed", seen.fact.name);
                proved(&seen.fact.security, seen.id, &what)
            }
            None => Err(link("the MX records were not measured", &[])),
        }
    }

    /// What DANE comes to for a server.
    pub(crate) fn dane(&self, exchange: Seen<'a, MailExchange>) -> Dane<'a> {
        let fact = exchange.fact;
        let Some(tlsa) = self.tlsa.iter().copied().find(|seen| seen.fact.name == fact.tlsa) else {
            return match proved(
                &fact.security,
                exchange.id,
                &format!("whether the addresses of {} are signed", fact.host),
            ) {
                // Senders do not look for TLSA records where the addresses are not signed (RFC 7672 2.2).
                Ok(false) => Dane::None,
                Ok(true) => Dane::Unknown(link(
                    format!("the TLSA records of {} were not measured", fact.host),
                    &[exchange.id],
                )),
                Err(gap) => Dane::Unknown(gap),
            };
        };
        let Some(records) = tlsa.fact.records.value() else {
            let why = tlsa.fact.records.why_not().map(ToString::to_string).unwrap_or_default();
            let text = format!("the TLSA records at {} could not be measured: {why}", fact.tlsa);
            return Dane::Unknown(link(text, &[tlsa.id]));
        };
        if records.is_empty() {
            return Dane::None;
        }
        let links = [
            self.mx_proved().map(|proved| (proved, "the MX records are not signed".to_owned())),
            proved(
                &fact.security,
                exchange.id,
                &format!("whether the addresses of {} are signed", fact.host),
            )
            .map(|proved| (proved, format!("the addresses of {} are not signed", fact.host))),
            proved(&tlsa.fact.security, tlsa.id, &format!("whether {} is signed", fact.tlsa))
                .map(|proved| (proved, format!("{} is not signed", fact.tlsa))),
        ];
        // A link that is known to be missing decides, whatever is not known of the others.
        if let Some((_, why)) = links.iter().flatten().find(|(proved, _)| !proved) {
            return Dane::Insecure { tlsa, why: why.clone() };
        }
        for one in links {
            if let Err(gap) = one {
                return Dane::Unknown(gap);
            }
        }
        if !records.iter().any(|record| record.usable && matches!(record.usage, 2 | 3)) {
            return Dane::Unusable { tlsa };
        }
        if fact.dane.is_empty() {
            let text = format!("no certificate of {} was met to hold against its TLSA records", fact.host);
            return Dane::Unknown(link(text, &[tlsa.id, exchange.id]));
        }
        match failing(&fact.dane) {
            Some(chain) => Dane::Mismatch { tlsa, chain },
            None => Dane::Verified { tlsa },
        }
    }

    /// What MTA-STS comes to for the domain.
    pub(crate) fn sts(&self) -> Sts<'a> {
        let Some(seen) = self.mta_sts else { return Sts::Unknown(link("MTA-STS was not looked at", &[])) };
        let fact = seen.fact;
        if let Some(why) = fact.txt.texts.why_not() {
            let text = format!("the record at {} could not be measured: {why}", fact.txt.name);
            return Sts::Unknown(link(text, &[seen.id]));
        }
        if let Some(policy) = fact.in_force() {
            return match policy.mode {
                Some(mode) => Sts::Policy { seen, mode, policy },
                None => Sts::Broken,
            };
        }
        if fact.record.is_none() {
            let any = !fact.record_faults.is_empty() || fact.policy().is_some();
            return if any { Sts::Broken } else { Sts::None };
        }
        match policy_gap(fact) {
            Some(why) => {
                let text =
                    format!("the policy of MTA-STS at mta-sts.{} could not be measured: {why}", fact.domain);
                Sts::Unknown(link(text, &[seen.id]))
            }
            None => Sts::Broken,
        }
    }

    /// The policy, where senders take it and refuse what does not keep it.
    pub(crate) fn enforced(&self) -> Option<(Seen<'a, MtaSts>, &'a MtaStsPolicy)> {
        match self.sts() {
            Sts::Policy { seen, mode: MtaStsMode::Enforce, policy } => Some((seen, policy)),
            _ => None,
        }
    }

    /// The pattern of the policy that names a server.
    pub(crate) fn named(sts: &'a MtaSts, host: &str) -> Option<&'a str> {
        let of_host = sts.matches.iter().find(|one| one.mx == host)?;
        of_host.pattern.as_deref()
    }

    /// Chains that one server sent.
    pub(crate) fn chains_of(
        &self,
        host: &str,
        port: u16,
    ) -> impl Iterator<Item = Seen<'a, CertificateChain>> {
        self.chains.iter().copied().filter(move |seen| {
            seen.fact.port == port && matches!(&seen.fact.host, Host::Name(name) if name == host)
        })
    }

    /// Whether DANE or MTA-STS vouches for a server.
    pub(crate) fn vouched(&self, exchange: Seen<'a, MailExchange>) -> Vouched {
        let (mut yes, mut refuses, mut gaps) = (Vec::new(), false, Vec::new());
        let host = &exchange.fact.host;
        match self.dane(exchange) {
            Dane::Verified { tlsa } => yes.push(link(
                format!("signed TLSA records vouch for the certificate that {host} sends (DANE)"),
                &[tlsa.id, exchange.id],
            )),
            Dane::Mismatch { .. } => refuses = true,
            Dane::Unusable { .. } | Dane::Insecure { .. } | Dane::None => {}
            Dane::Unknown(gap) => gaps.push(gap),
        }
        match self.sts() {
            Sts::Policy { seen, mode: MtaStsMode::Enforce, .. } => match Mail::named(seen.fact, host) {
                None => refuses = true,
                Some(pattern) => {
                    let chains: Vec<_> = self.chains_of(host, exchange.fact.port).collect();
                    let known = chains.iter().all(|chain| !chain.fact.trust.is_empty()) && !chains.is_empty();
                    if !known {
                        gaps.push(link(
                            format!("who trusts the certificate of {host} was not measured"),
                            &[exchange.id],
                        ));
                    } else if chains.iter().all(|chain| trusting_store(chain.fact).is_some()) {
                        let mut ids = vec![seen.id];
                        ids.extend(chains.iter().map(|chain| chain.id));
                        let text = format!(
                            "MTA-STS names {host} ({pattern}) and asks senders to refuse any other, and its certificate is \
                             trusted and names it"
                        );
                        yes.push(link(text, &ids));
                    } else {
                        refuses = true;
                    }
                }
            },
            Sts::Policy { .. } | Sts::Broken | Sts::None => {}
            Sts::Unknown(gap) => gaps.push(gap),
        }
        match () {
            () if !yes.is_empty() => Vouched::Yes(yes),
            () if refuses => Vouched::Refuses,
            () if !gaps.is_empty() => Vouched::Unknown(gaps),
            () => Vouched::No,
        }
    }

    /// Services that people's programs can reach.
    pub(crate) fn open_services(&self) -> impl Iterator<Item = Seen<'a, MailService>> {
        self.services.iter().copied().filter(|seen| seen.fact.is_open())
    }

    /// Documents by which programs set themselves up, that were had.
    pub(crate) fn documents(&self) -> impl Iterator<Item = Seen<'a, MailAutoconfig>> {
        self.autoconfig
            .iter()
            .copied()
            .filter(|seen| seen.fact.document.is_seen() && seen.fact.source != AutoconfigSource::Autodiscover)
    }
}

/// The servers that were spoken to, each as the target that `midwatch tls` would have, in a stable order.
pub(crate) fn servers(target: &Target, observations: &[Observation]) -> Vec<Target> {
    let Target::Mail { .. } = target else { return Vec::new() };
    let mut all: BTreeMap<(Host, u16), Option<Starttls>> = BTreeMap::new();
    for observation in observations {
        match &observation.fact {
            Fact::Starttls(fact) => {
                all.insert((fact.host.clone(), fact.port), Some(fact.protocol));
            }
            Fact::TlsEndpoint(fact) => {
                all.entry((fact.host.clone(), fact.port)).or_default();
            }
            _ => {}
        }
    }
    let of = |((host, port), starttls)| Target::Tls {
        input: format!("{host}:{port}"),
        host,
        port,
        sni: None,
        starttls,
    };
    all.into_iter().map(of).collect()
}

/// True for what a server's own part of the judgement rests on. TLSA records of servers that take mail are weighed with
/// the domain (RFC 7672), and not as those of other services are.
pub(super) fn is_about(server: &Target, fact: &Fact) -> bool {
    let Target::Tls { host, port, starttls, .. } = server else { return false };
    match fact {
        Fact::TlsEndpoint(fact) => (&fact.host, fact.port) == (host, *port),
        Fact::Starttls(fact) => (&fact.host, fact.port) == (host, *port),
        Fact::CertificateChain(fact) => (&fact.host, fact.port) == (host, *port),
        Fact::Addresses(fact) => {
            let of_port = |all: &Vec<SocketAddr>| all.iter().all(|address| address.port() == *port);
            fact.name == host.to_string() && fact.addresses.value().is_none_or(of_port)
        }
        Fact::Tlsa(fact) => *starttls != Some(Starttls::Smtp) && fact.name == format!("_{port}._tcp.{host}"),
        _ => false,
    }
}

/// The name does not lead to any address.
pub(crate) fn has_no_address(exchange: &MailExchange) -> bool {
    match &exchange.addresses {
        Outcome::Seen { value } => value.is_empty(),
        Outcome::Refused { .. } => true,
        Outcome::Unmeasured { why } => why.kind == ReasonKind::NoSuchName,
    }
}

/// The first chain that no record verifies.
fn failing(chains: &[DaneChain]) -> Option<&DaneChain> {
    chains.iter().find(|chain| !chain.is_verified())
}

/// Whether an answer is proved by DNSSEC; what was not measured, where it cannot be told.
fn proved(security: &Outcome<Security>, id: &str, what: &str) -> Result<bool, Because> {
    match security {
        Outcome::Seen { value: Security::Secure } => Ok(true),
        Outcome::Seen { value: Security::Insecure { .. } | Security::Bogus { .. } } => Ok(false),
        Outcome::Seen { value: Security::Indeterminate { why } } => {
            Err(link(format!("{what} could not be told: {why}"), &[id]))
        }
        Outcome::Refused { how } => Err(link(format!("{what} could not be told: {how}"), &[id])),
        Outcome::Unmeasured { why } => Err(link(format!("{what} could not be measured: {why}"), &[id])),
    }
}

/// Why it is not known whether there is a policy. A name without an address and a port that is closed are an answer.
pub(crate) fn policy_gap(fact: &MtaSts) -> Option<String> {
    if let Some(why) = fact.addresses.why_not() {
        return (why.kind != ReasonKind::NoSuchName).then(|| why.to_string());
    }
    let open = |kind: ReasonKind| !matches!(kind, ReasonKind::ConnectionRefused | ReasonKind::NoSuchName);
    let silent = |fetch: &midwatch_model::MtaStsFetch| {
        fetch
            .status
            .why_not()
            .filter(|why| open(why.kind) && fetch.faults.is_empty())
            .map(ToString::to_string)
    };
    fact.fetches.iter().find_map(silent)
}

/// A fault of a TLSA record for a chain, in words.
pub(crate) fn dane_fault(fault: DaneFault) -> &'static str {
    match fault {
        DaneFault::PkixUsage => "its usage is 0 or 1, which senders of mail must not use",
        DaneFault::Unusable => "its numbers or its length are none that are known",
        DaneFault::NoMatch => "no certificate that was sent matches it",
        DaneFault::NoPath => {
            "an authority in the chain matches it, and the server's certificate does not lead up to it"
        }
        DaneFault::Name => {
            "an authority in the chain matches it, and the server's certificate names neither the server nor the domain"
        }
        DaneFault::Time => {
            "an authority in the chain matches it, and a certificate on the way is not valid now"
        }
    }
}
