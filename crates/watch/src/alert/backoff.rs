//! When a message that did not go is tried again, and when it is given up.

use std::time::Duration;

use jiff::SignedDuration;
use midwatch_model::Time;

/// The wait after each attempt; the last for every further one. With jitter, about 30 attempts in a day.
const WAITS: [u64; 10] = [5, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600];

/// For how long a message is tried.
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// However old a message looks, it is tried so often: the clock may have jumped.
const LEAST: u32 = 10;

/// However young it looks, it is tried no more often.
const MOST: u32 = 200;

/// How often a message is tried that is refused for good: somebody may mend the settings, or the receiver, in the
/// meantime.
const REFUSALS: u32 = 4;

/// The wait after each of the first refusals.
const REFUSED: [u64; 3] = [30, 300, 900];

/// When to try again after attempt number `tries` (from 1 on), or that it is given up (none). `random` decides the
/// jitter: all of its range from 0 to 255.
pub(crate) fn again(
    tries: u32,
    refused: bool,
    after: Option<Duration>,
    since: Time,
    now: Time,
    random: u8,
) -> Option<Time> {
    let index = usize::try_from(tries.saturating_sub(1)).unwrap_or(usize::MAX);
    let (waits, over): (&[u64], bool) = if refused {
        (&REFUSED, tries >= REFUSALS)
    } else {
        (&WAITS, tries >= MOST || (tries >= LEAST && now.duration_since(since) >= DAY))
    };
    if over {
        return None;
    }
    let base = waits.get(index).or(waits.last()).copied().unwrap_or(3600);
    // A quarter more or less, so that what failed together does not come again together.
    let millis = base * 750 + base * 500 * u64::from(random) / 255;
    let wait = Duration::from_millis(millis).max(after.unwrap_or_default());
    now.checked_add(wait).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn now() -> Time {
        "2026-11-30T03:00:00Z".parse().unwrap()
    }

    #[test]
    fn a_day_of_attempts() {
        let (mut at, mut tries) = (now(), 1);
        while let Some(next) = again(tries, false, None, now(), at, 128) {
            assert!(next > at);
            (at, tries) = (next, tries + 1);
        }
        let hours = at.duration_since(now()).as_hours();
        assert!((24..=25).contains(&hours), "{hours}");
        assert!((28..=36).contains(&tries), "{tries}");
    }

    #[test]
    fn refusals_are_given_up_sooner() {
        let (mut at, mut tries) = (now(), 1);
        while let Some(next) = again(tries, true, None, now(), at, 255) {
            (at, tries) = (next, tries + 1);
        }
        assert_eq!(tries, 4);
        assert!(at.duration_since(now()).as_mins() <= 30);
    }

    #[test]
    fn a_clock_that_jumps_loses_nothing() {
        // A year forward: still ten attempts.
        let old = now() - SignedDuration::from_hours(24 * 365);
        assert!((1..10).all(|tries| again(tries, false, None, old, now(), 0).is_some()));
        assert_eq!(again(10, false, None, old, now(), 0), None);
        // A year back: it ends all the same.
        let young = now() + SignedDuration::from_hours(24 * 365);
        assert_eq!(again(200, false, None, young, now(), 0), None);
    }

    proptest! {
        #[test]
        fn waits_are_heeded_and_bounded(tries in 1u32..300, refused: bool, after in 0u64..30_000, random: u8) {
            let asked = Duration::from_secs(after);
            if let Some(next) = again(tries, refused, Some(asked), now(), now(), random) {
                let wait = Duration::try_from(next.duration_since(now())).unwrap();
                prop_assert!(wait >= asked && wait <= asked.max(Duration::from_secs(4500)));
                prop_assert!(wait >= Duration::from_secs(3));
            }
        }
    }
}
