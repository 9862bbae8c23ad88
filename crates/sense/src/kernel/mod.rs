//! Questions to the kernel and whole answers (netlink(7), RFC 3549). The socket itself is Linux's alone.

#[cfg(not(has_linux))]
mod elsewhere;
#[cfg(has_linux)]
mod linux;

use midwatch_model::{Reason, ReasonKind};
use midwatch_wire::netlink::{self, DONE, DUMP, DUMP_INTERRUPTED, ERROR, Header, REQUEST};

#[cfg(not(has_linux))]
use elsewhere::Socket;
#[cfg(has_linux)]
use linux::Socket;

/// All of an answer, in bytes.
const MAX_ANSWER: usize = 8 * 1024 * 1024;

/// Times that a table is read again because it changed meanwhile.
const MAX_TRIES: usize = 3;

/// What carries messages to the kernel and back.
pub(crate) trait Channel {
    /// Sends one message.
    fn send(&mut self, message: &[u8]) -> Result<(), Reason>;

    /// The next datagram.
    fn receive(&mut self) -> Result<Vec<u8>, Reason>;
}

/// A conversation with the kernel.
pub(crate) struct Kernel<C = Socket> {
    channel: C,
    sequence: u32,
}

/// One answer.
pub(crate) enum Answer {
    /// The body of a message.
    Body(Vec<u8>),
    /// There is none, in the kernel's words.
    No(String),
}

impl Kernel {
    /// About interfaces, routes and neighbours (rtnetlink(7)).
    pub(crate) fn routing() -> Result<Kernel, Reason> {
        Socket::routing().map(Kernel::over)
    }

    /// About what has a family of its own, such as Wi-Fi.
    pub(crate) fn generic(about: &'static str) -> Result<Kernel, Reason> {
        Socket::generic(about).map(Kernel::over)
    }

    /// About sockets (sock_diag(7)).
    pub(crate) fn sockets() -> Result<Kernel, Reason> {
        Socket::sockets().map(Kernel::over)
    }
}

impl<C: Channel> Kernel<C> {
    /// A conversation over a channel.
    pub(crate) fn over(channel: C) -> Kernel<C> {
        Kernel { channel, sequence: 0 }
    }

    /// The bodies of a whole table.
    pub(crate) fn dump(&mut self, kind: u16, body: &[u8]) -> Result<Vec<Vec<u8>>, Reason> {
        for _ in 0..MAX_TRIES {
            self.ask(kind, REQUEST | DUMP, body)?;
            if let Some(bodies) = self.whole()? {
                return Ok(bodies);
            }
        }
        Err(failed("the kernel's table changed each time while it was read"))
    }

    /// The answer to one question.
    pub(crate) fn one(&mut self, kind: u16, body: &[u8]) -> Result<Answer, Reason> {
        self.ask(kind, REQUEST, body)?;
        let datagram = self.channel.receive()?;
        let mut rest = datagram.as_slice();
        while let Some((header, body)) = Header::split(&mut rest) {
            if header.sequence != self.sequence {
                continue;
            }
            return Ok(match header.kind {
                ERROR => Answer::No(errno(body)),
                _ => Answer::Body(body.to_vec()),
            });
        }
        Err(failed("the kernel's answer could not be understood"))
    }

    fn ask(&mut self, kind: u16, flags: u16, body: &[u8]) -> Result<(), Reason> {
        self.sequence = self.sequence.wrapping_add(1);
        let header = Header { kind, flags, sequence: self.sequence };
        self.channel.send(&header.message(body))
    }

    /// Every message up to the end of the table; none where it changed while it was read.
    fn whole(&mut self) -> Result<Option<Vec<Vec<u8>>>, Reason> {
        let mut bodies = Vec::new();
        let mut total = 0;
        let mut changed = false;
        loop {
            let datagram = self.channel.receive()?;
            total += datagram.len();
            if total > MAX_ANSWER {
                return Err(Reason::new(ReasonKind::Limit, "a table of the kernel is larger than 8 MiB"));
            }
            let mut rest = datagram.as_slice();
            let mut any = false;
            while let Some((header, body)) = Header::split(&mut rest) {
                any = true;
                if header.sequence != self.sequence {
                    continue;
                }
                changed |= header.flags & DUMP_INTERRUPTED != 0;
                match header.kind {
                    // Its body is 0, or the number of an error that ended the table before its time.
                    DONE if netlink::errno(body) != 0 => {
                        return Err(failed(&format!("the kernel broke off ({})", errno(body))));
                    }
                    DONE => return Ok((!changed).then_some(bodies)),
                    ERROR => return Err(failed(&format!("the kernel refused ({})", errno(body)))),
                    _ => bodies.push(body.to_vec()),
                }
            }
            if !any {
                return Err(failed("the kernel's answer could not be understood"));
            }
        }
    }
}

