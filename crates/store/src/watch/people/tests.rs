use midwatch_model::{Role, Scope, Time};

use super::accounts::{NewAccount, Put};
use super::audit::NewLine;
use super::passkeys::NewPasskey;
use super::sessions::NewSession;
use super::tokens::NewToken;
use crate::watch::Ledger;
use crate::watch::tests::on_each;

fn at(seconds: i64) -> Time {
    Time::from_second(1_800_000_000 + seconds).expect("a time")
}

fn new(name: &str, role: Role) -> NewAccount {
    NewAccount {
        name: name.into(),
        role,
        password: Some("$argon2id$".into()),
        handle: format!("handle of {name}"),
        vouched: None,
    }
}

fn add(ledger: &mut Ledger, name: &str, role: Role) -> i64 {
    match ledger.add_account(&new(name, role), false, at(0)).expect("a ledger") {
        Put::Done(id) => id,
        other => panic!("{name}: {other:?}"),
    }
}

fn session<'a>(account: i64, hash: &'a str) -> NewSession<'a> {
    NewSession {
        hash,
        account,
        csrf: "csrf",
        address: "192.0.2.1",
        bound: false,
        way: "password",
        second: false,
        agent: "a browser",
        instead: None,
    }
}

#[test]
fn accounts_are_claimed_once_and_known_by_any_spelling() {
    on_each(|name, place| {
        let mut ledger = Ledger::open(place).expect(name);
        assert!(!ledger.has_accounts().expect(name));
        let first = ledger.add_account(&new("Ada", Role::Admin), true, at(0)).expect(name);
        let Put::Done(id) = first else { panic!("{name}: {first:?}") };
        assert!(ledger.has_accounts().expect(name));
        let second = ledger.add_account(&new("eve", Role::Admin), true, at(0)).expect(name);
        assert_eq!(second, Put::Full, "{name}: claimed already");
        assert_eq!(
            ledger.add_account(&new("ADA", Role::Viewer), false, at(0)).expect(name),
            Put::Taken,
            "{name}"
        );
        let account = ledger.account_named(" aDa ").expect(name).expect("an account");
        assert_eq!((account.id, account.name.as_str(), account.role), (id, "ada", Role::Admin), "{name}");
        assert_eq!(ledger.account(id).expect(name).expect("an account"), account, "{name}");
        assert!(!account.has_second() && account.created == at(0) && account.seen.is_none(), "{name}");
        assert!(ledger.account_named("ada' OR 1=1 --").expect(name).is_none(), "{name}");
        assert!(ledger.account_vouched("", "").expect(name).is_none(), "{name}");

        let mut vouched = new("bob", Role::Viewer);
        vouched.vouched = Some(("https://issuer.example".into(), "b-1".into()));
        ledger.add_account(&vouched, false, at(1)).expect(name);
        let found = ledger.account_vouched("https://issuer.example", "b-1").expect(name).expect("an account");
        assert_eq!((found.name.as_str(), found.vouched), ("bob", vouched.vouched), "{name}");
        let names: Vec<String> = ledger.accounts().expect(name).into_iter().map(|one| one.name).collect();
        assert_eq!(names, ["ada", "bob"], "{name}");
    });
}

#[test]
fn the_last_admin_stays() {
    on_each(|name, place| {
        let mut ledger = Ledger::open(place).expect(name);
        let ada = add(&mut ledger, "ada", Role::Admin);
        let bob = add(&mut ledger, "bob", Role::Operator);
        assert_eq!(ledger.set_rights(ada, Role::Viewer, false).expect(name), Put::LastAdmin, "{name}");
        assert_eq!(ledger.set_rights(ada, Role::Admin, true).expect(name), Put::LastAdmin, "{name}");
        assert_eq!(ledger.remove_account(ada).expect(name), Put::LastAdmin, "{name}");
        assert_eq!(ledger.set_rights(bob, Role::Admin, false).expect(name), Put::Done(bob), "{name}");
        assert_eq!(ledger.set_rights(ada, Role::Viewer, false).expect(name), Put::Done(ada), "{name}");
        assert_eq!(ledger.remove_account(bob).expect(name), Put::LastAdmin, "{name}");
        assert_eq!(ledger.remove_account(99).expect(name), Put::Gone, "{name}");
        assert_eq!(ledger.remove_account(ada).expect(name), Put::Done(ada), "{name}");
        assert!(ledger.account(ada).expect(name).is_none(), "{name}");
    });
}

