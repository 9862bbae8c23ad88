//! Files of known hosts: kept byte for byte, looked up, and changed without harm to other lines.
#![no_main]
use std::path::Path;

use libfuzzer_sys::fuzz_target;
use midwatch_hostkeys::edit::{Change, Hashing, Others};
use midwatch_hostkeys::known_hosts::KnownHosts;
use midwatch_hostkeys::lookup::{Host, what_is_known};
use midwatch_hostkeys::revoked::look_up;

fuzz_target!(|data: &[u8]| {
    let known = KnownHosts::parse(Path::new("known_hosts"), data);
    assert_eq!(known.to_bytes(), data);
    let files = [known];
    let [known] = &files;
    let host = Host { name: "host", port: 2222, alias: None, address: Some([192, 0, 2, 1].into()), now: 0 };
    for (_, entry) in known.entries().take(4) {
        what_is_known(&files, &host, &entry.key);
        look_up(data, &entry.key);
        let change = Change {
            names: vec!["[host]:2222".to_owned(), "192.0.2.1".to_owned()],
            key: entry.key.clone(),
            others: Others::ReplaceSameType,
            hashing: Hashing::No,
        };
        let Ok(changed) = known.with(&change) else { continue };
        let after = KnownHosts::parse(Path::new("known_hosts"), &changed.bytes);
        let key = entry.key.without_certificate();
        // Every name has the key now, and a second time nothing is to do.
        let again = after.with(&change).expect("what was allowed once");
        assert!(again.added.is_empty() && again.altered.is_empty());
        assert_eq!(again.bytes, changed.bytes);
        for name in &change.names {
            assert!(after.entries().any(|(_, one)| one.marker.is_none() && one.key == key && one.names.cover(name)));
        }
    }
});
