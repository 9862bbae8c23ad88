//! What the checks of git's own files share: places, and the commands that mend what they say.

use std::net::IpAddr;

use midwatch_model::{GitLevel, GitRemote, GitRole, GitSetting, GitSource, Remote};

/// Where a URL stands: `origin in /srv/a/.git/config, line 7`.
pub(super) fn remote_place(remote: &GitRemote) -> String {
    match remote.line {
        Some(line) => format!("{} in {}, line {line}", remote.name, remote.file),
        None if remote.level == GitLevel::CommandLine => remote.url.clone(),
        None => format!("{} in the {}", remote.name, remote.file),
    }
}

/// Where a setting stands.
pub(super) fn setting_place(setting: &GitSetting) -> String {
    match setting.line {
        Some(line) => format!("{}, line {line}", setting.file),
        None => format!("{} in the {}", setting.key, setting.file),
    }
}

/// How a remote is asked without encryption, in words; none where it is not, and where nobody is on the way: on this
/// computer, and where Tor itself proves who answers.
pub(super) fn plain(remote: &Remote) -> Option<&'static str> {
    let (host, protocol) = match remote {
        Remote::Http { host, .. } => (host.as_str(), "plain http"),
        Remote::Git { host, .. } => (host.as_str(), "git's own protocol, which has no encryption"),
        Remote::Other { scheme } if scheme == "ftp" => ("", "FTP"),
        _ => return None,
    };
    (!is_near(host)).then_some(protocol)
}

/// The same of a URL.
pub(super) fn plain_url(url: &str) -> Option<&'static str> {
    plain(&url.parse().ok()?)
}

/// True for a URL that is asked with proof of who answers. Beginnings of URLs, as rules have them, count as well.
pub(super) fn is_safe(url: &str) -> bool {
    let lower = url.to_ascii_lowercase();
    let starts =
        ["https://", "ssh://", "git+ssh://", "ssh+git://"].iter().any(|start| lower.starts_with(start));
    starts || !lower.contains("://") && lower.contains('@') && matches!(url.parse(), Ok(Remote::Ssh { .. }))
}

/// True for a host of this computer, and for one of Tor, whose name is its key.
pub(super) fn is_near(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']').trim_end_matches('.').to_ascii_lowercase();
    let is_loopback = host.parse::<IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback());
    is_loopback || host == "localhost" || host.ends_with(".localhost") || host.ends_with(".onion")
}

/// True for a URL of such a host.
pub(super) fn is_near_url(url: &str) -> bool {
    match url.parse() {
        Ok(
            Remote::Http { host, .. }
            | Remote::Https { host, .. }
            | Remote::Git { host, .. }
            | Remote::Ssh { host, .. },
        ) => is_near(&host),
        _ => false,
    }
}

/// The same URL over https; none where its port says nothing of one for https.
fn over_https(remote: &GitRemote) -> Option<String> {
    let (_, rest) = remote.url.split_once("://")?;
    let (authority, path) = rest.split_once('/')?;
    let host = authority.rsplit('@').next()?;
    let host = match &remote.remote {
        Some(Remote::Http { port: 80, .. }) => host.strip_suffix(":80").unwrap_or(host),
        Some(Remote::Git { port: 9418, .. }) => host.strip_suffix(":9418").unwrap_or(host),
        _ => return None,
    };
    let is_whole = !path.contains(['…', '\\']);
    is_whole.then(|| format!("https://{host}/{path}"))
}

/// How a plain URL is mended.
pub(super) fn without_plain(source: &GitSource, remote: &GitRemote) -> String {
    let general = "Ask it over https or ssh, whichever the server has";
    if let Some(written) = remote.written.as_deref() {
        if written.starts_with("./") || written.starts_with("../") {
            return format!("{general}: {written} follows the URL of origin, so mend that one.");
        }
        let rule =
            source.settings.iter().find(|one| one.key.starts_with("url.") && one.urls.contains(&remote.url));
        if let Some(rule) = rule {
            return format!(
                "{general}: it is the rule at {} that makes it {}.",
                setting_place(rule),
                remote.url
            );
        }
    }
    let (Some(key), Some(url)) = (&remote.key, over_https(remote)) else {
        return match remote.line {
            Some(line) => format!("{general}: change line {line} of {}.", remote.file),
            None => format!("{general}."),
        };
    };
    let (file, old) = (shell(&remote.file), remote.written.as_ref().unwrap_or(&remote.url));
    if remote.line.is_none() || old.contains(['…', '\\']) {
        return format!("{general}, as {url}.");
    }
    let command =
        format!("git config --file {file} --fixed-value {} {} {}", shell(key), shell(&url), shell(old));
    let sync = match (remote.level, &source.path) {
        (GitLevel::Modules, Some(path)) => format!(" && git -C {} submodule sync", shell(path)),
        _ => String::new(),
    };
    format!("{general}. Where it speaks https: {command}{sync}")
}

