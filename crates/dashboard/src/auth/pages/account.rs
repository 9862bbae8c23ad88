//! One's own account: how one logs in, where one has, and which tokens there are.

use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Extension, Form, Router};
use http::StatusCode;
use jiff::Timestamp;
use maud::{Markup, html};
use midwatch_store::watch::accounts::Account;
use midwatch_store::watch::passkeys::Passkey;
use midwatch_store::watch::sessions::Session;
use midwatch_store::watch::tokens::Token;
use serde::Deserialize;
use zeroize::Zeroizing;

use super::second::purpose;
use super::{Shown, script, shown, to};
use crate::auth::access::Access;
use crate::auth::password::Verified;
use crate::auth::{frame, random, recovery, totp};
use crate::guard::Here;
use crate::guard::visitor::Visitor;

/// Where somebody is led who has to log in again before he changes how he logs in.
const AGAIN: &str = "/login?again=1&next=/account";

pub(super) fn routes() -> Router<Access> {
    Router::new()
        .route("/account", get(show))
        .route("/account/password", post(password))
        .route("/account/app", post(app))
        .route("/account/app/prove", post(prove))
        .route("/account/app/remove", post(no_app))
        .route("/account/recovery", post(codes))
        .route("/account/sessions/{id}/end", post(end))
        .route("/account/sessions/end", post(end_others))
}

struct Own {
    account: Account,
    sessions: Vec<Session>,
    passkeys: Vec<Passkey>,
    tokens: Vec<Token>,
}

async fn own(access: &Access, visitor: &Visitor) -> Result<Option<Own>, super::Unkept> {
    let id = visitor.account;
    let read = access.0.books.run(move |ledger| {
        let Some(account) = ledger.account(id)? else { return Ok(None) };
        let (sessions, passkeys, tokens) = (ledger.sessions(id)?, ledger.passkeys(id)?, ledger.tokens(id)?);
        Ok(Some(Own { account, sessions, passkeys, tokens }))
    });
    read.await
}

async fn show(State(access): State<Access>, Extension(here): Extension<Here>, visitor: Visitor) -> Shown {
    page(&access, &here, &visitor, StatusCode::OK, None).await
}

/// A form of one button.
fn button(visitor: &Visitor, action: &str, label: &str) -> Markup {
    html! {
        form.inline method="post" action=(action) { (frame::proof(visitor.csrf())) button.quiet type="submit" { (label) } }
    }
}

async fn page(
    access: &Access,
    here: &Here,
    visitor: &Visitor,
    status: StatusCode,
    fault: Option<&str>,
) -> Shown {
    let Some(own) = own(access, visitor).await? else { return Ok(to("/login")) };
    let account = &own.account;
    let is_needed = access.0.rules.second && !account.has_second() && account.vouched.is_none();
    let body = html! {
        h1 { "Your account" }
        @if let Some(fault) = fault { (frame::fault(fault)) }
        @if is_needed { p.notice role="status" { "A second factor is needed here: set up an app or a passkey first." } }
        p { "You are " strong { (account.name) } ", and have the role " strong { (account.role) } "."
            @if account.role == midwatch_model::Role::Admin { " " a href="/people" { "Who else has an account" } } }
        @if account.vouched.is_some() {
            p { "You log in by " (access.0.oidc.as_ref().map(crate::auth::oidc::Provider::host).unwrap_or_default()) "." }
        } @else {
            (change_password(access, visitor))
            (app_part(visitor, account))
        }
        // Who has left the provider has left here: a passkey would outlive that.
        @if account.vouched.is_none() { (passkeys(here, visitor, &own.passkeys)) }
        @if account.has_second() && account.vouched.is_none() { (recovery_part(visitor, account)) }
        (sessions(visitor, &own.sessions))
        (tokens(visitor, &own.tokens))
    };
    Ok(access.page(status, "Your account", Some(visitor), body))
}

fn change_password(access: &Access, visitor: &Visitor) -> Markup {
    let length = access.0.rules.password.length;
    html! {
        h2 { "Password" }
        form.stack method="post" action="/account/password" {
            (frame::proof(visitor.csrf()))
            input type="text" name="username" value=(visitor.name) autocomplete="username" hidden readonly;
            div { label for="old" { "The password until now" }
                input id="old" name="old" type="password" required autocomplete="current-password"; }
            div { label for="new" { "The new password" }
                input id="new" name="new" type="password" required minlength=(length) autocomplete="new-password" aria-describedby="rule";
                p.hint id="rule" { (length) " characters or more. All other sessions of yours end." } }
            div { label for="again" { "The new password again" }
                input id="again" name="again" type="password" required autocomplete="new-password"; }
            button type="submit" { "Change the password" }
        }
    }
}

