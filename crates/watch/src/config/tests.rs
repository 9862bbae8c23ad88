//! midwatch.toml: what is right, what is wrong and where, the example, and the schema.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt as _;

use midwatch_model::{Host, Severity, Starttls, Target, TargetError};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::values::Length;
use super::*;

/// Understands hosts as they are.
struct Plain;

impl Parse for Plain {
    fn target(
        &self,
        kind: TargetKind,
        at: &str,
        sni: Option<&str>,
        starttls: Option<Starttls>,
    ) -> Result<Target, TargetError> {
        let host = || {
            Host::Name(at.trim_start_matches("https://").split(['/', ':']).next().unwrap_or_default().into())
        };
        let input = at.to_owned();
        match kind {
            _ if at.contains(' ') => {
                Err(TargetError(format!("'{at}' is no target; write for example https://shop.example")))
            }
            TargetKind::Here => Ok(Target::Here { capture: None }),
            TargetKind::Repository => Ok(Target::Repository { path: input }),
            TargetKind::Ssh => Ok(Target::Ssh { input, host: host(), port: None, user: None }),
            _ => Ok(Target::Tls { input, host: host(), port: 443, sni: sni.map(str::to_owned), starttls }),
        }
    }

    fn resolver(&self, text: &str) -> Result<(), String> {
        if text.contains("192.0.2") { Ok(()) } else { Err(format!("'{text}' is no resolver")) }
    }

    fn resolve(&self, text: &str) -> Result<(), String> {
        if text.matches(':').count() >= 2 {
            Ok(())
        } else {
            Err(format!("'{text}': HOST:PORT:ADDRESS is wanted"))
        }
    }

    fn public_site(&self, text: &str) -> Result<(), String> {
        if text.contains('.') { Ok(()) } else { Err(format!("'{text}' is no public site")) }
    }
}

fn parse(text: &str) -> Result<Config, ConfigError> {
    Config::parse(text, Path::new("midwatch.toml"), &Plain)
}

/// Every fault as `line:column sentence`.
fn faults(text: &str) -> Vec<String> {
    let error = parse(text).expect_err("faults");
    error.faults.iter().map(|fault| format!("{}:{} {}", fault.line, fault.column, fault.what)).collect()
}

