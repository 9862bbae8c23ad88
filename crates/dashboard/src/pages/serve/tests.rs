//! Every page as a reader meets it, from a real ledger.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use http::header::{CONTENT_TYPE, LOCATION};
use http::{Method, Request, StatusCode};
use midwatch_model::{Change, Event, EventState, HostKeyMemo, Memo, Remembered, Role, Severity};
use midwatch_store::watch::{EventFilter, EventNews, Look, WatchTarget};
use tower::ServiceExt as _;

use crate::Face;
use crate::desk::Desk as _;
use crate::sample::desk::{SampleDesk, unguarded};

/// A dashboard with the sample data, and somebody of a role.
struct Site {
    desk: Arc<SampleDesk>,
    router: Router,
    _directory: tempfile::TempDir,
}

struct Answer {
    status: StatusCode,
    location: String,
    kind: String,
    body: String,
}

impl Site {
    async fn new(role: Role) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let desk = Arc::new(SampleDesk::open(directory.path()));
        desk.fill().await;
        let router = unguarded(Face::new(desk.clone()), role);
        Site { desk, router, _directory: directory }
    }

    async fn ask(&self, method: Method, path: &str, form: &str) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(form.to_owned()))
            .expect("a request");
        let response = self.router.clone().oneshot(request).await.expect("an answer");
        let field =
            |name| response.headers().get(name).map_or("", |value| value.to_str().expect("text")).to_owned();
        let (status, location, kind) = (response.status(), field(LOCATION), field(CONTENT_TYPE));
        let body = to_bytes(response.into_body(), 16 << 20).await.expect("a body");
        Answer { status, location, kind, body: String::from_utf8(body.to_vec()).expect("UTF-8") }
    }

    async fn send(&self, path: &str, body: &serde_json::Value) -> (StatusCode, serde_json::Value) {
        let request = Request::builder()
            .method(Method::POST)
            .uri(path)
            .header(CONTENT_TYPE, "application/json")
            .body(Body::from(body.to_string()))
            .expect("a request");
        let response = self.router.clone().oneshot(request).await.expect("an answer");
        let status = response.status();
        let body = to_bytes(response.into_body(), 16 << 20).await.expect("a body");
        (status, serde_json::from_slice(&body).unwrap_or_default())
    }

    async fn get(&self, path: &str) -> Answer {
        self.ask(Method::GET, path, "").await
    }

    async fn post(&self, path: &str, form: &str) -> Answer {
        self.ask(Method::POST, path, form).await
    }

    /// Every page that links lead to, from the overview on. Addresses without their fragments.
    async fn walk(&self) -> BTreeMap<String, String> {
        let mut pages = BTreeMap::new();
        let mut to_do = vec!["/".to_owned()];
        while let Some(path) = to_do.pop() {
            if pages.contains_key(&path) || pages.len() > 400 {
                continue;
            }
            let answer = self.get(&path).await;
            assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.body);
            if answer.kind.starts_with("text/html") && !path.ends_with("report.html") {
                for href in attributes(&answer.body, "href") {
                    let address = href.split('#').next().unwrap_or_default().replace("&amp;", "&");
                    // Accounts are not part of these routes, and what is explained is asked for once each elsewhere.
                    if address.starts_with('/') && !address.starts_with("/account") {
                        to_do.push(address);
                    }
                }
                pages.insert(path, answer.body);
            } else {
                pages.insert(path, String::new());
            }
        }
        pages
    }

    async fn event(&self, id: i64) -> Event {
        self.desk.books().run(move |ledger| ledger.event(id)).await.expect("a ledger").expect("an event")
    }

    async fn log(&self) -> Vec<String> {
        let lines = self.desk.books().run(|ledger| ledger.audit(None, None, 100)).await.expect("a ledger");
        lines.into_iter().map(|line| format!("{} {} {}", line.who, line.what, line.detail)).collect()
    }
}

