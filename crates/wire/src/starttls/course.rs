//! How far a dialogue is, and the steps that are the same in all of them.

use super::{Ask, Pipelined, Refusal, Said, Stage, Step, request};

/// How far a dialogue is, and what the server said in it.
#[derive(Debug)]
pub(super) struct Course {
    /// What the next answer is to.
    pub(super) stage: Stage,
    /// The dialogue is one inside TLS, where nothing asks for it.
    pub(super) inside: bool,
    /// The octets that ask for TLS.
    pub(super) request: Vec<u8>,
    /// What the server said so far.
    pub(super) said: Said,
}

impl Course {
    /// From the first octet to TLS, which this line asks for; the command of `pipelined` is behind it where that is wanted.
    pub(super) fn plain(first: Stage, line: &[u8], ask: &Ask, pipelined: &Pipelined) -> Self {
        let said = Said { asked: first == Stage::Request, ..Said::default() };
        Course { stage: first, inside: false, request: request(line, ask, pipelined), said }
    }

    /// Inside TLS, where capabilities are asked for and nothing else.
    pub(super) fn inside() -> Self {
        Course { stage: Stage::Capabilities, inside: true, request: Vec::new(), said: Said::default() }
    }

    /// The greeting came; the capabilities are asked for by these octets where they are wanted.
    pub(super) fn greeted(&mut self, capabilities: Option<&[u8]>) -> Step {
        let Some(octets) = capabilities else { return self.asks() };
        self.stage = Stage::Capabilities;
        Step::Send(octets.to_vec())
    }

    /// The capabilities came, or will not: TLS is asked for, and inside TLS that is the end.
    pub(super) fn asks(&mut self) -> Step {
        if self.inside {
            return Step::Done;
        }
        self.stage = Stage::Request;
        self.said.asked = true;
        Step::Send(self.request.clone())
    }

    /// The server's go-ahead, in these words.
    pub(super) fn accepted(&mut self, words: String) -> Step {
        self.said.answer = Some(words);
        Step::Ready { after: Vec::new() }
    }

    /// The server's no to what it was asked last.
    pub(super) fn refused(&mut self, words: String, temporary: bool) -> Step {
        if self.stage == Stage::Request {
            self.said.answer = Some(words.clone());
        }
        Step::Refused(Refusal { to: self.stage, words, temporary })
    }

    /// The server takes leave, which it may at any time and for reasons of its own. Whatever it was asked last, that is no
    /// answer to it.
    pub(super) fn leaves(&self, words: String) -> Step {
        Step::Refused(Refusal { to: Stage::Greeting, words, temporary: true })
    }
}
