//! A session of SMTP (RFC 5321), as far as one message needs it.
//!
//! Written here rather than taken from the library that writes the messages, for two things that a hostile network
//! can do to a session: what a server says in plain text after its answer to STARTTLS must not be taken for what it
//! says over TLS (RFC 3207 section 5, CVE-2011-0411), and a line that never ends must not be kept.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use zeroize::Zeroizing;

use super::{Failure, clean};

/// The longest line of an answer, in bytes. RFC 5321 section 4.5.3.1.5 has 512; servers say more.
const LINE: usize = 2048;

/// The most lines of an answer.
const LINES: usize = 100;

/// What a server answered.
#[derive(Debug)]
pub(crate) struct Reply {
    code: u16,
    lines: Vec<String>,
}

impl Reply {
    /// True for 2yz.
    fn is_yes(&self) -> bool {
        (200..300).contains(&self.code)
    }

    /// True for 5yz: will not be different another time.
    pub(crate) fn is_never(&self) -> bool {
        (500..600).contains(&self.code)
    }

    /// The answer on one line.
    pub(crate) fn words(&self) -> String {
        clean::line(&format!("{} {}", self.code, self.lines.join(" ")), 300)
    }
}

/// A session with a server. `W` says what is being done, for sentences.
pub(crate) struct Session<S> {
    stream: S,
    host: String,
    /// What has come and is not read yet.
    buffer: Vec<u8>,
    /// What the last EHLO said, in upper case.
    offers: Vec<String>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Session<S> {
    /// A session that begins with the server's greeting, and our EHLO.
    pub(crate) async fn greeted(stream: S, host: &str, hello: &str) -> Result<Session<S>, Failure> {
        let mut session = Session { stream, host: host.to_owned(), buffer: Vec::new(), offers: Vec::new() };
        let greeting = session.read("its greeting").await?;
        session.yes(greeting, "the greeting")?;
        session.hello(hello).await?;
        Ok(session)
    }

    /// A session that goes on over TLS: it is as if nothing had been said before, but that there is no greeting.
    pub(crate) async fn resumed(stream: S, host: &str, hello: &str) -> Result<Session<S>, Failure> {
        let mut session = Session { stream, host: host.to_owned(), buffer: Vec::new(), offers: Vec::new() };
        session.hello(hello).await?;
        Ok(session)
    }

    async fn hello(&mut self, hello: &str) -> Result<(), Failure> {
        let reply = self.ask(&format!("EHLO {hello}"), "EHLO").await?;
        let reply = self.yes(reply, "EHLO")?;
        self.offers = reply.lines.iter().skip(1).map(|line| line.to_ascii_uppercase()).collect();
        Ok(())
    }

    /// The words after a keyword of EHLO's answer, where it is there.
    fn offer(&self, keyword: &str) -> Option<Vec<&str>> {
        self.offers.iter().find_map(|line| {
            let mut words = line.split([' ', '=']);
            (words.next() == Some(keyword)).then(|| words.collect())
        })
    }

    /// Asks for TLS, and yields the stream to speak it on.
    pub(crate) async fn starttls(mut self) -> Result<S, Failure> {
        if self.offer("STARTTLS").is_none() {
            return Err(Failure::later(format!(
                "{} offers no STARTTLS, so nothing was sent: somebody on the way may have taken the offer out; where \
                 the server never has it, write its port for implicit TLS and `tls = \"implicit\"`",
                self.host
            )));
        }
        let reply = self.ask("STARTTLS", "STARTTLS").await?;
        self.yes(reply, "STARTTLS")?;
        if !self.buffer.is_empty() {
            return Err(Failure::later(format!(
                "{} said more in plain text after its answer to STARTTLS, so nothing was sent: somebody on the way may \
                 have put it there",
                self.host
            )));
        }
        Ok(self.stream)
    }

    /// Logs in by PLAIN (RFC 4616), or by LOGIN where there is nothing else.
    pub(crate) async fn log_in(&mut self, user: &str, password: &str) -> Result<(), Failure> {
        let mechanisms = self.offer("AUTH").unwrap_or_default();
        let reply = if mechanisms.contains(&"PLAIN") {
            let both = Zeroizing::new(format!("\0{user}\0{password}"));
            let line = Zeroizing::new(format!("AUTH PLAIN {}", STANDARD.encode(both.as_bytes())));
            self.ask(&line, "the password").await?
        } else if mechanisms.contains(&"LOGIN") {
            let mut reply = self.ask("AUTH LOGIN", "AUTH").await?;
            for part in [user, password] {
                if reply.code != 334 {
                    break;
                }
                let line = Zeroizing::new(STANDARD.encode(part));
                reply = self.ask(&line, "the password").await?;
            }
            reply
        } else {
            let offered = clean::line(&mechanisms.join(" "), 100);
            return Err(Failure::refused(format!(
                "{} takes no login by PLAIN or LOGIN (it offers: {}): leave user and password out where it wants none",
                self.host,
                if offered.is_empty() { "none" } else { &offered }
            )));
        };
        self.yes(reply, &format!("the login of {}", clean::line(user, 100)))?;
        Ok(())
    }

    /// Hands over a message, whose lines end with CR LF, to all recipients that the server takes.
    ///
    /// # Errors
    /// [`Failure`] where it took none, or not the message. The recipients that it did not take, with its words, where
    /// it took another.
    pub(crate) async fn hand_over(
        &mut self,
        from: &str,
        to: &[String],
        message: &[u8],
    ) -> Result<Vec<(String, Reply)>, Failure> {
        let reply = self.ask(&format!("MAIL FROM:<{from}>"), "MAIL").await?;
        self.yes(reply, &format!("the sender {from}"))?;
        let mut left = Vec::new();
        for recipient in to {
            let reply = self.ask(&format!("RCPT TO:<{recipient}>"), "RCPT").await?;
            if !reply.is_yes() {
                left.push((recipient.clone(), reply));
            }
        }
        if left.len() == to.len() {
            let never = left.iter().all(|(_, reply)| reply.is_never());
            let said: Vec<_> = left.iter().map(|(who, reply)| format!("{who}: {}", reply.words())).collect();
            let why = format!("{} takes mail for nobody of those named: {}", self.host, said.join("; "));
            return Err(if never { Failure::refused(why) } else { Failure::later(why) });
        }
        let reply = self.ask("DATA", "DATA").await?;
        if reply.code != 354 {
            return Err(self.no(&reply, "DATA"));
        }
        let mut data = stuffed(message);
        data.extend_from_slice(b".\r\n");
        self.write(&data).await?;
        let reply = self.read("whether it takes the message").await?;
        self.yes(reply, "the message")?;
        Ok(left)
    }

    /// Says good-bye. The message is the server's by now, so nothing that happens here matters.
    pub(crate) async fn quit(&mut self) {
        let _ = self.ask("QUIT", "QUIT").await;
        let _ = self.stream.shutdown().await;
    }

    async fn ask(&mut self, line: &str, what: &str) -> Result<Reply, Failure> {
        // Commands are made from addresses that were parsed, and from names of letters: this is the last line of
        // defence.
        if line.contains(['\r', '\n', '\0']) {
            return Err(Failure::refused(format!("{what} would hold a line end: take it out")));
        }
        self.write(&Zeroizing::new(format!("{line}\r\n").into_bytes())).await?;
        self.read(&format!("an answer to {what}")).await
    }

    async fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let failed = |error| Failure::later(format!("the connection to {} broke: {error}", self.host));
        self.stream.write_all(bytes).await.map_err(failed)?;
        self.stream.flush().await.map_err(failed)
    }

