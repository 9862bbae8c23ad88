//! Enumeration by removal: offer a set, take out what was chosen, offer the rest, until the answer is no.
//!
//! Every accepted item costs one hello, and so does every rest that is refused. Depth is what costs time on
//! a long line, so once a set proves to hold something accepted its rest is asked in halves at the same
//! time. Sets are ordered so that items which servers accept or refuse together stand together, which keeps
//! refusals few.

use std::future::Future;
use std::pin::Pin;

use midwatch_model::Reason;

/// The answer to an offer.
#[derive(Clone, Debug)]
pub enum Choice {
    /// This item was chosen.
    Chosen(u16),
    /// Something that was not offered was chosen.
    NotOffered(String),
    /// Refused, in these words.
    Refused(String),
    /// Refused with an alert that need not be about the whole offer, such as internal_error: parts of the
    /// offer are worth asking on their own.
    Doubtful(String),
    /// The connection was closed without a word: a refusal by somebody who sends no alerts, or a large hello
    /// that was too much for the server.
    Silent(String),
    /// Not measured.
    Unmeasured(Reason),
}

/// What a removal found.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Accepted items, in no order.
    pub accepted: Vec<u16>,
    /// Each offer with what was chosen from it.
    pub choices: Vec<(Vec<u16>, u16)>,
    /// The words of refusals.
    pub refusals: Vec<String>,
    /// Items that were chosen without having been offered, in words.
    pub not_offered: Vec<String>,
    /// Parts of the set that could not be measured.
    pub unmeasured: Vec<Reason>,
    /// A large offer failed where its parts did not.
    pub large_failed: Option<String>,
}

impl Found {
    /// Both together.
    pub(super) fn join(mut self, other: Found) -> Found {
        self.accepted.extend(other.accepted);
        self.choices.extend(other.choices);
        self.refusals.extend(other.refusals);
        self.not_offered.extend(other.not_offered);
        self.unmeasured.extend(other.unmeasured);
        self.large_failed = self.large_failed.or(other.large_failed);
        self
    }
}

/// Sets smaller than this are not halved.
const HALVE_FROM: usize = 4;
/// An offer smaller than this that fails is not tried in parts.
const SPLIT_FROM: usize = 16;

/// Runs the removal over `set`. `ask` offers a set in its order. `doubt`: how many times a doubtful refusal
/// may be looked into by halving.
pub fn remove<'a, F>(
    set: Vec<u16>,
    doubt: u8,
    ask: &'a (impl Fn(Vec<u16>) -> F + Sync),
) -> Pin<Box<dyn Future<Output = Found> + Send + 'a>>
where
    F: Future<Output = Choice> + Send + 'a,
{
    Box::pin(async move {
        let mut set = set;
        let mut found = Found::default();
        loop {
            if set.is_empty() {
                return found;
            }
            match ask(set.clone()).await {
                Choice::Chosen(item) => {
                    found.accepted.push(item);
                    found.choices.push((set.clone(), item));
                    set.retain(|&other| other != item);
                    if set.len() >= HALVE_FROM {
                        let (first, second) = halves(set, doubt, ask).await;
                        return found.join(first).join(second);
                    }
                }
                Choice::NotOffered(what) => {
                    found.not_offered.push(what);
                    return found;
                }
                Choice::Refused(how) => {
                    found.refusals.push(how);
                    return found;
                }
                Choice::Doubtful(how) => {
                    if doubt == 0 || set.len() == 1 {
                        found.refusals.push(how);
                        return found;
                    }
                    let (first, second) = halves(set, doubt - 1, ask).await;
                    return found.join(first).join(second);
                }
                Choice::Silent(how) => {
                    if set.len() < SPLIT_FROM || doubt == 0 {
                        found.refusals.push(how);
                        return found;
                    }
                    let size = set.len();
                    let (first, second) = halves(set, doubt - 1, ask).await;
                    let parts = first.join(second);
                    if !parts.accepted.is_empty() || parts.refusals.iter().any(|other| *other != how) {
                        found.large_failed = Some(format!("{size} suites at once: {how}"));
                    }
                    return found.join(parts);
                }
                Choice::Unmeasured(why) => {
                    if set.len() < SPLIT_FROM || doubt == 0 {
                        found.unmeasured.push(why);
                        return found;
                    }
                    let size = set.len();
                    let (first, second) = halves(set, doubt - 1, ask).await;
                    let parts = first.join(second);
                    let answered = !parts.accepted.is_empty() || !parts.refusals.is_empty();
                    found = found.join(parts);
                    if answered && found.unmeasured.is_empty() {
                        found.large_failed.get_or_insert(format!("{size} suites at once: {why}"));
                    }
                    return found;
                }
            }
        }
    })
}

