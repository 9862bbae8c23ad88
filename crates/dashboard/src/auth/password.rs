//! Passwords: what may be one, and how it is kept and verified.
//!
//! Kept by Argon2id (RFC 9106) with the second recommended choice of its section 4: three passes over 64 MiB in four
//! lanes, 16 octets of salt, 32 of output; more than OWASP's cheat sheet on password storage asks at least. The rule
//! for new ones is that of NIST SP 800-63B-4, section 3.1.1.2: a length, a list of what everybody tries, words of the
//! context, and no rule on which characters.

use std::sync::Arc;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher as _, PasswordVerifier as _, Version};
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

use super::random;

/// Memory in KiB: RFC 9106, section 4, second recommended option (2^16).
pub const MEMORY: u32 = 1 << 16;

/// Passes over it: the same.
pub const PASSES: u32 = 3;

/// Lanes: the same.
pub const LANES: u32 = 4;

/// The fewest characters that may be asked: NIST SP 800-63B-4, section 3.1.1.2, for a password beside a second factor.
pub const FLOOR: usize = 8;

/// How many characters a password has at least, where nothing else is configured.
pub const LENGTH: usize = 12;

/// The most octets that are taken; longer ones are refused before they are hashed. NIST asks for at least 64 characters.
pub const LONGEST: usize = 1024;

/// Password hashes that are computed at the same time: each takes 64 MiB.
const AT_ONCE: usize = 2;

/// Those that may wait for a place; more are turned away.
const WAITING: usize = 32;

/// What a new password must be.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Characters at least.
    pub length: usize,
}

impl Default for Rule {
    fn default() -> Rule {
        Rule { length: LENGTH }
    }
}

/// Why a password is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Weak {
    /// Too short.
    #[error(
        "The password has {has} characters: {needs} or more are needed. A few words in a row are easy to keep."
    )]
    Short {
        /// Characters that it has.
        has: usize,
        /// Characters that are asked.
        needs: usize,
    },
    /// Too long to be hashed.
    #[error("The password has more than {LONGEST} octets: take a shorter one.")]
    Long,
    /// On the list, or made of an entry of it.
    #[error(
        "The password is among those that everybody tries first, or made of one of them: take another one."
    )]
    Common,
    /// The user's name, or the site's, and little else.
    #[error(
        "The password is little more than \u{201c}{word}\u{201d}, which anybody would try: take another one."
    )]
    Context {
        /// The word.
        word: String,
    },
    /// One character, or a few, again and again, or in a row.
    #[error("The password repeats itself, or counts up: take another one.")]
    Pattern,
}

impl Rule {
    /// Whether this may be a password of somebody to whom these words belong (his name, the site's names).
    ///
    /// # Errors
    /// [`Weak`], a sentence for whoever chose it. It never holds the password.
    pub fn check(&self, password: &str, words: &[&str]) -> Result<(), Weak> {
        if password.len() > LONGEST {
            return Err(Weak::Long);
        }
        let has = password.chars().count();
        let needs = self.length.max(FLOOR);
        if has < needs {
            return Err(Weak::Short { has, needs });
        }
        let lower = password.to_lowercase();
        if is_pattern(&lower) {
            return Err(Weak::Pattern);
        }
        let bare = bare(&lower);
        for word in words.iter().map(|word| word.to_lowercase()).filter(|word| word.chars().count() >= 4) {
            // What is left beside the word has to be worth something by itself.
            if left(&lower, &word) < needs / 2 {
                return Err(Weak::Context { word });
            }
        }
        let lists = midwatch_data::passwords::lists();
        let is_listed = |text: &str| lists.common.contains(text) || lists.factory.contains_key(text);
        // With digits and marks at its ends taken away, and put twice, it is still what everybody tries.
        let (front, _) = halves(&lower);
        let twice = front.repeat(2) == lower && is_listed(front);
        if is_listed(&lower)
            || is_listed(password)
            || (is_listed(bare) && bare.chars().count() * 2 >= has)
            || twice
        {
            return Err(Weak::Common);
        }
        Ok(())
    }
}

/// Without digits and marks at either end.
fn bare(text: &str) -> &str {
    text.trim_matches(|character: char| !character.is_alphabetic())
}

/// The two halves, by characters.
fn halves(text: &str) -> (&str, &str) {
    let half = text.chars().count() / 2;
    let at = text.char_indices().nth(half).map_or(text.len(), |(at, _)| at);
    text.split_at_checked(at).unwrap_or((text, ""))
}

