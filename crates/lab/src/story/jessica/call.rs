//! What Jessica does on the telephone line, where she is on it.

use std::io;

use midwatch_exchange::Code;
use midwatch_model::Person;

use super::{Jessica, Tap, part};
use crate::story::attack::Attack;
use crate::story::cures::call::{aloud, noun, short};
use crate::story::cures::exchange;
use crate::story::phone::Said;

impl Jessica {
    /// One of the two says something.
    pub(super) async fn hears(&mut self, who: Person, said: Said, tap: &mut Tap) -> io::Result<()> {
        match (self.attack, &said) {
            (Attack::Imitate, Said::Call) => self.imitates_reading(tap).await,
            (Attack::Imitate, Said::Code(code)) => {
                let code = code.clone();
                self.imitates_telling(&code, tap).await
            }
            (Attack::Imitate, _) => Ok(()),
            _ => self.passes_on(who, said, tap).await,
        }
    }

    /// She listens, and what is said arrives.
    async fn passes_on(&mut self, who: Person, said: Said, tap: &Tap) -> io::Result<()> {
        let to = part(who);
        match &said {
            Said::Aloud(_) => {
                self.says(to, noun(self.cure), false);
                self.sees(format!("Hears it too. It is {who}'s true key, and hers has another."));
            }
            Said::Code(said) => {
                self.says(to, "code", false);
                let code = Code::hear(said).map_err(io::Error::other)?.code;
                self.sees(format!("Hears “{code}” too."));
                self.elizabeth.code = Some(code.clone());
                self.david.code = Some(code);
            }
            Said::Call | Said::Same | Said::Different => {}
        }
        let phone = if to == Person::Elizabeth { &tap.elizabeth } else { &tap.david };
        phone.say(said).await;
        Ok(())
    }

    /// Elizabeth has asked her, as David, to read his key.
    async fn imitates_reading(&mut self, tap: &mut Tap) -> io::Result<()> {
        let noun = noun(self.cure);
        let own = self.own.public();
        let aloud = aloud(self.cure, &own);
        let short = short(self.cure, &aloud);
        self.says(Person::Elizabeth, noun, true);
        self.sees(format!("Answers with David's voice, and reads the {noun} of her own key: “{short}”."));
        tap.elizabeth.say(Said::Aloud(aloud.clone())).await;
        let Some(Said::Same) = tap.elizabeth.hear().await? else { return Ok(()) };
        let Some(Said::Aloud(_)) = tap.elizabeth.hear().await? else { return Ok(()) };
        self.sees("Listens, and will say that it is the same.");
        self.log.step("Jessica calls David, with Elizabeth's voice.");
        tap.david.say(Said::Call).await;
        let Some(Said::Aloud(_)) = tap.david.hear().await? else { return Ok(()) };
        self.says(Person::David, noun, true);
        self.sees(format!("Says that it is the same, and reads “{short}” once more."));
        tap.david.say(Said::Same).await;
        tap.david.say(Said::Aloud(aloud)).await;
        if let Some(answer) = tap.david.hear().await? {
            tap.elizabeth.say(answer).await;
        }
        Ok(())
    }

    /// Elizabeth has told her, as David, the code.
    async fn imitates_telling(&mut self, said: &str, tap: &mut Tap) -> io::Result<()> {
        let code = Code::hear(said).map_err(io::Error::other)?.code;
        self.sees(format!("Answers with David's voice, and has the code “{code}”."));
        self.elizabeth.code = Some(code);
        let own = exchange::code(&mut self.random)?;
        self.log.step("Jessica calls David, with Elizabeth's voice, and tells him a code of her own.");
        self.says(Person::David, "code", true);
        self.sees(format!("Says “{own}”."));
        tap.david.say(Said::Code(own.to_string())).await;
        self.david.code = Some(own);
        if let Some(answer) = tap.david.hear().await? {
            tap.elizabeth.say(answer).await;
        }
        Ok(())
    }
}