fn one_fault(text: &str) -> String {
    let mut all = faults(text);
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

#[test]
fn an_empty_file_is_a_sound_one() {
    let config = parse("").unwrap();
    assert_eq!(config, Config::default());
    assert_eq!(config.web.tls_mode(), TlsMode::Off);
    assert_eq!(config.dashboard().unwrap().as_str(), "http://127.0.0.1:8646/");
}

#[test]
fn targets_have_ids_and_what_they_say_comes_first() {
    let text = "[watch]\nevery = '2h'\n[look]\npages = 9\nrate = 2.0\n[[target]]\nkind = 'site'\nat = 'https://Shop.example/'\n\
                [[target]]\nkind = 'here'\nevery = '15m'\ntags = ['b', 'a', 'b']\n[[target]]\nkind = 'tls'\nat = 'a:1'\nid = 'x'\n\
                name = 'X!'\nsni = 'b'\nlook = { pages = 1 }\npaused = true\n";
    let config = parse(text).unwrap();
    let ids: Vec<&str> = config.targets.iter().map(|target| target.id.as_str()).collect();
    assert_eq!(ids, ["shop-example", "this-computer", "x"]);
    assert_eq!(config.targets.iter().map(|target| target.every).collect::<Vec<_>>(), [7200, 900, 7200]);
    assert_eq!(config.targets[1].tags, ["a", "b"]);
    let looks: Vec<_> = config.targets.iter().map(|target| (target.look.pages, target.look.rate)).collect();
    assert_eq!(looks, [(Some(9), Some(2.0)), (Some(9), Some(2.0)), (Some(1), Some(2.0))]);
    assert!(config.targets[2].paused && config.targets[2].name == "X!");
}

#[test]
fn every_fault_is_told_at_once_with_its_place_and_the_nearest_name() {
    let text = "[watch]\nevry = '6h'\nevery = '6 hrs'\nat_once = 'many'\nthreshold = 'mdium'\n\n[[target]]\nkind = 'sites'\nat = 'x'\n\
                [[target]]\nkind = 'tls'\nat = 'a b'\nlook = { page = 3, pages = 'x' }\n[wep]\nlisten = 3\n[web]\nlisten = '127.0.0.1'\n\
                [web.tls]\nmod = 'off'\n[policy]\nprivate = ['10.0.0.1/8']\nkinds = ['here']\n[[channel]]\nkind = 'male'\nname = 'x'\n";
    let all = faults(text);
    let expect = [
        "2:1 [watch]: there is no 'evry'; 'every' is near",
        "3:9 [watch] every: '6 hrs' is no length of time",
        "4:11 [watch] at_once: a whole number from 0 to 65535 is wanted, and a string stands there",
        "5:13 [watch] threshold: 'mdium' is none of info, low, medium, high, critical; 'medium' is near",
        "8:8 [[target]] kind: 'sites' is none of site, tls, ssh, git, repository, mail, here, host; 'site' is near",
        "12:6 [[target]] at: 'a b' is no target",
        "13:10 [[target]] look: there is no 'page'; 'pages' is near",
        "13:28 [[target]] look pages: a whole number, not below zero is wanted",
        "14:2 there is no 'wep'; 'web' is near",
        "17:10 [web] listen: ",
        "19:1 [web] tls: there is no 'mod'; 'mode' is near",
        "21:12 [policy] private: '10.0.0.1/8' has bits behind its prefix; the range is 10.0.0.0/8",
        "22:10 [policy] kinds: 'here' is none of site, tls, mail, ssh, git",
        "24:8 [[channel]] kind: there is no such kind among mail, webhook, slack, ntfy, syslog, journald; 'mail' is near",
    ];
    assert_eq!(all.len(), expect.len(), "{all:#?}");
    for (fault, expect) in all.iter().zip(expect) {
        assert!(fault.starts_with(expect), "{fault}\n{expect}");
    }
    let error = parse(text).unwrap_err().to_string();
    assert!(error.starts_with("midwatch.toml:2:1: [watch]: there is no 'evry'"), "{error}");
}

#[test]
fn faults_of_form_are_told_without_their_line() {
    let text = "[metrics]\ntoken = 'hush\n[watch]\nevery = 7h\n";
    let error = parse(text).unwrap_err();
    assert!(error.faults.iter().any(|fault| fault.what.contains("no TOML")), "{error}");
    assert!(!error.to_string().contains("hush"), "{error}");
    for text in [
        "metrics = 3",
        "target = 3",
        "channel = { }",
        "[target]\nkind = 'site'",
        "web = [1]",
        "[[watch]]",
        "[[web.tls]]",
    ] {
        assert!(parse(text).is_err(), "{text}");
    }
}

#[test]
fn secrets_are_never_repeated() {
    for text in [
        "[metrics]\ntoken = 7777777",
        "[metrics]\ntoken = { fil = 'x-hush-x' }",
        "[metrics]\ntoken = ['x-hush-x']",
        "[metrics]\ntoken = { file = 'a', hush = 'x' }",
        "[web.oidc]\nclient_secret = 'x-hush-x'",
        "[[channel]]\nkind = 'mail'\nname = 'm'\nserver = 'a'\nfrom = 'x'\nto = []\nuser = 3\npassword = 'x-hush-x'",
        "[[channel]]\nkind = 'slack'\nname = 'm'\nurl = 'http://hooks.example/x-hush-x'",
        "[watch]\nstore = 'postgres://a:x-hush-x@b/c'\nevery = 1",
    ] {
        let error = parse(text).unwrap_err().to_string();
        assert!(!error.contains("x-hush-x") && !error.contains("7777777"), "{error}");
    }
    let config =
        parse("[metrics]\ntoken = 'x-hush-x'\n[watch]\nstore = 'postgres://a:x-hush-x@b/c'").unwrap();
    assert!(!format!("{config:?}").contains("hush"));
    assert_eq!(config.inline_secrets, ["[metrics] token", "[watch] store"]);
    assert!(parse("[watch]\nstore = '/var/lib/x.db'").unwrap().inline_secrets.is_empty());
    assert!(parse("[watch]\nstore = 'postgres://a@b/c'").unwrap().inline_secrets.is_empty());
    assert_eq!(parse("[watch]\nstore = 'postgresql:///c?password=1'").unwrap().inline_secrets.len(), 1);
}

#[test]
fn a_file_that_others_can_read_holds_no_secret() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("midwatch.toml");
    let mode = |mode| std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
    std::fs::write(&path, "[metrics]\ntoken = 'x-hush-x'\n").unwrap();
    for wide in [0o644, 0o640, 0o620, 0o604] {
        mode(wide);
        let error = Config::read(&path, &Plain).unwrap_err().to_string();
        assert!(
            error.contains("chmod 600") && error.contains("[metrics] token") && !error.contains("hush"),
            "{error}"
        );
    }
    mode(0o600);
    assert!(Config::read(&path, &Plain).is_ok());
    std::fs::write(&path, "[metrics]\ntoken = { file = '/x' }\n").unwrap();
    mode(0o644);
    assert!(Config::read(&path, &Plain).is_ok());
    std::fs::write(&path, [0xff]).unwrap();
    assert!(Config::read(&path, &Plain).unwrap_err().to_string().contains("UTF-8"));
    assert!(
        Config::read(&directory.path().join("none"), &Plain)
            .unwrap_err()
            .to_string()
            .contains("cannot be read")
    );
}

