//! A secret for git stands in a URL or a header of its files.

use midwatch_model::{AttackId::*, GitLevel, GitSetting, GitSettingKind as Kind, Severity, Station};

use super::git_support::{is_near, plain, plain_url, remote_place, setting_place, unset, without_secret};
use crate::Check;

pub(crate) static CHECK: Check = Check {
    id: "git-credentials-in-url",
    title: "A password or token stands in git's files",
    severity: Severity::Medium,
    says: "{place} holds a password or token",
    about: "A name and password in a URL, and a header line with a token, are kept in the file as they are. They get into \
            backups, logs and the output of git remote -v, and over plain http they are sent for everybody on the way.",
    gain: "To fetch and push in the name of whose secret it is, and often more than that one repository.",
    from: &[Station::You, Station::Wifi, Station::Router, Station::Network],
    attacks: &[Eavesdropping, SessionHijacking],
    decided: "Passwords in URLs of remotes, submodules and insteadOf rules, names there that have the form of a token (by its \
              documented beginning, or 36 letters and digits or more), header lines of http.extraHeader whose names say so, \
              and passwords of proxies. High where it is sent over plain http to another computer. Medium where every user \
              of this computer can read the file, and for the password of a proxy that is asked over plain http. Low where \
              the file is its owner's. What the secret is never stands in a report.",
    benign: &[
        "A token that may read one public repository, or that has ended. A name that is long by chance.",
        "A build server that writes a short-lived token for one job and takes it out again.",
    ],
    fix: "Take it out, have it replaced where it was given, and let a credential helper that encrypts keep the new one (git \
          help credentials), or use ssh.",
    settings: &[],
    source: "git-credentials(7); RFC 3986 3.2.1; RFC 9110 4.2.4; RFC 7617 4",
    find: |view, found| {
        for (seen, remote) in view.git.remotes().filter(|(_, remote)| remote.secret.is_some()) {
            let is_sent =
                remote.refused.is_none() && remote.remote.as_ref().is_some_and(|one| plain(one).is_some());
            if remote.level == GitLevel::CommandLine && !is_sent {
                continue;
            }
            let (severity, attacks, detail) = weigh(is_sent, remote.readable_by_others);
            found
                .at(remote_place(remote))
                .severity(severity)
                .attacks(attacks)
                .title(title(is_sent))
                .fix(without_secret(seen.fact, remote))
                .see(
                    seen.id,
                    format!("expected a URL without a secret, observed one in {}{detail}", remote.url),
                );
        }
        let kinds = &[Kind::ExtraHeader, Kind::Proxy, Kind::Rewrite, Kind::RewritePush];
        for (seen, setting) in view.git.settings(kinds).filter(|(_, setting)| setting.secret.is_some()) {
            // What a rule makes of a remote is found there.
            if matches!(setting.kind, Kind::Rewrite | Kind::RewritePush) && !setting.urls.is_empty() {
                continue;
            }
            let is_sent =
                setting.kind == Kind::ExtraHeader && setting.urls.iter().any(|url| plain_url(url).is_some());
            let is_proxy = setting.kind == Kind::Proxy && is_sent_to_proxy(setting);
            let (mut severity, mut attacks, mut detail) = weigh(is_sent, setting.readable_by_others);
            if is_proxy {
                severity = Severity::Medium;
                attacks = &[Eavesdropping, SessionHijacking];
                detail.push_str(", which is sent to the proxy without encryption");
            }
            found
                .at(setting_place(setting))
                .severity(severity)
                .attacks(attacks)
                .title(title(is_sent))
                .fix(format!("Take it out, and have it replaced where it was given: {}", unset(setting)))
                .see(
                    seen.id,
                    format!("expected no secret, observed one in {}={}{detail}", setting.key, setting.value),
                );
        }
    },
};

fn title(is_sent: bool) -> &'static str {
    if is_sent { "git sends a password or token without encryption" } else { CHECK.title }
}

