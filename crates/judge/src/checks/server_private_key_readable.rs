//! Every account of the server can read a private key.

use midwatch_model::{AttackId::*, Edit, Edits, Severity, Station};

use crate::{Check, words};

pub(crate) static CHECK: Check = Check {
    id: "server-private-key-readable",
    title: "Every account of this server can read a private key",
    severity: Severity::High,
    says: "{place} can be read by every account",
    about: "Whoever has the private key of a certificate or of an SSH host is the server, for everybody who verifies it. A site \
            with a hole, a script of another customer, or a backup that runs as nobody in particular is enough to take it.",
    gain: "To be this server, in the middle of every connection to it, without a warning anywhere.",
    from: &[Station::You],
    attacks: &[Impersonation, Eavesdropping],
    decided: "Keys that the files of nginx, Apache, Postfix, Dovecot, Exim, vsftpd, ProFTPD and Webmin name, and those in \
              /etc/ssl/private, /etc/pki/tls/private, /etc/letsencrypt, /etc/pure-ftpd and /etc/ssh. Found where others may read the file \
              (mode o+r) and enter every directory above it, and no passphrase protects the key. Critical where they may \
              write it. The key is not kept: of its file, the lines alone are looked at that say what it holds.",
    benign: &[
        "A key for tests, whose certificate nobody trusts, such as one that packages make (snakeoil).",
        "Access-control lists are not read, and may let more accounts in.",
    ],
    fix: "chmod o-rwx on the file; let the group read it, where a daemon needs it that does not start as root. If more than the owner \
          could read it for long, have a new certificate made with a new key, and the old one revoked.",
    settings: &[],
    source: "ssl-cert's and certbot's own modes (0640 root:ssl-cert, 0600); sshd(8): FILES; CA/Browser Forum Baseline \
             Requirements section 9.6.3",
    find: |view, found| {
        let Some(seen) = view.inside.settings else { return };
        for key in seen.fact.keys.value().into_iter().flatten() {
            let (reads, writes) = (key.path.all_read(), key.path.all_write());
            if !(reads && key.unprotected.value() == Some(&true) || writes) {
                continue;
            }
            let severity = if writes { Severity::Critical } else { Severity::High };
            let title = match writes {
                true => "Every account of this server can replace a private key",
                false => CHECK.title,
            };
            let path = key.path.path.clone();
            let change = Edits { program: None, edits: vec![Edit::Mode { path, mode: "o-rwx".into() }] };
            let named = words::some(&key.named_by, 4);
            found.at(&*key.path.path).severity(severity).title(title).edits(change).see(
                seen.id,
                format!(
                    "expected a mode without rights for others, observed {:04o}; named by {named}",
                    key.path.mode
                ),
            );
        }
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::{Outcome, ServerKey};

    use super::*;
    use crate::testing::*;

    fn with(mode: u32, change: impl FnOnce(&mut ServerKey)) -> Scene {
        let mut key = ServerKey {
            path: server_path("/etc/ssl/private/a.key", mode),
            named_by: vec!["/etc/nginx/nginx.conf".into()],
            unprotected: Outcome::seen(true),
        };
        change(&mut key);
        Scene::empty().server_settings(|server| server.keys = Outcome::seen(vec![key]))
    }

    #[test]
    fn others_may_neither_read_nor_write() {
        assert_eq!(with(0o644, |_| {}).severities(CHECK.id), [Severity::High]);
        assert_eq!(with(0o666, |_| {}).severities(CHECK.id), [Severity::Critical]);
        assert!(with(0o640, |_| {}).find(CHECK.id).is_empty());
    }

    #[test]
    fn a_closed_directory_a_passphrase_and_silence_are_no_finding() {
        assert!(with(0o644, |key| key.path.reachable = false).find(CHECK.id).is_empty());
        assert!(with(0o644, |key| key.unprotected = Outcome::seen(false)).find(CHECK.id).is_empty());
        assert!(with(0o644, |key| key.unprotected = timeout()).find(CHECK.id).is_empty());
        assert!(Scene::empty().server_settings(|server| server.keys = timeout()).find(CHECK.id).is_empty());
    }
}