#[test]
fn what_does_not_go_together() {
    for (text, says) in [
        ("[web]\nlisten = '0.0.0.0:443'\n[web.tls]\nmode = 'off'", "4:8 [web.tls] mode: beyond loopback"),
        ("[web]\nlisten = '[::]:443'\ntls = { mode = 'off' }", "beyond loopback"),
        ("[web.tls]\nmode = 'files'\nkey = '/k'", "[web.tls] certificate: mode files needs it"),
        ("[web.tls]\ncertificate = '/c'", "certificate: it is for mode = \"files\" alone"),
        ("[web]\nidle = '2d'", "idle: it is longer"),
        ("[web]\nnames = ['https://a/']", "names: a name is wanted"),
        ("[web]\nbehind = ['127.0.0.1/32']", "the names that people ask the proxy for"),
        ("[web]\nbehind = ['0.0.0.0/0']\nnames = ['a.example']", "that is everybody"),
        ("[watch]\njitter = 51", "2:10 [watch] jitter: from 0 to 50"),
        ("[watch]\nat_once = 0", "at_once: from 1 to 1000"),
        ("[watch]\nevery = '10s'", "'10s' is not between 1m and"),
        ("[retention]\ncount = 0", "at least 1"),
        ("[metrics]\non = true\nlisten = '0.0.0.0:9'", "beyond loopback"),
        ("[metrics]\non = true\nlisten = '127.0.0.1:8646'", "the dashboard listens there"),
        ("[metrics]\non = true\n[web]\non = false", "there is no dashboard"),
        ("[alerts]\ndashboard = 'https://a:b@c/'", "leave it out"),
        ("[web.password]\nlength = 4", "from 8 to 256"),
        ("[[target]]\nkind = 'tls'", "'at' is missing"),
        ("[[target]]\nkind = 'here'\nat = 'x'", "leave 'at' out"),
        ("[[target]]\nkind = 'ssh'\nat = 'x'\nsni = 'y'", "kind tls alone"),
        ("[[target]]\nkind = 'ssh'\nat = 'x'\nstarttls = 'smtp'", "kind tls alone"),
        ("[[target]]\nkind = 'tls'\nat = 'x'\nstarttls = 'gopher'", "starttls"),
        ("[[target]]\nkind = 'ssh'\nat = 'x'\nid = 'A'", "lower-case"),
        ("[[target]]\nkind = 'ssh'\nat = '//'", "no id can be made"),
        (
            "[[target]]\nkind = 'ssh'\nat = 'a'\n[[target]]\nkind = 'tls'\nat = 'a'",
            "target 1 has the id 'a' too",
        ),
        ("[[target]]\nat = 'a'", "'kind' is missing"),
        ("[look]\nresolver = 'x'", "2:12 look resolver: 'x' is no resolver"),
        ("[look]\nrate = 0.0", "look rate"),
        ("[look]\ntrust_files = ['x']", "go together"),
        ("[[channel]]\nkind = 'journald'\nname = 'A b'", "name has lower-case"),
        ("[[channel]]\nkind = 'journald'", "'name' is missing"),
        ("[[channel]]\nkind = 'journald'\nname = 'a'\nserver = 'b'", "there is no 'server'"),
        (
            "[[channel]]\nkind = 'journald'\nname = 'a'\n[[channel]]\nkind = 'journald'\nname = 'a'",
            "another channel has this name",
        ),
        (
            "[[channel]]\nkind = 'mail'\nname = 'a'\nserver = 'b'\nfrom = 'a@b.example'\nto = []",
            "nobody is named",
        ),
        (
            "[web.oidc]\nissuer = 'http://x.example'\nclient_id = 'a'\nroles = [{ group = 'a', role = 'admin' }]",
            "https",
        ),
        (
            "[web.oidc]\nissuer = 'https://x.example'\nclient_id = 'a'\nroles = [{ role = 'admin' }]",
            "either a group or an account",
        ),
        ("[web.oidc]\nissuer = 'https://x.example'\nclient_id = 'a'\nroles = []", "nobody could log in"),
    ] {
        let fault = one_fault(text);
        assert!(fault.contains(says), "{text}\n{fault}");
    }
    let acme = "[web]\nlisten = '0.0.0.0:443'\nnames = ['watch.example']\n[web.tls]\nmode = 'acme'\ndirectory = 'https://a.example/d'\n\
                accept_terms = true\ncontact = ['mailto:a@b.example']";
    assert!(parse(acme).is_ok());
    assert!(one_fault(&acme.replace("accept_terms = true\n", "")).contains("accept_terms"));
    assert!(one_fault(&acme.replace("names = ['watch.example']\n", "")).contains("names"));
    let behind = acme.replace("[web]\n", "[web]\nbehind = ['10.0.0.2']\n");
    assert!(one_fault(&behind).contains("a proxy that takes TLS off has the certificate"));
    let web = parse("[web]\nnames = ['watch.example']\nbehind = ['127.0.0.1', '::1']").unwrap();
    assert_eq!(web.dashboard().unwrap().as_str(), "https://watch.example/");
    assert_eq!(web.web.tls_mode(), TlsMode::Off);
}