#[test]
fn sessions_end_by_age_by_rights_and_by_hand() {
    on_each(|name, place| {
        let mut ledger = Ledger::open(place).expect(name);
        let ada = add(&mut ledger, "ada", Role::Admin);
        let bob = add(&mut ledger, "bob", Role::Viewer);
        let one = ledger.add_session(&session(bob, "one"), at(100)).expect(name).expect("a session");
        let (found, account) = ledger.session("one", at(0), at(0)).expect(name).expect("a session");
        assert_eq!((found.id, account.id, account.seen), (one, bob, Some(at(100))), "{name}");
        assert!(ledger.session("two", at(0), at(0)).expect(name).is_none(), "{name}: another token");
        assert!(ledger.session("one", at(100), at(0)).expect(name).is_none(), "{name}: too old");
        assert!(ledger.session("one", at(0), at(100)).expect(name).is_none(), "{name}: idle too long");
        ledger.use_session(one, at(160)).expect(name);
        ledger.use_session(one, at(120)).expect(name);
        let (found, _) = ledger.session("one", at(0), at(100)).expect(name).expect("a session");
        assert_eq!(found.used, at(160), "{name}: never earlier");

        assert!(ledger.renew_session(one, "three", "forms", true).expect(name), "{name}");
        assert!(ledger.session("one", at(0), at(0)).expect(name).is_none(), "{name}: the old token is gone");
        let (renewed, _) = ledger.session("three", at(0), at(0)).expect(name).expect("a session");
        assert!(renewed.second && renewed.csrf == "forms", "{name}");
        ledger.renew_session(one, "three", "forms", false).expect(name);
        assert!(ledger.sessions(bob).expect(name)[0].second, "{name}: what was shown stays shown");

        let mut next = session(bob, "four");
        next.instead = Some(one);
        let four = ledger.add_session(&next, at(200)).expect(name).expect("a session");
        assert_eq!(ledger.sessions(bob).expect(name).len(), 1, "{name}: in its place");
        assert!(!ledger.end_session(ada, four).expect(name), "{name}: not somebody else's");
        assert!(ledger.end_session(bob, four).expect(name), "{name}");
        assert!(ledger.session("four", at(0), at(0)).expect(name).is_none(), "{name}");

        let kept = ledger.add_session(&session(bob, "five"), at(300)).expect(name).expect("a session");
        ledger.add_session(&session(bob, "six"), at(301)).expect(name);
        ledger.set_password(bob, Some("$other"), Some(kept)).expect(name);
        let left: Vec<i64> = ledger.sessions(bob).expect(name).iter().map(|one| one.id).collect();
        assert_eq!(left, [kept], "{name}: another password ends the others");
        ledger.set_rights(bob, Role::Operator, false).expect(name);
        assert!(ledger.sessions(bob).expect(name).is_empty(), "{name}: other rights end all");

        ledger.add_session(&session(bob, "seven"), at(400)).expect(name);
        ledger.set_rights(bob, Role::Operator, true).expect(name);
        assert!(ledger.session("seven", at(0), at(0)).expect(name).is_none(), "{name}: disabled");
        assert!(ledger.add_session(&session(bob, "eight"), at(401)).expect(name).is_none(), "{name}");

        for number in 0..60 {
            ledger.add_session(&session(ada, &format!("many {number}")), at(500 + number)).expect(name);
        }
        assert_eq!(ledger.sessions(ada).expect(name).len(), 50, "{name}: bounded");
        assert!(ledger.session("many 9", at(0), at(0)).expect(name).is_none(), "{name}: the oldest went");
        assert_eq!(ledger.sweep_sessions(at(520), at(0)).expect(name), 11, "{name}");
        assert_eq!(ledger.end_sessions(ada, None).expect(name), 39, "{name}");
    });
}

