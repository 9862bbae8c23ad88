//! ssh_config against `ssh -G`, and what `ssh -G` does not say.
mod common;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use common::{Numbers, run};
use midwatch_hostkeys::config::{
    Ask, Disk, Files, Hop, Query, Resolved, Source, Strict, Text, Trouble, Way, resolve,
};
use proptest::prelude::*;

fn query(host: &str) -> Query {
    Query {
        host: host.to_owned(),
        port: None,
        user: None,
        options: Vec::new(),
        command: String::new(),
        files: Source::usual(Path::new("/home/me")),
        local_user: "me".to_owned(),
        uid: 1000,
        home: PathBuf::from("/home/me"),
        local_host: "here.example".to_owned(),
        environment: BTreeMap::from([("A".to_owned(), "value".to_owned())]),
    }
}

/// Files of a test: path, text and mode.
#[derive(Default)]
struct Made(BTreeMap<PathBuf, (String, u32)>);

impl Made {
    fn with(files: &[(&str, &str)]) -> Made {
        Made(files.iter().map(|(path, text)| (PathBuf::from(path), ((*text).to_owned(), 0o600))).collect())
    }
}

impl Files for Made {
    fn read(&mut self, path: &Path) -> Result<Option<Text>, String> {
        let found = self.0.get(path);
        Ok(found.map(|(text, mode)| Text { bytes: text.clone().into_bytes(), owner: 1000, mode: *mode }))
    }

    fn glob(&mut self, pattern: &str) -> Result<Vec<PathBuf>, String> {
        let matches = |path: &&PathBuf| {
            midwatch_hostkeys::pattern::matches(path.to_str().unwrap().as_bytes(), pattern.as_bytes())
        };
        Ok(self.0.keys().filter(matches).cloned().collect())
    }
}

fn user_file(text: &str, host: &str) -> Resolved {
    resolve(query(host), &mut Made::with(&[("/home/me/.ssh/config", text)]))
}

/// What `ssh -G` says, keyword by keyword.
struct Said(Vec<(String, String)>);

impl Said {
    fn of(file: &Path, arguments: &[&str]) -> Result<Said, String> {
        let output = run(Command::new("ssh").arg("-F").arg(file).arg("-G").args(arguments).env("A", "value"));
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned());
        }
        let text = String::from_utf8(output.stdout).unwrap();
        let lines = text.lines().filter_map(|line| line.split_once(' '));
        Ok(Said(lines.map(|(keyword, value)| (keyword.to_owned(), value.to_owned())).collect()))
    }

    fn get(&self, keyword: &str) -> Option<&str> {
        self.0.iter().find(|(name, _)| name == keyword).map(|(_, value)| value.as_str())
    }
}

/// Who runs the tests, as ssh sees it.
fn real(file: &Path, host: &str) -> Query {
    let word = |program: &str, argument: &[&str]| {
        String::from_utf8(run(Command::new(program).args(argument)).stdout).unwrap().trim().to_owned()
    };
    let user = word("id", &["-un"]);
    let home = word("getent", &["passwd", &user]);
    Query {
        files: Source::named(file),
        uid: word("id", &["-u"]).parse().unwrap(),
        home: PathBuf::from(home.split(':').nth(5).unwrap()),
        local_user: user,
        local_host: word("uname", &["-n"]),
        ..query(host)
    }
}

fn yes(value: bool) -> String {
    if value { "true".to_owned() } else { "false".to_owned() }
}

fn ask(value: Ask) -> String {
    match value {
        Ask::Yes => "true",
        Ask::No => "false",
        Ask::Ask => "ask",
    }
    .to_owned()
}

fn paths(paths: &[PathBuf]) -> Option<String> {
    let joined = paths.iter().map(|path| path.to_str().unwrap()).collect::<Vec<_>>().join(" ");
    (!joined.is_empty()).then_some(joined)
}