#[test]
fn many_faults_and_many_targets_are_bounded() {
    let text: String = (0..500).map(|at| format!("wrong{at} = 1\n")).collect();
    let all = faults(&text);
    assert_eq!(all.len(), 50);
    assert!(all[49].ends_with("(and 450 more)"), "{}", all[49]);
    let text: String =
        (0..10_000).map(|at| format!("[[target]]\nkind = 'tls'\nat = 'host{at}.example:443'\n")).collect();
    let started = std::time::Instant::now();
    assert_eq!(parse(&text).unwrap().targets.len(), 10_000);
    println!("10,000 targets are read in {:?}", started.elapsed());
    assert!(started.elapsed() < std::time::Duration::from_secs(20));
}

#[test]
fn a_reload_says_what_changes_and_what_needs_a_restart() {
    let old = parse("[[target]]\nkind = 'tls'\nat = 'a'\n[[target]]\nkind = 'tls'\nat = 'b'\n").unwrap();
    assert!(Config::diff(&old, &old).is_empty());
    let new = parse(
        "[watch]\nevery = '1h'\nstore = '/x'\n[web]\nlisten = '127.0.0.1:1'\nidle = '30m'\n[[target]]\nkind = 'tls'\nat = 'b'\n\
         [[target]]\nkind = 'tls'\nat = 'c'\n[[channel]]\nkind = 'journald'\nname = 'j'\n",
    )
    .unwrap();
    let diff = Config::diff(&old, &new);
    assert_eq!(
        (diff.added.as_slice(), diff.removed.as_slice()),
        (&["c".to_owned()][..], &["a".to_owned()][..])
    );
    assert_eq!(diff.changed, ["b"], "its interval");
    assert_eq!(diff.channels, ["j"]);
    assert_eq!(diff.tables, ["watch"]);
    assert_eq!(diff.restart.len(), 3, "{:?}", diff.restart);
    assert!(diff.restart.iter().all(|sentence| sentence.contains("restart")));
    let token = Config::diff(&parse("").unwrap(), &parse("[metrics]\ntoken = 'a-new-token'").unwrap());
    assert!(token.tables.is_empty() && token.restart[0].contains("[metrics]"), "{token:?}");
    let listen = Config::diff(&parse("").unwrap(), &parse("[web]\nlisten = '127.0.0.1:1'").unwrap());
    assert!(listen.tables.is_empty() && listen.restart.len() == 1, "{listen:?}");
    assert!(listen.to_string().contains("[web] listen"), "{listen}");
}

