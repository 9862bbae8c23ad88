//! Facts in the order in which they came, numbered, and what they amount to.

use std::net::SocketAddr;

use midwatch_model::{
    Fact, GitRemote, Observation, ReasonKind, Remote, State, Target, TargetReport, Time, Vantage,
};

/// Collects the facts of one target.
#[derive(Debug, Default)]
pub struct Gather {
    observations: Vec<Observation>,
}

impl Gather {
    /// Adds a fact; its id follows from its place.
    pub fn add(&mut self, subject: impl Into<String>, fact: Fact) {
        let id = format!("o{}", self.observations.len() + 1);
        let (vantage, at) = (Vantage::Local, crate::now());
        self.observations.push(Observation { id, subject: subject.into(), vantage, at, fact });
    }

    /// Hands everything to the judge.
    pub fn judge(self, target: &Target, now: Time) -> TargetReport {
        let (state, error) = state(&self.observations, matches!(target, Target::Mail { .. }));
        let judged = midwatch_judge::judge(target, &self.observations, now);
        TargetReport {
            target: target.clone(),
            state,
            error,
            observations: self.observations,
            findings: judged.findings,
            attacks: judged.attacks,
            path: judged.path,
        }
    }
}

/// Whether the service at an address was asked for TLS in plain text, and said no.
fn refuses_tls(observations: &[Observation], address: SocketAddr) -> bool {
    observations.iter().any(|observation| match &observation.fact {
        Fact::Starttls(endpoint) => endpoint.address == address && endpoint.accepted.is_refused(),
        _ => false,
    })
}

/// Measured, partly or not at all, with the first reason.
fn state(observations: &[Observation], is_mail: bool) -> (State, Option<String>) {
    let mut measured = 0_usize;
    let mut missing: Vec<String> = Vec::new();
    for observation in observations {
        match &observation.fact {
            Fact::Addresses(addresses) => {
                if let Some(why) = addresses.addresses.why_not() {
                    missing.push(why.to_string());
                }
            }
            Fact::TlsEndpoint(endpoint) => {
                // An endpoint that answered a single hello was reached; what it left open stands with it.
                let answered = endpoint.versions.iter().any(|result| !result.support.is_unmeasured());
                let why = endpoint.versions.iter().rev().find_map(|result| result.support.why_not());
                match (answered, why) {
                    (true, _) => measured += 1,
                    // It will not have TLS, which is an answer.
                    (false, _) if refuses_tls(observations, endpoint.address) => {}
                    (false, why) => missing.extend(why.map(ToString::to_string)),
                }
            }
            // A server that greeted was reached; whether TLS came about stands with its endpoint.
            Fact::Starttls(endpoint) => match endpoint.greeting.why_not() {
                None => measured += 1,
                Some(why) => missing.push(why.to_string()),
            },
            Fact::Entry(entry) => match entry.hops.first() {
                Some(hop) if hop.exchange.response.is_seen() => measured += 1,
                // A closed port 80 and a sibling name that does not exist are answers, not gaps.
                _ => {}
            },
            // Something sent it.
            Fact::CertificateChain(_) => measured += 1,
            Fact::LocalNetwork(_)
            | Fact::LinkWatch(_)
            | Fact::KnownNetwork(_)
            | Fact::LocalNames(_)
            | Fact::LocalSettings(_)
            | Fact::LocalTrust(_)
            | Fact::LocalBrowser(_)
            | Fact::LocalWifi(_)
            | Fact::LocalUpkeep(_) => measured += 1,
            // A router without pages is an answer, and one that is silent is no gap of the whole.
            Fact::RouterPage(page) => {
                measured += usize::from(!page.plain.is_unmeasured());
            }
            // So is a site that is not there for plain http, and one that is silent.
            Fact::PlainSite(site) => measured += usize::from(!site.answer.is_unmeasured()),
            // A server that said who it is was reached; what it left open stands with it.
            Fact::SshEndpoint(endpoint) => match endpoint.identification.why_not() {
                None => measured += 1,
                Some(why) => missing.push(why.to_string()),
            },
            // A file that is not there and records that are not proved are answers: the server stands beside them.
            Fact::HostKeys(_) | Fact::Sshfp(_) => {}
            // The files of a repository are what is measured; what of them could not be read is missing.
            Fact::GitSource(source) => {
                // Of a remote that is asked itself, its server is what is measured.
                let is_asked =
                    |one: &GitRemote| matches!(one.remote, Some(Remote::Ssh { .. } | Remote::Https { .. }));
                measured += usize::from(source.path.is_some() || !source.remotes.iter().any(is_asked));
                missing.extend(source.unread.iter().map(|one| one.why.to_string()));
            }
            Fact::TlsReport(_) => measured += 1,
            Fact::TlsReportFiles(files) => {
                missing.extend(files.unread.iter().map(|place| format!("{}: {}", place.file, place.why)));
            }
            // That a domain takes no mail is an answer too. Of the target's own domain these are asked for alone.
            Fact::Mx(mx) if is_mail => match mx.records.why_not() {
                None => measured += 1,
                Some(why) => missing.push(why.to_string()),
            },
            // A server that serves no sites is an answer; what could not be read of its files is missing.
            Fact::ServedSites(sites) => {
                measured += 1;
                missing.extend(sites.unread.iter().map(|one| one.why.to_string()));
                let unread =
                    sites.certificates.iter().filter_map(|file| Some((file, file.certificate.why_not()?)));
                missing.extend(unread.map(|(file, why)| format!("{}: {why}", file.file)));
            }
            Fact::ListeningServices(all) => {
                let why = [all.sockets.why_not(), all.rules.why_not()].into_iter().flatten();
                let why = why.filter(|why| why.kind != ReasonKind::NotAsked);
                missing.extend(why.map(ToString::to_string));
                measured += usize::from(all.sockets.is_seen());
            }
            Fact::SiteFaults(faults) => {
                measured += 1;
                missing.extend(faults.stopped.iter().cloned());
                missing.extend(faults.silent.iter().cloned());
            }
            Fact::ResolverAnswers(answers) => match answers.faults.why_not() {
                None => measured += 1,
                Some(why) => missing.push(why.to_string()),
            },
            Fact::Echo(echo) => {
                let all = [echo.request.why_not(), echo.odd_request.why_not(), echo.hello.why_not()];
                measured += all.iter().filter(|why| why.is_none()).count();
                missing.extend(all.into_iter().flatten().map(ToString::to_string));
            }
            Fact::Page(page) => {
                if let Some(why) = page.exchange.response.why_not() {
                    missing.push(format!("{}: {why}", page.exchange.url));
                }
            }
            _ => {}
        }
    }
    let count = missing.len();
    let first = missing.into_iter().next();
    let error = first.map(|first| match count {
        1 => first,
        more => format!("{first} (and {} more)", more - 1),
    });
    match (measured, &error) {
        (0, _) => (State::NotMeasured, Some(error.unwrap_or_else(|| "nothing answered".into()))),
        (_, None) => (State::Measured, None),
        (_, Some(_)) => (State::Partly, error),
    }
}
