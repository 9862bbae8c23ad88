//! git-config(1). Files that one includes are not read.

use midwatch_model::LocalSettingKind::*;

use super::{Found, Gather};
use crate::git::config::entries;
use crate::lines::is_no;
use crate::system::Place;

pub(super) fn look(gather: &mut Gather<'_>) {
    let system = gather.system.at("/etc/gitconfig");
    let mut files: Vec<(Place, String)> = Vec::new();
    files.extend(gather.text(&system).map(|text| (system, text)));
    for path in [".config/git/config", ".gitconfig"] {
        files.extend(gather.home(path));
    }
    for (place, text) in files {
        for entry in entries(&text) {
            let name = entry.key();
            let mut found = Found::at(&place, entry.line, &name, &entry.value);
            if let Some(scope) = &entry.subsection {
                found = found.within(scope);
            }
            match name.as_str() {
                "http.sslverify" | "http.proxysslverify" if is_no(&entry.value) || entry.value.is_empty() => {
                    gather.add(NotVerified, "git", found);
                }
                "core.sshcommand" if super::ssh::command_does_not_verify(&entry.value) => {
                    gather.add(NotVerified, "git", found);
                }
                "http.proxy" | "remote.proxy" if !entry.value.is_empty() => gather.add(Proxy, "git", found),
                "http.sslcainfo" | "http.sslcapath" => gather.add(CaBundle, "git", found),
                "http.sslversion"
                    if matches!(entry.value.as_str(), "sslv2" | "sslv3" | "tlsv1.0" | "tlsv1.1") =>
                {
                    gather.add(Weakened, "git", found);
                }
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::super::tests::{found, line, of};
    use crate::system::testing::Tree;

    #[test]
    fn what_git_itself_writes_is_read() {
        let tree = Tree::new(&[("~/.gitconfig", "")]);
        for (name, value) in [
            ("http.sslVerify", "false"),
            ("http.https://git.example/.sslVerify", "false"),
            ("http.https://odd\"name.example/.sslVerify", "0"),
            ("http.https://sound.example/.sslVerify", "true"),
            ("http.proxy", "http://joe:secret@proxy.example:3128"),
            ("core.sshCommand", "ssh -o StrictHostKeyChecking=no -i \"a key\""),
            ("user.name", "Joe # not a comment"),
            ("http.sslCAInfo", "/home/joe/ca.pem"),
        ] {
            let set = Command::new("git")
                .args(["config", "--file"])
                .arg(tree.path("~/.gitconfig"))
                .args([name, value])
                .status()
                .expect("git");
            assert!(set.success());
        }
        let mut lines: Vec<String> = found(&tree).iter().map(line).collect();
        lines.sort();
        assert_eq!(
            lines,
            [
                "CaBundle git http.sslcainfo=/home/joe/ca.pem",
                "NotVerified git core.sshcommand=ssh -o StrictHostKeyChecking=no -i \"a key\"",
                "NotVerified git http.sslverify=0 for https://odd\"name.example/",
                "NotVerified git http.sslverify=false",
                "NotVerified git http.sslverify=false for https://git.example/",
                "Proxy git http.proxy=http://…@proxy.example:3128",
            ]
        );
    }

    #[test]
    fn written_by_hand() {
        let text = "[HTTP] sslVerify = off ; why\n[http \"https://a.example\"]\n\tsslverify = \"no\"\n[user]\n sslVerify = false\n";
        assert_eq!(
            of(&[("/etc/gitconfig", text)]),
            ["NotVerified git http.sslverify=off", "NotVerified git http.sslverify=no for https://a.example"]
        );
        assert!(of(&[("~/.gitconfig", "[http]\n\tsslVerify\n# sslVerify = false\n")]).is_empty());
    }
}
