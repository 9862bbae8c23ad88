//! The whole of it, as a browser and an attacker meet it.

use std::time::Duration;

use http::{HeaderValue, Method, StatusCode};
use jiff::Timestamp;
use midwatch_model::Role;
use serde_json::json;

use crate::auth::access::Rules;
use crate::auth::passkey::tests::Authenticator;
use crate::auth::totp;
use crate::guard::cookies::{LOGIN, SESSION};
use crate::testing::{Answer, Browser, PASSWORD, Site};

fn header<'a>(answer: &'a Answer, name: &str) -> &'a str {
    answer.headers.get(name).map_or("", |value| value.to_str().expect("text"))
}

#[tokio::test]
async fn nobody_claims_a_new_dashboard_without_the_code() {
    let site = Site::new(Rules::default()).await;
    let mut browser = site.browser();
    assert_eq!(browser.get("/").await.location, "/login?next=%2F");
    assert_eq!(browser.get("/login").await.location, "/setup");
    let page = browser.get("/setup").await;
    let fields = |code| [("code", code), ("name", "eve"), ("password", PASSWORD), ("again", PASSWORD)];
    let answer = browser.post("/setup", &page.form(&fields("aaaa-bbbb-cccc-dddd"))).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    let mut tried = 0;
    while browser.post("/setup", &page.form(&fields("x"))).await.status != StatusCode::TOO_MANY_REQUESTS {
        tried += 1;
        assert!(tried < 10, "codes can be guessed without end");
    }
    let code = site.access.setup_code().expect("a code").to_owned();
    let mut other = site.browser();
    other.from = "198.51.100.1:1".parse().expect("an address");
    let page = other.get(&format!("/setup?code={code}")).await;
    assert!(page.body.contains(&code));
    let weak =
        [("code", code.as_str()), ("name", "ada"), ("password", "password1234"), ("again", "password1234")];
    let answer = other.post("/setup", &page.form(&weak)).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.body.contains("everybody tries first"), "{}", answer.body);
    let code = code.to_uppercase().replace('-', " ");
    let good = [("code", code.as_str()), ("name", "Ada"), ("password", PASSWORD), ("again", PASSWORD)];
    assert_eq!(other.post("/setup", &page.form(&good)).await.location, "/account");
    assert_eq!(other.get("/").await.body, "ada");
    // It is claimed, and the code serves no more.
    let mut late = site.browser();
    late.from = "203.0.113.1:1".parse().expect("an address");
    late.cookies.clone_from(&browser.cookies);
    assert_eq!(late.post("/setup", &page.form(&good)).await.location, "/login");
    assert_eq!(late.get("/setup").await.location, "/login");
}

#[tokio::test]
async fn every_answer_carries_what_keeps_a_browser_safe() {
    let (_site, mut browser) = Site::claimed(Rules::default()).await;
    for path in [
        "/",
        "/account",
        "/people",
        "/login?again=1",
        "/nowhere",
        "/auth/style.css",
        "/api/v1/nothing",
        "/robots.txt",
    ] {
        let answer = browser.get(path).await;
        let policy = header(&answer, "content-security-policy");
        assert!(
            policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
            "{path}: {policy}"
        );
        assert!(!policy.contains("unsafe"), "{path}");
        for (name, value) in [
            ("strict-transport-security", "max-age=31536000"),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(header(&answer, name), value, "{path}");
        }
        let keeps = path.starts_with("/auth/") || path == "/robots.txt";
        assert_eq!(header(&answer, "cache-control") == "no-store", !keeps, "{path}");
        let inline = ["<style", "style=\"", "onclick", "javascript:"];
        assert!(inline.iter().all(|text| !answer.body.contains(text)), "{path}: {}", answer.body);
        for script in answer.body.match_indices("<script") {
            assert!(answer.body[script.0..].starts_with("<script src=\"/auth/passkey.js\" defer"), "{path}");
        }
    }
}

