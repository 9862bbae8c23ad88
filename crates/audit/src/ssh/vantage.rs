//! Other places that see the same server. Somebody in the middle of one way is rarely in the middle of another.

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;

use midwatch_model::{
    HostKeyAnswer, HostKeyExpected, HostKeySaid, HostKeySource, HostKeyWord, Outcome, SshPublicKey,
};

use super::client::Client;
use super::met::Met;

/// A place from which the keys of servers can be asked for. None is built in yet: what runs in other places brings its
/// own.
pub trait VantagePoint: Debug + Send + Sync {
    /// What the place is called.
    fn name(&self) -> String;

    /// The keys that the server at this host and port shows there.
    fn host_keys<'a>(
        &'a self,
        host: &'a str,
        port: u16,
    ) -> Pin<Box<dyn Future<Output = Outcome<Vec<SshPublicKey>>> + Send + 'a>>;
}

/// What one place says.
pub(super) async fn answer(point: &dyn VantagePoint, client: &Client, keys: &[Met]) -> HostKeyAnswer {
    let seen = point.host_keys(&client.host_text(), client.port).await;
    let says = seen.map(|seen| keys.iter().map(|met| of_key(&seen, met)).collect());
    HostKeyAnswer { source: HostKeySource::Vantage, from: point.name(), says }
}

fn of_key(seen: &[SshPublicKey], met: &Met) -> HostKeySaid {
    let same_type = |key: &&SshPublicKey| key.key_type == met.key.key_type;
    let word = if seen.iter().any(|key| key.fingerprint == met.key.fingerprint) {
        HostKeyWord::Same
    } else if seen.iter().any(|key| same_type(&key)) {
        HostKeyWord::Other
    } else if seen.is_empty() {
        HostKeyWord::Unknown
    } else {
        HostKeyWord::OtherType
    };
    let expected = match word {
        HostKeyWord::Other => seen.iter().filter(same_type).collect(),
        HostKeyWord::OtherType => seen.iter().collect(),
        _ => Vec::new(),
    };
    HostKeySaid {
        fingerprint: met.key.fingerprint.clone(),
        word,
        places: Vec::new(),
        expected: expected
            .into_iter()
            .map(|key| HostKeyExpected {
                key_type: key.key_type.clone(),
                fingerprint: key.fingerprint.clone(),
                place: None,
                since: None,
            })
            .collect(),
        note: None,
    }
}
