//! node-oidc-provider, which is certified by the OpenID Foundation, vouches for people; curl is their browser.

use std::path::{Path, PathBuf};
use std::process::Command;

use midwatch_dashboard::auth::access::Rules;
use midwatch_dashboard::auth::oidc::{Rule, Settings};
use midwatch_dashboard::tls::{Ready, Tls};
use midwatch_model::Role;
use midwatch_testbed::pki::{Key, Leaf, Pki};
use midwatch_testbed::{Server, directory, free_port};

/// The version that is tested against.
const VERSION: &str = "8.8.1";

/// Installs the provider once for all runs.
fn modules() -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let place = target.join(format!("oidc-provider-{VERSION}"));
    if !place.exists() {
        // Made elsewhere and moved there whole, for tests run at the same time.
        let made = tempfile::Builder::new().prefix(".making-").tempdir_in(target).expect("a directory");
        let install =
            ["install", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error", "--prefix"];
        let packages = made.path().join("packages");
        std::fs::create_dir(&packages).expect("a directory");
        let output =
            Command::new("npm").args(install).arg(&packages).arg(format!("oidc-provider@{VERSION}")).output();
        let output = output.expect("npm is not installed: apt-get install npm");
        assert!(output.status.success(), "npm: {}", String::from_utf8_lossy(&output.stderr));
        // Where another was quicker, its is as good.
        let _ = std::fs::rename(&packages, &place);
        assert!(place.exists(), "{} cannot be made", place.display());
    }
    place
}

fn provider(port: u16, back: u16, pki: &Pki, alg: &str, auth: &str) -> (Server, PathBuf) {
    let authority = pki.authority("Provider", Key::EcP256);
    let identity = pki.issue(&authority, &Leaf::new(&["localhost"]));
    let settings = serde_json::json!({ "modules": modules(), "key": identity.key, "cert": identity.chain, "port": port,
        "redirect": format!("https://localhost:{back}/login/provider/back"), "alg": alg, "auth": auth });
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/real/provider.mjs");
    let mut command = Command::new("node");
    command.arg(script).arg(settings.to_string());
    (Server::start_quietly(command, "nodejs", &[port], directory(), "ready"), authority.certificate.clone())
}

/// A browser that follows redirects and keeps cookies.
struct Browser {
    jar: PathBuf,
    roots: PathBuf,
}

impl Browser {
    fn ask(&self, url: &str, form: Option<&str>) -> (String, String) {
        let mut command = Command::new("curl");
        command
            .args(["-sS", "-L", "--max-time", "30", "-w", "\n%{url_effective}", "-b"])
            .arg(&self.jar)
            .arg("-c")
            .arg(&self.jar);
        command.arg("--cacert").arg(&self.roots).arg(url);
        // What a browser says of where it comes from; pages of ours are only read here.
        command.args([
            "-H",
            "sec-fetch-site: cross-site",
            "-H",
            "sec-fetch-mode: navigate",
            "-H",
            "accept: text/html",
        ]);
        if let Some(form) = form {
            command.args(["--data-raw", form]);
        }
        let output = command.output().expect("curl");
        assert!(output.status.success(), "{url}: {}", String::from_utf8_lossy(&output.stderr));
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let (body, at) = said.rsplit_once('\n').expect("an address");
        (body.to_owned(), at.to_owned())
    }

    /// Logs in at the provider, and gives the page of ours that it ends with.
    fn log_in(&self, ours: u16, name: &str) -> String {
        let (body, at) = self.ask(&format!("https://localhost:{ours}/login/provider?next=/"), None);
        assert!(at.contains("/interaction/"), "{at}: {body}");
        let (body, at) = self.ask(&at, Some(&format!("prompt=login&login={name}&password=any")));
        assert!(at.contains("/interaction/"), "{at}: {body}");
        let (body, at) = self.ask(&at, Some("prompt=consent"));
        assert!(at.starts_with(&format!("https://localhost:{ours}/login/provider/back")), "{at}: {body}");
        body
    }
}

fn settings(issuer: u16, trust: Option<&Path>) -> Settings {
    let rule = |group: Option<&str>, account: Option<&str>, role| Rule {
        group: group.map(ToOwned::to_owned),
        account: account.map(ToOwned::to_owned),
        role,
    };
    Settings {
        issuer: format!("https://localhost:{issuer}"),
        client_id: "midwatch".into(),
        client_secret: Some("s%cret:with/odd+letters".to_owned().into()),
        trust: trust.map(Into::into),
        scopes: vec!["email".into(), "groups".into()],
        groups_claim: "groups".into(),
        rules: vec![
            rule(None, Some("ada@example.org"), Role::Admin),
            rule(None, Some("mallory@example.org"), Role::Admin),
            rule(Some("staff"), None, Role::Operator),
        ],
    }
}