type Weighed = (Severity, &'static [midwatch_model::AttackId], String);

fn weigh(is_sent: bool, readable_by_others: Option<bool>) -> Weighed {
    match (is_sent, readable_by_others) {
        (true, _) => (Severity::High, &[Eavesdropping, SessionHijacking], ", which is sent as it is".into()),
        (false, Some(true)) => {
            (Severity::Medium, &[SessionHijacking], ", which every user of this computer can read".into())
        }
        (false, _) => (Severity::Low, &[SessionHijacking], String::new()),
    }
}

/// True for a proxy of plain http on another computer. Without a scheme it is one of http.
fn is_sent_to_proxy(setting: &GitSetting) -> bool {
    let lower = setting.value.to_ascii_lowercase();
    let (scheme, rest) = lower.split_once("://").unwrap_or(("http", &lower));
    let host = rest.rsplit('@').next().unwrap_or_default();
    let host = host.split(['/', '?']).next().unwrap_or_default();
    let host = match host.strip_prefix('[') {
        Some(inside) => inside.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    scheme == "http" && !is_near(host)
}

#[cfg(test)]
mod tests {
    use midwatch_model::{GitRole, GitSecret};

    use super::*;
    use crate::testing::*;

    fn remote(url: &str, readable: Option<bool>) -> Vec<Severity> {
        let mut remote = git_remote("origin", GitRole::Fetch, url);
        (remote.secret, remote.readable_by_others) = (Some(GitSecret::Password), readable);
        Scene::empty().git(&[remote], &[]).severities(CHECK.id)
    }

    fn setting(kind: Kind, key: &str, value: &str, urls: &[&str]) -> Vec<Severity> {
        let mut setting = git_setting(kind, GitLevel::Repository, key, value, urls);
        (setting.secret, setting.readable_by_others) = (Some(GitSecret::Token), Some(false));
        Scene::empty().git(&[], &[setting]).severities(CHECK.id)
    }

    #[test]
    fn by_who_can_read_it() {
        assert_eq!(remote("http://…@example.org/a", Some(false)), [Severity::High]);
        assert_eq!(remote("http://…@localhost/a", Some(false)), [Severity::Low]);
        assert_eq!(remote("https://…@example.org/a", Some(true)), [Severity::Medium]);
        assert_eq!(remote("https://…@example.org/a", Some(false)), [Severity::Low]);
        assert_eq!(remote("https://…@example.org/a", None), [Severity::Low]);
    }

    #[test]
    fn headers_proxies_and_rules_too() {
        let header = |urls| setting(Kind::ExtraHeader, "http.extraHeader", "Authorization: …", urls);
        assert_eq!(header(&["https://example.org/a", "http://example.org/a"]), [Severity::High]);
        assert_eq!(header(&["https://example.org/a"]), [Severity::Low]);
        let proxy = |value| setting(Kind::Proxy, "http.proxy", value, &["https://example.org/a"]);
        assert_eq!(proxy("http://…@proxy.example:3128"), [Severity::Medium]);
        assert_eq!(proxy("…@proxy.example:3128"), [Severity::Medium]);
        assert_eq!(proxy("https://…@proxy.example:3128"), [Severity::Low]);
        assert_eq!(proxy("http://…@127.0.0.1:3128"), [Severity::Low]);
        let rule = |urls| setting(Kind::Rewrite, "url.https://…@example.org/.insteadOf", "gh:", urls);
        assert_eq!(rule(&[]), [Severity::Low]);
        assert!(rule(&["https://…@example.org/a"]).is_empty(), "the remote is found");
    }

    #[test]
    fn the_fix_leaves_no_secret_behind() {
        let mut remote = git_remote("origin", GitRole::Fetch, "https://…@example.org/a");
        remote.secret = Some(GitSecret::Password);
        let found = Scene::empty().git(&[remote], &[]).find(CHECK.id);
        let fix = &found[0].fix.summary;
        assert!(
            fix.ends_with("git config --file /srv/a/.git/config remote.origin.url https://example.org/a"),
            "{fix}"
        );
    }

    #[test]
    fn none_is_none() {
        let sound = git_remote("origin", GitRole::Fetch, "https://…@example.org/a");
        assert!(Scene::empty().git(&[sound], &[]).find(CHECK.id).is_empty());
        assert!(Scene::empty().find(CHECK.id).is_empty());
    }
}