#[test]
fn the_example_works_and_says_what_holds_without_it() {
    let config = parse(EXAMPLE).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(config.targets.len(), 7);
    assert_eq!(config.targets[0].id, "shop");
    assert_eq!(config.targets[0].look.pages, Some(50));
    assert_eq!(config.channels.len(), 1);
    assert_eq!(config.alerts.urgent.severity(), Some(Severity::Critical));
    assert!(config.inline_secrets.is_empty());
    // What is set in tables that have defaults is what holds without, but where the example shows something.
    assert_eq!(config.watch, Watch::default());
    assert_eq!(config.web, Web::default());
    assert_eq!(config.retention, Retention { age: Some(Length::of(400 * 86_400)), count: None });
}

#[test]
fn the_configuration_as_others_take_it() {
    let text = "[alerts]\nquiet = ['22:00-07:00']\ndigest = '08:00'\n[[channel]]\nkind = 'journald'\nname = 'all'\n\
                [[channel]]\nkind = 'journald'\nname = 'shop'\ntags = ['shop']\nquiet = []\nthreshold = 'high'\ndigest = false\n\
                [[channel]]\nkind = 'journald'\nname = 'daily'\nalerts = false\nurgent = 'never'\n";
    let config = parse(text).unwrap();
    let night = "2026-03-01T23:00:00Z".parse().unwrap();
    let names = |rules: &[crate::alert::route::Rule]| {
        rules.iter().map(|rule| rule.channel.clone()).collect::<Vec<_>>()
    };
    assert_eq!(names(&config.rules(&[], night)), ["all"]);
    let rules = config.rules(&["shop".into()], night);
    assert_eq!(names(&rules), ["all", "shop"]);
    assert_eq!(rules[0].held_until, Some("2026-03-02T07:00:00Z".parse().unwrap()));
    assert_eq!((rules[0].threshold, rules[0].wakes), (Severity::Medium, Some(Severity::Critical)));
    assert_eq!((rules[1].threshold, rules[1].held_until), (Severity::High, None));
    assert_eq!(names(&config.digest_rules(night)), ["all", "daily"]);
    assert_eq!(config.next_digest(night), Some("2026-03-02T08:00:00Z".parse().unwrap()));
    assert_eq!(config.limits().at_once, 16);
    let state = |pairs: &'static [(&str, &str)]| {
        let find =
            move |name: &str| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into());
        config.state(&find).map(|path| path.display().to_string())
    };
    assert_eq!(
        state(&[("STATE_DIRECTORY", "/var/lib/midwatch:/x"), ("HOME", "/h")]),
        Ok("/var/lib/midwatch".into())
    );
    assert_eq!(
        state(&[("HOME", "/h"), ("XDG_STATE_HOME", "relative")]),
        Ok("/h/.local/state/midwatch".into())
    );
    assert!(state(&[]).is_err());
    assert_eq!(config.store(Path::new("/s")).unwrap().as_str(), "/s/watch.db");
    assert_eq!(
        parse("[watch]\nstore = 'postgres://a/b'").unwrap().store(Path::new("/s")).unwrap().as_str(),
        "postgres://a/b"
    );
    let may = |text: &str, ip: &str| parse(text).unwrap().web.may_connect(ip.parse().unwrap());
    assert!(may("", "127.0.0.1") && may("", "::1") && !may("", "192.0.2.1"));
    assert!(may("[web]\nlisten = '0.0.0.0:1'", "192.0.2.1"));
    let allow = "[web]\nallow = ['10.0.0.0/8']\nlisten = '0.0.0.0:1'";
    assert!(
        may(allow, "10.1.1.1")
            && may(allow, "::ffff:10.1.1.1")
            && !may(allow, "127.0.0.1")
            && !may(allow, "192.0.2.1")
    );
}

