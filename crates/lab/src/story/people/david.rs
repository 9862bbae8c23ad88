//! David: he is asked for his key, and answers letters for as long as they come.

use std::io;

use super::super::cures::{call, exchange, judge};
use super::super::key::Public;
use super::super::letter::{Introduction, Message};
use super::super::phone::Phone;
use super::super::wire::{Connection, Door};
use super::Somebody;

/// One meeting.
pub(crate) async fn meet(
    mut me: Somebody,
    door: Door,
    mut phone: Option<Phone>,
    text: &str,
) -> io::Result<Somebody> {
    // What is told on the telephone before anything is sent.
    let code = match phone.as_mut() {
        Some(phone) if exchange::is(&me) => exchange::told(&me, phone).await?,
        _ => None,
    };
    let mut connection = door.accept().await?;
    let theirs = match connection.read().await? {
        Some(Message::Ask(came)) => keys(&mut me, &mut connection, phone.as_mut(), &came).await?,
        Some(Message::Exchange(_)) => match code {
            Some(code) => exchange::david(&me, &code, &mut connection).await?,
            None => None,
        },
        _ => None,
    };
    if let Some(theirs) = theirs {
        answer(&mut me, &theirs, &mut connection, text).await?;
    }
    connection.close().await;
    Ok(me)
}

/// The keys go to and fro; gives back the one that he takes for Elizabeth's.
async fn keys(
    me: &mut Somebody,
    connection: &mut Connection,
    phone: Option<&mut Phone>,
    came: &Introduction,
) -> io::Result<Option<Public>> {
    me.sees(format!("Gets the key {} as Elizabeth's.", came.key));
    let mut believed = judge(me, came);
    let own = me.introduction();
    me.log.step("David sends his key.");
    me.sends(&format!("key {}", own.key));
    me.sees(format!(
        "Sends his key {}{}",
        own.key,
        if believed { "." } else { ", which is no secret; he will open nothing from the other one." }
    ));
    connection.write(&Message::Key(own)).await?;
    if let Some(phone) = phone {
        believed = call::david(me, &came.key, phone).await? && believed;
    }
    Ok(believed.then_some(came.key))
}

/// He answers whatever opens.
async fn answer(
    me: &mut Somebody,
    theirs: &Public,
    connection: &mut Connection,
    text: &str,
) -> io::Result<()> {
    while let Some(Message::Letter(sealed)) = connection.read().await? {
        let Some(letter) = me.open(theirs, &sealed) else {
            me.does_not_open();
            return Ok(());
        };
        me.log.believes(me.who, &letter);
        me.sees(format!("Opens it with the key {theirs}, and reads: “{letter}” He is content."));
        me.log.step("David answers.");
        me.log.wrote(me.who, text);
        me.sends("answer");
        me.sees(format!("Writes: “{text}” Seals it to the key {theirs}."));
        let sealed = me.seal(theirs, text)?;
        connection.write(&Message::Letter(sealed)).await?;
    }
    Ok(())
}
