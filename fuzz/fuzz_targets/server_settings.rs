//! Files of a server's own settings: every reader over the same text, one after the other, in a tree that stands for a server.
#![no_main]
use std::path::PathBuf;
use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use midwatch_sense::{System, server::settings};

/// Where each program has its file, and what shows that the program is there.
const FILES: [&str; 13] = [
    "etc/ssh/sshd_config",
    "etc/postfix/main.cf",
    "etc/postfix/master.cf",
    "etc/dovecot/dovecot.conf",
    "etc/exim4/exim4.conf",
    "etc/vsftpd.conf",
    "etc/proftpd/proftpd.conf",
    "etc/apache2/sites-enabled/a",
    "etc/webmin/miniserv.conf",
    "etc/resolv.conf",
    "etc/passwd",
    "etc/unbound/unbound.conf",
    "etc/ssl/private/a.key",
];
const PROGRAMS: [&str; 8] = [
    "usr/sbin/sshd",
    "usr/sbin/postfix",
    "usr/sbin/dovecot",
    "usr/sbin/exim4",
    "usr/sbin/vsftpd",
    "usr/sbin/proftpd",
    "usr/sbin/unbound",
    "etc/apache2/mods-enabled/auth_openidc.load",
];

static ROOT: OnceLock<PathBuf> = OnceLock::new();

fuzz_target!(|data: &[u8]| {
    // Long inputs say the same more slowly.
    let data = data.get(..4096).unwrap_or(data);
    let root = ROOT.get_or_init(|| {
        let root = std::env::temp_dir().join(format!("midwatch-fuzz-{}", std::process::id()));
        for path in PROGRAMS {
            write(&root, path, b"");
        }
        root
    });
    let Some((which, text)) = data.split_first() else { return };
    let path = FILES[usize::from(*which) % FILES.len()];
    write(root, path, text);
    settings::look(&System { root: root.clone(), home: None, env: vec![] });
    let _ = std::fs::remove_file(root.join(path));
});

fn write(root: &std::path::Path, path: &str, text: &[u8]) {
    let path = root.join(path);
    let _ = std::fs::create_dir_all(path.parent().unwrap_or(root));
    let _ = std::fs::write(path, text);
}