/// Holds every value that is used against the real one.
fn compare(resolved: &Resolved, said: &Said, about: &str) {
    let strict = match resolved.strict_host_key_checking().value {
        Strict::Yes => "true",
        Strict::Ask => "ask",
        Strict::AcceptNew => "accept-new",
        Strict::Off => "false",
    };
    let (command, jump) = match resolved.way().value {
        Way::Direct => (None, None),
        Way::Command(command) => (Some(command), None),
        Way::Jump(hops) => {
            let hops = hops.iter().map(|hop| {
                let host = if hop.host.contains(':') { format!("[{}]", hop.host) } else { hop.host.clone() };
                let user = hop.user.as_ref().map(|user| format!("{user}@")).unwrap_or_default();
                let port = hop.port.map(|port| format!(":{port}")).unwrap_or_default();
                format!("{user}{host}{port}")
            });
            (None, Some(hops.collect::<Vec<_>>().join(",")))
        }
    };
    let values = [
        ("hostname", Some(resolved.host_name().value)),
        ("port", Some(resolved.port().value.to_string())),
        ("user", Some(resolved.user().value)),
        ("stricthostkeychecking", Some(strict.to_owned())),
        ("checkhostip", Some(yes(resolved.check_host_ip().value))),
        ("hashknownhosts", Some(yes(resolved.hash_known_hosts().value))),
        ("verifyhostkeydns", Some(ask(resolved.verify_host_key_dns().value))),
        ("updatehostkeys", Some(ask(resolved.update_host_keys().value))),
        ("hostkeyalias", resolved.host_key_alias().map(|given| given.value)),
        ("userknownhostsfile", paths(&resolved.user_known_hosts().unwrap().value)),
        ("globalknownhostsfile", paths(&resolved.global_known_hosts().unwrap().value)),
        ("revokedhostkeys", paths(&resolved.revoked_host_keys().unwrap().value)),
        ("knownhostscommand", resolved.known_hosts_command().map(|given| given.value)),
        ("proxycommand", command),
        ("proxyjump", jump),
    ];
    for (keyword, ours) in values {
        // ssh writes yes of some keywords as true.
        let theirs = match said.get(keyword) {
            Some("none") => None,
            Some("yes") => Some("true"),
            Some("no") => Some("false"),
            value => value,
        };
        assert_eq!(ours.as_deref(), theirs, "{keyword} of {about}");
    }
}

fn against(text: &str, host: &str, directory: &Path) {
    let file = directory.join("config");
    std::fs::write(&file, text).unwrap();
    let resolved = resolve(real(&file, host), &mut Disk);
    match Said::of(&file, &[host]) {
        Ok(said) => {
            assert_eq!(resolved.problems, [], "{text}");
            compare(&resolved, &said, &format!("{host} with\n{text}"));
        }
        Err(error) => assert!(!resolved.problems.is_empty(), "{text}\n{error}"),
    }
}

#[test]
fn ssh_says_the_same_for_a_table() {
    let directory = tempfile::tempdir().unwrap();
    let include = directory.path().join("inc");
    std::fs::create_dir(&include).unwrap();
    std::fs::write(include.join("10.conf"), "Port 10\nHost x\nPort 11\nUser included\n").unwrap();
    std::fs::write(include.join("20.conf"), "Host *\nUser late\nMatch final\nHostKeyAlias final\n").unwrap();
    std::fs::write(include.join("open"), "Port 12\n").unwrap();
    let open = std::os::unix::fs::PermissionsExt::from_mode(0o666);
    std::fs::set_permissions(include.join("open"), open).unwrap();
    let at = include.display();
    let table = [
        "",
        "# nothing\n\n   \n",
        "Host x\n Port 1\nHost *\n Port 2\n",
        "Host y !x\nPort 3\nHost * !x\nPort 4\nHost x*\nPort=5\nPort 6",
        "host \"x\" y\nport \"7\"\nUSER = 'a b'\n",
        "Host x # y\nPort 8 # the port\nUser a\\ b\n",
        "HostName %h.example\nMatch host x.example\nPort 9\nMatch originalhost x\nUser o\n",
        "HostName REAL.example\nMatch host real.EXAMPLE\nPort 9\n",
        "HostName ::0001\n",
        "Match user me,root\nPort 1\nMatch !user me,root\nPort 2\n",
        "User u\nMatch user u\nPort 1\n",
        "Match localuser *\nPort 1\nMatch localuser !*\nUser 2\n",
        "Match all\nPort 1\n",
        "Match host x user root\nPort 3\nMatch host=x,y\nUser eq\n",
        "Match !host x\nPort 3\nMatch host y,!x\nPort 4\n",
        "Match final\nPort 5\nMatch all\nPort 6\n",
        "Match final host x\nUser f\nMatch canonical\nPort 7\n",
        "Match !final\nPort 5\nMatch all\nUser u\n",
        "Host x\nHostName y\nMatch final\nPort 1\nHost y\nUser second\n",
        "ProxyJump a\nProxyCommand b %h\n",
        "ProxyCommand b %h \"c d\" # e\nProxyJump a\n",
        "ProxyJump none\nProxyCommand b\n",
        "ProxyCommand none\nProxyJump a\n",
        "ProxyJump u@a:23,[::1]:24,c\n",
        "ProxyJump=u@a\n",
        "StrictHostKeyChecking accept-new\nCheckHostIP YES\nHashKnownHosts yes\nVerifyHostKeyDNS ask\n",
        "StrictHostKeyChecking off\nUpdateHostKeys ask\n",
        "StrictHostKeyChecking maybe\n",
        "VerifyHostKeyDNS yes\n",
        "UserKnownHostsFile ~/.ssh/known_hosts\n",
        "UserKnownHostsFile ~/a /b/%h-%p-%r-%n-%u-%i-%L-%l-%k-%C-%d-%% \"/c d\"\nGlobalKnownHostsFile /e %h\n",
        "HostKeyAlias ALIAS\nUserKnownHostsFile /x/%k/${A}\nPort 99\nUser me\n",
        "UserKnownHostsFile none\nUserKnownHostsFile /b\n",
        "UserKnownHostsFile /b none\n",
        "GlobalKnownHostsFile none\nKnownHostsCommand /bin/echo %H \"x\"\nRevokedHostKeys /revoked\n",
        "Port\n",
        "Port 0\n",
        "Port 65536\n",
        "User \"open\n",
        "Host\nPort 1\n",
        "Match\nPort 1\n",
        "Match nonsense x\nPort 1\n",
        "Match host\nPort 1\n",
        "Match host x all\nPort 1\n",
        "Match all host x\nPort 1\n",
        "ProxyJump @\n",
        "ProxyJump a:0\n",
        &format!("Include {at}/*.conf\nPort 13\n"),
        &format!("Host y\nInclude {at}/*.conf\nHost x\nPort 14\n"),
        &format!("Host x\nInclude {at}/10.conf {at}/20.conf\nUser after\n"),
        &format!("Include {at}/none {at}/*.none\nPort 15\n"),
        &format!("Include {at}/open\n"),
        &format!("Host y\nInclude {at}/20.conf\n"),
        &format!("Include \"{at}/[12]?.conf\"\n"),
        &format!("Include {}/config\n", directory.path().display()),
        "Port 1\x0c\r\nUser\tu\r\n",
        "CheckHostIP no\nCheckHostIP yes\n",
        "Host x\n\tHostName 10.0.0.1\n\tPort 5\n",
    ];
    for text in table {
        for host in ["x", "Y.Example"] {
            against(text, host, directory.path());
        }
    }
}