/// The example with every setting in it.
fn whole_example() -> String {
    let is_setting = |line: &str| {
        line.strip_prefix('#')
            .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_lowercase() || c == '['))
    };
    EXAMPLE
        .lines()
        .map(|line| if is_setting(line) { &line[1..] } else { line })
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn every_setting_of_the_example_is_one_and_has_a_right_value() {
    let whole = whole_example();
    // The example shows settings of several modes side by side, which do not go together in one file.
    let all: Vec<String> = match parse(&whole) {
        Ok(_) => Vec::new(),
        Err(error) => error.faults.into_iter().map(|fault| fault.what).collect(),
    };
    // 32473 is for examples (RFC 5612), and nobody's.
    let expected = |fault: &&String| fault.contains("it is for mode =") || fault.contains("RFC 5612");
    let left: Vec<&String> = all.iter().filter(|fault| !expected(fault)).collect();
    assert_eq!(left, Vec::<&String>::new());
}

#[test]
fn every_key_stands_in_the_example() {
    let whole: toml::Table = whole_example().parse().unwrap();
    let whole = serde_json::to_value(whole).unwrap();
    let mut missing = Vec::new();
    walk(schema(), &whole, "", &mut missing);
    assert_eq!(missing, Vec::<String>::new());
}

/// Keys of the schema that the example does not have.
fn walk(node: &Json, example: &Json, within: &str, missing: &mut Vec<String>) {
    if within.ends_with("target look") {
        // The same as [look], where each of them stands.
        return;
    }
    if let Some(items) = schema::items(node, schema()) {
        let list: Vec<Json> = example.as_array().cloned().unwrap_or_default();
        let kinds: BTreeSet<Option<String>> =
            list.iter().map(|entry| entry.get("kind").and_then(Json::as_str).map(str::to_owned)).collect();
        for kind in kinds {
            // All entries of a kind together have all keys of it; targets of all kinds have the same.
            let of_kind = |entry: &&Json| {
                within == "target" || entry.get("kind").and_then(Json::as_str) == kind.as_deref()
            };
            let mut joined = serde_json::Map::new();
            for entry in list.iter().filter(of_kind) {
                joined.extend(entry.as_object().cloned().unwrap_or_default());
            }
            if let Some(known) = schema::properties(items, schema(), kind.as_deref()) {
                let commons = ["name", "threshold", "quiet", "urgent", "digest", "alerts", "tags"];
                for (key, below) in known {
                    match joined.get(&key) {
                        Some(value) => walk(below, value, &format!("{within} {key}"), missing),
                        // What all channels have is shown with the first.
                        None if within == "channel"
                            && kind.as_deref() != Some("journald")
                            && commons.contains(&key.as_str()) => {}
                        None => missing.push(format!("{within} {} {key}", kind.clone().unwrap_or_default())),
                    }
                }
            }
        }
        return;
    }
    if schema::is_secret(node, schema()) {
        return;
    }
    let Some(known) = schema::properties(node, schema(), None) else { return };
    for (key, below) in known {
        match example.get(&key) {
            Some(value) => walk(below, value, format!("{within} {key}").trim_start(), missing),
            None => missing.push(format!("{within} {key}")),
        }
    }
}

/// Where the schema is kept for editors.
const KEPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../schema/midwatch-toml.schema.json");

#[test]
fn the_kept_schema_is_that_of_the_types() {
    let now = serde_json::to_string_pretty(schema()).unwrap() + "\n";
    if std::env::var_os("MIDWATCH_TOML_SCHEMA").is_some_and(|value| value == "write") {
        std::fs::write(KEPT, &now).unwrap();
    }
    let kept = std::fs::read_to_string(KEPT).unwrap_or_default();
    assert!(
        kept == now,
        "write it again: MIDWATCH_TOML_SCHEMA=write cargo nextest run -p midwatch-watch kept_schema"
    );
}

