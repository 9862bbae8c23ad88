//! Who has an account: for admins.

use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Form, Router};
use http::StatusCode;
use jiff::Timestamp;
use maud::html;
use midwatch_model::Role;
use midwatch_store::watch::accounts::{self, Account, NewAccount, Put};
use serde::Deserialize;

use super::{Shown, shown, to};
use crate::auth::access::Access;
use crate::auth::{frame, random, totp};
use crate::guard::visitor::{Denied, Visitor};

const AGAIN: &str = "/login?again=1&next=/people";

pub(super) fn routes() -> Router<Access> {
    Router::new()
        .route("/people", get(show).post(add))
        .route("/people/{id}/rights", post(rights))
        .route("/people/{id}/reset", post(reset))
        .route("/people/{id}/factors", post(factors))
        .route("/people/{id}/remove", post(remove))
}

/// What comes of a request: a page, or a refusal.
enum Answer {
    Shown(Shown),
    Denied(Denied),
}

impl axum::response::IntoResponse for Answer {
    fn into_response(self) -> Response {
        match self {
            Answer::Shown(shown) => shown.into_response(),
            Answer::Denied(denied) => denied.into_response(),
        }
    }
}

/// Runs what an admin may, who logged in only now where something changes.
async fn as_admin(visitor: &Visitor, changes: bool, work: impl Future<Output = Shown>) -> Answer {
    if let Err(denied) = visitor.require(Role::Admin) {
        return Answer::Denied(denied);
    }
    if changes && !visitor.is_fresh() {
        return Answer::Shown(Ok(to(AGAIN)));
    }
    Answer::Shown(work.await)
}

async fn page(access: &Access, visitor: &Visitor, status: StatusCode, fault: Option<&str>) -> Shown {
    let all = access.0.books.run(|ledger| ledger.accounts()).await?;
    let row = |account: &Account| {
        html! { tr {
            th scope="row" { (account.name) }
            td { (account.role) @if account.disabled { ", disabled" } }
            td {
                @if account.vouched.is_some() { "provider" } @else if account.password.is_some() { "password" } @else { "no password" }
                @if account.totp.is_some() { ", app" }
                @if account.passkeys > 0 { ", " (account.passkeys) " passkeys" }
            }
            td { (account.seen.map_or_else(|| "never".to_owned(), shown)) }
            td { @if account.id != visitor.account {
                form.inline method="post" action=(format!("/people/{}/rights", account.id)) {
                    (frame::proof(visitor.csrf()))
                    label.hidden for=(format!("role-{}", account.id)) { "Role of " (account.name) }
                    select id=(format!("role-{}", account.id)) name="role" {
                        @for role in Role::ALL { option value=(role) selected[role == account.role && !account.disabled] { (role) } }
                        option value="disabled" selected[account.disabled] { "disabled" }
                    }
                    " " button.quiet type="submit" { "Set" }
                }
                @if account.vouched.is_none() {
                    form.inline method="post" action=(format!("/people/{}/reset", account.id)) {
                        (frame::proof(visitor.csrf()))
                        button.quiet type="submit" { "New password" }
                    }
                    @if account.has_second() {
                        form.inline method="post" action=(format!("/people/{}/factors", account.id)) {
                            (frame::proof(visitor.csrf()))
                            button.quiet type="submit" { "Take second factors away" }
                        }
                    }
                }
                form.inline method="post" action=(format!("/people/{}/remove", account.id)) {
                    (frame::proof(visitor.csrf()))
                    button.danger type="submit" { "Remove" }
                }
            } }
        } }
    };
    let body = html! {
        h1 { "Who has an account" }
        @if let Some(fault) = fault { (frame::fault(fault)) }
        div.scroll role="region" aria-label="Accounts" tabindex="0" { table {
            thead { tr { th scope="col" { "Name" } th scope="col" { "Role" } th scope="col" { "Logs in by" } th scope="col" { "Last seen" } th scope="col" { "Change" } } }
            tbody { @for account in &all { (row(account)) } }
        } }
        h2 { "A new account" }
        form.stack method="post" action="/people" {
            (frame::proof(visitor.csrf()))
            div { label for="name" { "Name" }
                input id="name" name="name" required maxlength=(accounts::NAME) autocomplete="off" autocapitalize="none" spellcheck="false"; }
            div { label for="role" { "Role" }
                select id="role" name="role" { @for role in Role::ALL { option value=(role) { (role) } } } }
            p.hint { "A first password is made and shown to you once. Whoever gets it changes it on the page of the account." }
            button type="submit" { "Make the account" }
        }
    };
    Ok(access.page(status, "Who has an account", Some(visitor), body))
}

async fn show(State(access): State<Access>, visitor: Visitor) -> Answer {
    as_admin(&visitor, false, page(&access, &visitor, StatusCode::OK, None)).await
}

/// A password for somebody else: 100 bits, to be typed once.
fn first_password() -> String {
    let letters = totp::base32(&random::bytes::<13>()).to_lowercase();
    let groups: Vec<&str> = (0..20).step_by(5).filter_map(|at| letters.get(at..at + 5)).collect();
    groups.join("-")
}

