use std::net::IpAddr;
use std::os::unix::fs::PermissionsExt as _;

use midwatch_model::{NetworkIdentity, Time};

use super::*;

const ROUTER: &str = "02:00:00:00:00:01";

fn at(text: &str) -> Time {
    format!("2026-11-{text}Z").parse().expect("a time")
}

fn ip(text: &str) -> IpAddr {
    text.parse().expect("an address")
}

fn home(prefix: &str) -> NetworkIdentity {
    NetworkIdentity {
        ssid: None,
        gateways: vec![ip("192.168.1.1")],
        dhcp: vec![ip("192.168.1.1")],
        prefixes: vec![prefix.into()],
    }
}

fn saw(store: &mut Store, network: &NetworkIdentity, mac: &str, time: &str) {
    store.saw(network, &[(ip("192.168.1.1"), mac.into())], at(time)).expect("memory");
}

#[test]
fn a_network_is_known_again_and_visits_are_an_hour_apart() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("new/midwatch.sqlite");
    let mut store = Store::open(&path).expect("memory");
    let network = home("2001:db8:1::/64");
    assert_eq!(store.network(&network).expect("memory"), None);
    for time in ["01T10:00:00", "01T10:30:00", "02T10:00:00"] {
        saw(&mut store, &network, ROUTER, time);
    }
    drop(store);
    let store = Store::open(&path).expect("memory");
    let known = store.network(&network).expect("memory").expect("a known network");
    assert_eq!((known.first, known.last, known.visits), (at("01T10:00:00"), at("02T10:00:00"), 2));
    assert!(known.certain);
    assert_eq!(known.routers.len(), 1);
    let router = &known.routers[0];
    assert_eq!((router.mac.as_str(), router.visits, router.first), (ROUTER, 2, at("01T10:00:00")));
}

#[test]
fn another_prefix_is_the_same_network_but_not_certainly() {
    let directory = tempfile::tempdir().expect("a directory");
    let mut store = Store::open(&directory.path().join("m")).expect("memory");
    saw(&mut store, &home("2001:db8:1::/64"), ROUTER, "01T10:00:00");
    let renumbered = home("2001:db8:2::/64");
    assert!(!store.network(&renumbered).expect("memory").expect("a known network").certain);
    saw(&mut store, &renumbered, ROUTER, "02T10:00:00");
    assert!(store.network(&home("2001:db8:1::/64")).expect("memory").expect("a known network").certain);
}

#[test]
fn names_routers_and_servers_tell_networks_apart() {
    let directory = tempfile::tempdir().expect("a directory");
    let mut store = Store::open(&directory.path().join("m")).expect("memory");
    let first = home("2001:db8:1::/64");
    saw(&mut store, &first, ROUTER, "01T10:00:00");
    let others = [
        NetworkIdentity { ssid: Some("café".into()), ..first.clone() },
        NetworkIdentity { gateways: vec![ip("192.168.1.254")], ..first.clone() },
        NetworkIdentity { dhcp: vec![ip("192.168.1.9")], ..first.clone() },
    ];
    for (day, other) in others.iter().enumerate() {
        assert_eq!(store.network(other).expect("memory"), None, "{other:?}");
        saw(&mut store, other, "02:00:00:00:00:09", &format!("0{}T10:00:00", day + 2));
        assert!(store.network(other).expect("memory").is_some());
    }
    // With a name, another DHCP server is the same network: a twin of it would have one of its own.
    let twin = NetworkIdentity { dhcp: vec![ip("192.168.1.9")], ..others[0].clone() };
    assert!(store.network(&twin).expect("memory").expect("a known network").certain);
    // A lease that could not be read makes no other network.
    let unread = NetworkIdentity { dhcp: vec![], ..first.clone() };
    assert!(store.network(&unread).expect("memory").is_some());
}

#[test]
fn nobody_else_can_read_it() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("a/b/midwatch.sqlite");
    drop(Store::open(&path).expect("memory"));
    let mode = |path: &Path| std::fs::metadata(path).expect("a file").permissions().mode() & 0o777;
    assert_eq!((mode(&path), mode(path.parent().expect("a directory"))), (0o600, 0o700));
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).expect("permissions");
    drop(Store::open(&path).expect("memory"));
    assert_eq!(mode(&path), 0o600);
}

#[test]
fn a_newer_file_and_a_file_of_another_kind_are_refused_and_left_alone() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("m");
    drop(Store::open(&path).expect("memory"));
    let database = rusqlite::Connection::open(&path).expect("a file");
    database.pragma_update(None, "user_version", 99).expect("a number");
    drop(database);
    let error = Store::open(&path).expect_err("a newer form").to_string();
    assert!(error.contains("newer midwatch") && error.contains("99"), "{error}");
    let text = directory.path().join("text");
    std::fs::write(
        &text,
        "no database at all, and as long as one has to be to be looked at for what it is. ".repeat(20),
    )
    .expect("room for a file");
    assert!(matches!(Store::open(&text), Err(StoreError::Sqlite { .. })));
    assert!(std::fs::read_to_string(&text).expect("a file").starts_with("no database"));
}

#[test]
fn many_routers_do_not_push_out_the_one_that_is_known() {
    let directory = tempfile::tempdir().expect("a directory");
    let mut store = Store::open(&directory.path().join("m")).expect("memory");
    let network = home("2001:db8:1::/64");
    for time in ["01T10:00:00", "02T10:00:00"] {
        saw(&mut store, &network, ROUTER, time);
    }
    for number in 0..200 {
        saw(&mut store, &network, &format!("06:00:00:00:00:{number:02x}"), "03T10:00:00");
    }
    let known = store.network(&network).expect("memory").expect("a known network");
    assert_eq!(known.routers.len(), 64);
    assert!(known.routers.iter().any(|router| router.mac == ROUTER));
}

#[test]
fn two_that_open_it_at_once_both_succeed() {
    (0..20).for_each(|_| eight_at_once());
}

fn eight_at_once() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("m");
    let all: Vec<_> = (0..8)
        .map(|number| {
            let path = path.clone();
            std::thread::spawn(move || {
                let mut store = Store::open(&path).expect("memory");
                saw(
                    &mut store,
                    &home("2001:db8:1::/64"),
                    &format!("02:00:00:00:00:0{number}"),
                    "01T10:00:00",
                );
            })
        })
        .collect();
    for one in all {
        one.join().expect("memory");
    }
    let store = Store::open(&path).expect("memory");
    let known = store.network(&home("2001:db8:1::/64")).expect("memory").expect("a known network");
    assert_eq!(known.routers.len(), 8);
}