pub(crate) fn failed(detail: &str) -> Reason {
    Reason::new(ReasonKind::Other, detail)
}

/// The words for the error number that begins a message of that kind.
fn errno(body: &[u8]) -> String {
    std::io::Error::from_raw_os_error(netlink::errno(body)).to_string()
}

#[cfg(test)]
pub(crate) mod testing {
    use std::collections::VecDeque;

    use super::*;

    /// A kernel that was made up: for each question its kind, its flags and its body, and the messages that answer it,
    /// each a kind, flags and a body.
    pub(crate) struct FakeKernel<A> {
        answer: A,
        waiting: VecDeque<Vec<u8>>,
    }

    pub(crate) type Message = (u16, u16, Vec<u8>);

    impl<A: FnMut(Header, &[u8]) -> Vec<Message>> FakeKernel<A> {
        pub(crate) fn kernel(answer: A) -> Kernel<FakeKernel<A>> {
            Kernel::over(FakeKernel { answer, waiting: VecDeque::new() })
        }
    }

    impl<A: FnMut(Header, &[u8]) -> Vec<Message>> Channel for FakeKernel<A> {
        fn send(&mut self, message: &[u8]) -> Result<(), Reason> {
            let mut rest = message;
            let (header, body) = Header::split(&mut rest).expect("a whole question");
            assert!(rest.is_empty(), "one question at a time");
            for (kind, flags, body) in (self.answer)(header, body) {
                self.waiting.push_back(Header { kind, flags, sequence: header.sequence }.message(&body));
            }
            Ok(())
        }

        fn receive(&mut self) -> Result<Vec<u8>, Reason> {
            self.waiting.pop_front().ok_or_else(|| failed("the kernel did not answer"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::testing::FakeKernel;
    use super::*;

    #[test]
    fn a_table_that_changed_is_read_again() {
        let mut asked = 0;
        let mut kernel = FakeKernel::kernel(|_, _| {
            asked += 1;
            let flags = if asked == 1 { DUMP_INTERRUPTED } else { 0 };
            vec![(20, flags, vec![asked]), (DONE, flags, vec![0; 4])]
        });
        assert_eq!(kernel.dump(1, &[]).unwrap(), [vec![2, 0, 0, 0]]);
        let mut restless =
            FakeKernel::kernel(|_, _| vec![(20, DUMP_INTERRUPTED, vec![]), (DONE, 0, vec![0; 4])]);
        assert!(restless.dump(1, &[]).unwrap_err().detail.contains("changed each time"));
    }

    #[test]
    fn errors_are_told_in_words() {
        let denied = |kind| FakeKernel::kernel(move |_, _| vec![(kind, 0, (-1_i32).to_ne_bytes().to_vec())]);
        assert!(denied(ERROR).dump(1, &[]).unwrap_err().detail.contains("Operation not permitted"));
        assert!(denied(DONE).dump(1, &[]).unwrap_err().detail.contains("broke off"));
        assert!(matches!(denied(ERROR).one(1, &[]), Ok(Answer::No(how)) if how.contains("not permitted")));
        let mut silent = FakeKernel::kernel(|_, _| vec![]);
        assert!(silent.dump(1, &[]).is_err());
    }

    #[test]
    fn a_table_without_end_is_given_up() {
        let large = vec![0; 60 * 1024];
        let mut kernel = FakeKernel::kernel(|_, _| vec![(20, 0, large.clone()); 150]);
        assert_eq!(kernel.dump(1, &[]).unwrap_err().kind, ReasonKind::Limit);
    }
}
