//! What the verdicts on SSH rest on, and what of it was not measured.

use midwatch_model::{
    Because, GitRemote, HostKeyVerdict, Outcome, Remote, SshAlgorithms, SshEndpoint, Target,
};

use crate::View;
use crate::attack::link;
use crate::view::Seen;
use crate::words;

/// True where there is a server to be asked, and not only files of this computer or a protocol without encryption.
fn is_server(view: &View<'_>) -> bool {
    match view.target {
        Target::Ssh { .. } => true,
        Target::Git { remote, .. } => matches!(remote, Remote::Ssh { .. }),
        _ => false,
    }
}

/// What of git's own files was not read, where they are what is judged.
fn no_files(view: &View<'_>) -> Vec<Because> {
    let Target::Repository { .. } = view.target else { return Vec::new() };
    if view.git.sources.is_empty() {
        return vec![link("the repository's files were not read", &[])];
    }
    let unread = view.git.sources.iter().filter(|seen| !seen.fact.unread.is_empty());
    unread
        .map(|seen| {
            let files: Vec<&str> = seen.fact.unread.iter().map(|one| one.file.as_str()).collect();
            link(format!("not all of git's files could be read: {}", words::some(&files, 3)), &[seen.id])
        })
        .collect()
}

/// Why a method is closed as far as git's files go: every URL that git asks has a protocol that encrypts and proves.
pub(super) fn files(view: &View<'_>) -> Vec<Because> {
    if is_server(view) || view.git.sources.is_empty() {
        return Vec::new();
    }
    let proves = |remote: &GitRemote| {
        matches!(remote.remote, Some(Remote::Ssh { .. } | Remote::Https { .. } | Remote::Local))
    };
    if !view.git.asked().all(|(_, remote)| proves(remote)) {
        return Vec::new();
    }
    let ids: Vec<&str> = view.git.sources.iter().map(|seen| seen.id).collect();
    let asked = view.git.asked().filter(|(_, remote)| remote.remote != Some(Remote::Local)).count();
    let text = match asked {
        0 => "nothing is asked over the network".to_owned(),
        asked => format!(
            "{} asked over SSH or https, and nothing in git's files says not to verify",
            if asked == 1 { "the one URL is".into() } else { format!("all {asked} URLs are") }
        ),
    };
    vec![link(text, &ids)]
}

/// What a repository's verdict leaves to those of its servers.
pub(super) fn servers(view: &View<'_>) -> Vec<String> {
    match view.target {
        Target::Repository { .. } => vec!["Each server that it asks is judged by itself.".into()],
        _ => Vec::new(),
    }
}

/// The lists of every server that said them.
pub(super) fn lists<'a>(view: &View<'a>) -> Vec<(Seen<'a, SshEndpoint>, &'a SshAlgorithms)> {
    view.ssh.iter().filter_map(|seen| Some((*seen, seen.fact.algorithms.value()?))).collect()
}

/// Addresses whose algorithms are not known.
pub(super) fn no_lists(view: &View<'_>) -> Vec<Because> {
    if !is_server(view) {
        return no_files(view);
    }
    if view.ssh.is_empty() {
        return vec![link(format!("{} was not reached, so that nothing is known of it", view.host), &[])];
    }
    view.ssh
        .iter()
        .filter_map(|seen| {
            let at = at(seen.fact);
            let why = match &seen.fact.algorithms {
                Outcome::Seen { .. } => return None,
                Outcome::Refused { how } => format!("{at} ended the connection before its algorithms: {how}"),
                Outcome::Unmeasured { why } => format!("what {at} offers could not be measured: {why}"),
            };
            Some(link(why, &[seen.id]))
        })
        .collect()
}

/// No key was met, or one address showed none.
pub(super) fn no_keys(view: &View<'_>) -> Vec<Because> {
    if !is_server(view) {
        return no_files(view);
    }
    let mut gaps = no_lists(view);
    for seen in view.ssh.iter().filter(|seen| seen.fact.algorithms.is_seen()) {
        if seen.fact.sent_keys().next().is_none() {
            gaps.push(link(format!("{} showed no host key", at(seen.fact)), &[seen.id]));
        }
    }
    if gaps.is_empty() && view.host_keys.is_empty() {
        gaps.push(link("no host key was met", &[]));
    }
    gaps
}

/// Who vouches for a key that the server proved to hold.
pub(super) fn vouched(view: &View<'_>) -> Vec<Because> {
    let mut all = files(view);
    for seen in view.host_keys.iter().filter(|seen| seen.fact.verdict == HostKeyVerdict::Verified) {
        let known = seen.fact;
        for met in known.keys.iter().filter(|met| met.proof.value() == Some(&true)) {
            let by = known.answers.iter().find(|answer| answer.vouches_for(&met.key.fingerprint));
            if let Some(by) = by {
                let text = format!(
                    "{} proved to hold {} {}, for which {} vouches",
                    known.name, met.key.key_type, met.key.fingerprint, by.from
                );
                all.push(link(text, &[seen.id]));
            }
        }
    }
    all
}

/// What holds for every server whatever its keys.
pub(super) fn other_keys(view: &View<'_>) -> Vec<String> {
    let unknown = view.host_keys.iter().any(|seen| {
        seen.fact.verdict == HostKeyVerdict::Verified
            && seen.fact.keys.iter().any(|met| met.verdict == HostKeyVerdict::Unknown)
    });
    match unknown {
        true => {
            vec![
                "Nobody vouches for the server's keys of other types: ssh asks for those that it knows."
                    .into(),
            ]
        }
        false => servers(view),
    }
}

/// `git.example:22 at 192.0.2.7:22`.
pub(super) fn at(endpoint: &SshEndpoint) -> String {
    let name = format!("{}:{}", endpoint.host, endpoint.port);
    match endpoint.address {
        Some(address) if address.to_string() != name => format!("{name} at {address}"),
        _ => name,
    }
}