    /// One answer: lines with a code, a hyphen after it in all but the last.
    async fn read(&mut self, what: &str) -> Result<Reply, Failure> {
        let mut lines = Vec::new();
        for _ in 0..LINES {
            let line = self.line(what).await?;
            let odd = || {
                let said = clean::line(&String::from_utf8_lossy(&line), 100);
                Failure::later(format!("{} says what is no SMTP: {said}", self.host))
            };
            let code = line.get(..3).and_then(|code| std::str::from_utf8(code).ok()?.parse::<u16>().ok());
            let code = code.filter(|code| (200..600).contains(code)).ok_or_else(odd)?;
            let last = match line.get(3) {
                None | Some(b' ') => true,
                Some(b'-') => false,
                Some(_) => return Err(odd()),
            };
            lines.push(String::from_utf8_lossy(line.get(4..).unwrap_or_default()).into_owned());
            if last {
                return Ok(Reply { code, lines });
            }
        }
        Err(Failure::later(format!("{} answers with more than {LINES} lines", self.host)))
    }

    async fn line(&mut self, what: &str) -> Result<Vec<u8>, Failure> {
        loop {
            if let Some(end) = self.buffer.iter().position(|byte| *byte == b'\n') {
                let mut line: Vec<u8> = self.buffer.drain(..=end).collect();
                while matches!(line.last(), Some(b'\n' | b'\r')) {
                    line.pop();
                }
                return Ok(line);
            }
            if self.buffer.len() > LINE {
                return Err(Failure::later(format!("{} sends a line longer than {LINE} bytes", self.host)));
            }
            let mut chunk = [0; 1024];
            match self.stream.read(&mut chunk).await {
                Ok(0) => return Err(Failure::later(format!("{} closed before {what} came", self.host))),
                Ok(count) => self.buffer.extend(chunk.iter().take(count)),
                Err(error) => return Err(Failure::later(format!("no word from {}: {error}", self.host))),
            }
        }
    }