/// Letters and digits that are left when each occurrence of a word is taken out.
fn left(text: &str, word: &str) -> usize {
    if !text.contains(word) {
        return usize::MAX;
    }
    text.replace(word, "").chars().filter(|character| character.is_alphanumeric()).count()
}

/// Whether it has fewer than five different characters, repeats a short piece, or counts up or down all the way.
fn is_pattern(text: &str) -> bool {
    let characters: Vec<char> = text.chars().collect();
    let different: std::collections::BTreeSet<&char> = characters.iter().collect();
    if different.len() < 5 {
        return true;
    }
    let repeats = (1..=characters.len() / 3)
        .any(|step| characters.iter().zip(characters.iter().skip(step)).all(|(one, other)| one == other));
    let step = |by: i64| {
        let mut pairs = characters.iter().zip(characters.iter().skip(1));
        pairs.all(|(one, next)| i64::from(u32::from(*next)) - i64::from(u32::from(*one)) == by)
    };
    repeats || step(1) || step(-1)
}

/// What came of verifying.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verified {
    /// It is the password.
    Yes,
    /// It is the password, and is kept by weaker parameters than today's: hash it again.
    Rehash,
    /// It is not.
    No,
}

/// Why a hash was not computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Too many log-ins are being checked at this moment: try again in a few seconds.")]
pub struct Busy;

/// Computes hashes away from the threads that answer requests, a few at a time.
#[derive(Clone, Debug)]
pub struct Hasher {
    places: Arc<Semaphore>,
    line: Arc<Semaphore>,
    params: Params,
    /// A hash of a random password, which is verified against where there is no account, so that it takes as long.
    decoy: Arc<str>,
}

impl Default for Hasher {
    fn default() -> Hasher {
        Hasher::with(Params::new(MEMORY, PASSES, LANES, Some(32)).expect("parameters of RFC 9106"))
    }
}

impl Hasher {
    /// With other parameters than today's: for tests, which are not to take 64 MiB each.
    pub fn with(params: Params) -> Hasher {
        let decoy = hash(&params, random::token().as_bytes());
        Hasher {
            places: Arc::new(Semaphore::new(AT_ONCE)),
            line: Arc::new(Semaphore::new(WAITING)),
            params,
            decoy: decoy.into(),
        }
    }

    /// The PHC string to keep for a password.
    ///
    /// # Errors
    /// [`Busy`].
    pub async fn hash(&self, password: Zeroizing<String>) -> Result<String, Busy> {
        let params = self.params.clone();
        self.run(move || hash(&params, password.as_bytes())).await
    }

    /// Verifies a password against the PHC string that is kept. Where there is none (no such account, or one without
    /// a password), as much work is done, and the answer is no.
    ///
    /// # Errors
    /// [`Busy`].
    pub async fn verify(&self, password: Zeroizing<String>, kept: Option<String>) -> Result<Verified, Busy> {
        let (params, decoy) = (self.params.clone(), self.decoy.clone());
        self.run(move || {
            let is_there = kept.is_some();
            let kept = kept.as_deref().unwrap_or(&decoy);
            let Ok(parsed) = PasswordHash::new(kept) else { return Verified::No };
            let argon2 = Argon2::default();
            let is_it = argon2.verify_password(password.as_bytes(), &parsed).is_ok();
            match Params::try_from(&parsed) {
                _ if !(is_it && is_there) => Verified::No,
                Ok(used) if used.m_cost() >= params.m_cost() && used.t_cost() >= params.t_cost() => {
                    Verified::Yes
                }
                _ => Verified::Rehash,
            }
        })
        .await
    }

    async fn run<R: Send + 'static>(&self, work: impl FnOnce() -> R + Send + 'static) -> Result<R, Busy> {
        let line = self.line.clone().try_acquire_owned().map_err(|_| Busy)?;
        let place = self.places.clone().acquire_owned().await.map_err(|_| Busy)?;
        // The places go along, so that a request that goes away frees none before its work ends.
        let done = tokio::task::spawn_blocking(move || {
            let result = work();
            drop((place, line));
            result
        });
        done.await.map_err(|_| Busy)
    }
}

