//! The host keys that an SSH server proved to hold. A key that is merely shown may have been copied from anywhere. A type
//! of key that was not answered makes the list short, so that a key that is not met is no change; one that is new is.

use std::collections::BTreeMap;

use midwatch_model::{Fact, HostKeyMemo, Memo, Remembered};

use super::{by_place, set};

pub(super) fn memos(facts: &[&Fact]) -> Vec<Memo> {
    let mut found: BTreeMap<String, Vec<HostKeyMemo>> = BTreeMap::new();
    for fact in facts {
        let Fact::SshEndpoint(endpoint) = fact else { continue };
        let proved = endpoint.sent_keys().filter(|sent| sent.proof.value() == Some(&true));
        let keys: Vec<HostKeyMemo> = proved
            .map(|sent| HostKeyMemo {
                key_type: sent.key.key_type.clone(),
                fingerprint: sent.key.fingerprint.clone(),
                blob: sent.key.blob.clone(),
            })
            .collect();
        if !keys.is_empty() {
            found.entry(format!("{}:{}", endpoint.host, endpoint.port)).or_default().extend(keys);
        }
    }
    by_place(found, |keys| Remembered::HostKeys { keys: set(keys) })
}