async fn halves<'a, F>(
    mut set: Vec<u16>,
    doubt: u8,
    ask: &'a (impl Fn(Vec<u16>) -> F + Sync),
) -> (Found, Found)
where
    F: Future<Output = Choice> + Send + 'a,
{
    let second = set.split_off(set.len().div_ceil(2));
    tokio::join!(remove(set, doubt, ask), remove(second, doubt, ask))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use midwatch_model::ReasonKind;
    use proptest::prelude::*;

    use super::*;

    fn run(set: Vec<u16>, choose: impl Fn(&[u16]) -> Choice + Sync) -> (Found, u32) {
        let asked = AtomicU32::new(0);
        let ask = |offer: Vec<u16>| {
            asked.fetch_add(1, Ordering::Relaxed);
            let choice = choose(&offer);
            async move { choice }
        };
        let found = futures_util::FutureExt::now_or_never(remove(set, 2, &ask));
        (found.expect("nothing waits"), asked.load(Ordering::Relaxed))
    }

    fn first_of(accepted: &[u16], offer: &[u16]) -> Choice {
        match offer.iter().find(|item| accepted.contains(item)) {
            Some(&item) => Choice::Chosen(item),
            None => Choice::Refused("no".into()),
        }
    }

    proptest! {
        #[test]
        fn everything_accepted_is_found(
            accepted in proptest::collection::btree_set(0_u16..60, 0..60),
            by_client in any::<bool>(),
        ) {
            let accepted: Vec<u16> = accepted.into_iter().collect();
            let set: Vec<u16> = (0..60).collect();
            let (mut found, asked) = run(set, |offer| {
                if by_client {
                    first_of(&accepted, offer)
                } else {
                    match accepted.iter().rev().find(|item| offer.contains(item)) {
                        Some(&item) => Choice::Chosen(item),
                        None => Choice::Refused("no".into()),
                    }
                }
            });
            found.accepted.sort_unstable();
            prop_assert_eq!(&found.accepted, &accepted);
            prop_assert!(asked as usize <= 2 * accepted.len() + 1, "{} for {}", asked, accepted.len());
        }
    }

    #[test]
    fn a_set_that_is_accepted_whole_costs_no_refusal() {
        let set: Vec<u16> = (0..15).collect();
        let (found, asked) = run(set.clone(), |offer| first_of(&set, offer));
        assert_eq!((found.accepted.len(), asked), (15, 15));
    }

    #[test]
    fn a_server_that_breaks_on_large_offers_is_asked_in_parts() {
        let set: Vec<u16> = (0..40).collect();
        let (found, _) = run(set, |offer| {
            if offer.len() > 25 {
                Choice::Unmeasured(Reason::new(ReasonKind::Reset, "reset"))
            } else {
                first_of(&[3, 33], offer)
            }
        });
        assert_eq!(found.accepted.len(), 2);
        assert!(found.unmeasured.is_empty());
        assert!(found.large_failed.is_some());
    }

    #[test]
    fn what_was_not_offered_ends_it() {
        let (found, asked) = run((0..40).collect(), |_| Choice::NotOffered("0x0005".into()));
        assert_eq!((found.not_offered.len(), asked, found.accepted.len()), (1, 1, 0));
    }

    #[test]
    fn a_time_out_is_no_refusal() {
        let (found, _) =
            run((0..8).collect(), |_| Choice::Unmeasured(Reason::new(ReasonKind::Timeout, "late")));
        assert!(found.refusals.is_empty());
        assert_eq!(found.unmeasured.len(), 1);
    }
}