/// How a secret is taken out of a URL.
pub(super) fn without_secret(source: &GitSource, remote: &GitRemote) -> String {
    let general = "Take it out, have it replaced where it was given, and let a credential helper that encrypts keep the \
                   new one (git help credentials)";
    let others = source.remotes.iter().filter(|one| one.key == remote.key && one.role == remote.role).count();
    let is_rewritten = remote.written.is_some();
    let bare = remote.url.replacen("…@", "", 1);
    match (&remote.key, remote.line) {
        (Some(key), Some(_)) if others == 1 && !is_rewritten && !bare.contains(['…', '\\']) => {
            format!("{general}: git config --file {} {} {}", shell(&remote.file), shell(key), shell(&bare))
        }
        (_, Some(line)) if !is_rewritten => {
            format!("{general}: it stands in line {line} of {}.", remote.file)
        }
        _ => {
            let rule =
                source.settings.iter().find(|one| one.secret.is_some() && one.urls.contains(&remote.url));
            match rule {
                Some(rule) => format!("{general}: it stands in {}.", setting_place(rule)),
                None => format!("{general}."),
            }
        }
    }
}

/// The command that takes a setting out of the file that has it; words where no command does.
pub(super) fn unset(setting: &GitSetting) -> String {
    match (setting.level, setting.line) {
        (GitLevel::Environment, _) if setting.key.contains('.') => {
            format!("take {} out of the variables GIT_CONFIG_KEY_… of the environment", setting.key)
        }
        (GitLevel::Environment, _) => format!("unset {}", setting.key),
        // A name that was cut or cleaned is none that git would find.
        (_, Some(line)) if setting.key.contains(['…', '\\']) => {
            format!("take line {line} out of {}", setting.file)
        }
        _ => format!("git config --file {} --unset-all {}", shell(&setting.file), shell(&setting.key)),
    }
}

/// What a URL is for, in words.
pub(super) fn role(role: GitRole) -> &'static str {
    match role {
        GitRole::Fetch => "fetch",
        GitRole::Push => "push",
        GitRole::Submodule => "submodule",
    }
}

/// A word of a command line that a shell takes as it is. What begins with `~/` stays a path of the home.
pub(super) fn shell(word: &str) -> String {
    if let Some(rest) = word.strip_prefix("~/") {
        return format!("~/{}", shell(rest));
    }
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:@=,%".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_on_the_way_to_this_computer_and_through_tor() {
        for url in [
            "http://localhost/a",
            "http://127.0.0.1:8080/a",
            "git://[::1]/a",
            "http://a.localhost/b",
            "http://abc.onion/a",
            "https://example.org/a",
            "git@example.org:a",
            "/srv/a",
            "ftps://example.org/a",
        ] {
            assert_eq!(plain_url(url), None, "{url}");
        }
        for url in
            ["http://example.org/a", "git://10.0.0.1/a", "http://localhost.example/a", "ftp://localhost/a"]
        {
            assert!(plain_url(url).is_some(), "{url}");
        }
        assert!(is_safe("https://") && is_safe("git@github.example:") && is_safe("SSH://a/"));
        assert!(!is_safe("http://") && !is_safe("gh:") && !is_safe("/srv/a@b"));
    }

    #[test]
    fn words_stay_words_for_a_shell() {
        assert_eq!(shell("/srv/a.git"), "/srv/a.git");
        assert_eq!(shell("~/a b"), "~/'a b'");
        assert_eq!(shell("it's"), "'it'\\''s'");
        assert_eq!(shell("$(x)"), "'$(x)'");
        assert_eq!(shell(""), "''");
    }
}