fn app_part(visitor: &Visitor, account: &Account) -> Markup {
    html! {
        h2 { "Authenticator app" }
        @if account.totp.is_some() {
            p { "A code of your app is asked after the password. Where the device is lost, remove it here: passkeys stay." }
            (button(visitor, "/account/app/remove", "Remove the app"))
        } @else {
            p { "An app that shows a new code every thirty seconds." }
            (button(visitor, "/account/app", "Set up an app"))
        }
    }
}

fn passkeys(here: &Here, visitor: &Visitor, own: &[Passkey]) -> Markup {
    html! {
        h2 { "Passkeys" }
        p { "A passkey logs you in by itself, or after the password. A site in the middle gets nothing from it that serves here." }
        @if !own.is_empty() {
            div.scroll role="region" aria-label="Passkeys" tabindex="0" { table {
                thead { tr { th scope="col" { "Name" } th scope="col" { "Since" } th scope="col" { "Last used" } th scope="col" { "Kept" } th scope="col" { "Remove" } } }
                tbody { @for passkey in own { tr {
                    td { (passkey.name) }
                    td { (shown(passkey.created)) }
                    td { (passkey.used.map_or_else(|| "never".to_owned(), shown)) }
                    td { @if passkey.backed_up { "synchronised" } @else { "on one device" } }
                    td { (button(visitor, &format!("/account/passkeys/{}/remove", passkey.id), "Remove")) }
                } } }
            } }
        }
        @if here.party().is_some() {
            form.stack method="post" action="/account/passkeys" data-passkey hidden {
                (frame::proof(visitor.csrf()))
                div { label for="passkey-name" { "Name of a new passkey" }
                    input id="passkey-name" name="name" maxlength="60" autocomplete="off" placeholder="such as: phone"; }
                p role="status" {}
                button type="submit" { "Make a passkey" }
            }
            noscript { p { "Making a passkey takes a script, which your browser does not run here." } }
            (script())
        } @else {
            p { "Browsers make passkeys for names over https alone: this page was asked for by " code { (here.origin) } "." }
        }
    }
}

fn recovery_part(visitor: &Visitor, account: &Account) -> Markup {
    html! {
        h2 { "Recovery codes" }
        p { "For when the second factor is lost. " (account.recovery) " are left." }
        (button(visitor, "/account/recovery", "Make new ones"))
    }
}

fn sessions(visitor: &Visitor, own: &[Session]) -> Markup {
    html! {
        h2 { "Where you are logged in" }
        div.scroll role="region" aria-label="Sessions" tabindex="0" { table {
            thead { tr { th scope="col" { "Since" } th scope="col" { "Last used" } th scope="col" { "From" } th scope="col" { "By" } th scope="col" { "Browser" } th scope="col" { "End" } } }
            tbody { @for session in own { tr {
                td { (shown(session.created)) }
                td { (shown(session.used)) }
                td { (session.address) @if session.bound { " alone" } }
                td { (session.way) @if session.second && session.way == "password" { " and a second factor" } }
                td { (session.agent) }
                td {
                    @if Some(session.id) == visitor.session() { "this one" }
                    @else { (button(visitor, &format!("/account/sessions/{}/end", session.id), "End")) }
                }
            } } }
        } }
        @if own.len() > 1 { (button(visitor, "/account/sessions/end", "End all others")) }
    }
}

fn tokens(visitor: &Visitor, own: &[Token]) -> Markup {
    html! {
        h2 { "API tokens" }
        @if !own.is_empty() {
            div.scroll role="region" aria-label="Tokens" tabindex="0" { table {
                thead { tr { th scope="col" { "Name" } th scope="col" { "May" } th scope="col" { "Until" } th scope="col" { "Last used" } th scope="col" { "Remove" } } }
                tbody { @for token in own { tr {
                    td { (token.name) }
                    td { @for (place, scope) in token.scopes.iter().enumerate() { @if place > 0 { ", " } (scope) } }
                    td { (token.expires.map_or_else(|| "always".to_owned(), shown)) }
                    td { (token.used.map_or_else(|| "never".to_owned(), shown)) }
                    td { (button(visitor, &format!("/account/tokens/{}/remove", token.id), "Remove")) }
                } } }
            } }
        }
        form.stack method="post" action="/account/tokens" {
            (frame::proof(visitor.csrf()))
            div { label for="token-name" { "Name of a new token" }
                input id="token-name" name="name" required maxlength="60" autocomplete="off"; }
            fieldset {
                legend { "What it may do" }
                @for scope in visitor.role.scopes() {
                    div {
                        input type="checkbox" name="scope" value=(scope) id=(format!("scope-{scope}"));
                        " " label.box for=(format!("scope-{scope}")) { (scope) }
                    }
                }
            }
            div { label for="days" { "Days that it serves" }
                input id="days" name="days" type="number" min="1" max="366" value="90" required; }
            button type="submit" { "Make a token" }
        }
    }
}