fn hash(params: &Params, password: &[u8]) -> String {
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone());
    let hashed = argon2.hash_password_with_salt(password, &random::bytes::<16>());
    hashed.expect("a salt and a length that Argon2 takes").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quick() -> Hasher {
        Hasher::with(Params::new(64, 1, 1, Some(32)).expect("parameters"))
    }

    fn secret(text: &str) -> Zeroizing<String> {
        Zeroizing::new(text.to_owned())
    }

    #[test]
    fn the_rule_asks_for_length_and_against_what_is_tried_first() {
        let rule = Rule::default();
        let check = |password: &str| rule.check(password, &["margaret", "watch.example.org", "midwatch"]);
        assert_eq!(check("correct horse battery"), Ok(()));
        assert_eq!(check("\u{e9}t\u{e9} pluvieux"), Ok(()), "characters count, not octets");
        assert_eq!(check("short"), Err(Weak::Short { has: 5, needs: 12 }));
        assert_eq!(check(&"x1y2z3".repeat(300)), Err(Weak::Long));
        assert_eq!(check("aaaaaaaaaaaaaa"), Err(Weak::Pattern));
        assert_eq!(check("abcdefghijklmnop"), Err(Weak::Pattern));
        assert_eq!(check("hellohellohello"), Err(Weak::Pattern));
        assert_eq!(check("Password1234!"), Err(Weak::Common));
        assert_eq!(check("qwertyuiop12"), Err(Weak::Common));
        assert!(matches!(check("Margaret2026!"), Err(Weak::Context { word }) if word == "margaret"));
        assert!(matches!(check("midwatchmidwatch"), Err(Weak::Context { .. } | Weak::Pattern)));
        assert_eq!(check("margaret walks her seven dogs"), Ok(()));
        let shorter = Rule { length: 3 };
        assert_eq!(
            shorter.check("abcxyz9", &[]),
            Err(Weak::Short { has: 7, needs: 8 }),
            "never below the floor"
        );
    }

    #[test]
    fn no_sentence_repeats_the_password() {
        for password in ["short", "Password1234!", "abcdefghijklmnop"] {
            let weak = Rule::default().check(password, &[]).expect_err("a weak one").to_string();
            assert!(!weak.contains(password), "{weak}");
        }
    }

    #[tokio::test]
    async fn what_is_kept_verifies_the_password_and_no_other() {
        let hasher = quick();
        let kept = hasher.hash(secret("correct horse")).await.expect("a hash");
        assert!(kept.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{kept}");
        assert_ne!(kept, hasher.hash(secret("correct horse")).await.expect("a hash"), "each has its salt");
        assert_eq!(hasher.verify(secret("correct horse"), Some(kept.clone())).await, Ok(Verified::Yes));
        assert_eq!(hasher.verify(secret("wrong horse"), Some(kept.clone())).await, Ok(Verified::No));
        assert_eq!(hasher.verify(secret("correct horse"), None).await, Ok(Verified::No));
        assert_eq!(hasher.verify(secret("correct horse"), Some("rubbish".into())).await, Ok(Verified::No));
        let stronger = Hasher::with(Params::new(128, 1, 1, Some(32)).expect("parameters"));
        assert_eq!(stronger.verify(secret("correct horse"), Some(kept)).await, Ok(Verified::Rehash));
    }

    #[tokio::test]
    async fn the_parameters_are_those_of_the_rfc_and_an_unknown_name_costs_as_much() {
        let hasher = Hasher::default();
        assert!(hasher.decoy.starts_with("$argon2id$v=19$m=65536,t=3,p=4$"), "{}", hasher.decoy);
        let kept = hasher.hash(secret("correct horse")).await.expect("a hash");
        let parsed = |text: &str| {
            Params::try_from(&PasswordHash::new(text).expect("a PHC string")).expect("parameters")
        };
        assert_eq!(parsed(&kept), parsed(&hasher.decoy), "the same work with and without an account");
    }

    #[tokio::test]
    async fn a_long_line_is_turned_away() {
        let hasher = quick();
        let held = hasher.line.clone().acquire_many_owned(32).await.expect("all places");
        assert_eq!(hasher.verify(secret("x"), None).await, Err(Busy));
        drop(held);
        assert_eq!(hasher.verify(secret("x"), None).await, Ok(Verified::No));
    }

    /// The test vector of RFC 9106, section 5.3, without its secret and associated data, as the reference
    /// implementation's command line gives it: `echo -n password | argon2 somesalt -id -t 2 -k 65536 -p 1 -l 32`.
    #[test]
    fn the_reference_implementation_agrees() {
        let kept = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
        let parsed = PasswordHash::new(kept).expect("a PHC string");
        assert!(Argon2::default().verify_password(b"password", &parsed).is_ok());
        assert!(Argon2::default().verify_password(b"Password", &parsed).is_err());
    }
}
