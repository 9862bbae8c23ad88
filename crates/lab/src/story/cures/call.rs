//! The call in which each reads something aloud of the own key, and the other compares.

use std::io;

use super::{Cure, fingerprint, words};
use crate::story::key::Public;
use crate::story::people::{Somebody, capital};
use crate::story::phone::{Phone, Said};

/// What came of a comparison, and how it was done.
pub(crate) struct Compared {
    pub(crate) same: bool,
    pub(crate) how: String,
}

/// What is read aloud of a key.
pub(crate) fn aloud(cure: Cure, key: &Public) -> String {
    if cure == Cure::Words { words::aloud(key) } else { fingerprint::aloud(key) }
}

/// The same, short, for the page.
pub(crate) fn short(cure: Cure, aloud: &str) -> String {
    if cure == Cure::Words { words::short(aloud) } else { fingerprint::short(aloud) }
}

/// What it is called.
pub(crate) fn noun(cure: Cure) -> &'static str {
    if cure == Cure::Words { "words" } else { "fingerprint" }
}

fn compare(me: &Somebody, key: &Public, heard: &str) -> Compared {
    let compare = if me.cure == Cure::Words { words::compare } else { fingerprint::compare };
    compare(key, heard, me.hurried)
}

/// Elizabeth calls. True where all that was read fits the keys that came.
pub(crate) async fn elizabeth(me: &Somebody, theirs: &Public, phone: &mut Phone) -> io::Result<bool> {
    let noun = noun(me.cure);
    me.log.scene("The call");
    me.log.step(format!("Elizabeth calls David, and asks him to read the {noun} of his key."));
    phone.say(Said::Call).await;
    let Some(Said::Aloud(heard)) = phone.hear().await? else {
        me.nothing_comes();
        return Ok(false);
    };
    if !is_same(me, theirs, &heard) {
        phone.say(Said::Different).await;
        return Ok(false);
    }
    phone.say(Said::Same).await;
    me.log.step(format!("She reads him the {noun} of hers."));
    read(me, phone).await;
    agreed(me, phone).await
}

/// David is called. True where all that was read fits the keys that came.
pub(crate) async fn david(me: &Somebody, theirs: &Public, phone: &mut Phone) -> io::Result<bool> {
    let Some(Said::Call) = phone.hear().await? else { return Ok(false) };
    read(me, phone).await;
    if !agreed(me, phone).await? {
        return Ok(false);
    }
    let Some(Said::Aloud(heard)) = phone.hear().await? else { return Ok(false) };
    let same = is_same(me, theirs, &heard);
    phone.say(if same { Said::Same } else { Said::Different }).await;
    Ok(same)
}

/// Reads the own key aloud.
async fn read(me: &Somebody, phone: &Phone) {
    let aloud = aloud(me.cure, &me.secret.public());
    me.says(noun(me.cure));
    me.sees(format!("Reads “{}”.", short(me.cure, &aloud)));
    phone.say(Said::Aloud(aloud)).await;
}

/// Whether what was heard is the key that came.
fn is_same(me: &Somebody, theirs: &Public, heard: &str) -> bool {
    let Compared { same, how } = compare(me, theirs, heard);
    let heard = short(me.cure, heard);
    if same {
        me.sees(format!("Hears “{heard}”. {how}: the same."));
    } else {
        let they = capital(me.they());
        me.alarm(format!("Hears “{heard}”. {how}: not the same. {they} says so, and stops."));
    }
    same
}

/// Whether the other says that it is the same.
async fn agreed(me: &Somebody, phone: &mut Phone) -> io::Result<bool> {
    match phone.hear().await? {
        Some(Said::Same) => Ok(true),
        Some(Said::Different) => {
            me.alarm(format!("Hears that it is not what {} has: somebody is between them.", me.other()));
            Ok(false)
        }
        _ => Ok(false),
    }
}
