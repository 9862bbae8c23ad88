//! What forges publish of their host keys, by the bundled list.

use midwatch_data::forges;
use midwatch_hostkeys::name;
use midwatch_model::{
    HostKeyAnswer, HostKeyExpected, HostKeySaid, HostKeySource, HostKeyWord, Outcome, SshPublicKey,
};

/// The answer on each key, in their order; none for a server that is in the list under no name or at another port.
pub fn answer(host: &str, port: u16, keys: &[SshPublicKey]) -> Option<HostKeyAnswer> {
    let list = forges::list();
    let listed: Vec<_> = list.of(&name::with_port(host.trim_end_matches('.'), port)).collect();
    let page = listed.first()?.page;
    let said = keys.iter().map(|key| {
        let same_type: Vec<_> = listed.iter().filter(|one| one.kind == key.key_type).collect();
        let is = |fingerprint: &str| key.fingerprint.strip_prefix("SHA256:") == Some(fingerprint);
        let (word, expected) = match same_type.as_slice() {
            [] => (HostKeyWord::OtherType, listed.iter().collect()),
            same if same.iter().any(|one| is(one.fingerprint)) => (HostKeyWord::Same, Vec::new()),
            _ => (HostKeyWord::Other, same_type),
        };
        HostKeySaid {
            fingerprint: key.fingerprint.clone(),
            word,
            places: Vec::new(),
            expected: expected.into_iter().map(|one| expect(one)).collect(),
            note: None,
        }
    });
    Some(HostKeyAnswer {
        source: HostKeySource::Published,
        from: format!("{page}, as of {}", list.source.date),
        says: Outcome::seen(said.collect()),
    })
}

fn expect(key: &forges::ForgeKey) -> HostKeyExpected {
    HostKeyExpected {
        key_type: key.kind.to_owned(),
        fingerprint: format!("SHA256:{}", key.fingerprint),
        place: None,
        since: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GITHUB: &str = "+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU";

    fn key(key_type: &str, fingerprint: &str) -> SshPublicKey {
        let fingerprint = format!("SHA256:{fingerprint}");
        SshPublicKey { key_type: key_type.into(), blob: String::new(), bits: None, fingerprint }
    }

    #[test]
    fn a_forges_keys_are_known_where_it_serves_them() {
        use HostKeyWord::*;
        let keys = [
            key("ssh-ed25519", GITHUB),
            key("ssh-ed25519", &"A".repeat(43)),
            key("ssh-rsa", GITHUB),
            key("ssh-dss", GITHUB),
        ];
        for (host, port) in [("github.com", 22), ("GitHub.com.", 22), ("ssh.github.com", 443)] {
            let answer = answer(host, port, &keys).expect("it is listed");
            let said = answer.says.value().expect("an answer");
            let words: Vec<_> = said.iter().map(|said| said.word).collect();
            assert_eq!(words, [Same, Other, Other, OtherType], "{host}");
            assert_eq!(said[1].expected.len(), 1);
            assert_eq!(said[1].expected[0].fingerprint, format!("SHA256:{GITHUB}"));
            assert_eq!(said[3].expected.len(), 3);
            assert!(
                answer.from.starts_with("https://docs.github.com/") && answer.from.contains(", as of 20")
            );
        }
    }

    #[test]
    fn other_hosts_and_other_ports_are_not_in_the_list() {
        let keys = [key("ssh-ed25519", GITHUB)];
        for (host, port) in
            [("github.com", 443), ("github.com", 2222), ("ssh.github.com", 22), ("git.example", 22), ("", 22)]
        {
            assert_eq!(answer(host, port, &keys), None, "{host} {port}");
        }
    }
}