#[test]
fn ssh_says_the_same_for_random_files() {
    let directory = tempfile::tempdir().unwrap();
    let mut numbers = Numbers(11);
    let blocks = [
        "Host *",
        "Host x",
        "Host y",
        "Host x y",
        "Host * !x",
        "Host !y *",
        "Host ?",
        "Match all",
        "Match host x",
        "Match host *.e",
        "Match !host y",
        "Match originalhost x,y",
        "Match user u",
        "Match user root,u host x",
        "Match final",
        "Match final host x.e",
        "Match localuser nobody",
    ];
    let settings = [
        "Port 1",
        "Port=2",
        "Port \"3\"",
        "User u",
        "User v",
        "HostName %h.e",
        "HostName z",
        "HostKeyAlias K",
        "ProxyJump j",
        "ProxyJump u@a,b:5",
        "ProxyJump none",
        "ProxyCommand c %h",
        "ProxyCommand none",
        "UserKnownHostsFile /a /b",
        "UserKnownHostsFile /%h/%r-%p",
        "GlobalKnownHostsFile none",
        "CheckHostIP yes",
        "StrictHostKeyChecking yes",
        "StrictHostKeyChecking no",
        "HashKnownHosts yes",
        "VerifyHostKeyDNS yes",
        "UpdateHostKeys no",
        "RevokedHostKeys /r",
    ];
    for _ in 0..150 {
        let mut text = String::new();
        for _ in 0..numbers.below(5) {
            text += &format!("{}\n", numbers.one(&settings));
        }
        for _ in 0..numbers.below(6) {
            text += &format!("{}\n", numbers.one(&blocks));
            for _ in 0..numbers.below(5) {
                text += &format!("  {}\n", numbers.one(&settings));
            }
        }
        against(&text, numbers.one::<&str>(&["x", "y", "w"]), directory.path());
    }
}

#[test]
fn the_command_line_comes_first() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("config");
    std::fs::write(&file, "Port 1\nUser a\nHostKeyAlias k\nMatch user b\nCheckHostIP yes\n").unwrap();
    let mut asked = real(&file, "x");
    asked.port = Some(5);
    asked.user = Some("b".to_owned());
    asked.options = vec!["HostKeyAlias=other".to_owned()];
    let said = Said::of(&file, &["-p", "5", "-l", "b", "-o", "HostKeyAlias=other", "x"]).unwrap();
    let resolved = resolve(asked, &mut Disk);
    compare(&resolved, &said, "arguments");
    let alias = resolved.host_key_alias().unwrap();
    assert_eq!((alias.value.as_str(), alias.at.unwrap().file), ("other", None));
}

