//! Jessica runs the exchange by code with each of the two, as the other: with a code that she has, or with one that she
//! guesses.

use std::io;

use midwatch_exchange::{Session, Stop};
use midwatch_model::Person;

use super::{Ends, Jessica, part};
use crate::story::cures::exchange::{brought, code, label, offer};
use crate::story::letter::Message;
use crate::story::wire::Connection;

impl Jessica {
    /// Elizabeth is ready. First the exchange with her, and then the one with David.
    pub(super) async fn sessions(&mut self, ends: Ends<'_>) -> io::Result<()> {
        if self.elizabeth.code.is_none() {
            let guess = code(&mut self.random)?;
            self.sees(format!("Answers as David, and guesses the code: “{guess}”."));
            self.elizabeth.code = Some(guess.clone());
            self.david.code = Some(guess);
        } else {
            self.sees("Answers as David, with the code that she has.");
        }
        self.log.tries();
        let well = self.session(Person::Elizabeth, ends.elizabeth).await?;
        self.log.step("Jessica runs an exchange with David too, as Elizabeth.");
        ends.david.write(&Message::Exchange(Vec::new())).await?;
        let both = self.session(Person::David, ends.david).await? && well;
        if both {
            // David says that he is ready, and so may Elizabeth be.
            let _ = ends.david.read().await?;
            ends.elizabeth.write(&Message::Exchange(Vec::new())).await?;
        }
        Ok(())
    }

    /// The exchange with one of the two, to its end; whether it ended well for her.
    async fn session(&mut self, with: Person, connection: &mut Connection) -> io::Result<bool> {
        let Some(code) = self.known(with).code.take() else { return Ok(false) };
        // Elizabeth made the code, so that she, or who takes her part, opens.
        let own = self.own.clone();
        let key = offer(&own.public())?;
        let session =
            if with == Person::Elizabeth { Session::join(&code, key) } else { Session::open(&code, key) };
        let mut session = session.map_err(io::Error::other)?;
        self.send(with, &mut session, connection).await?;
        while session.outcome().is_none() {
            match connection.read().await? {
                Some(Message::Exchange(octets)) => session.input(&octets),
                _ => session.stop(Stop::Closed),
            }
            match session.outcome() {
                Some(Ok(exchanged)) => {
                    let key = brought(exchanged);
                    let known = self.known(with);
                    (known.key, self.known(part(with)).face) = (key, Some(own.clone()));
                    let name = key.map(|key| key.to_string()).unwrap_or_default();
                    self.sees(format!(
                        "It ends well: has {with}'s key {name}, and has given her own as {}'s.",
                        part(with)
                    ));
                }
                Some(Err(_)) => self.sees("It was the wrong code, and there is no second try."),
                None => {}
            }
            self.send(with, &mut session, connection).await?;
        }
        Ok(matches!(session.outcome(), Some(Ok(_))))
    }

    async fn send(&self, to: Person, session: &mut Session, connection: &mut Connection) -> io::Result<()> {
        let octets = session.output();
        if octets.is_empty() {
            return Ok(());
        }
        self.sends(to, &label(&octets), true);
        connection.write(&Message::Exchange(octets)).await
    }
}