async fn logs_in(alg: &'static str, auth: &'static str) {
    let (ours, theirs, pki, state) = (free_port(), free_port(), Pki::new(), directory());
    let (server, root) = provider(theirs, ours, &pki, alg, auth);
    let tls = Tls::Private { directory: state.path().join("tls") };
    let ready = Ready::new(&tls, &["localhost".to_owned()]).expect("an authority");
    let rules = Rules { oidc: Some(settings(theirs, Some(&root))), passwords: false, ..Rules::default() };
    let access = super::start(state.path(), ours, &["localhost"], rules, &ready).await;
    assert_eq!(access.setup_code(), None, "without passwords nobody claims anything");
    let roots = pki.concatenate(&[&root, &state.path().join("tls/ca.pem")]);
    let place = state.path().to_owned();
    let seen = tokio::task::spawn_blocking(move || {
        let browser = |name: &str| Browser { jar: place.join(name), roots: roots.clone() };
        let ada = browser("ada");
        let page = ada.log_in(ours, "ada");
        assert!(page.contains("You are logged in") && page.contains("content=\"0;url=/\""), "{page}");
        let home = ada.ask(&format!("https://localhost:{ours}/"), None).0;
        assert_eq!(home, "ada@example.org admin");
        let account = ada.ask(&format!("https://localhost:{ours}/account"), None).0;
        assert!(account.contains("You log in by localhost") && !account.contains("Passkeys"), "{account}");
        let bob = browser("bob");
        bob.log_in(ours, "bob");
        assert_eq!(bob.ask(&format!("https://localhost:{ours}/"), None).0, "bob@example.org operator");
        for name in ["eve", "mallory"] {
            let page = browser(name).log_in(ours, name);
            assert!(page.contains("may not log in here"), "{name}: {page}");
            assert!(
                browser(name).ask(&format!("https://localhost:{ours}/"), None).1.contains("/login?next=")
            );
        }
        // An answer that belongs to no log-in of this browser.
        let stray = browser("stray");
        let page = stray.ask(&format!("https://localhost:{ours}/login/provider/back?code=x&state=y"), None).0;
        assert!(page.contains("was not begun here"), "{page}");
        // The same account at the next log-in.
        browser("ada again").log_in(ours, "ada");
    });
    seen.await.unwrap_or_else(|error| panic!("{error}\n{}", server.log()));
}

#[tokio::test(flavor = "multi_thread")]
async fn people_log_in_by_a_provider_that_signs_with_rsa() {
    logs_in("RS256", "client_secret_basic").await;
    logs_in("PS256", "client_secret_post").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn people_log_in_by_a_provider_that_signs_with_a_curve() {
    logs_in("ES256", "client_secret_post").await;
    logs_in("EdDSA", "client_secret_basic").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_algorithm_that_the_clients_secret_keys_is_refused() {
    let (ours, theirs, pki, state) = (free_port(), free_port(), Pki::new(), directory());
    let (server, root) = provider(theirs, ours, &pki, "HS256", "client_secret_basic");
    let tls = Tls::Private { directory: state.path().join("tls") };
    let ready = Ready::new(&tls, &["localhost".to_owned()]).expect("an authority");
    let rules = Rules { oidc: Some(settings(theirs, Some(&root))), ..Rules::default() };
    super::start(state.path(), ours, &["localhost"], rules, &ready).await;
    let roots = pki.concatenate(&[&root, &state.path().join("tls/ca.pem")]);
    let jar = state.path().join("jar");
    let page = tokio::task::spawn_blocking(move || Browser { jar, roots }.log_in(ours, "ada")).await;
    let page = page.unwrap_or_else(|error| panic!("{error}\n{}", server.log()));
    assert!(page.contains("signed by HS256, which is not taken"), "{page}");
}

/// Where the test of the system's authorities, started anew, is to write them.
const SYSTEM: &str = "SSL_CERT_FILE";

#[tokio::test(flavor = "multi_thread")]
async fn the_systems_authorities_vouch_for_a_provider_unless_others_are_named() {
    let inner = std::env::var("MIDWATCH_TEST_SYSTEM").is_ok();
    if !inner {
        // The system's store is named by the environment, which a process cannot change for itself.
        let place = directory();
        let mut again = tokio::process::Command::new(std::env::current_exe().expect("this program"));
        again
            .args(["--exact", "oidc::the_systems_authorities_vouch_for_a_provider_unless_others_are_named"])
            .env("MIDWATCH_TEST_SYSTEM", "1")
            .env(SYSTEM, place.path().join("roots.pem"))
            .env_remove("SSL_CERT_DIR");
        let output = again.output().await.expect("this program");
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && said.contains("1 passed"), "{said}");
        return;
    }
    let (ours, theirs, pki) = (free_port(), free_port(), Pki::new());
    let (server, root) = provider(theirs, ours, &pki, "ES256", "client_secret_basic");
    std::fs::copy(&root, std::env::var_os(SYSTEM).expect("a place")).expect("the system's authorities");
    let state = directory();
    let tls = Tls::Private { directory: state.path().join("tls") };
    let ready = Ready::new(&tls, &["localhost".to_owned()]).expect("an authority");
    let rules = Rules { oidc: Some(settings(theirs, None)), passwords: false, ..Rules::default() };
    super::start(state.path(), ours, &["localhost"], rules, &ready).await;
    // Beside it one that names an authority, which has not vouched for the provider.
    let (strict, other, elsewhere) = (free_port(), pki.authority("Other", Key::EcP256), directory());
    let rules = Rules {
        oidc: Some(settings(theirs, Some(&other.certificate))),
        passwords: false,
        ..Rules::default()
    };
    super::start(elsewhere.path(), strict, &["localhost"], rules, &ready).await;
    let roots = pki.concatenate(&[&root, &state.path().join("tls/ca.pem")]);
    let jar = |name: &str| state.path().join(name);
    let (one, two) = (jar("one"), jar("two"));
    let seen = tokio::task::spawn_blocking(move || {
        let ada = Browser { jar: one, roots: roots.clone() };
        ada.log_in(ours, "ada");
        assert_eq!(ada.ask(&format!("https://localhost:{ours}/"), None).0, "ada@example.org admin");
        let refused = Browser { jar: two, roots };
        let (page, at) = refused.ask(&format!("https://localhost:{strict}/login/provider?next=/"), None);
        assert!(at.starts_with(&format!("https://localhost:{strict}/")), "{at}: {page}");
        assert!(page.contains("certificate"), "{page}");
    });
    seen.await.unwrap_or_else(|error| panic!("{error}\n{}", server.log()));
}