#[test]
fn a_code_is_taken_once() {
    on_each(|name, place| {
        let mut ledger = Ledger::open(place).expect(name);
        let ada = add(&mut ledger, "ada", Role::Admin);
        assert!(ledger.set_totp(ada, Some((&[1, 2, 3], 1000)), None).expect(name), "{name}");
        let account = ledger.account(ada).expect(name).expect("an account");
        assert_eq!(
            (account.totp.as_deref(), account.totp_step),
            (Some([1, 2, 3].as_slice()), 1000),
            "{name}"
        );
        assert!(account.has_second(), "{name}");
        assert!(ledger.take_totp(ada, 1001).expect(name), "{name}");
        assert!(!ledger.take_totp(ada, 1001).expect(name), "{name}: twice");
        assert!(!ledger.take_totp(ada, 1000).expect(name), "{name}: an earlier one");
        ledger.set_totp(ada, None, None).expect(name);
        assert!(!ledger.account(ada).expect(name).expect("an account").has_second(), "{name}");

        ledger.set_recovery(ada, &["a".into(), "b".into()]).expect(name);
        assert!(
            ledger.take_recovery(ada, "a").expect(name) && !ledger.take_recovery(ada, "a").expect(name),
            "{name}"
        );
        assert_eq!(ledger.account(ada).expect(name).expect("an account").recovery, 1, "{name}");
        ledger.set_recovery(ada, &["c".into()]).expect(name);
        assert!(!ledger.take_recovery(ada, "b").expect(name), "{name}: the old set is gone");
    });
}

#[test]
fn factors_are_taken_away_together() {
    on_each(|name, place| {
        let mut ledger = Ledger::open(place).expect(name);
        let ada = add(&mut ledger, "ada", Role::Admin);
        let bob = add(&mut ledger, "bob", Role::Viewer);
        for (account, credential) in [(ada, "a"), (bob, "b")] {
            ledger.set_totp(account, Some((&[1, 2], 7)), None).expect(name);
            let key =
                NewPasskey { account, credential, key: &[9, 9], counter: 1, backed_up: true, name: "key" };
            assert!(ledger.add_passkey(&key, None, at(1)).expect(name), "{name}");
            ledger.set_recovery(account, &["hash".to_owned()]).expect(name);
            ledger.add_session(&session(account, credential), at(2)).expect(name);
        }
        assert!(ledger.reset_factors(bob).expect(name), "{name}");
        let account = |ledger: &mut Ledger, id| ledger.account(id).expect(name).expect("an account");
        let after = account(&mut ledger, bob);
        assert!(!after.has_second() && after.recovery == 0 && after.password.is_some(), "{name}");
        assert!(ledger.sessions(bob).expect(name).is_empty(), "{name}");
        let other = account(&mut ledger, ada);
        assert_eq!((other.totp.is_some(), other.passkeys, other.recovery), (true, 1, 1), "{name}");
        assert_eq!(ledger.sessions(ada).expect(name).len(), 1, "{name}");
        assert!(!ledger.reset_factors(9_999).expect(name), "{name}: nobody");
    });
}

#[test]
fn passkeys_and_their_counters() {
    on_each(|name, place| {
        let mut ledger = Ledger::open(place).expect(name);
        let ada = add(&mut ledger, "ada", Role::Admin);
        let bob = add(&mut ledger, "bob", Role::Viewer);
        fn new(account: i64, credential: &str) -> NewPasskey<'_> {
            NewPasskey { account, credential, key: &[9, 9], counter: 1, backed_up: true, name: "blue key" }
        }
        ledger.add_session(&session(ada, "other"), at(0)).expect(name);
        let stays = ledger.add_session(&session(ada, "this"), at(0)).expect(name);
        assert!(ledger.add_passkey(&new(ada, "c1"), stays, at(1)).expect(name), "{name}");
        assert_eq!(ledger.sessions(ada).expect(name).len(), 1, "{name}: the others end");
        assert!(!ledger.add_passkey(&new(bob, "c1"), None, at(2)).expect(name), "{name}: it is somebody's");
        let (passkey, account) = ledger.passkey("c1").expect(name).expect("a passkey");
        assert_eq!(
            (account.id, passkey.counter, passkey.backed_up, passkey.used),
            (ada, 1, true, None),
            "{name}"
        );
        assert!(ledger.use_passkey(passkey.id, 1, 2, at(3)).expect(name), "{name}");
        assert!(!ledger.use_passkey(passkey.id, 1, 2, at(3)).expect(name), "{name}: two at the same time");
        assert_eq!(ledger.account(ada).expect(name).expect("an account").passkeys, 1, "{name}");
        assert!(!ledger.remove_passkey(bob, passkey.id, None).expect(name), "{name}: not somebody else's");
        for number in 0..30 {
            ledger.add_passkey(&new(bob, &format!("b{number}")), None, at(4)).expect(name);
        }
        assert_eq!(ledger.passkeys(bob).expect(name).len(), 20, "{name}: bounded");
        assert!(ledger.remove_passkey(ada, passkey.id, stays).expect(name), "{name}");
        assert!(ledger.passkey("c1").expect(name).is_none(), "{name}");
    });
}