/// Every property has a description for editors.
#[test]
fn the_schema_describes_every_key() {
    fn look(node: &Json, at: &str, bare: &mut Vec<String>) {
        match node {
            Json::Object(map) => {
                for (name, property) in map.get("properties").and_then(Json::as_object).into_iter().flatten()
                {
                    if property.get("description").is_none() {
                        bare.push(format!("{at}/{name}"));
                    }
                }
                map.iter().for_each(|(key, value)| look(value, &format!("{at}/{key}"), bare));
            }
            Json::Array(list) => list.iter().for_each(|value| look(value, at, bare)),
            _ => {}
        }
    }
    let mut bare = Vec::new();
    look(schema(), "", &mut bare);
    assert_eq!(bare, Vec::<String>::new());
}

fn validator() -> jsonschema::Validator {
    jsonschema::draft202012::new(schema()).unwrap()
}

fn as_json(text: &str) -> Json {
    serde_json::to_value(text.parse::<toml::Table>().unwrap()).unwrap()
}

#[test]
fn the_schema_takes_what_is_right_and_refuses_what_is_wrong() {
    let validator = validator();
    for text in [EXAMPLE, &whole_example(), ""] {
        let errors: Vec<String> =
            validator.iter_errors(&as_json(text)).map(|error| error.to_string()).collect();
        assert_eq!(errors, Vec::<String>::new());
    }
    for text in [
        "[watch]\nevry = '6h'",
        "[watch]\nevery = '6 hrs'",
        "[watch]\nevery = 6",
        "[watch]\nthreshold = 'mdium'",
        "[wep]\non = true",
        "[[target]]\nkind = 'sites'\nat = 'x'",
        "[[target]]\nat = 'x'",
        "[[target]]\nkind = 'tls'\nat = 'x'\nlook = { page = 1 }",
        "[[channel]]\nkind = 'journald'",
        "[[channel]]\nkind = 'journald'\nname = 'a'\nserver = 'b'",
        "[[channel]]\nkind = 'mail'\nname = 'a'",
        "[alerts]\nquiet = ['22-7']",
        "[metrics]\ntoken = 3",
        "[metrics]\ntoken = { fil = 'x' }",
        "[web.tls]\nmode = 'on'",
        "[policy]\nkinds = ['here']",
    ] {
        assert!(!validator.is_valid(&as_json(text)), "{text}");
        assert!(parse(text).is_err(), "{text}");
    }
    assert_eq!(
        schema().pointer("/properties/watch/description").and_then(Json::as_str).map(str::is_empty),
        Some(false)
    );
    assert_eq!(schema().get("$schema"), Some(&json!("https://json-schema.org/draft/2020-12/schema")));
}

/// The page of the book, whose tables are between these marks.
const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/src/watch-configuration.md");
const BEGIN: &str = "<!-- keys -->\n";
const END: &str = "<!-- end of keys -->\n";

#[test]
fn the_book_has_the_keys_as_they_are() {
    let tables = tables();
    let page = std::fs::read_to_string(PAGE).unwrap();
    let (before, rest) = page.split_once(BEGIN).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    let now = format!("{before}{BEGIN}{tables}{END}{after}");
    if std::env::var_os("MIDWATCH_TOML_SCHEMA").is_some_and(|value| value == "write") {
        std::fs::write(PAGE, &now).unwrap();
    }
    let kept = std::fs::read_to_string(PAGE).unwrap();
    assert!(
        kept == now,
        "write it again: MIDWATCH_TOML_SCHEMA=write cargo nextest run -p midwatch-watch config"
    );
}

/// A table of keys for each table of the file.
fn tables() -> String {
    let mut out = String::new();
    let root = schema::properties(schema(), schema(), None).unwrap();
    for name in ["watch", "look", "target", "alerts", "channel", "web", "policy", "retention", "metrics"] {
        let node = root[name];
        match schema::items(node, schema()) {
            None => table(&mut out, &format!("[{name}]"), node, None),
            Some(items) if name == "channel" => {
                for kind in ["mail", "webhook", "slack", "ntfy", "syslog", "journald"] {
                    table(&mut out, &format!("[[channel]], kind {kind}"), items, Some(kind));
                }
            }
            Some(items) => table(&mut out, &format!("[[{name}]]"), items, None),
        }
    }
    out
}

