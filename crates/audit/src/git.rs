//! Repositories of git and their remotes: what there is to audit, and what git's own files say of it.
//!
//! Files alone are read: no program is run, so that whose repository it is does not matter (git's `safe.directory`).

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::{Component, Path, PathBuf};

use midwatch_model::{
    Fact, GitSecret, GitSource, Host, Reason, ReasonKind, Remote, Target, TargetError, TargetReport, Unread,
};
use midwatch_probe::progress::Progress;
use midwatch_sense::git::{self, Limits};
use midwatch_sense::{System, system::Place};

use crate::Options;
use crate::gather::Gather;
use crate::ssh;
use crate::tls;

/// What there is to audit.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Expanded {
    /// The targets: repositories first, then what their remotes ask, each place once.
    pub targets: Vec<Target>,
    /// What could not be looked into, so that there may be more.
    pub unread: Vec<Unread>,
}

/// What somebody named: a repository's directory, or anything in it, or a remote. A directory that is there is one, as
/// git has it; `here` is where relative paths begin.
///
/// # Errors
/// A sentence that says what to write instead.
pub fn expand(system: &System, here: &Path, request: &str) -> Result<Expanded, TargetError> {
    let path = absolute(here, Path::new(request));
    if !request.is_empty() && path.is_dir() {
        let Some(place) = repository_at(system, &path) else {
            return Err(TargetError(format!(
                "'{request}' is no repository of git; write --all {request} for those below it"
            )));
        };
        return Ok(of_places(system, &[place]));
    }
    let source = git::remote(system, request);
    if let Some(Remote::Local) = source.remotes.first().and_then(|remote| remote.remote.clone())
        && !request.starts_with("file://")
    {
        return Err(TargetError(format!(
            "'{request}' is no directory; write a remote such as git@HOST:PATH"
        )));
    }
    let target = named(&source)?;
    Ok(Expanded { targets: vec![target], unread: source.unread })
}

/// A remote by its text alone: no file is read, and nobody's settings rewrite it.
///
/// # Errors
/// A sentence that says what to write instead.
pub fn remote_of(text: &str) -> Result<Target, TargetError> {
    let nobody = System { root: NOWHERE.into(), home: None, env: Vec::new() };
    let target = named(&git::remote(&nobody, text))?;
    match target {
        Target::Git { remote: Remote::Local, .. } => {
            Err(TargetError(format!("'{text}' is no remote on the network; write for example git@HOST:PATH")))
        }
        target => Ok(target),
    }
}

/// A directory that is not there, for a computer without any file.
const NOWHERE: &str = "/nonexistent";

/// The target of a remote that somebody named.
fn named(source: &GitSource) -> Result<Target, TargetError> {
    let first = source.remotes.first();
    let told = first.map(|remote| remote.written.clone().unwrap_or_else(|| remote.url.clone()));
    match first.and_then(|remote| remote.remote.clone()) {
        Some(remote) => {
            let host = host(&remote);
            Ok(Target::Git { input: told.unwrap_or_default(), remote, host })
        }
        None => {
            let why = first.and_then(|remote| remote.refused.clone()).unwrap_or_default();
            let told = told.unwrap_or_default();
            Err(TargetError(format!("'{told}' is no remote of git ({why}); write for example git@HOST:PATH")))
        }
    }
}

/// All repositories at a directory and below it, and what their remotes ask.
///
/// # Errors
/// A sentence that says what to write instead.
pub fn all(system: &System, here: &Path, directory: &str) -> Result<Expanded, TargetError> {
    let path = absolute(here, Path::new(directory));
    let shown = path.to_str().filter(|_| path.is_dir());
    let Some(shown) = shown else {
        return Err(TargetError(format!("--all '{directory}' is no directory")));
    };
    let found = git::find(system, &system.at(shown), Limits::default());
    let mut expanded = of_places(system, &found.places);
    expanded.unread = found.unread;
    Ok(expanded)
}

/// What could not be looked into below a directory, as a report of its own.
pub fn unread(directory: &str, unread: Vec<Unread>) -> TargetReport {
    let target = Target::Repository { path: directory.to_owned() };
    let mut gather = Gather::default();
    let source = GitSource { path: Some(directory.to_owned()), unread, ..GitSource::default() };
    gather.add(directory, Fact::GitSource(Box::new(source)));
    gather.judge(&target, crate::now())
}

/// What git's own files say of a remote that was given by hand; none where the target is none, and for the remotes of
/// repositories, of which their repository tells.
pub fn source(system: &System, target: &Target) -> Option<(String, Fact)> {
    let Target::Git { input, remote, .. } = target else { return None };
    let mut source = git::remote(system, input);
    // What was written by hand had a secret in it, which is not kept.
    if let (Remote::Http { secret: true, .. } | Remote::Https { secret: true, .. }, Some(one)) =
        (remote, source.remotes.first_mut())
    {
        one.secret = Some(GitSecret::Password);
    }
    let asks_it =
        source.remotes.first().is_some_and(|one| one.remote.as_ref().map(server) == Some(server(remote)));
    asks_it.then(|| (input.clone(), Fact::GitSource(Box::new(source))))
}