#[test]
fn tokens_serve_until_they_expire_or_are_removed() {
    on_each(|name, place| {
        let mut ledger = Ledger::open(place).expect(name);
        add(&mut ledger, "ada", Role::Admin);
        let bob = add(&mut ledger, "bob", Role::Operator);
        let new = |hash, expires| NewToken {
            hash,
            account: bob,
            name: "script",
            scopes: &[Scope::Read, Scope::Look],
            expires,
        };
        let id = ledger.add_token(&new("h1", Some(at(100))), at(0)).expect(name).expect("a token");
        let (token, account) = ledger.token("h1", at(99)).expect(name).expect("a token");
        assert_eq!((token.id, account.id, token.scopes), (id, bob, vec![Scope::Read, Scope::Look]), "{name}");
        assert!(ledger.token("h1", at(100)).expect(name).is_none(), "{name}: expired");
        assert!(ledger.token("h2", at(0)).expect(name).is_none(), "{name}");
        ledger.use_token(id, at(50)).expect(name);
        assert_eq!(ledger.tokens(bob).expect(name)[0].used, Some(at(50)), "{name}");
        assert!(!ledger.remove_token(bob + 100, id).expect(name), "{name}: not somebody else's");
        assert!(
            ledger.remove_token(bob, id).expect(name) && ledger.tokens(bob).expect(name).is_empty(),
            "{name}"
        );
        ledger.add_token(&new("h3", None), at(0)).expect(name);
        ledger.set_rights(bob, Role::Operator, true).expect(name);
        ledger.set_rights(bob, Role::Operator, false).expect(name);
        assert!(ledger.token("h3", at(1)).expect(name).is_none(), "{name}: gone with the right to log in");
    });
}

#[test]
fn the_log_grows_and_outlives_accounts() {
    on_each(|name, place| {
        let mut ledger = Ledger::open(place).expect(name);
        add(&mut ledger, "ada", Role::Admin);
        let bob = add(&mut ledger, "bob", Role::Viewer);
        let long = "x".repeat(5000);
        for (what, detail) in [("login", "by password"), ("logout", ""), ("login", long.as_str())] {
            let line = NewLine { who: "bob", address: "192.0.2.1", what, detail };
            ledger.note(&line, at(7)).expect(name);
        }
        ledger.remove_account(bob).expect(name);
        let all = ledger.audit(None, None, 10).expect(name);
        assert_eq!(all.len(), 3, "{name}");
        assert_eq!(all[0].detail.len(), 2000, "{name}");
        assert!(all.is_sorted_by(|one, next| one.id > next.id), "{name}: newest first");
        let logins = ledger.audit(None, Some("login"), 10).expect(name);
        assert_eq!(
            logins.iter().map(|line| line.what.as_str()).collect::<Vec<_>>(),
            ["login", "login"],
            "{name}"
        );
        let earlier = ledger.audit(Some(all[0].id), Some("login"), 1).expect(name);
        assert_eq!(earlier[0].detail, "by password", "{name}");

        assert_eq!(ledger.setting("a").expect(name), None, "{name}");
        ledger.set_setting("a", Some(&[1])).expect(name);
        ledger.set_setting("a", Some(&[2])).expect(name);
        assert_eq!(ledger.setting("a").expect(name), Some(vec![2]), "{name}");
        ledger.set_setting("a", None).expect(name);
        assert_eq!(ledger.setting("a").expect(name), None, "{name}");
    });
}