fn table(out: &mut String, heading: &str, node: &Json, kind: Option<&str>) {
    let known = schema::properties(node, schema(), kind).unwrap();
    out.push_str(&format!("### {heading}\n\n| key | form | what it is |\n|---|---|---|\n"));
    let mut below = Vec::new();
    for (key, value) in known {
        if kind.is_some_and(|kind| kind != "mail") && COMMON.contains(&key.as_str()) {
            continue;
        }
        let about = value
            .get("description")
            .and_then(Json::as_str)
            .unwrap_or_default()
            .replace('\n', " ")
            .replace('|', "\\|");
        let about = if about.contains('`') { about } else { about.replace('[', "\\[").replace('<', "&lt;") };
        out.push_str(&format!("| `{key}` | {} | {about} |\n", form(value)));
        let is_table =
            schema::properties(value, schema(), None).is_some() && !schema::is_secret(value, schema());
        if is_table && !(heading == "[[target]]" && key == "look") {
            below.push((format!("[{}.{key}]", heading.trim_matches(['[', ']'])), value));
        }
        if let Some(items) =
            schema::items(value, schema()).filter(|items| schema::properties(items, schema(), None).is_some())
        {
            below.push((format!("{} {key}, each", heading), items));
        }
    }
    out.push('\n');
    for (heading, value) in below {
        table(out, &heading, value, None);
    }
}

const COMMON: [&str; 7] = ["name", "threshold", "quiet", "urgent", "digest", "alerts", "tags"];

/// What a value looks like.
fn form(node: &Json) -> String {
    if schema::is_secret(node, schema()) {
        return "secret".into();
    }
    if let Some(items) = schema::items(node, schema()) {
        return format!("list of: {}", form(items));
    }
    if schema::properties(node, schema(), None).is_some() {
        return "table".into();
    }
    let node = schema::resolved(node, schema());
    let name = |value: &Json| value.as_str().map(|name| format!("`{name}`"));
    if let Some(one) = node.get("const").and_then(name) {
        return one;
    }
    let mut names: Vec<String> =
        node.get("enum").and_then(Json::as_array).into_iter().flatten().filter_map(name).collect();
    for one in node.get("oneOf").and_then(Json::as_array).into_iter().flatten() {
        names.extend(one.get("const").and_then(name));
        names.extend(one.get("enum").and_then(Json::as_array).into_iter().flatten().filter_map(name));
    }
    if !names.is_empty() {
        return names.join(", ");
    }
    if let Some(pattern) = node.get("pattern").and_then(Json::as_str) {
        let forms = [
            ("w)?", "length of time"),
            ("mon|", "hours"),
            ("[0-5][0-9]$", "time of the day"),
            ("a-fA-F", "range of addresses"),
            ("{1,5}", "ports"),
            ("/_-", "time zone"),
        ];
        return forms
            .iter()
            .find(|(part, _)| pattern.contains(part))
            .map_or("text", |(_, form)| form)
            .to_owned();
    }
    let kind = node.get("type").map(|kind| {
        kind.as_str().map_or_else(|| kind[0].as_str().unwrap_or_default().to_owned(), str::to_owned)
    });
    match kind.as_deref() {
        Some("boolean") => "true or false".into(),
        Some("integer" | "number") => "number".into(),
        _ => "text".into(),
    }
}

proptest! {
    /// No text makes it panic, and what is sound is read the same again.
    #[test]
    fn no_text_breaks_it(text in ".{0,400}") {
        let _ = parse(&text);
    }

    /// Pieces of the example in any order neither.
    #[test]
    fn no_pieces_break_it(lines in proptest::collection::vec(0_usize..300, 0..60), cut in 0_usize..40) {
        let whole = whole_example();
        let all: Vec<&str> = whole.lines().collect();
        let mut text: String = lines.iter().filter_map(|at| all.get(at % all.len())).map(|line| format!("{line}\n")).collect();
        let mut at = text.len().saturating_sub(cut);
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        text.truncate(at);
        if let Err(error) = parse(&text) {
            prop_assert!(!error.faults.is_empty() && error.faults.len() <= 50);
            prop_assert!(error.faults.iter().all(|fault| fault.line >= 1 && fault.column >= 1 && !fault.what.is_empty()));
        }
    }
}