/// Audits a [`Target::Git`]: what git's own files say of it, and the server that it asks.
pub(crate) async fn remote(target: &Target, options: &Options, progress: &dyn Progress) -> TargetReport {
    let mut gather = Gather::default();
    let (system, own) = (options.here.system.clone(), target.clone());
    let read = tokio::task::spawn_blocking(move || source(system.as_ref()?, &own));
    if let Ok(Some((subject, fact))) = read.await {
        gather.add(subject, fact);
    }
    let facts = match target {
        Target::Git { remote: Remote::Https { port, .. }, host: Some(host), .. } => {
            let service = tls::Service { host, port: *port, sni: None, starttls: None };
            tls::facts(&service, &options.net.for_target(host), options, progress).await
        }
        _ => match ssh::Server::of(target) {
            Some(server) => ssh::facts(&server, options, progress).await,
            // Another protocol proves nothing, whoever answers: there is nothing to ask.
            None => Vec::new(),
        },
    };
    for (subject, fact) in facts {
        gather.add(subject, fact);
    }
    gather.judge(target, crate::now())
}

/// Audits a [`Target::Repository`].
pub(crate) async fn audit(target: &Target, options: &Options) -> TargetReport {
    let system = options.here.system.clone();
    let own = target.clone();
    // Files are read one after the other: not among the tasks that wait for the network.
    let read = tokio::task::spawn_blocking(move || repository(system.as_ref(), &own));
    match read.await {
        Ok(report) => report,
        // It only fails where a reader breaks, and then there is nothing to tell of it.
        Err(_) => Gather::default().judge(target, crate::now()),
    }
}

/// The report on a [`Target::Repository`]: facts from its files, and what they mean.
pub fn repository(system: Option<&System>, target: &Target) -> TargetReport {
    let mut gather = Gather::default();
    let (Some(system), Target::Repository { path }) = (system, target) else {
        return gather.judge(target, crate::now());
    };
    match git::repository(system, &system.at(path)) {
        (Some(source), _) => gather.add(path.clone(), Fact::GitSource(Box::new(source))),
        (None, mut unread) => {
            if unread.is_empty() {
                let why = Reason::new(ReasonKind::Other, format!("{path} is no repository of git"));
                unread.push(Unread { file: path.clone(), why });
            }
            return not_read(target, gather, &unread);
        }
    }
    gather.judge(target, crate::now())
}

/// A report in which nothing was measured, for these reasons.
fn not_read(target: &Target, gather: Gather, unread: &[Unread]) -> TargetReport {
    let mut report = gather.judge(target, crate::now());
    let reasons: Vec<String> = unread.iter().map(|one| one.why.to_string()).collect();
    report.error = Some(reasons.join("; "));
    report
}

/// A path from the root, without dots. Two of them lead up from where a link leads to, as the kernel has it.
fn absolute(here: &Path, path: &Path) -> PathBuf {
    let mut out = PathBuf::from("/");
    for part in here.join(path).components() {
        match part {
            Component::Normal(name) => out.push(name),
            Component::ParentDir => {
                out = out.canonicalize().unwrap_or(out);
                out.pop();
            }
            _ => {}
        }
    }
    out
}

/// The repository that a directory is in.
fn repository_at(system: &System, path: &Path) -> Option<Place> {
    let places = path.ancestors().filter_map(|above| Some(system.at(above.to_str()?)));
    places.into_iter().find(|place| git::is_repository(system, place))
}

/// Whom a remote asks: protocol, host, port. The user is left out.
type Server<'a> = (&'static str, &'a str, Option<u16>);

fn server(remote: &Remote) -> Option<Server<'_>> {
    Some(match remote {
        Remote::Ssh { host, port, .. } => ("ssh", host, *port),
        Remote::Https { host, port, .. } => ("https", host, Some(*port)),
        Remote::Http { host, port, .. } => ("http", host, Some(*port)),
        Remote::Git { host, port } => ("git", host, Some(*port)),
        // Nobody on the network, or nobody that could be asked.
        Remote::Other { .. } | Remote::Local | Remote::Helper { .. } => return None,
    })
}

/// The targets of some repositories, and what their remotes ask, each server once.
fn of_places(system: &System, places: &[Place]) -> Expanded {
    let mut expanded = Expanded::default();
    let mut servers: BTreeMap<(&'static str, String, Option<u16>), Remote> = BTreeMap::new();
    for place in places {
        let Some(path) = place.path() else { continue };
        let (source, _) = git::repository(system, place);
        for remote in source.into_iter().flat_map(|source| source.remotes) {
            if let Some(remote) = remote.remote.filter(|_| remote.refused.is_none())
                && let Some((protocol, host, port)) = server(&remote)
            {
                let key = (protocol, host.to_ascii_lowercase(), port);
                servers.entry(key).or_insert(remote);
            }
        }
        expanded.targets.push(Target::Repository { path });
    }
    expanded.targets.extend(servers.into_values().map(|remote| Target::Git {
        input: url(&remote),
        host: host(&remote),
        remote: without_secret(remote),
    }));
    expanded
}

/// A server as a URL.
fn url(remote: &Remote) -> String {
    let Some((protocol, host, port)) = server(remote) else { return String::new() };
    let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
    match (protocol, port) {
        (_, None) | ("https", Some(443)) | ("http", Some(80)) | ("git", Some(9418)) => {
            format!("{protocol}://{host}/")
        }
        (_, Some(port)) => format!("{protocol}://{host}:{port}/"),
    }
}

/// That a secret stands in one repository's URL is that repository's, and not the server's.
fn without_secret(mut remote: Remote) -> Remote {
    if let Remote::Https { secret, .. } | Remote::Http { secret, .. } = &mut remote {
        *secret = false;
    }
    remote
}

/// The host of a remote, where it is on the network.
fn host(remote: &Remote) -> Option<Host> {
    let (_, host, _) = server(remote)?;
    if let Ok(address) = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>() {
        return Some(Host::Address(address));
    }
    // An alias of ssh's configuration may be no name of the DNS.
    Some(crate::target::host_of(host).unwrap_or_else(|_| Host::Name(host.to_ascii_lowercase())))
}
