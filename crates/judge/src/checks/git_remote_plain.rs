//! git asks a remote without encryption.

use midwatch_model::{AttackId::*, GitRole, Severity};

use super::git_support::{is_safe, plain, remote_place, role, without_plain};
use crate::Check;
use crate::check::ON_PATH_OR_DNS;

pub(crate) static CHECK: Check = Check {
    id: "git-remote-plain",
    title: "git asks a remote without encryption",
    severity: Severity::High,
    says: "{place} is asked without encryption, and nothing proves who answers",
    about: "git:// and http:// have neither encryption nor proof of who answers. git verifies that what it receives hangs \
            together, and not that it comes from the server: whoever is on the way can answer with a history of their own.",
    gain: "To change what is cloned and fetched, which is then built and run; to read what is pushed, and over http the \
           name and password with it.",
    from: ON_PATH_OR_DNS,
    attacks: &[Eavesdropping, HttpInjection, Impersonation, DnsSpoofing, IpHijacking],
    decided: "By the URL as git asks it, after insteadOf and pushInsteadOf, of remotes, of branches and of submodules. \
              Medium for a submodule: git fetches the very commit that the repository names, whose id is the hash of all \
              that is in it, so that others read along and withhold, and change nothing unless somebody follows the \
              submodule's branch (--remote). Hosts of this computer and of Tor (.onion) are none, and neither is a URL whose \
              protocol git is forbidden to use (protocol.allow). ftps:// is encrypted. A URL that a rule made plain is \
              found by git-insteadof-plain.",
    benign: &[
        "A network that encrypts by itself, such as a VPN that everything for this host goes through.",
        "Commits or tags that are signed, with signatures that are verified before anything is used.",
        "http:// that the server redirects to https: git follows, but whoever is on the way need not redirect.",
    ],
    fix: "Ask it over https or ssh, whichever the server has: git remote set-url NAME https://HOST/PATH.",
    settings: &[],
    source: "git-fetch(1), GIT URLS: the native transport does no authentication and should be used with caution on \
             unsecured networks",
    find: |view, found| {
        for (seen, remote) in view.git.asked() {
            let Some(protocol) = remote.remote.as_ref().and_then(plain) else { continue };
            if remote.written.as_deref().is_some_and(is_safe) {
                continue;
            }
            let severity = match remote.role {
                GitRole::Submodule => Severity::Medium,
                GitRole::Fetch | GitRole::Push => Severity::High,
            };
            found.at(remote_place(remote)).severity(severity).fix(without_plain(seen.fact, remote)).see(
                seen.id,
                format!("expected https or ssh, observed {protocol}: {} ({})", remote.url, role(remote.role)),
            );
        }
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    fn of(url: &str) -> Vec<Severity> {
        Scene::empty().git(&[git_remote("origin", GitRole::Fetch, url)], &[]).severities(CHECK.id)
    }

    #[test]
    fn plain_protocols_are_found() {
        for url in
            ["git://example.org/a", "http://example.org/a", "ftp://example.org/a", "http://192.0.2.7:8080/a"]
        {
            assert_eq!(of(url), [Severity::High], "{url}");
        }
        for url in
            ["https://example.org/a", "git@example.org:a", "/srv/a", "http://localhost/a", "git://x.onion/a"]
        {
            assert!(of(url).is_empty(), "{url}");
        }
    }

    #[test]
    fn a_submodule_weighs_less_for_its_commit_is_named() {
        let scene = Scene::empty().git(&[git_remote("sub", GitRole::Submodule, "git://example.org/a")], &[]);
        assert_eq!(scene.severities(CHECK.id), [Severity::Medium]);
    }

    #[test]
    fn fetching_and_pushing_by_one_line_is_one_finding_with_its_command() {
        let url = "git://example.org/a.git";
        let both = [git_remote("origin", GitRole::Fetch, url), git_remote("origin", GitRole::Push, url)];
        let found = Scene::empty().git(&both, &[]).find(CHECK.id);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].evidence.len(), 2);
        assert_eq!(found[0].place, "origin in /srv/a/.git/config, line 7");
        assert_eq!(
            found[0].fix.summary,
            "Ask it over https or ssh, whichever the server has. Where it speaks https: git config --file \
             /srv/a/.git/config --fixed-value remote.origin.url https://example.org/a.git git://example.org/a.git"
        );
    }

    #[test]
    fn what_git_would_not_ask_and_what_a_rule_made_plain_is_none() {
        let mut refused = git_remote("origin", GitRole::Fetch, "git://example.org/a");
        refused.refused = Some("protocol.git.allow is never (~/.gitconfig, line 3)".into());
        let mut made = git_remote("origin", GitRole::Fetch, "git://example.org/a");
        made.written = Some("https://example.org/a".into());
        assert!(Scene::empty().git(&[refused, made], &[]).find(CHECK.id).is_empty());
        assert!(Scene::empty().find(CHECK.id).is_empty());
    }
}
