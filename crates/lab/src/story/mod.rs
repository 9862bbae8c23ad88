//! The story: Elizabeth and David write to each other, and Jessica is between them.
//!
//! Three tasks on loopback exchange real keys and real letters. Nothing of it is told that did not happen: who saw what is
//! written down by the tasks themselves, and what came of an attack is decided by what was read and what was believed.
//!
//! | module | job |
//! |---|---|
//! | `random`, `key`, `seal` | keys, and how letters are sealed (RFC 9180) |
//! | `letter`, `wire`, `phone` | what travels, on loopback and on a telephone line |
//! | `people` | Elizabeth's and David's tasks |
//! | `jessica` | the relay between them, which exists here alone |
//! | `cures` | what the two do about her, one file each |
//! | `attack` | what she tries |
//! | `log` | what each of them saw |
//! | `play`, `table` | one attack against one cure; all of them |

#![cfg_attr(
    not(test),
    warn(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

mod attack;
mod cures;
mod jessica;
mod key;
pub mod letter;
mod log;
mod people;
mod phone;
mod play;
mod random;
mod seal;
mod table;
mod wire;

use std::io;

use midwatch_model::{STORY_SCHEMA, Story, StoryChapter};

pub use attack::Attack;
pub use cures::{Cure, UnknownCure};
pub use key::Public;
pub use play::play;
pub use random::Random;
pub use table::markdown;

/// Plays the story: a chapter for each of these cures, and every attack against it.
///
/// # Errors
/// Where loopback or the system's random bytes cannot be had.
pub async fn story(cures: &[Cure], random: &Random) -> io::Result<Story> {
    let (table, plays) = table::table(cures, random).await?;
    let chapter = |cure: &Cure| {
        let about = cure.about();
        let shown = about.shown.iter().filter_map(|attack| {
            plays
                .iter()
                .find(|(played, which, _)| (played, which) == (cure, attack))
                .map(|(_, _, play)| play.clone())
        });
        StoryChapter {
            cure: about.id.to_owned(),
            title: about.title.to_owned(),
            what: about.what.to_owned(),
            fails: about.fails.to_owned(),
            plays: shown.collect(),
        }
    };
    let chapters = cures.iter().map(chapter).collect();
    Ok(Story {
        schema: STORY_SCHEMA.to_owned(),
        midwatch: env!("CARGO_PKG_VERSION").to_owned(),
        as_documented: table::as_documented(&table),
        chapters,
        table,
    })
}
