//! The accounts of people that have a shell, and what they can run and read: compilers, and directories where programs
//! keep sessions.

use midwatch_model::{Outcome, Reason, ReasonKind, ServerPath, Unread, lossless};

use super::rights;
use super::source::Reader;
use crate::System;
use crate::lines::unquote;

/// Accounts that are named.
const MAX_ACCOUNTS: usize = 1000;

/// The numbers of people's accounts (Debian policy 9.2.2; login.defs(5): UID_MIN, and nobody's).
const PEOPLE: std::ops::RangeInclusive<u32> = 1000..=59_999;

/// Compilers by the names under which programs that build something look for them.
const COMPILERS: [&str; 8] = ["as", "c++", "cc", "clang", "g++", "gcc", "ld", "tcc"];

/// The names of accounts that may log in with a shell, by passwd(5).
pub(super) fn people(system: &System) -> Outcome<Vec<String>> {
    let people = |all: Vec<Account>| {
        let people = all.into_iter().filter(|one| PEOPLE.contains(&one.number));
        people.map(|one| one.name).take(MAX_ACCOUNTS).collect()
    };
    accounts(system).map_or_else(Outcome::from, |all| Outcome::seen(people(all)))
}

/// Those of people and root that have a key in the file where sshd looks for keys by default.
pub(super) fn key_holders(system: &System) -> Outcome<Vec<String>> {
    let all = match accounts(system) {
        Ok(all) => all,
        Err(why) => return why.into(),
    };
    let mut found = Vec::new();
    for one in
        all.into_iter().filter(|one| one.number == 0 || PEOPLE.contains(&one.number)).take(MAX_ACCOUNTS)
    {
        match system.text(&system.at(&format!("{}/.ssh/authorized_keys", one.home))) {
            Ok(text) => {
                let text = text.unwrap_or_default();
                if crate::lines::numbered(&text, &['#']).next().is_some() {
                    found.push(one.name);
                }
            }
            // Another's is enough to know that somebody has one.
            Err(why) if found.is_empty() => return why.into(),
            Err(_) => {}
        }
    }
    Outcome::seen(found)
}

struct Account {
    name: String,
    number: u32,
    home: String,
}

/// The accounts that have a shell.
fn accounts(system: &System) -> Result<Vec<Account>, Reason> {
    let absent = || Reason::new(ReasonKind::Other, "/etc/passwd is not there");
    let text = system.text(&system.at("/etc/passwd"))?.ok_or_else(absent)?;
    let account = |line: &str| {
        let fields: Vec<&str> = line.split(':').collect();
        let [name, _, number, _, _, home, shell] = fields.as_slice() else { return None };
        let number: u32 = number.parse().ok()?;
        let has_shell =
            !matches!(shell.rsplit('/').next(), Some("nologin" | "false" | "sync" | "shutdown" | "halt"));
        has_shell.then(|| Account { name: lossless(name.as_bytes()), number, home: (*home).to_owned() })
    };
    Ok(text.lines().filter_map(account).collect())
}

/// The compilers that are there, behind every symbolic link.
pub(super) fn compilers(system: &System, unread: &mut Vec<Unread>) -> Vec<ServerPath> {
    let mut found: Vec<ServerPath> = Vec::new();
    for name in COMPILERS {
        let place = system.at(&format!("/usr/bin/{name}"));
        if !system.exists(&place) {
            continue;
        }
        let Some(real) = system.canonical(&place) else { continue };
        if found.iter().all(|known| known.path != real) {
            found.extend(rights(system, &system.at(&real), name, unread));
        }
    }
    found
}

/// Where PHP keeps sessions: what its files say, and where Debian and others have them by default.
const PHP: [&str; 6] = [
    "/etc/php/*/*/php.ini",
    "/etc/php/*/*/conf.d/*.ini",
    "/etc/php/*/fpm/pool.d/*.conf",
    "/etc/php.ini",
    "/etc/php.d/*.ini",
    "/etc/php-fpm.d/*.conf",
];

/// Directories that packages make for it.
const USUAL: [&str; 2] = ["/var/lib/php/sessions", "/var/lib/php/session"];

/// The directories where PHP keeps sessions in files.
pub(super) fn sessions(system: &System, unread: &mut Vec<Unread>) -> Vec<ServerPath> {
    let mut reader = Reader::new(system);
    let mut paths: Vec<String> = USUAL.iter().map(|path| (*path).to_owned()).collect();
    for pattern in PHP {
        for place in reader.glob(pattern) {
            for line in reader.lines(&place).unwrap_or_default() {
                let Some((name, value)) = line.text.split_once('=') else { continue };
                let name = name.trim();
                let is_path = name == "session.save_path" || name.ends_with("_value[session.save_path]");
                // `5;0600;/path`: how deep, which mode, and where.
                let path = unquote(value).rsplit(';').next().unwrap_or_default().trim().trim_end_matches('/');
                if is_path && path.starts_with('/') {
                    paths.push(path.to_owned());
                }
            }
        }
    }
    unread.append(&mut reader.gaps);
    paths.sort();
    paths.dedup();
    paths.iter().filter_map(|path| rights(system, &system.at(path), "PHP", unread)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::testing::Tree;

    #[test]
    fn people_have_a_shell() {
        let passwd = "root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1:d:/:/usr/sbin/nologin\n\
                      ann:x:1000:1000:Ann,,,:/home/ann:/bin/bash\nweb:x:1001:1001::/home/web:/usr/sbin/nologin\n\
                      nobody:x:65534:65534:n:/:/bin/sh\n";
        let tree = Tree::new(&[("/etc/passwd", passwd)]);
        assert_eq!(people(&tree.system), Outcome::seen(vec!["ann".to_owned()]));
        assert_eq!(key_holders(&tree.system), Outcome::seen(vec![]));
        tree.write("/root/.ssh/authorized_keys", b"# none\n");
        tree.write("/home/ann/.ssh/authorized_keys", b"ssh-ed25519 AAAA ann\n");
        assert_eq!(key_holders(&tree.system), Outcome::seen(vec!["ann".to_owned()]));
        assert!(people(&Tree::new(&[]).system).is_unmeasured());
    }

    #[test]
    fn compilers_are_named_once() {
        let tree = Tree::new(&[("/usr/bin/x86_64-linux-gnu-gcc-12", "")]);
        tree.link("/usr/bin/gcc", "x86_64-linux-gnu-gcc-12");
        tree.link("/usr/bin/cc", "/etc/alternatives/cc");
        tree.link("/etc/alternatives/cc", "/usr/bin/gcc");
        let found = compilers(&tree.system, &mut Vec::new());
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].path, "/usr/bin/x86_64-linux-gnu-gcc-12");
    }

    #[test]
    fn directories_of_sessions() {
        let tree = Tree::new(&[
            (
                "/etc/php/8.2/fpm/php.ini",
                ";session.save_path = \"/no\"\nsession.save_path = \"3;0600;/srv/a/\"\n",
            ),
            ("/etc/php/8.2/fpm/pool.d/b.conf", "php_admin_value[session.save_path] = /srv/b\n"),
            ("/srv/a/x", ""),
            ("/srv/b/x", ""),
            ("/var/lib/php/sessions/x", ""),
        ]);
        let found = sessions(&tree.system, &mut Vec::new());
        let paths: Vec<&str> = found.iter().map(|one| one.path.as_str()).collect();
        assert_eq!(paths, ["/srv/a", "/srv/b", "/var/lib/php/sessions"]);
    }
}