    fn yes(&self, reply: Reply, what: &str) -> Result<Reply, Failure> {
        if reply.is_yes() { Ok(reply) } else { Err(self.no(&reply, what)) }
    }

    fn no(&self, reply: &Reply, what: &str) -> Failure {
        let why = format!("{} answers {what} with {}", self.host, reply.words());
        if reply.is_never() { Failure::refused(why) } else { Failure::later(why) }
    }
}

/// The message with every line end as CR LF, a further dot before each line that begins with one (RFC 5321 section
/// 4.5.2), and a line end at its end. Bare CR and LF, which servers read differently (SMTP smuggling), do not stay.
fn stuffed(message: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(message.len() + 64);
    for line in message.split(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.first() == Some(&b'.') {
            out.push(b'.');
        }
        out.extend(line.iter().map(|byte| if *byte == b'\r' { b' ' } else { *byte }));
        out.extend_from_slice(b"\r\n");
    }
    // What ended with a line end has given an empty line too many.
    if message.ends_with(b"\n") {
        out.truncate(out.len() - 2);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use tokio::io::DuplexStream;

    #[test]
    fn dots_and_line_ends() {
        assert_eq!(stuffed(b"a\r\n.\r\n..b\nc"), b"a\r\n..\r\n...b\r\nc\r\n");
        assert_eq!(stuffed(b"a\r\n"), b"a\r\n");
        assert_eq!(stuffed(b"a\r.\r\nb"), b"a .\r\nb\r\n");
    }

    proptest! {
        #[test]
        fn no_message_ends_itself(message in proptest::collection::vec(
            proptest::sample::select(b"\r\n.aQ".to_vec()), 0..64)) {
            let mut data = b"\r\n".to_vec();
            data.extend(stuffed(&message));
            // No end of data inside, by the strict and by the lax reading.
            for end in [&b"\r\n.\r\n"[..], b"\n.\n", b"\n.\r\n", b"\r.\r", b"\r\n.\n"] {
                prop_assert!(!data.windows(end.len()).any(|window| window == end), "{:?}", data);
            }
            prop_assert!(data.ends_with(b"\r\n"));
        }
    }

    proptest! {
        #[test]
        fn no_server_breaks_a_session(text in proptest::collection::vec(
            proptest::sample::select(b"\r\n 2250345-x\xff".to_vec()), 0..400)) {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            runtime.block_on(async {
                let (here, mut there) = tokio::io::duplex(1 << 16);
                there.write_all(&text).await.unwrap();
                there.shutdown().await.unwrap();
                if let Ok(mut session) = Session::greeted(here, "mail.example", "here").await {
                    let to = ["a@shop.example".to_owned()];
                    let _ = session.log_in("a", "b").await;
                    let _ = session.hand_over("b@shop.example", &to, b"x").await;
                    session.quit().await;
                }
            });
        }
    }

    /// A session with a server that says this, whatever it is asked.
    async fn said(text: &[u8]) -> (Result<Session<DuplexStream>, Failure>, DuplexStream) {
        let (here, mut there) = tokio::io::duplex(1 << 20);
        there.write_all(text).await.unwrap();
        (Session::greeted(here, "mail.example", "here").await, there)
    }

    #[tokio::test]
    async fn what_follows_the_answer_to_starttls_in_plain_text_is_never_read() {
        let said = said(b"220 hello\r\n250-mail\r\n250 STARTTLS\r\n220 go\r\n250-mail\r\n250 AUTH PLAIN\r\n");
        // The other side stays open: what is asked goes nowhere.
        let (session, _there) = said.await;
        let error = session.unwrap().starttls().await.unwrap_err();
        assert!(error.why().contains("said more in plain text after its answer to STARTTLS"), "{error}");
    }

    #[tokio::test]
    async fn answers_are_bounded() {
        let error = said(&vec![b'2'; 100_000]).await.0.map(drop).unwrap_err();
        assert!(error.why().contains("a line longer than"), "{error}");
        let error = said("220-x\r\n".repeat(1000).as_bytes()).await.0.map(drop).unwrap_err();
        assert!(error.why().contains("more than 100 lines"), "{error}");
        for odd in
            [&b"hello\r\n"[..], b"2 0 x\r\n", b"220x\r\n", b"999 x\r\n", b"\xff\xff\xff x\r\n", b"\r\n"]
        {
            let error = said(odd).await.0.map(drop).unwrap_err();
            assert!(error.why().contains("what is no SMTP"), "{error}");
        }
        let error = said(b"554 go away \x1b[2J\r\n").await.0.map(drop).unwrap_err();
        assert_eq!(error, Failure::refused("mail.example answers the greeting with 554 go away \\x1b[2J"));
        let error = said(b"421 later\r\n").await.0.map(drop).unwrap_err();
        assert!(matches!(error, Failure::Later { .. }), "{error}");
    }
}
