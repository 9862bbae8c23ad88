//! What earlier runs met of a server's keys. They verified nothing by it; that it is another key now is worth knowing.

use midwatch_model::{
    HostKeyAnswer, HostKeyExpected, HostKeySaid, HostKeySource, HostKeyVerdict, HostKeyWord, HostKeys,
    Outcome,
};
use midwatch_store::host_keys::EarlierHostKey;

use super::met::Met;
use crate::memory::Memory;

/// What the memory says of the keys.
pub(super) fn answer(memory: &Memory, name: &str, keys: &[Met]) -> HostKeyAnswer {
    let earlier = memory.ask(|store| store.host_keys(name));
    let says = earlier.map(|earlier| keys.iter().map(|met| of_key(&earlier, met)).collect());
    HostKeyAnswer { source: HostKeySource::Memory, from: "earlier runs of midwatch".into(), says }
}

fn of_key(earlier: &[EarlierHostKey], met: &Met) -> HostKeySaid {
    let of_type: Vec<_> = earlier.iter().filter(|known| known.key_type == met.key.key_type).collect();
    let same = of_type.iter().find(|known| known.fingerprint == met.key.fingerprint);
    let (word, others) = match (same, of_type.is_empty(), earlier.is_empty()) {
        (Some(_), _, _) => (HostKeyWord::Same, Vec::new()),
        (None, false, _) => (HostKeyWord::Other, of_type.clone()),
        (None, true, false) => (HostKeyWord::OtherType, earlier.iter().collect()),
        (None, true, true) => (HostKeyWord::Unknown, Vec::new()),
    };
    HostKeySaid {
        fingerprint: met.key.fingerprint.clone(),
        word,
        places: Vec::new(),
        expected: others.into_iter().map(expected).collect(),
        note: same.map(|known| met_before(known)),
    }
}

fn expected(known: &EarlierHostKey) -> HostKeyExpected {
    HostKeyExpected {
        key_type: known.key_type.clone(),
        fingerprint: known.fingerprint.clone(),
        place: None,
        since: Some(known.first.to_string()),
    }
}

fn met_before(known: &EarlierHostKey) -> String {
    let (first, last) = (day(known.first), day(known.last));
    match known.visits {
        1 => format!("met once, on {first}"),
        visits if first == last => format!("met {} on {first}", times(visits)),
        visits => format!("met {} since {first}, the last time on {last}", times(visits)),
    }
}

fn times(count: u64) -> String {
    match count {
        1 => "once".into(),
        2 => "twice".into(),
        more => format!("{more} times"),
    }
}

fn day(time: midwatch_model::Time) -> String {
    time.to_string().chars().take(10).collect()
}

/// Says since when a key was expected that others expect too, where the memory met it.
pub(super) fn date(answers: &mut [HostKeyAnswer]) {
    let known: Vec<HostKeyExpected> = answers
        .iter()
        .filter(|answer| answer.source == HostKeySource::Memory)
        .flat_map(|answer| answer.says.value().into_iter().flatten())
        .flat_map(|said| said.expected.clone())
        .collect();
    let others = answers.iter_mut().filter_map(|answer| match &mut answer.says {
        Outcome::Seen { value } if answer.source != HostKeySource::Memory => Some(value),
        _ => None,
    });
    for expected in others.flatten().flat_map(|said| &mut said.expected) {
        if let Some(known) = known.iter().find(|known| known.fingerprint == expected.fingerprint) {
            expected.since.clone_from(&known.since);
        }
    }
}

impl Memory {
    /// Keeps the keys that were met, unless something is wrong with them: a change stays one until somebody accepts it.
    pub(super) fn keep_host_keys(&self, known: &HostKeys) {
        if matches!(known.verdict, HostKeyVerdict::Verified | HostKeyVerdict::Unknown) {
            self.accept_host_keys(known);
        }
    }

    /// Keeps the keys that were met and proved, in the place of what was known before.
    pub fn accept_host_keys(&self, known: &HostKeys) {
        let proved = known.keys.iter().filter(|met| met.proof.value() == Some(&true));
        let keys: Vec<_> =
            proved.map(|met| (met.key.key_type.clone(), met.key.fingerprint.clone())).collect();
        if !keys.is_empty() {
            self.keep(|store| store.saw_host_keys(&known.name, &keys, crate::now()));
        }
    }
}
