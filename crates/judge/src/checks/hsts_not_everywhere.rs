//! Some answers lack the header.

use midwatch_model::{AttackId::*, Severity};

use super::support;
use crate::Check;
use crate::check::ON_PATH_OR_DNS;
use crate::fixes::Setting;
use crate::view::HstsState;

pub(crate) static CHECK: Check = Check {
    id: "hsts-not-everywhere",
    title: "Some answers lack the HSTS header that others have",
    severity: Severity::Info,
    says: "some answers of {place} lack Strict-Transport-Security",
    about: "Each answer with the header makes the policy last anew, and answers without it change nothing. A \
            visitor who only ever meets pages without it has no policy.",
    gain: "Visitors who come straight to such a page, and to no other, can be kept on plain http next time.",
    from: ON_PATH_OR_DNS,
    attacks: &[StrippingAndDowngrade],
    decided: "At least one answer of the host over https has a valid policy, and at least one has no such header.",
    benign: &["A server in front of the site may answer some requests by itself."],
    fix: "Send the header with every answer, errors and redirects too (nginx and Apache need the word always for \
          those).",
    settings: &[Setting::Hsts],
    source: "RFC 6797 7.1 (SHOULD)",
    find: |view, found| {
        for seen in support::hsts_hosts(view) {
            let HstsState::Valid { hsts, .. } = &seen.state else { continue };
            if hsts.max_age == 0 {
                continue;
            }
            for (id, url) in &seen.without {
                found.at(&seen.host).see(id, format!("{url} answers without it"));
            }
        }
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    #[test]
    fn one_page_without_it_is_named() {
        let scene = Scene::sound().page("https://shop.example/old", reply(404, &[]), |_| {});
        assert_eq!(scene.severities(CHECK.id), [Severity::Info]);
        assert!(scene.hsts(None).find(CHECK.id).is_empty());
        assert!(Scene::sound().find(CHECK.id).is_empty());
        let silent = Scene::sound().page("https://shop.example/old", timeout(), |_| {});
        assert!(silent.find(CHECK.id).is_empty());
    }
}