#[derive(Deserialize)]
struct Passwords {
    old: Zeroizing<String>,
    new: Zeroizing<String>,
    again: Zeroizing<String>,
}

async fn password(
    State(access): State<Access>,
    Extension(here): Extension<Here>,
    visitor: Visitor,
    Form(sent): Form<Passwords>,
) -> Shown {
    let refuse = async |fault: &str| {
        page(&access, &here, &visitor, StatusCode::UNPROCESSABLE_ENTITY, Some(fault)).await
    };
    let id = visitor.account;
    let kept =
        access.0.books.run(move |ledger| ledger.account(id)).await?.and_then(|account| account.password);
    // Somebody at an open browser tries as somebody at the log-in does.
    let now = std::time::Instant::now();
    if let Err(wait) = access.0.limiter.begin(&visitor.name, visitor.from, now) {
        return refuse(&super::wait_sentence(wait)).await;
    }
    if sent.old.len() > crate::auth::password::LONGEST {
        return refuse("The password until now is another one.").await;
    }
    match access.0.hasher.verify(sent.old.clone(), kept).await {
        Ok(Verified::Yes | Verified::Rehash) => access.0.limiter.succeeded(&visitor.name, visitor.from),
        Ok(Verified::No) => {
            access.note_of(&visitor, "password-failed", "").await;
            return refuse("The password until now is another one.").await;
        }
        Err(busy) => {
            access.0.limiter.half(&visitor.name, visitor.from);
            return refuse(&busy.to_string()).await;
        }
    }
    if *sent.new != *sent.again {
        return refuse("The two new passwords differ.").await;
    }
    if let Err(weak) = access.judge(&sent.new, &visitor.name) {
        return refuse(&weak.to_string()).await;
    }
    let made = match access.0.hasher.hash(sent.new.clone()).await {
        Ok(made) => made,
        Err(busy) => return refuse(&busy.to_string()).await,
    };
    let stays = visitor.session();
    access.0.books.run(move |ledger| ledger.set_password(id, Some(&made), stays)).await?;
    access.note_of(&visitor, "password-changed", "").await;
    let mut response = to("/account");
    access.renew(stays, false, &mut response).await?;
    Ok(response)
}

/// The page of a new app, whose secret waits to be proved.
fn app_page(access: &Access, here: &Here, visitor: &Visitor, secret: &[u8], fault: Option<&str>) -> Response {
    let uri = totp::uri(&format!("midwatch at {}", here.name), &visitor.name, secret);
    let typed = totp::base32(secret);
    let groups: Vec<&str> =
        (0..typed.len()).step_by(4).filter_map(|at| typed.get(at..(at + 4).min(typed.len()))).collect();
    let body = html! {
        h1 { "Set up an app" }
        @if let Some(fault) = fault { (frame::fault(fault)) }
        p { "Let the app read the picture, or type the text into it. Then write the code that it shows." }
        @if let Some(picture) = totp::picture(&uri, "QR code for the authenticator app") { p { (picture) } }
        p { code { (groups.join(" ")) } }
        form.stack method="post" action="/account/app/prove" {
            (frame::proof(visitor.csrf()))
            div { label for="code" { "Code" }
                input id="code" name="code" required maxlength="10" inputmode="numeric" autocomplete="one-time-code"; }
            button type="submit" { "Go on" }
        }
        p { a href="/account" { "Leave it" } }
    };
    access.page(StatusCode::OK, "Set up an app", Some(visitor), body)
}

async fn app(State(access): State<Access>, Extension(here): Extension<Here>, visitor: Visitor) -> Shown {
    if !visitor.is_fresh() {
        return Ok(to(AGAIN));
    }
    let secret = random::bytes::<{ totp::SECRET }>().to_vec();
    access.0.apps.put(visitor.csrf(), visitor.from, secret.clone());
    Ok(app_page(&access, &here, &visitor, &secret, None))
}

