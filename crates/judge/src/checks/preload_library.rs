//! A library is loaded into every program.

use midwatch_model::{AttackId::*, LocalSettingKind as Kind, Severity, Station};

use super::support::setting_place;
use crate::Check;

pub(crate) static CHECK: Check = Check {
    id: "preload-library",
    title: "A library is loaded into every program",
    severity: Severity::Medium,
    says: "{place} loads a library into programs",
    about: "The dynamic linker loads the libraries that LD_PRELOAD, LD_AUDIT and /etc/ld.so.preload name before all \
            others. Their code runs inside of the program: it can read what TLS protects before it is encrypted, and hide \
            files and connections.",
    gain: "Whoever wrote the library has everything that the program has.",
    from: &[Station::You],
    attacks: &[ManInTheBrowser],
    decided: "LD_PRELOAD or LD_AUDIT in the environment or in a file that sets it, or a line of /etc/ld.so.preload. High \
              where the library lies in a directory that everybody may write to (/tmp, /var/tmp, /dev/shm). What the \
              library does is not looked at.",
    benign: &[
        "Memory allocators (jemalloc, tcmalloc), fakeroot, proxychains, desktops' and games' helpers, and security \
         software.",
    ],
    fix: "Find out which package the library is of (dpkg -S FILE, rpm -qf FILE). Where it is of none, take the setting \
          out, and look at the file from another system.",
    settings: &[],
    source: "ld.so(8); MITRE ATT&CK T1574.006",
    find: |view, found| {
        for (id, setting) in view.here.local.settings_of(&[Kind::Preload]) {
            let is_open = setting
                .value
                .split([':', ' '])
                .any(|file| ["/tmp/", "/var/tmp/", "/dev/shm/"].iter().any(|start| file.starts_with(start)));
            found
                .at(setting_place(setting))
                .severity(if is_open { Severity::High } else { Severity::Medium })
                .see(id, format!("expected none, observed {}={}", setting.name, setting.value));
        }
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    fn with(text: &str) -> Vec<Severity> {
        Scene::empty().settings(&[(Kind::Preload, "every program", text, None)]).severities(CHECK.id)
    }

    #[test]
    fn a_library_is_named_and_worse_where_everybody_may_write() {
        assert_eq!(with("LD_PRELOAD=/usr/lib/libjemalloc.so.2"), [Severity::Medium]);
        assert_eq!(with("LD_PRELOAD=/usr/lib/a.so:/tmp/b.so"), [Severity::High]);
        assert_eq!(with("library=/dev/shm/x.so"), [Severity::High]);
    }

    #[test]
    fn none_is_none() {
        assert!(Scene::here_local().find(CHECK.id).is_empty());
        assert!(Scene::empty().find(CHECK.id).is_empty());
    }
}