#[test]
fn every_answer_names_its_line() {
    let system = "Host *\n  HashKnownHosts yes\n  Include ssh_config.d/*.conf\n";
    let mut files = Made::with(&[
        ("/home/me/.ssh/config", "Include more/*\nHost x\n Port 5\n"),
        ("/home/me/.ssh/more/a", "# one\nUser included\n"),
        ("/etc/ssh/ssh_config", system),
        ("/etc/ssh/ssh_config.d/b.conf", "StrictHostKeyChecking yes\nUnknownThing a b\n"),
    ]);
    let resolved = resolve(query("x"), &mut files);
    let at = |at: Option<midwatch_hostkeys::config::At>| {
        let at = at.unwrap();
        format!("{}:{}", at.file.unwrap().display(), at.line)
    };
    assert_eq!(at(resolved.port().at), "/home/me/.ssh/config:3");
    assert_eq!(at(resolved.user().at), "/home/me/.ssh/more/a:2");
    assert_eq!(at(resolved.hash_known_hosts().at), "/etc/ssh/ssh_config:2");
    assert_eq!(at(resolved.strict_host_key_checking().at), "/etc/ssh/ssh_config.d/b.conf:1");
    assert_eq!(resolved.check_host_ip().at, None);
    let unknown = resolved.first("unknownthing").unwrap();
    assert_eq!(
        (unknown.arguments.as_slice(), unknown.rest.as_str()),
        (&["a".to_owned(), "b".to_owned()][..], "a b")
    );
    assert_eq!(resolved.problems, []);
}

#[test]
fn commands_are_never_run() {
    let directory = tempfile::tempdir().unwrap();
    let mark = directory.path().join("mark");
    let text = format!(
        "Match host y exec \"touch {0}\"\nPort 1\nMatch exec \"touch {0}\"\nPort 2\nMatch !exec true user me\nPort 3\n\
         Match exec false user you\nPort 4\nKnownHostsCommand touch {0}\nHost *\nUser u\n",
        mark.display()
    );
    let resolved = user_file(&text, "x");
    assert!(!mark.exists());
    assert_eq!(resolved.port().value, 22);
    assert_eq!(resolved.user().value, "u");
    let lines: Vec<usize> = resolved.not_evaluated.iter().map(|not| not.at.line).collect();
    assert_eq!(lines, [3, 5]);
    assert_eq!(resolved.not_evaluated[0].what, "match exec");
    let canonical = user_file("CanonicalizeHostname yes\nMatch canonical\nPort 5\n", "x");
    assert_eq!(canonical.not_evaluated[0].what, "canonicalizehostname");
    assert_eq!(canonical.port().value, 5);
}

#[test]
fn files_that_others_may_write_are_not_read() {
    let mut files = Made::with(&[("/home/me/.ssh/config", "Port 5\n")]);
    files.0.get_mut(Path::new("/home/me/.ssh/config")).unwrap().1 = 0o620;
    let resolved = resolve(query("x"), &mut files);
    assert_eq!(resolved.port().value, 22);
    assert!(matches!(resolved.problems[0].what, Trouble::Permissions(_)));
    let other = Query { uid: 7, ..query("x") };
    let resolved = resolve(other, &mut Made::with(&[("/home/me/.ssh/config", "Port 5\n")]));
    assert!(matches!(resolved.problems[0].what, Trouble::Permissions(_)));
}

#[test]
fn files_that_include_themselves_end() {
    let resolved = user_file("Include config\nPort 5\n", "x");
    assert_eq!(resolved.problems[0].what, Trouble::Depth);
    let resolved = user_file("Include config config config config\n", "x");
    assert!(resolved.problems.iter().any(|problem| matches!(problem.what, Trouble::TooMuch(_))));
}

#[test]
fn hops_are_read() {
    let hop = |user: Option<&str>, host: &str, port| Hop {
        user: user.map(str::to_owned),
        host: host.to_owned(),
        port,
    };
    let way = |text: &str| user_file(&format!("ProxyJump {text}\n"), "x").way().value;
    assert_eq!(
        way("u@a:5,ssh://b@c:6,[::1]"),
        Way::Jump(vec![hop(Some("u"), "a", Some(5)), hop(Some("b"), "c", Some(6)), hop(None, "::1", None)])
    );
    assert_eq!(
        user_file("User %h\nHostName %x\n", "x").host_name_error().unwrap().to_string(),
        "%x means nothing here"
    );
}

proptest! {
    #[test]
    fn no_text_breaks_it(text in "(Host|Match|Include|Port|=|!|\"|#|%h|\\$\\{|[a-z* \t\n,]){0,60}") {
        let resolved = user_file(&text, "x");
        let _ = (resolved.host_name(), resolved.way(), resolved.user_known_hosts(), resolved.port());
    }
}
