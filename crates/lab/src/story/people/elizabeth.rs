//! Elizabeth: she asks for David's key, writes, and reads his answer.

use std::io;

use super::super::cures::{Cure, call, exchange, judge};
use super::super::key::Public;
use super::super::letter::Message;
use super::super::phone::Phone;
use super::super::wire::{Address, Connection};
use super::Somebody;

/// One meeting. `way` is where she believes that David is.
pub(crate) async fn meet(
    mut me: Somebody,
    way: Address,
    mut phone: Option<Phone>,
    text: &str,
) -> io::Result<Somebody> {
    let mut connection = None;
    let theirs = match (me.cure, phone.as_mut()) {
        (Cure::Exchange, Some(phone)) => exchange::elizabeth(&mut me, way, phone, &mut connection).await?,
        (_, phone) => {
            let connection = connection.insert(Connection::to(way).await?);
            keys(&mut me, connection, phone).await?
        }
    };
    if let (Some(theirs), Some(connection)) = (theirs, connection.as_mut()) {
        write(&mut me, &theirs, connection, text).await?;
    }
    if let Some(connection) = connection.as_mut() {
        connection.close().await;
    }
    Ok(me)
}

/// The keys go to and fro; gives back the one that she takes for David's.
async fn keys(
    me: &mut Somebody,
    connection: &mut Connection,
    phone: Option<&mut Phone>,
) -> io::Result<Option<Public>> {
    let own = me.introduction();
    me.log.scene("The keys");
    me.log.step("Elizabeth asks David for his key, and sends hers.");
    me.sends(&format!("key {}", own.key));
    me.sees(format!("Sends her key {}.", own.key));
    connection.write(&Message::Ask(own)).await?;
    let Some(Message::Key(came)) = connection.read().await? else {
        me.nothing_comes();
        return Ok(None);
    };
    me.sees(format!("Gets the key {} as David's.", came.key));
    if !judge(me, &came) {
        return Ok(None);
    }
    if let Some(phone) = phone
        && !call::elizabeth(me, &came.key, phone).await?
    {
        return Ok(None);
    }
    Ok(Some(came.key))
}

/// She writes, and waits for the answer.
async fn write(
    me: &mut Somebody,
    theirs: &Public,
    connection: &mut Connection,
    text: &str,
) -> io::Result<()> {
    me.log.scene("The letters");
    me.log.step("Elizabeth writes to David.");
    me.log.wrote(me.who, text);
    me.sends("letter");
    me.sees(format!("Writes: “{text}” Seals it to the key {theirs}."));
    let sealed = me.seal(theirs, text)?;
    connection.write(&Message::Letter(sealed)).await?;
    match connection.read().await? {
        Some(Message::Letter(sealed)) => match me.open(theirs, &sealed) {
            Some(answer) => {
                me.log.believes(me.who, &answer);
                me.sees(format!("Opens it with the key {theirs}, and reads: “{answer}” She is content."));
            }
            None => me.does_not_open(),
        },
        _ => me.nothing_comes(),
    }
    Ok(())
}
