//! What POP3 and NNTP share: a server that greets, answers with a line each, and lists what it can do up to a line with a dot
//! alone.

use std::fmt;

use super::course::Course;
use super::lines::{Lined, Lines, invalid};
use super::{Ask, Dialogue, Pipelined, Said, Stage, Step};
use crate::reader::WireError;

/// What tells one such protocol from another.
pub(super) trait Listed: fmt::Debug + Send {
    /// Its name.
    const NAME: &'static str;
    /// Asks for the list.
    const LIST: &'static [u8];
    /// Asks for TLS.
    const REQUEST: &'static [u8];
    /// How to find out whether a command is carried over.
    const PIPELINED: Pipelined;

    /// What a line says as the answer to what was asked. None where it is no answer of this protocol.
    fn answer(to: Stage, line: &str) -> Option<Answer<'_>>;

    /// Reads the list.
    fn list(said: &mut Said, lines: &[String]);
}

/// An answer of one line.
pub(super) enum Answer<'a> {
    /// Yes, and what stands behind it; of a list that it follows.
    Yes(&'a str),
    /// There is no list, which is no refusal of TLS: servers from before lists may have it all the same.
    NoList,
    /// No, and whether it may be another one another time.
    No {
        /// It may.
        temporary: bool,
    },
}

pub(super) fn plain<P: Listed + 'static>(ask: &Ask) -> Box<dyn Dialogue> {
    let course = Course::plain(Stage::Greeting, P::REQUEST, ask, &P::PIPELINED);
    dialogue::<P>(course, ask.capabilities)
}

pub(super) fn inside<P: Listed + 'static>() -> Box<dyn Dialogue> {
    dialogue::<P>(Course::inside(), true)
}

fn dialogue<P: Listed + 'static>(course: Course, capabilities: bool) -> Box<dyn Dialogue> {
    Lines::boxed(Listing::<P> { course, capabilities, list: None, protocol: std::marker::PhantomData })
}

#[derive(Debug)]
struct Listing<P> {
    course: Course,
    capabilities: bool,
    /// The list that is being read.
    list: Option<Vec<String>>,
    protocol: std::marker::PhantomData<P>,
}

impl<P: Listed> Lined for Listing<P> {
    fn begin(&mut self) -> Step {
        if self.course.inside { Step::Send(P::LIST.to_vec()) } else { Step::Read }
    }

    fn line(&mut self, line: &str) -> Result<Step, WireError> {
        if let Some(list) = &mut self.list {
            if line != "." {
                // A line that begins with a dot has another put before it (RFC 1939 3, RFC 3977 3.1.1).
                list.push(line.strip_prefix('.').unwrap_or(line).to_owned());
                return Ok(Step::Read);
            }
            let list = self.list.take().unwrap_or_default();
            P::list(&mut self.course.said, &list);
            self.course.said.capabilities = Some(list);
            return Ok(self.course.asks());
        }
        let stage = self.course.stage;
        let answer = P::answer(stage, line).ok_or_else(|| invalid(line, "response", P::NAME))?;
        Ok(match (stage, answer) {
            (Stage::Greeting, Answer::Yes(text)) => {
                self.course.said.greeting.push(text.to_owned());
                self.course.greeted(self.capabilities.then_some(P::LIST))
            }
            (Stage::Capabilities, Answer::Yes(_)) => {
                self.list = Some(Vec::new());
                Step::Read
            }
            (Stage::Request, Answer::Yes(_)) => self.course.accepted(line.to_owned()),
            (_, Answer::NoList) => self.course.asks(),
            (_, Answer::No { temporary }) => self.course.refused(line.to_owned(), temporary),
        })
    }

    fn said(&self) -> &Said {
        &self.course.said
    }
}