#[tokio::test]
async fn wrong_names_and_wrong_passwords_are_answered_alike_and_slowed() {
    let (site, _) = Site::claimed(Rules::default()).await;
    let (mut one, mut two) = (site.browser(), site.browser());
    two.from = "198.51.100.1:1".parse().expect("an address");
    let known = one.log_in("ada", "wrong horse battery").await;
    let unknown = two.log_in("nobody", "wrong horse battery").await;
    let plain = |answer: &Answer| answer.body.replace(&answer.proof(), "");
    assert_eq!((known.status, unknown.status), (StatusCode::FORBIDDEN, StatusCode::FORBIDDEN));
    assert_eq!(plain(&known), plain(&unknown));
    let mut last = known;
    for _ in 0..5 {
        last = one.log_in("ada", "wrong horse battery").await;
    }
    assert_eq!(last.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(header(&last, "retry-after").parse::<u64>().expect("seconds") >= 1);
    assert_eq!(one.log_in("ada", PASSWORD).await.status, StatusCode::TOO_MANY_REQUESTS, "nor the right one");
    assert_eq!(two.log_in("ada", PASSWORD).await.location, "/", "who tries elsewhere locks nobody out");
    let lines =
        site.access.0.books.run(|ledger| ledger.audit(None, Some("login-failed"), 100)).await.expect("a log");
    assert!(lines.iter().any(|line| line.detail == "wrong password for ada" && line.address == "192.0.2.7"));
    assert!(lines.iter().all(|line| !line.detail.contains("nobody") && !line.detail.contains("horse")));
}

#[tokio::test]
async fn a_session_has_a_new_token_and_ends_for_good() {
    let (site, mut browser) = Site::claimed(Rules::default()).await;
    let first = browser.cookies.get(SESSION).expect("a session").clone();
    // A session that somebody else put there before the log-in is not taken over.
    let mut fixed = site.browser();
    fixed.cookies.insert(SESSION.into(), crate::auth::random::token());
    let planted = fixed.cookies[SESSION].clone();
    assert_eq!(fixed.log_in("ada", PASSWORD).await.location, "/");
    assert_ne!(fixed.cookies[SESSION], planted);
    assert!(!fixed.cookies.contains_key(LOGIN), "the cookie of the log-in is gone");

    let page = browser.get("/account").await;
    let done = browser.post("/logout", &page.form(&[])).await;
    assert_eq!(header(&done, "clear-site-data"), "\"cache\", \"cookies\", \"storage\"");
    assert!(!browser.cookies.contains_key(SESSION));
    browser.cookies.insert(SESSION.into(), first);
    assert_eq!(browser.get("/").await.location, "/login?next=%2F", "the token serves nobody any more");
    assert_eq!(fixed.get("/").await.body, "ada", "the other session stays");
    let wanted = browser.get("/act?a=b&c=%2F").await;
    assert_eq!(wanted.location, "/login?next=%2Fact%3Fa%3Db%26c%3D%252F");
}

#[tokio::test]
async fn a_new_password_ends_the_other_sessions_and_renews_this_one() {
    let (site, mut browser) = Site::claimed(Rules::default()).await;
    let mut other = site.browser();
    other.log_in("ada", PASSWORD).await;
    let old = browser.cookies[SESSION].clone();
    let page = browser.get("/account").await;
    let change = |was: &str, new: &str| page.form(&[("old", was), ("new", new), ("again", new)]);
    let wrong = browser.post("/account/password", &change("not the one it was", "seven tall poplars")).await;
    assert!(wrong.body.contains("is another one"));
    let weak = browser.post("/account/password", &change(PASSWORD, "ada ada ada ada")).await;
    assert_eq!(weak.status, StatusCode::UNPROCESSABLE_ENTITY);
    let done = browser.post("/account/password", &change(PASSWORD, "seven tall poplars")).await;
    assert_eq!(done.location, "/account", "{}", done.body);
    assert_ne!(browser.cookies[SESSION], old);
    assert_eq!(browser.get("/").await.body, "ada");
    assert_eq!(other.get("/").await.status, StatusCode::SEE_OTHER);
    other.cookies.insert(SESSION.into(), old);
    assert_eq!(other.get("/").await.status, StatusCode::SEE_OTHER, "the old token is gone");
    assert_eq!(site.browser().log_in("ada", PASSWORD).await.status, StatusCode::FORBIDDEN);
    assert_eq!(site.browser().log_in("ada", "seven tall poplars").await.location, "/");
}

#[tokio::test]
async fn requests_of_other_sites_change_nothing() {
    let (_site, mut browser) = Site::claimed(Rules::default()).await;
    let proof = browser.get("/account").await.proof();
    let good = format!("csrf={proof}&x=1");
    assert_eq!(browser.post("/act", &good).await.body, format!("ada {good}"), "the body arrives whole");
    for (form, kind) in [
        ("x=1".to_owned(), "application/x-www-form-urlencoded"),
        (format!("csrf={proof}x"), "application/x-www-form-urlencoded"),
        (format!("csrf={proof}&csrf={proof}"), "application/x-www-form-urlencoded"),
        (good.clone(), "text/plain"),
        (good.clone(), "multipart/form-data; boundary=x"),
        ("{}".into(), "application/json"),
    ] {
        let answer = browser.ask(Method::POST, "/act", Some(kind), &form).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{form} as {kind}");
    }
    let mut script = browser.clone();
    script.headers.insert("x-csrf-token", proof.parse().expect("a value"));
    assert_eq!(script.ask(Method::POST, "/act", Some("application/json"), "{}").await.body, "ada {}");
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://evil.example"),
        ("sec-fetch-site", "none"),
    ] {
        let mut evil = browser.clone();
        evil.headers.insert(name, HeaderValue::from_static(value));
        assert_eq!(evil.post("/act", &good).await.status, StatusCode::FORBIDDEN, "{name}: {value}");
        let mut fresh = browser.clone();
        let page = fresh.get("/login?again=1").await;
        fresh.headers.clone_from(&evil.headers);
        let form = page.form(&[("name", "ada"), ("password", PASSWORD)]);
        assert_eq!(
            fresh.post("/login", &form).await.status,
            StatusCode::FORBIDDEN,
            "nor logs in: {name}: {value}"
        );
    }
    // Pages of another name lead nowhere (DNS rebinding).
    for host in ["evil.example", "watch.example.evil.example", "192.0.2.1"] {
        let mut evil = browser.clone();
        evil.headers.insert("host", HeaderValue::from_static(host));
        assert_eq!(evil.get("/").await.status, StatusCode::MISDIRECTED_REQUEST, "{host}");
    }
    let long = format!("csrf={proof}&x={}", "y".repeat(super::BODY));
    assert_eq!(browser.post("/act", &long).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    // The form of one session does not serve another.
    let mut other = browser.clone();
    other.cookies.clear();
    other.log_in("ada", PASSWORD).await;
    assert_eq!(other.post("/act", &good).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn sessions_end_with_their_time_and_stay_at_their_address() {
    let rules = Rules { bound: true, ..Rules::default() };
    let (_site, mut browser) = Site::claimed(rules).await;
    assert_eq!(browser.get("/").await.body, "ada");
    browser.from = "192.0.2.8:1".parse().expect("an address");
    assert_eq!(browser.get("/").await.status, StatusCode::SEE_OTHER, "another address");
    for rules in [
        Rules { session: Duration::from_millis(1), ..Rules::default() },
        Rules { idle: Duration::from_millis(1), ..Rules::default() },
    ] {
        let (_site, mut browser) = Site::claimed(rules).await;
        tokio::time::sleep(Duration::from_millis(5)).await;
        assert_eq!(browser.get("/").await.status, StatusCode::SEE_OTHER);
    }
}

/// Sets up an app, and gives its secret and the recovery codes.
async fn with_app(browser: &mut Browser) -> (Vec<u8>, Vec<String>) {
    let page = browser.get("/account").await;
    let page = browser.post("/account/app", &page.form(&[])).await;
    let at = page.body.find("<p><code>").expect("the secret") + "<p><code>".len();
    let typed: String = page.body[at..].chars().take_while(|letter| *letter != '<').collect();
    assert!(page.body.contains("<svg"));
    let secret = unbase32(&typed);
    let wrong = browser.post("/account/app/prove", &page.form(&[("code", "000000")])).await;
    assert!(wrong.body.contains("not the code of now"));
    let step = u64::try_from(Timestamp::now().as_second() / totp::STEP).expect("after 1970");
    let done =
        browser.post("/account/app/prove", &page.form(&[("code", &totp::code(&secret, step, 6))])).await;
    let at = done.body.find("<pre><code>").expect("recovery codes") + "<pre><code>".len();
    let codes: String = done.body[at..].chars().take_while(|letter| *letter != '<').collect();
    (secret, codes.lines().map(ToOwned::to_owned).collect())
}

fn unbase32(text: &str) -> Vec<u8> {
    let (mut out, mut held, mut bits) = (Vec::new(), 0_u32, 0);
    for letter in text.chars().filter(|letter| *letter != ' ') {
        let value = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".find(letter).expect("base32");
        held = (held << 5) | u32::try_from(value).expect("small");
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            out.push(u8::try_from((held >> bits) & 255).expect("an octet"));
        }
    }
    out
}

#[tokio::test]
async fn a_second_factor_is_asked_and_each_code_is_taken_once() {
    let (site, mut browser) = Site::claimed(Rules::default()).await;
    let (secret, codes) = with_app(&mut browser).await;
    assert_eq!((secret.len(), codes.len()), (20, 10));
    let step = u64::try_from(Timestamp::now().as_second() / totp::STEP).expect("after 1970");
    let next = totp::code(&secret, step + 1, 6);

    let mut half = site.browser();
    assert_eq!(half.log_in("ada", PASSWORD).await.location, "/login/second");
    assert_eq!(half.get("/").await.status, StatusCode::SEE_OTHER, "half a log-in is none");
    let page = half.get("/login/second").await;
    let used = half.post("/login/second", &page.form(&[("code", &totp::code(&secret, step, 6))])).await;
    assert_eq!(used.status, StatusCode::FORBIDDEN, "the code that proved the app is used");
    let done = half.post("/login/second", &page.form(&[("code", &next)])).await;
    assert_eq!(done.location, "/", "{}", done.body);
    assert_eq!(half.get("/").await.body, "ada");

    let mut again = site.browser();
    again.log_in("ada", PASSWORD).await;
    let page = again.get("/login/second").await;
    assert_eq!(
        again.post("/login/second", &page.form(&[("code", &next)])).await.status,
        StatusCode::FORBIDDEN
    );
    let code = codes[0].to_uppercase();
    assert_eq!(again.post("/login/second", &page.form(&[("code", &code)])).await.location, "/");
    let mut third = site.browser();
    third.log_in("ada", PASSWORD).await;
    let page = third.get("/login/second").await;
    assert_eq!(
        third.post("/login/second", &page.form(&[("code", &code)])).await.status,
        StatusCode::FORBIDDEN
    );

    // A few wrong codes, and the password is asked again.
    let mut guess = site.browser();
    guess.from = "198.51.100.9:1".parse().expect("an address");
    guess.log_in("ada", PASSWORD).await;
    let page = guess.get("/login/second").await;
    let mut last = page.status;
    for _ in 0..8 {
        last = guess.post("/login/second", &page.form(&[("code", "000000")])).await.status;
    }
    assert!(last == StatusCode::TOO_MANY_REQUESTS || last == StatusCode::SEE_OTHER, "{last}");
}

#[tokio::test]
async fn where_a_second_factor_is_needed_nothing_else_is_shown_before() {
    let rules = Rules { second: true, ..Rules::default() };
    let (_site, mut browser) = Site::claimed(rules).await;
    assert_eq!(browser.get("/").await.location, "/account");
    assert!(browser.get("/account").await.body.contains("A second factor is needed"));
    let proof = browser.get("/account").await.form(&[]);
    assert_eq!(browser.post("/act", &proof).await.location, "/account");
    let mut api = browser.clone();
    api.headers.insert("x-csrf-token", browser.get("/account").await.proof().parse().expect("a value"));
    assert_eq!(api.post("/api/v1/look", "").await.status, StatusCode::FORBIDDEN);
    with_app(&mut browser).await;
    assert_eq!(browser.get("/").await.body, "ada");
}

#[tokio::test]
async fn who_logged_in_long_ago_is_asked_again() {
    let rules = Rules { fresh: Duration::ZERO, ..Rules::default() };
    let (_site, mut browser) = Site::claimed(rules).await;
    let page = browser.get("/account").await;
    for path in [
        "/account/app",
        "/account/app/remove",
        "/account/recovery",
        "/account/tokens",
        "/account/passkeys/1/remove",
    ] {
        let answer = browser.post(path, &page.form(&[("name", "x"), ("days", "1"), ("scope", "read")])).await;
        assert_eq!(answer.location, "/login?again=1&next=/account", "{path}");
    }
    for path in ["/people/9/rights", "/people/9/reset", "/people/9/factors", "/people/9/remove", "/people"] {
        let answer = browser.post(path, &page.form(&[("name", "x"), ("role", "admin")])).await;
        assert_eq!(answer.location, "/login?again=1&next=/people", "{path}");
    }
    let (status, said) = browser.json("/account/passkeys/options", &page.proof(), &json!({})).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "{said}");
    // The new log-in takes the old one's place.
    let old = browser.cookies[SESSION].clone();
    let again = browser.get("/login?again=1&next=/account").await;
    let done = browser
        .post("/login", &again.form(&[("name", "ada"), ("password", PASSWORD), ("next", "/account")]))
        .await;
    assert_eq!(done.location, "/account");
    browser.cookies.insert(SESSION.into(), old);
    assert_eq!(browser.get("/").await.status, StatusCode::SEE_OTHER);
}

/// Makes an account and gives its first password.
async fn new_account(admin: &mut Browser, name: &str, role: &str) -> String {
    let page = admin.get("/people").await;
    let done = admin.post("/people", &page.form(&[("name", name), ("role", role)])).await;
    let at = done.body.find("<pre><code>").expect("a password") + "<pre><code>".len();
    done.body[at..].chars().take_while(|letter| *letter != '<').collect()
}

#[tokio::test]
async fn roles_are_kept_and_change_at_once() {
    let (site, mut admin) = Site::claimed(Rules::default()).await;
    let password = new_account(&mut admin, "Bob", "viewer").await;
    let mut bob = site.browser();
    assert_eq!(bob.log_in("bob", &password).await.location, "/");
    for path in ["/admin", "/people"] {
        assert_eq!(bob.get(path).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    assert_eq!(bob.get("/api/v1/targets").await.body, "bob");
    let proof = bob.get("/account").await;
    let look = bob.post("/api/v1/look", &proof.form(&[])).await;
    assert_eq!(
        (look.status, header(&look, "content-type")),
        (StatusCode::FORBIDDEN, "application/problem+json")
    );
    for (path, form) in
        [("/people", "name=eve&role=admin"), ("/people/1/rights", "role=viewer"), ("/people/1/remove", "")]
    {
        let form = format!("{}&{form}", proof.form(&[]));
        assert_eq!(bob.post(path, &form).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    let all = site.access.0.books.run(|ledger| ledger.accounts()).await.expect("accounts");
    let id = all.iter().find(|account| account.name == "bob").expect("bob").id;
    let page = admin.get("/people").await;
    admin.post(&format!("/people/{id}/rights"), &page.form(&[("role", "operator")])).await;
    assert_eq!(bob.get("/").await.status, StatusCode::SEE_OTHER, "the old session is gone");
    assert_eq!(bob.log_in("bob", &password).await.location, "/");
    let proof = bob.get("/account").await;
    assert_eq!(bob.post("/api/v1/look", &proof.form(&[])).await.body, "bob");
    admin.post(&format!("/people/{id}/rights"), &page.form(&[("role", "disabled")])).await;
    assert_eq!(bob.get("/").await.status, StatusCode::SEE_OTHER);
    assert_eq!(bob.log_in("bob", &password).await.status, StatusCode::FORBIDDEN);
    // Nobody changes his own rights, so that an admin remains.
    let own = all.iter().find(|account| account.name == "ada").expect("ada").id;
    admin.post(&format!("/people/{own}/rights"), &page.form(&[("role", "viewer")])).await;
    assert_eq!(admin.get("/admin").await.body, "secret");
    let lines = site.access.0.books.run(|ledger| ledger.audit(None, None, 100)).await.expect("a log");
    let what: Vec<&str> = lines.iter().map(|line| line.what.as_str()).collect();
    assert!(what.contains(&"account-added") && what.contains(&"account-changed") && what.contains(&"setup"));
}

/// Makes a passkey of this name on an authenticator.
async fn with_passkey(browser: &mut Browser, mut authenticator: Authenticator, name: &str) {
    authenticator.origin = "https://watch.example".into();
    let proof = browser.get("/account").await.proof();
    let (_, options) = browser.json("/account/passkeys/options", &proof, &json!({})).await;
    let created = authenticator.create(options["challenge"].as_str().expect("a challenge"));
    let sent = json!({ "clientDataJSON": created.client_data, "attestationObject": created.attestation_object,
        "name": name });
    let (status, said) = browser.json("/account/passkeys", &proof, &sent).await;
    assert_eq!(status, StatusCode::OK, "{said}");
}

/// The number of an account, and its passkeys by number and name.
async fn factors(site: &Site, name: &'static str) -> (i64, Vec<(i64, String)>) {
    let read = site.access.0.books.run(move |ledger| {
        let account =
            ledger.accounts()?.into_iter().find(|account| account.name == name).expect("an account");
        Ok((account.id, ledger.passkeys(account.id)?))
    });
    let (id, passkeys) = read.await.expect("a ledger");
    (id, passkeys.into_iter().map(|passkey| (passkey.id, passkey.name)).collect())
}

async fn last_line(site: &Site) -> (String, String) {
    let lines = site.access.0.books.run(|ledger| ledger.audit(None, None, 1)).await.expect("a log");
    (lines[0].what.clone(), lines[0].detail.clone())
}

#[tokio::test]
async fn one_lost_factor_is_removed_and_the_others_stay() {
    let (site, mut browser) = Site::claimed(Rules::default()).await;
    let (_, codes) = with_app(&mut browser).await;
    with_passkey(&mut browser, Authenticator::es256(), "lost").await;
    let mut kept = Authenticator::ed25519();
    kept.id = [8; 16];
    with_passkey(&mut browser, kept, "kept").await;
    let (_, passkeys) = factors(&site, "ada").await;
    let number = |name: &str| passkeys.iter().find(|(_, own)| own == name).expect("a passkey").0;
    let mut other = site.browser();
    other.log_in("ada", PASSWORD).await;
    let page = other.get("/login/second").await;
    assert_eq!(other.post("/login/second", &page.form(&[("code", &codes[0])])).await.location, "/");

    // Somebody else's form does not, nor does another account's number.
    let path = format!("/account/passkeys/{}/remove", number("lost"));
    assert_eq!(browser.post(&path, "csrf=wrong").await.status, StatusCode::FORBIDDEN);
    let page = browser.get("/account").await;
    browser.post("/account/passkeys/9999/remove", &page.form(&[])).await;
    assert_eq!(factors(&site, "ada").await.1.len(), 2);
    assert_eq!(other.get("/").await.body, "ada");

    let before = browser.cookies[SESSION].clone();
    let page = browser.get("/account").await;
    assert_eq!(browser.post(&path, &page.form(&[])).await.location, "/account");
    assert_eq!(factors(&site, "ada").await.1, [(number("kept"), "kept".to_owned())]);
    assert_eq!(last_line(&site).await, ("passkey-removed".to_owned(), "lost".to_owned()));
    assert_ne!(browser.cookies[SESSION], before, "the session has another token");
    assert_eq!(browser.get("/").await.body, "ada");
    assert_eq!(other.get("/").await.status, StatusCode::SEE_OTHER, "the other session has ended");
    assert_eq!(
        other.log_in("ada", PASSWORD).await.location,
        "/login/second",
        "the app is asked for as before"
    );

    // The app, while a passkey remains; then the last one.
    let page = other.get("/login/second").await;
    assert_eq!(other.post("/login/second", &page.form(&[("code", &codes[1])])).await.location, "/");
    let page = browser.get("/account").await;
    assert_eq!(browser.post("/account/app/remove", "csrf=wrong").await.status, StatusCode::FORBIDDEN);
    assert_eq!(browser.post("/account/app/remove", &page.form(&[])).await.location, "/account");
    assert_eq!(last_line(&site).await.0, "app-removed");
    assert_eq!(other.get("/").await.status, StatusCode::SEE_OTHER);
    assert_eq!(other.log_in("ada", PASSWORD).await.location, "/login/second", "the passkey remains");
    let page = browser.get("/account").await;
    let path = format!("/account/passkeys/{}/remove", number("kept"));
    assert_eq!(browser.post(&path, &page.form(&[])).await.location, "/account");
    assert_eq!(site.browser().log_in("ada", PASSWORD).await.location, "/");
    // What is not there is not removed, nor written down.
    let page = browser.get("/account").await;
    browser.post("/account/app/remove", &page.form(&[])).await;
    assert_ne!(last_line(&site).await.0, "app-removed");
}

#[tokio::test]
async fn the_last_factor_stays_where_one_is_required() {
    let (site, mut browser) = Site::claimed(Rules { second: true, ..Rules::default() }).await;
    with_app(&mut browser).await;
    let page = browser.get("/account").await;
    let refused = browser.post("/account/app/remove", &page.form(&[])).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(refused.body.contains("last second factor"), "{}", refused.body);
    with_passkey(&mut browser, Authenticator::es256(), "key").await;
    let page = browser.get("/account").await;
    assert_eq!(browser.post("/account/app/remove", &page.form(&[])).await.location, "/account");
    let (_, passkeys) = factors(&site, "ada").await;
    let page = browser.get("/account").await;
    let path = format!("/account/passkeys/{}/remove", passkeys[0].0);
    assert_eq!(browser.post(&path, &page.form(&[])).await.status, StatusCode::CONFLICT);
    assert_eq!(factors(&site, "ada").await.1.len(), 1);
}

#[tokio::test]
async fn an_admin_takes_the_factors_of_somebody_else_away() {
    let (site, mut admin) = Site::claimed(Rules::default()).await;
    let password = new_account(&mut admin, "bob", "viewer").await;
    let mut bob = site.browser();
    bob.log_in("bob", &password).await;
    let (_, codes) = with_app(&mut bob).await;
    with_passkey(&mut bob, Authenticator::es256(), "key").await;
    let (id, _) = factors(&site, "bob").await;
    let path = format!("/people/{id}/factors");
    let page = bob.get("/account").await;
    assert_eq!(bob.post(&path, &page.form(&[])).await.status, StatusCode::FORBIDDEN, "not a viewer");
    let page = admin.get("/people").await;
    assert!(page.body.contains(&path));
    assert_eq!(admin.post(&path, "csrf=wrong").await.status, StatusCode::FORBIDDEN);
    assert_eq!(bob.get("/").await.body, "bob");
    assert_eq!(admin.post(&path, &page.form(&[])).await.location, "/people");
    assert_eq!(last_line(&site).await, ("factors-reset".to_owned(), "bob".to_owned()));
    assert_eq!(bob.get("/").await.status, StatusCode::SEE_OTHER, "his sessions have ended");
    assert!(!admin.get("/people").await.body.contains(&path));
    assert_eq!(site.browser().log_in("bob", &password).await.location, "/", "the password alone");
    // With another app the old recovery codes serve no more.
    let mut again = site.browser();
    again.log_in("bob", &password).await;
    with_app(&mut again).await;
    let mut late = site.browser();
    assert_eq!(late.log_in("bob", &password).await.location, "/login/second");
    let page = late.get("/login/second").await;
    let old = late.post("/login/second", &page.form(&[("code", &codes[0])])).await;
    assert_eq!(old.status, StatusCode::FORBIDDEN);
    // One's own are on the page of the account.
    with_app(&mut admin).await;
    let (own, _) = factors(&site, "ada").await;
    let page = admin.get("/people").await;
    admin.post(&format!("/people/{own}/factors"), &page.form(&[])).await;
    assert_eq!(site.browser().log_in("ada", PASSWORD).await.location, "/login/second");
}

#[tokio::test]
async fn tokens_do_what_they_were_given_at_the_api_alone() {
    let (site, mut admin) = Site::claimed(Rules::default()).await;
    let page = admin.get("/account").await;
    let bad = admin
        .post("/account/tokens", &page.form(&[("name", "x"), ("days", "9999"), ("scope", "read")]))
        .await;
    assert_eq!(bad.status, StatusCode::UNPROCESSABLE_ENTITY);
    let made = admin
        .post("/account/tokens", &page.form(&[("name", "script"), ("days", "9"), ("scope", "read")]))
        .await;
    let at = made.body.find("mwt_").expect("a token");
    let token: String = made.body[at..].chars().take_while(|letter| *letter != '<').collect();
    let account = admin.get("/account").await;
    assert!(account.body.contains("script") && !account.body.contains(&token), "it is shown once");
    let mut program = site.browser();
    let bearer = |token: &str| format!("Bearer {token}").parse().expect("a value");
    program.headers.insert("authorization", bearer(&token));
    program.headers.insert("sec-fetch-site", HeaderValue::from_static("cross-site"));
    assert_eq!(program.get("/api/v1/targets").await.body, "ada");
    assert_eq!(program.post("/api/v1/look", "").await.status, StatusCode::FORBIDDEN, "another scope");
    program.headers.remove("sec-fetch-site");
    assert_eq!(program.get("/").await.location, "/login?next=%2F", "pages take no token");
    for wrong in ["mwt_x", "", &token[1..]] {
        program.headers.insert("authorization", bearer(wrong));
        let answer = program.get("/api/v1/targets").await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        assert!(header(&answer, "www-authenticate").starts_with("Bearer"));
    }
    // A wrong token is not made good by a cookie.
    program.cookies.clone_from(&admin.cookies);
    assert_eq!(program.get("/api/v1/targets").await.status, StatusCode::UNAUTHORIZED);
    program.cookies.clear();
    program.headers.insert("authorization", bearer(&token));
    let id = site.access.0.books.run(|ledger| Ok(ledger.accounts()?[0].id)).await.expect("an account");
    let number = site.access.0.books.run(move |ledger| Ok(ledger.tokens(id)?[0].id)).await.expect("a token");
    admin.post(&format!("/account/tokens/{number}/remove"), &page.form(&[])).await;
    assert_eq!(program.get("/api/v1/targets").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(site.browser().get("/assets/x").await.body, "asset");
}

#[tokio::test]
async fn a_passkey_is_made_and_logs_in_alone_and_after_a_password() {
    let (site, mut browser) = Site::claimed(Rules::default()).await;
    let mut authenticator = Authenticator::es256();
    authenticator.origin = "https://watch.example".into();
    let proof = browser.get("/account").await.proof();
    let (status, options) = browser.json("/account/passkeys/options", &proof, &json!({})).await;
    assert_eq!((status, options["rpId"].as_str()), (StatusCode::OK, Some("watch.example")), "{options}");
    let created = authenticator.create(options["challenge"].as_str().expect("a challenge"));
    let sent = json!({ "clientDataJSON": created.client_data, "attestationObject": created.attestation_object,
        "name": "blue <b>key" });
    let (status, said) = browser.json("/account/passkeys", &proof, &sent).await;
    assert_eq!((status, said["next"].as_str()), (StatusCode::OK, Some("/account")), "{said}");
    let account = browser.get("/account").await;
    assert!(account.body.contains("blue &lt;b&gt;key"), "{}", account.body);
    let proof = account.proof();
    let (status, _) = browser.json("/account/passkeys", &proof, &sent).await;
    assert_eq!(status, StatusCode::CONFLICT, "a challenge serves once");

    let shown = |authenticator: &mut Authenticator, options: &serde_json::Value| {
        let got = authenticator.get(options["challenge"].as_str().expect("a challenge"));
        json!({ "id": got.id, "clientDataJSON": got.client_data, "authenticatorData": got.authenticator_data,
            "signature": got.signature, "userHandle": null })
    };
    let mut alone = site.browser();
    let proof = alone.get("/login").await.proof();
    let (_, options) =
        alone.json("/login/passkey/options", &proof, &json!({ "next": "//evil.example" })).await;
    assert_eq!(options["allow"], json!([]), "which passkeys there are is not told");
    let sent = shown(&mut authenticator, &options);
    let (status, _) = alone.json("/login/passkey", "wrong", &sent).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "without what the form carries");
    let (status, said) = alone.json("/login/passkey", &proof, &sent).await;
    assert_eq!((status, said["next"].as_str()), (StatusCode::OK, Some("/")), "{said}");
    assert_eq!(alone.get("/").await.body, "ada");
    let mut replay = site.browser();
    let proof = replay.get("/login").await.proof();
    let _ = replay.json("/login/passkey/options", &proof, &json!({})).await;
    assert_eq!(replay.json("/login/passkey", &proof, &sent).await.0, StatusCode::FORBIDDEN);

    let mut after = site.browser();
    assert_eq!(after.log_in("ada", PASSWORD).await.location, "/login/second");
    let proof = after.get("/login/second").await.proof();
    let (_, options) = after.json("/login/second/passkey/options", &proof, &json!({})).await;
    assert_eq!(options["allow"].as_array().map(Vec::len), Some(1));
    let (status, said) =
        after.json("/login/second/passkey", &proof, &shown(&mut authenticator, &options)).await;
    assert_eq!((status, said["next"].as_str()), (StatusCode::OK, Some("/")), "{said}");
    assert_eq!(after.get("/").await.body, "ada");
    // Whoever stole the password alone has nothing, nor whoever has another authenticator.
    let mut stolen = site.browser();
    stolen.log_in("ada", PASSWORD).await;
    let proof = stolen.get("/login/second").await.proof();
    let (_, options) = stolen.json("/login/second/passkey/options", &proof, &json!({})).await;
    let mut other = Authenticator::ed25519();
    other.origin = "https://watch.example".into();
    assert_eq!(
        stolen.json("/login/second/passkey", &proof, &shown(&mut other, &options)).await.0,
        StatusCode::FORBIDDEN
    );
    assert_eq!(stolen.get("/").await.status, StatusCode::SEE_OTHER);
    assert_eq!(
        site.access.0.books.run(|ledger| Ok(ledger.accounts()?[0].role)).await.expect("a role"),
        Role::Admin
    );
}
