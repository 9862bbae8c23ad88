//! The command line's contract: exit codes, one clear sentence for wrong usage, formats that are what they say.

mod common;

use common::{Audit, NAME, code, midwatch, stderr, stdout};
use midwatch_model::Severity;
use midwatch_testbed::hostile::{Behaviour, Hostile};
use midwatch_testbed::nginx::Nginx;
use midwatch_testbed::pki::{Leaf, Pki};
use midwatch_testbed::{Server, free_port};

fn weak() -> (Server, u16, u16) {
    let pki = Pki::new();
    let identity = pki.self_signed(&Leaf::new(&[NAME]));
    let (tls, plain) = (free_port(), free_port());
    let server = Nginx::new().plain(plain, NAME, "").tls(tls, NAME, &identity, "").start();
    (server, tls, plain)
}

#[test]
fn wrong_usage_is_64_and_one_sentence() {
    for (arguments, says) in [
        (&["site"][..], "URL"),
        (&["site", "ftp://shop.test"], "write https://HOST"),
        (&["site", "https://eve:secret@shop.test/"], "midwatch never sends any"),
        (&["site", "shop.test", "--pages", "none"], "--pages"),
        (&["site", "shop.test", "--timeout", "0"], "seconds"),
        (&["site", "shop.test", "--resolve", "shop.test:443"], "HOST:PORT:ADDRESS"),
        (&["site", "shop.test", "--trust", "/nowhere.pem"], "/nowhere.pem"),
        (&["site", "shop.test", "--format", "xml"], "terminal, json, sarif, junit, html"),
        (&["site", "--from-file", "/nowhere.txt"], "cannot be read"),
        (&["site", "shop.test", "--fail-onn", "high"], "--fail-on"),
        (&["sitee"], "site"),
        (&["explain", "hsts-mising"], "hsts-missing"),
        (&["judge", "/nowhere.json"], "cannot be read"),
        (&["tls", "smtp://mail.test"], "HOST:PORT"),
    ] {
        let output = midwatch(arguments);
        let error = stderr(&output);
        assert_eq!(code(&output), 64, "{arguments:?}: {error}");
        assert!(error.contains(says), "{arguments:?}: {error}");
        assert_eq!(error.trim_end().lines().count(), 1, "{arguments:?}: {error}");
        assert!(!error.contains("secret"), "{error}");
        assert!(output.stdout.is_empty());
    }
    assert_eq!(code(&midwatch::<&str>(&[])), 64);
    assert_eq!(code(&midwatch(&["--version"])), 0);
    assert_eq!(code(&midwatch(&["help", "site"])), 0);
}

#[test]
fn the_exit_code_follows_fail_on_whatever_the_format() {
    let (_server, tls, plain) = weak();
    for format in ["json", "terminal", "sarif", "junit", "html"] {
        for (limit, expected) in [("high", 1), ("critical", 0), ("never", 0)] {
            let audit = Audit::site(&[NAME]).at(NAME, tls, plain).with(&["--fail-on", limit]);
            let arguments = audit.arguments(format);
            let output = midwatch(&arguments);
            assert_eq!(code(&output), expected, "{format}, {limit}: {}", stderr(&output));
        }
    }
}

#[test]
fn a_report_fits_its_schema_even_where_servers_are_hostile() {
    let schema =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../schema/midwatch-1.schema.json"));
    let schema = serde_json::from_str(&schema.expect("the shipped schema")).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let odd = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nX: \xff\"\\\r\nSet-Cookie: \"a\x80\"=1\r\n\
                Content-Length: 63\r\n\r\n<title>\xc3\x28\"</title><a href='http://127.0.0.1/\xff\"'><script src=x>";
    let hostile = Hostile::start(Behaviour::Answers(odd.to_vec()));
    let (_server, tls, plain) = weak();
    let audit = Audit::site(&[NAME, &format!("http://{}/", hostile.address()), "nowhere.invalid"])
        .at(NAME, tls, plain)
        .with(&["--resolve", &format!("127.0.0.1:443:127.0.0.1:{}", free_port())]);
    let (report, code) = audit.run();
    assert_eq!(code, 2);
    let json = serde_json::to_value(&report).expect("JSON");
    let errors: Vec<String> = validator.iter_errors(&json).map(|error| error.to_string()).collect();
    assert_eq!(errors, [""; 0]);
}

#[test]
fn saved_observations_are_judged_again_to_the_same() {
    let (_server, tls, plain) = weak();
    let directory = midwatch_testbed::directory();
    let file = directory.path().join("saved.json");
    let audit = Audit::site(&[NAME]).at(NAME, tls, plain).with(&["--output", &file.display().to_string()]);
    assert_eq!(code(&midwatch(&audit.arguments("json"))), 1);
    let saved: midwatch_model::Report =
        serde_json::from_slice(&std::fs::read(&file).expect("the report")).expect("JSON");
    let output = midwatch(&["judge".as_ref(), file.as_os_str(), "--format".as_ref(), "json".as_ref()]);
    assert_eq!(code(&output), 1);
    let again: midwatch_model::Report = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(again.targets, saved.targets);
    assert!(saved.worst() >= Some(Severity::High));
    std::fs::write(&file, "{\"schema\": \"midwatch/99\"}").expect("room");
    let output = midwatch(&["judge".as_ref(), file.as_os_str()]);
    assert_eq!(code(&output), 64);
    assert!(stderr(&output).contains("midwatch/99"));
}

#[test]
fn targets_come_from_a_file_too() {
    let (_server, tls, plain) = weak();
    let directory = midwatch_testbed::directory();
    let file = directory.path().join("sites");
    std::fs::write(&file, format!("# mine\n{NAME}\n\nwww.{NAME} # the other name\n")).expect("room");
    let audit = Audit::site(&[]).at(NAME, tls, plain).with(&["--from-file", &file.display().to_string()]);
    let (report, _) = audit.run();
    let names: Vec<String> = report.targets.iter().map(|target| target.target.whom()).collect();
    assert_eq!(names, [NAME.to_owned(), format!("www.{NAME}")]);
}

#[test]
fn every_id_of_a_report_has_a_page() {
    let listed = stdout(&midwatch(&["explain"]));
    assert!(listed.lines().count() > 70);
    for id in listed.lines() {
        let page = midwatch(&["explain", id]);
        assert_eq!(code(&page), 0, "{id}");
        assert!(stdout(&page).starts_with("# "), "{id}");
    }
}

#[test]
fn completions_are_written_for_each_shell() {
    for shell in ["bash", "zsh", "fish"] {
        let output = midwatch(&["completions", shell]);
        assert_eq!(code(&output), 0);
        assert!(stdout(&output).contains("midwatch"));
    }
}

#[test]
fn where_timestamps_were_looked_for_is_told() {
    let (_server, tls, plain) = weak();
    let site = Audit::site(&[NAME]).at(NAME, tls, plain).arguments("terminal");
    let service =
        ["tls".into(), format!("{NAME}:{tls}"), "--resolve".into(), format!("{NAME}:{tls}:127.0.0.1")];
    let wanted =
        "timestamps of logs: none in the certificate, none in the TLS handshake, none in the OCSP answer";
    for arguments in [site, service.to_vec()] {
        let said = stdout(&midwatch(&arguments));
        let words: Vec<&str> = said.split_whitespace().collect();
        assert!(words.join(" ").contains(wanted), "{arguments:?}: {said}");
    }
}