/// Start tags of a page: name and raw attributes.
fn tags(page: &str) -> impl Iterator<Item = (&str, &str)> {
    page.split('<')
        .skip(1)
        .filter_map(|rest| rest.split_once('>'))
        .filter(|(tag, _)| !tag.starts_with(['/', '!']))
        .map(|(tag, _)| tag.split_once(char::is_whitespace).unwrap_or((tag, "")))
}

/// The values of an attribute.
fn attributes(page: &str, name: &str) -> Vec<String> {
    let begin = format!(" {name}=\"");
    tags(page)
        .flat_map(|(_, attributes)| {
            let attributes = format!(" {attributes}");
            attributes
                .split(&begin)
                .skip(1)
                .filter_map(|rest| rest.split('"').next().map(ToOwned::to_owned))
                .collect::<Vec<_>>()
        })
        .collect()
}

/// What has to hold of every page.
fn is_sound(path: &str, page: &str) {
    let mut ids = BTreeSet::new();
    for id in attributes(page, "id") {
        assert!(ids.insert(id.clone()), "{path}: the id {id} is there twice");
    }
    for name in ["for", "aria-labelledby", "aria-describedby"] {
        for id in attributes(page, name) {
            assert!(ids.contains(&id), "{path}: {name}={id} leads nowhere");
        }
    }
    for href in attributes(page, "href").iter().filter_map(|href| href.strip_prefix('#')) {
        assert!(ids.contains(href), "{path}: #{href} leads nowhere");
    }
    let mut open: Vec<&str> = Vec::new();
    let mut level = 0;
    for part in page.split('<').skip(1) {
        let (tag, _) = part.split_once('>').expect("the end of a tag");
        let name = tag.trim_start_matches('/').split(char::is_whitespace).next().unwrap_or_default();
        let is_void = matches!(name, "meta" | "br" | "wbr" | "input" | "link");
        if tag.starts_with('!') || tag.ends_with('/') || is_void {
            continue;
        }
        if tag.starts_with('/') {
            assert_eq!(open.pop(), Some(name), "{path}: near {part}");
            continue;
        }
        open.push(name);
        if let Some(step) = name.strip_prefix('h').and_then(|digit| digit.parse::<u32>().ok()) {
            assert!(step <= level + 1, "{path}: h{step} after h{level}: {part}");
            level = step;
        }
    }
    assert!(open.is_empty(), "{path}: {open:?}");
    assert_eq!(page.matches("<h1").count(), 1, "{path}");
    assert_eq!(page.matches("<main").count(), 1, "{path}");
    for (name, attributes) in tags(page) {
        // What stands between quotes is a value.
        let names = format!(" {}", attributes.split('"').step_by(2).collect::<Vec<_>>().join(" "));
        let has = |text: &str| attributes.contains(text);
        assert!(!names.contains(" style=") && !names.contains(" on"), "{path}: {name} {attributes}");
        assert!(!matches!(name, "style" | "iframe" | "object" | "embed" | "base" | "img"), "{path}: {name}");
        match name {
            "script" => assert!(attributes.starts_with("src=\"/assets/"), "{path}: {attributes}"),
            "th" => assert!(has("scope=\""), "{path}: {attributes}"),
            "a" => assert!(!has("href=\"javascript"), "{path}"),
            "input" | "select" | "textarea" if !has("type=\"hidden\"") && !has("type=\"radio\" name=\"t") => {
                let id = format!(" {attributes}");
                let id =
                    id.split(" id=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default();
                assert!(page.contains(&format!("for=\"{id}\"")), "{path}: no label for {name} {attributes}");
            }
            _ => {}
        }
    }
    for form in page.split("<form").skip(1) {
        let form = form.split("</form>").next().unwrap_or_default();
        let proof = "<input type=\"hidden\" name=\"csrf\" value=\"sample-csrf\">";
        assert_eq!(form.contains("method=\"post\""), form.contains(proof), "{path}: {form}");
    }
    assert!(!page.chars().any(|c| c != '\n' && midwatch_model::is_hidden(c)), "{path}: hidden characters");
}

#[tokio::test]
async fn every_page_is_sound_and_every_link_leads_somewhere() {
    let site = Site::new(Role::Admin).await;
    let pages = site.walk().await;
    for part in [
        "/",
        "/targets",
        "/events",
        "/alerts",
        "/explain",
        "/settings",
        "/audit",
        "/about",
        "/targets/shop",
        "/targets/git/host-key",
    ] {
        assert!(pages.contains_key(part), "{part} is linked from nowhere");
    }
    assert!(pages.keys().any(|path| path.starts_with("/events/")), "{:?}", pages.keys());
    for (path, page) in pages.iter().filter(|(_, page)| !page.is_empty()) {
        is_sound(path, page);
    }
    for path in ["/search?q=shop", "/search?q=hsts", "/search", "/?q=shop&worst=low&tag=shop", "/?page=7"] {
        is_sound(path, &site.get(path).await.body);
    }
    let found = site.get("/search?q=A+form+with+a+password").await.body;
    assert!(found.contains("id=\"findings\"") && found.contains("href=\"/targets/shop\""), "{found}");
}

#[tokio::test]
async fn pages_are_there_as_json_too() {
    let site = Site::new(Role::Admin).await;
    let events =
        site.desk.books().run(|ledger| ledger.events(&EventFilter { limit: 10, ..EventFilter::default() }));
    let event = events.await.expect("events")[0].id;
    for path in [
        "/",
        "/targets",
        "/targets/shop",
        "/targets/git/host-key",
        "/events",
        &format!("/events/{event}"),
        "/alerts",
        "/search?q=shop",
        "/explain",
        "/explain/hsts-missing",
        "/settings",
        "/audit",
        "/about",
    ] {
        let with =
            if path.contains('?') { format!("{path}&format=json") } else { format!("{path}?format=json") };
        let answer = site.get(&with).await;
        assert_eq!((answer.status, answer.kind.as_str()), (StatusCode::OK, "application/json"), "{path}");
        serde_json::from_str::<serde_json::Value>(&answer.body).expect(path);
    }
    let report = site.get("/targets/shop/report.json").await.body;
    let report: midwatch_model::Report = serde_json::from_str(&report).expect("a report");
    assert_eq!((report.schema.as_str(), report.targets.len()), (midwatch_model::SCHEMA, 1));
    assert!(site.get("/targets/shop/report.html").await.body.contains("default-src 'none'"));
    assert_eq!(site.get("/?format=xml").await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

const HOSTILE: [&str; 7] = [
    "\"><script>alert(1)</script><!--",
    "</title></main></html>",
    "' onmouseover='alert(1)",
    "\u{202e}\u{2066}\u{feff}gnp.exe",
    "javascript:alert(1)",
    "a&amp;b&#0;%00{{7*7}}${x}",
    "`<img src=x onerror=alert(1)>`\u{1b}[31m",
];

#[tokio::test]
async fn hostile_names_titles_and_notes_never_become_markup() {
    let site = Site::new(Role::Admin).await;
    let fill = |ledger: &mut midwatch_store::watch::Ledger| {
        let (template, report) = crate::sample::reports().swap_remove(0);
        let report = report.expect("a report");
        for (at, text) in HOSTILE.iter().enumerate() {
            let text = (*text).to_owned();
            let target = WatchTarget {
                id: format!("hostile-{at}"),
                name: text.clone(),
                tags: vec![text.clone()],
                ..template.clone()
            };
            ledger.put_target(&target)?;
            let strange = || vec![text.clone(), text.clone()];
            let memo = Memo { place: text.clone(), what: Remembered::Mx { records: strange() } };
            let sample = crate::sample::events().swap_remove(0);
            let change = Change {
                id: text.clone(),
                title: text.clone(),
                place: text.clone(),
                expected: strange(),
                met: strange(),
                because: strange(),
                benign: strange(),
                advice: text.clone(),
                source: text.clone(),
                ..sample.change.clone()
            };
            let event = Event { target: target.id.clone(), change, ..sample };
            let state = EventState::Acknowledged {
                by: text.clone(),
                at: crate::sample::now(),
                note: Some(format!("{text}\n{text}")),
            };
            let mut report = report.clone();
            report.error = Some(text.clone());
            let recorded = ledger.record(&Look {
                target: &target.id,
                started: crate::sample::now(),
                ended: crate::sample::now(),
                report: &report,
                memos: &[memo],
                events: &[
                    EventNews::New(event.clone()),
                    EventNews::New(Event {
                        times: 2,
                        change: Change { place: "b".into(), ..event.change.clone() },
                        ..event
                    }),
                ],
                alerts: &[],
                next: crate::sample::now(),
            })?;
            ledger.set_event_state(recorded.events[0], &state)?;
            ledger.note(
                &midwatch_store::watch::audit::NewLine {
                    who: &text,
                    address: &text,
                    what: &text,
                    detail: &text,
                },
                crate::sample::now(),
            )?;
        }
        Ok(())
    };
    site.desk.books().run(fill).await.expect("a ledger");
    let pages = site.walk().await;
    assert!(pages.len() > 40, "{}", pages.len());
    let mut shown = 0;
    for (path, page) in pages.iter().filter(|(_, page)| !page.is_empty()) {
        is_sound(path, page);
        assert!(!page.contains("<script>") && !page.contains("<img") && !page.contains("<!--"), "{path}");
        assert_eq!(page.matches("</html>").count(), 1, "{path}");
        shown += usize::from(page.contains("&lt;script&gt;alert(1)"));
    }
    assert!(shown > 5, "what is hostile is shown, as text: {shown}");
    for text in HOSTILE {
        let q = crate::pages::parts::query_value(text);
        is_sound(text, &site.get(&format!("/search?q={q}")).await.body);
        is_sound(text, &site.get(&format!("/?q={q}&tag={q}")).await.body);
        is_sound(text, &site.get(&format!("/events?q={q}&target={q}")).await.body);
        let form = format!("kind={q}&text={q}&name={q}&tags={q}&every={q}");
        let answer = site.post("/targets", &form).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{text}");
        is_sound(text, &answer.body);
    }
}

#[tokio::test]
async fn a_change_is_acknowledged_snoozed_and_opened_again() {
    let site = Site::new(Role::Operator).await;
    let filter = EventFilter { limit: 10, ..EventFilter::default() };
    let id = site.desk.books().run(move |ledger| ledger.events(&filter)).await.expect("events")[0].id;
    let answer = site.post(&format!("/events/{id}/acknowledge"), "note=We%20moved%0D%0Ait.%1B").await;
    assert_eq!(
        (answer.status, answer.location),
        (StatusCode::SEE_OTHER, format!("/events/{id}?done=acknowledge"))
    );
    let EventState::Acknowledged { by, note, .. } = site.event(id).await.state else {
        panic!("not acknowledged")
    };
    assert_eq!((by.as_str(), note.as_deref()), ("elizabeth", Some("We moved\nit.")));
    let page = site.get(&format!("/events/{id}?done=acknowledge")).await.body;
    assert!(page.contains("It is acknowledged.") && page.contains("acknowledged, by elizabeth"), "{page}");
    assert!(page.contains(
        "<textarea id=\"note\" name=\"note\" rows=\"3\" maxlength=\"2000\">\nWe moved\nit.</textarea>"
    ));
    assert_eq!(
        site.post(&format!("/events/{id}/snooze"), "hours=5").await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    site.post(&format!("/events/{id}/snooze"), "hours=24").await;
    assert!(matches!(site.event(id).await.state, EventState::Snoozed { .. }));
    site.post(&format!("/events/{id}/reopen"), "").await;
    assert_eq!(site.event(id).await.state, EventState::Open);
    assert_eq!(site.post("/events/9999/reopen", "").await.status, StatusCode::NOT_FOUND);
    assert_eq!(site.get("/events/9999").await.status, StatusCode::NOT_FOUND);
    assert_eq!(site.get("/events/nonsense").await.status, StatusCode::NOT_FOUND);
    let log = site.log().await;
    assert_eq!(log.len(), 3, "{log:?}");
    assert!(log.contains(&format!("elizabeth change-acknowledged change {id}")), "{log:?}");
}

#[tokio::test]
async fn targets_are_added_looked_at_paused_and_removed() {
    let site = Site::new(Role::Operator).await;
    let refused = site.post("/targets", "kind=site&text=127.0.0.1&name=Mine&tags=a,b").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        refused.body.contains("no private addresses") && refused.body.contains("value=\"Mine\""),
        "{}",
        refused.body
    );
    let added = site.post("/targets", "kind=site&text=Added.example&tags=b,+a+,b&every=3600").await;
    assert_eq!(added.location, "/targets/site-added-example?done=add", "{}", added.body);
    let page = site.get(&added.location).await.body;
    assert!(page.contains("It is added") && page.contains("every 60 minutes"), "{page}");
    assert_eq!(
        site.post("/targets", "kind=site&text=added.example").await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    let url = "/targets/site-added-example";
    assert_eq!(site.post(&format!("{url}/look"), "").await.location, format!("{url}?done=look"));
    assert_eq!(*site.desk.looked.lock().expect("a list"), ["site-added-example"]);
    site.post(&format!("{url}/pause"), "").await;
    assert!(site.get(url).await.body.contains("paused"));
    site.post(&format!("{url}/resume"), "").await;
    assert_eq!(
        site.post(&format!("{url}/remove"), "").await.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "not sure"
    );
    assert_eq!(site.post(&format!("{url}/remove"), "sure=yes").await.location, "/targets?done=remove");
    assert_eq!(site.get(url).await.status, StatusCode::NOT_FOUND);
    assert_eq!(site.post("/targets/here/remove", "sure=yes").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    for action in ["look", "pause", "resume"] {
        assert_eq!(site.post(&format!("/targets/none/{action}"), "").await.status, StatusCode::NOT_FOUND);
    }
    assert_eq!(site.post("/alerts/test", "channel=mail").await.location, "/alerts?done=test");
    assert_eq!(site.post("/alerts/test", "channel=none").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_mail_of_a_domain_is_added_as_other_targets_are() {
    let site = Site::new(Role::Operator).await;
    let page = site.get("/targets").await.body;
    assert!(page.contains("value=\"mail\"") && page.contains("Mail of a domain"), "{page}");
    let refused = site.post("/targets", "kind=mail&text=10.0.0.1").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        refused
            .body
            .contains("id=\"kind-mail\" type=\"radio\" name=\"kind\" value=\"mail\" required checked")
    );
    let added = site.post("/targets", "kind=mail&text=Added.example").await;
    assert_eq!(added.location, "/targets/mail-added-example?done=add", "{}", added.body);
    let page = site.get(&added.location).await;
    assert!(page.status == StatusCode::OK && page.body.contains("It is added"), "{}", page.body);
    let sent = serde_json::json!({ "kind": "mail", "text": "other.example", "tags": ["post"] });
    let (status, said) = site.send("/api/v1/targets", &sent).await;
    assert_eq!(status, StatusCode::CREATED, "{said}");
    assert_eq!(said["id"], "mail-other-example", "{said}");
    assert_eq!(site.send("/api/v1/targets", &sent).await.0, StatusCode::CONFLICT);
    let wrong = serde_json::json!({ "kind": "mail", "text": "127.0.0.1" });
    assert!(site.send("/api/v1/targets", &wrong).await.0.is_client_error());
    let log = site.log().await;
    assert_eq!(log.iter().filter(|line| line.contains("target-added mail-")).count(), 2, "{log:?}");
    let viewer = Site::new(Role::Viewer).await;
    assert_eq!(viewer.send("/api/v1/targets", &sent).await.0, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_viewer_reads_and_changes_nothing() {
    let site = Site::new(Role::Viewer).await;
    for (path, page) in site.walk().await.iter().filter(|(_, page)| !page.is_empty()) {
        is_sound(path, page);
        let forms = page.matches("method=\"post\"").count();
        assert_eq!(forms, 1, "{path} has a form beside that to log out");
    }
    for (path, form) in [
        ("/targets", "kind=site&text=a.example"),
        ("/targets/shop/look", ""),
        ("/targets/shop/pause", ""),
        ("/targets/shop/resume", ""),
        ("/targets/shop/remove", "sure=yes"),
        ("/targets/git/host-key", "choice=trust"),
        ("/events/1/acknowledge", "note="),
        ("/events/1/snooze", "hours=1"),
        ("/events/1/reopen", ""),
        ("/alerts/test", "channel=mail"),
    ] {
        assert_eq!(site.post(path, form).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    assert_eq!(site.get("/audit").await.status, StatusCode::FORBIDDEN);
    assert!(site.log().await.is_empty());
}

/// Adds a change to the SSH server's sample in which the new key was met.
async fn key_change(site: &Site, fingerprint: String, at: &str) -> i64 {
    // A look is known by its target and its beginning.
    let at: midwatch_model::Time = at.parse().expect("a moment");
    let key = |fingerprint: &str| HostKeyMemo {
        key_type: "ssh-ed25519".into(),
        fingerprint: fingerprint.into(),
        blob: "AAAA".into(),
    };
    let memo =
        |key| Some(Memo { place: "git.example:22".into(), what: Remembered::HostKeys { keys: vec![key] } });
    let sample = crate::sample::events().swap_remove(0);
    let change = Change {
        id: "host-key-replaced".into(),
        severity: Severity::Critical,
        was: memo(key("SHA256:old")),
        is: memo(key(&fingerprint)),
        met: vec![fingerprint],
        ..sample.change.clone()
    };
    let event = Event { target: "git".into(), change, ..sample };
    let report = crate::sample::reports().swap_remove(2).1.expect("a report");
    let record = move |ledger: &mut midwatch_store::watch::Ledger| {
        ledger.record(&Look {
            target: "git",
            started: at,
            ended: at,
            report: &report,
            memos: &[],
            events: &[EventNews::New(event.clone())],
            alerts: &[],
            next: at,
        })
    };
    site.desk.books().run(record).await.expect("a ledger").events[0]
}

#[tokio::test]
async fn a_host_key_is_trusted_by_its_end_and_by_nothing_less() {
    let site = Site::new(Role::Operator).await;
    let page = site.get("/targets/git/host-key").await.body;
    assert!(
        page.contains("has changed") && page.contains("Verify and trust") && page.contains(">Cancel</a>"),
        "{page}"
    );
    let value = |name: &str| -> String {
        let begin = format!("name=\"{name}\" value=\"");
        page.split(&begin).nth(1).and_then(|rest| rest.split('"').next()).expect(name).to_owned()
    };
    let (server, fingerprint) = (value("server"), value("fingerprint"));
    let event = key_change(&site, fingerprint.clone(), "2026-11-30T13:00:00Z").await;
    let other = key_change(&site, "SHA256:somebody-else".into(), "2026-11-30T14:00:00Z").await;
    let page = site.get(&format!("/events/{event}")).await.body;
    assert!(page.contains("/targets/git/host-key"), "{page}");
    let form = |typed: &str, choice: &str| {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.append_pair("server", &server).append_pair("fingerprint", &fingerprint);
        form.append_pair("tail", typed).append_pair("choice", choice).finish()
    };
    for typed in ["", "wrong!", &fingerprint[..8]] {
        let answer = site.post("/targets/git/host-key", &form(typed, "trust")).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{typed}");
        assert!(answer.body.contains("role=\"alert\""), "{typed}");
    }
    let right = &fingerprint[fingerprint.len() - 6..];
    assert_eq!(
        site.post("/targets/git/host-key", &form(right, "")).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert!(site.desk.books().run(|ledger| ledger.trusted_host_keys("git")).await.expect("keys").is_empty());
    let done = site.post("/targets/git/host-key", &form(right, "trust")).await;
    assert_eq!(done.location, "/targets/git?done=trust", "{}", done.body);
    let kept = site.desk.books().run(|ledger| ledger.trusted_host_keys("git")).await.expect("keys");
    assert_eq!((kept.len(), &kept[0].fingerprint, kept[0].by.as_str()), (1, &fingerprint, "elizabeth"));
    assert!(
        matches!(site.event(event).await.state, EventState::Acknowledged { .. }),
        "what it answers is closed"
    );
    assert_eq!(site.event(other).await.state, EventState::Open, "what it does not answer is not");
    let page = site.get("/targets/git/host-key").await.body;
    assert!(
        page.contains("is verified")
            && page.contains("is trusted since")
            && !page.contains("Verify and trust"),
        "{page}"
    );
    let log = site.log().await;
    assert!(log.iter().any(|line| line.starts_with("elizabeth host-key-trusted git: ")), "{log:?}");
}

#[tokio::test]
async fn what_goes_on_is_streamed() {
    use futures_util::StreamExt as _;

    let site = Site::new(Role::Viewer).await;
    let request =
        Request::builder().uri("/events/stream?target=shop").body(Body::empty()).expect("a request");
    let response = site.router.clone().oneshot(request).await.expect("an answer");
    assert_eq!(response.headers()[CONTENT_TYPE], "text/event-stream");
    site.desk.look_now("bank").await.expect("a look");
    site.desk.look_now("shop").await.expect("a look");
    let mut stream = response.into_body().into_data_stream();
    let first = tokio::time::timeout(std::time::Duration::from_secs(10), stream.next());
    let first = first.await.expect("in time").expect("a message").expect("no fault");
    let text = String::from_utf8(first.to_vec()).expect("UTF-8");
    let message = text.strip_prefix("data: ").expect(&text).trim();
    let message: serde_json::Value = serde_json::from_str(message).expect("JSON");
    assert_eq!((&message["progress"], &message["target"]), (&"started".into(), &"shop".into()), "{text}");
}

#[tokio::test]
async fn files_that_pages_load_are_there_and_kept() {
    let site = Site::new(Role::Viewer).await;
    let page = site.get("/").await.body;
    let mut loaded = attributes(&page, "src");
    loaded.extend(attributes(&page, "href").into_iter().filter(|href| href.starts_with("/assets/")));
    assert_eq!(loaded.len(), 3, "{loaded:?}");
    for path in loaded {
        let request = Request::builder().uri(&path).body(Body::empty()).expect("a request");
        let response = site.router.clone().oneshot(request).await.expect("an answer");
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        assert!(response.headers()["cache-control"].to_str().expect("text").contains("immutable"));
        let tag = response.headers()["etag"].clone();
        let request = Request::builder()
            .uri(&path)
            .header("if-none-match", tag)
            .body(Body::empty())
            .expect("a request");
        let response = site.router.clone().oneshot(request).await.expect("an answer");
        assert_eq!(response.status(), StatusCode::NOT_MODIFIED, "{path}");
    }
    assert_eq!(site.get("/assets/style.css").await.status, StatusCode::NOT_FOUND);
}