#[derive(Deserialize)]
struct Code {
    code: String,
}

async fn prove(
    State(access): State<Access>,
    Extension(here): Extension<Here>,
    visitor: Visitor,
    Form(sent): Form<Code>,
) -> Shown {
    if !visitor.is_fresh() {
        return Ok(to(AGAIN));
    }
    let Some(secret) = access.0.apps.get(visitor.csrf()) else { return Ok(to("/account")) };
    let Some(step) = totp::step(&secret, &sent.code, Timestamp::now().as_second(), None) else {
        let fault = "This is not the code of now: is the time of the device right?";
        return Ok(app_page(&access, &here, &visitor, &secret, Some(fault)));
    };
    access.0.apps.take(visitor.csrf());
    let (id, stays) = (visitor.account, visitor.session());
    let sealed = access.0.seal.seal(&purpose(id), &secret);
    access.0.books.run(move |ledger| ledger.set_totp(id, Some((&sealed, step)), stays)).await?;
    access.note_of(&visitor, "app-added", "").await;
    let mut response = new_codes(&access, &visitor).await?;
    access.renew(stays, true, &mut response).await?;
    Ok(response)
}

/// Says why a second factor stays: it is the last one, and one is needed here.
pub(super) async fn last_factor(access: &Access, here: &Here, visitor: &Visitor) -> Shown {
    let fault = "It is your last second factor, and one is needed here: set up another one first.";
    page(access, here, visitor, StatusCode::CONFLICT, Some(fault)).await
}

/// What came of taking a second factor away.
pub(super) enum Taken<T> {
    /// It is gone.
    Done(T),
    /// There is none such.
    None,
    /// It is the last one, and stays.
    Last,
}

async fn no_app(State(access): State<Access>, Extension(here): Extension<Here>, visitor: Visitor) -> Shown {
    if !visitor.is_fresh() {
        return Ok(to(AGAIN));
    }
    let (id, stays, needed) = (visitor.account, visitor.session(), access.0.rules.second);
    let taken = access.0.books.run(move |ledger| {
        let account = ledger.account(id)?.filter(|account| account.totp.is_some());
        let Some(account) = account else { return Ok(Taken::None) };
        if needed && account.passkeys == 0 {
            return Ok(Taken::Last);
        }
        ledger.set_totp(id, None, stays)?;
        Ok(Taken::Done(()))
    });
    match taken.await? {
        Taken::Done(()) => access.note_of(&visitor, "app-removed", "").await,
        Taken::None => return Ok(to("/account")),
        Taken::Last => return last_factor(&access, &here, &visitor).await,
    }
    let mut response = to("/account");
    access.renew(stays, false, &mut response).await?;
    Ok(response)
}

async fn codes(State(access): State<Access>, visitor: Visitor) -> Shown {
    if !visitor.is_fresh() {
        return Ok(to(AGAIN));
    }
    new_codes(&access, &visitor).await
}

/// Makes recovery codes and shows them, once.
async fn new_codes(access: &Access, visitor: &Visitor) -> Shown {
    let made = recovery::codes();
    let hashes: Vec<String> = made.iter().filter_map(|code| recovery::kept(code)).collect();
    let id = visitor.account;
    access.0.books.run(move |ledger| ledger.set_recovery(id, &hashes)).await?;
    access.note_of(visitor, "recovery-made", "").await;
    let body = html! {
        h1 { "Recovery codes" }
        p { "Each logs you in once instead of the second factor. They are shown this one time: print them, or keep them where your passwords are." }
        pre { code { @for code in &made { (code) "\n" } } }
        p { a href="/account" { "I have them" } }
    };
    Ok(access.page(StatusCode::OK, "Recovery codes", Some(visitor), body))
}

async fn end(State(access): State<Access>, visitor: Visitor, Path(id): Path<i64>) -> Shown {
    let account = visitor.account;
    if access.0.books.run(move |ledger| ledger.end_session(account, id)).await? {
        access.note_of(&visitor, "session-ended", &format!("number {id}")).await;
    }
    Ok(to("/account"))
}

async fn end_others(State(access): State<Access>, visitor: Visitor) -> Shown {
    let (account, stays) = (visitor.account, visitor.session());
    let count = access.0.books.run(move |ledger| ledger.end_sessions(account, stays)).await?;
    access.note_of(&visitor, "session-ended", &format!("{count} others")).await;
    Ok(to("/account"))
}