fn once(access: &Access, visitor: &Visitor, name: &str, password: &str) -> Response {
    let body = html! {
        h1 { "A password for " (name) }
        p { "This is the only time that it is shown. Give it to them on a way that nobody else reads, and let them change it." }
        pre { code { (password) } }
        p { a href="/people" { "Back" } }
    };
    access.page(StatusCode::OK, "A new password", Some(visitor), body)
}

#[derive(Deserialize)]
struct New {
    name: String,
    role: String,
}

async fn add(State(access): State<Access>, visitor: Visitor, Form(sent): Form<New>) -> Answer {
    as_admin(&visitor, true, async {
        let refuse =
            async |fault: &str| page(&access, &visitor, StatusCode::UNPROCESSABLE_ENTITY, Some(fault)).await;
        if !accounts::is_name(&sent.name) {
            return refuse("A name has 1 to 64 letters, digits, and . _ - @ +").await;
        }
        let Ok(role) = sent.role.parse::<Role>() else {
            return refuse("A role is viewer, operator or admin.").await;
        };
        let password = first_password();
        let Ok(kept) = access.0.hasher.hash(password.clone().into()).await else {
            return refuse("Too much is going on at this moment: try again in a few seconds.").await;
        };
        let name = accounts::kept_name(&sent.name);
        let new = NewAccount {
            name: name.clone(),
            role,
            password: Some(kept),
            handle: random::token(),
            vouched: None,
        };
        match access.0.books.run(move |ledger| ledger.add_account(&new, false, Timestamp::now())).await? {
            Put::Done(_) => {
                access.note_of(&visitor, "account-added", &format!("{name} as {role}")).await;
                Ok(once(&access, &visitor, &name, &password))
            }
            Put::Taken => refuse("There is an account of this name already.").await,
            _ => refuse("There are too many accounts.").await,
        }
    })
    .await
}

/// An account by its number, and never one's own: nobody is to lock himself out by a slip.
async fn other(access: &Access, visitor: &Visitor, id: i64) -> Result<Option<Account>, super::Unkept> {
    let account = access.0.books.run(move |ledger| ledger.account(id)).await?;
    Ok(account.filter(|account| account.id != visitor.account))
}

#[derive(Deserialize)]
struct Rights {
    role: String,
}

async fn rights(
    State(access): State<Access>,
    visitor: Visitor,
    Path(id): Path<i64>,
    Form(sent): Form<Rights>,
) -> Answer {
    as_admin(&visitor, true, async {
        let Some(account) = other(&access, &visitor, id).await? else { return Ok(to("/people")) };
        let disabled = sent.role == "disabled";
        let role = if disabled { Ok(account.role) } else { sent.role.parse::<Role>() };
        let Ok(role) = role else { return Ok(to("/people")) };
        match access.0.books.run(move |ledger| ledger.set_rights(id, role, disabled)).await? {
            Put::LastAdmin => {
                let fault = "It is the last admin that can log in: nobody could administer any more.";
                page(&access, &visitor, StatusCode::CONFLICT, Some(fault)).await
            }
            Put::Done(_) => {
                let detail = format!("{} from {} to {}", account.name, account.role, sent.role);
                access.note_of(&visitor, "account-changed", &detail).await;
                Ok(to("/people"))
            }
            _ => Ok(to("/people")),
        }
    })
    .await
}

async fn reset(State(access): State<Access>, visitor: Visitor, Path(id): Path<i64>) -> Answer {
    as_admin(&visitor, true, async {
        let account = other(&access, &visitor, id).await?.filter(|account| account.vouched.is_none());
        let Some(account) = account else { return Ok(to("/people")) };
        let password = first_password();
        let Ok(kept) = access.0.hasher.hash(password.clone().into()).await else {
            let fault = "Too much is going on at this moment: try again in a few seconds.";
            return page(&access, &visitor, StatusCode::SERVICE_UNAVAILABLE, Some(fault)).await;
        };
        access.0.books.run(move |ledger| ledger.set_password(id, Some(&kept), None)).await?;
        access.note_of(&visitor, "password-reset", &account.name).await;
        Ok(once(&access, &visitor, &account.name, &password))
    })
    .await
}

/// For somebody who lost them all, recovery codes too. The password stays, and no session does.
async fn factors(State(access): State<Access>, visitor: Visitor, Path(id): Path<i64>) -> Answer {
    as_admin(&visitor, true, async {
        let account = other(&access, &visitor, id).await?.filter(|account| account.vouched.is_none());
        let Some(account) = account else { return Ok(to("/people")) };
        if access.0.books.run(move |ledger| ledger.reset_factors(id)).await? {
            access.note_of(&visitor, "factors-reset", &account.name).await;
        }
        Ok(to("/people"))
    })
    .await
}

async fn remove(State(access): State<Access>, visitor: Visitor, Path(id): Path<i64>) -> Answer {
    as_admin(&visitor, true, async {
        let Some(account) = other(&access, &visitor, id).await? else { return Ok(to("/people")) };
        if access.0.books.run(move |ledger| ledger.remove_account(id)).await? == Put::LastAdmin {
            let fault = "It is the last admin that can log in: nobody could administer any more.";
            return page(&access, &visitor, StatusCode::CONFLICT, Some(fault)).await;
        }
        access.note_of(&visitor, "account-removed", &account.name).await;
        Ok(to("/people"))
    })
    .await
}
