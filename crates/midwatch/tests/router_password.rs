//! `midwatch here --router-password` at a pseudo-terminal and at a pipe.

mod common;

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::{AsFd as _, OwnedFd};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use common::{code, stderr, stdout};
use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, tcgetattr};

fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_midwatch"));
    command.args(["here", "--router-password"]).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// What is said of a line at a pipe.
fn at_a_pipe(line: &[u8]) -> Output {
    let mut child = command().stdin(Stdio::piped()).spawn().expect("midwatch");
    child.stdin.take().expect("a pipe").write_all(line).expect("room in the pipe");
    child.wait_with_output().expect("an end")
}

/// A terminal that midwatch runs at.
struct Terminal {
    child: Child,
    keyboard: File,
    screen: OwnedFd,
}

impl Terminal {
    /// Starts midwatch and waits until it has silenced the terminal.
    fn start() -> Terminal {
        let keyboard = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
        grantpt(&keyboard).expect("a terminal");
        unlockpt(&keyboard).expect("a terminal");
        let name = ptsname(&keyboard, Vec::new()).expect("its name");
        let screen = rustix::fs::open(name.as_c_str(), OFlags::RDWR | OFlags::NOCTTY, Mode::empty())
            .expect("its other end");
        let stdin = screen.try_clone().expect("a copy");
        let child = command().stdin(stdin).spawn().expect("midwatch");
        let terminal = Terminal { child, keyboard: File::from(keyboard), screen };
        let until = Instant::now() + Duration::from_secs(20);
        while terminal.echoes() {
            assert!(Instant::now() < until, "what is typed would be shown");
            std::thread::sleep(Duration::from_millis(5));
        }
        terminal
    }

    fn echoes(&self) -> bool {
        tcgetattr(self.screen.as_fd()).expect("a terminal").local_modes.contains(LocalModes::ECHO)
    }

    /// Types, and returns what midwatch said and what the terminal showed.
    fn type_in(mut self, keys: &[u8]) -> (Output, Vec<u8>) {
        self.keyboard.write_all(keys).expect("a terminal");
        let status = self.child.wait().expect("an end");
        assert!(self.echoes(), "the terminal is as it was");
        let mut output = Output { status, stdout: Vec::new(), stderr: Vec::new() };
        self.child.stdout.take().expect("a pipe").read_to_end(&mut output.stdout).expect("its words");
        self.child.stderr.take().expect("a pipe").read_to_end(&mut output.stderr).expect("its words");
        // What was shown can be read until the other end is closed.
        drop(self.screen);
        let mut shown = Vec::new();
        let _ = self.keyboard.read_to_end(&mut shown);
        (output, shown)
    }
}

#[test]
fn a_terminal_shows_nothing_of_it() {
    let (output, shown) = Terminal::start().type_in(b"admin\r");
    assert_eq!(code(&output), 1);
    assert!(
        stdout(&output).starts_with("Default.") && stdout(&output).contains("TP-Link"),
        "{}",
        stdout(&output)
    );
    assert!(stderr(&output).contains("is not shown"), "{}", stderr(&output));
    assert!(!String::from_utf8_lossy(&shown).contains("admin"), "{shown:?}");
}

#[test]
fn keys_that_mend_a_line_are_heeded() {
    // Ctrl-U takes the line, backspace a whole character.
    let (output, _) = Terminal::start().type_in("nothing\u{15}adminö\u{7f}\n".as_bytes());
    assert!(stdout(&output).starts_with("Default."), "{}", stdout(&output));
    let (output, _) = Terminal::start().type_in(b"\r");
    assert!(stdout(&output).contains("MikroTik"), "{}", stdout(&output));
}

#[test]
fn interrupting_leaves_the_terminal_as_it_was() {
    let (output, _) = Terminal::start().type_in(b"half\x03");
    assert_eq!(code(&output), 64);
    assert!(stdout(&output).is_empty());
    assert!(stderr(&output).contains("no password was read"), "{}", stderr(&output));
}

#[test]
fn a_pipe_is_read_with_a_hint() {
    let output = at_a_pipe(b"dragon\r\nrest\n");
    assert_eq!(code(&output), 1);
    assert!(stdout(&output).starts_with("Common."), "{}", stdout(&output));
    assert!(stderr(&output).contains("standard input"), "{}", stderr(&output));
    let output = at_a_pipe(b"stapler-quiet-gherkin-otter");
    assert_eq!(code(&output), 0);
    assert!(stdout(&output).starts_with("None of these"), "{}", stdout(&output));
    assert!(stdout(&at_a_pipe(b"48213705\n")).starts_with("Guessable."));
    assert!(stdout(&at_a_pipe(b"tX9!q\n")).starts_with("Short."));
}

#[test]
fn a_password_is_never_said_back() {
    for password in ["hunter2secret", "dragon2026", "tX9!q-vB2_w"] {
        let output = at_a_pipe(password.as_bytes());
        assert!(!format!("{}{}", stdout(&output), stderr(&output)).contains(password), "{password}");
    }
    for arguments in
        [&["here", "--router-password=hunter2secret"][..], &["here", "--router-password", "hunter2secret"]]
    {
        let output = common::midwatch(arguments);
        assert_eq!(code(&output), 64, "{arguments:?}");
        assert!(
            !stderr(&output).contains("hunter2") && stderr(&output).contains("takes no value"),
            "{output:?}"
        );
        assert!(stdout(&output).is_empty());
    }
}

#[test]
fn wrong_use_is_said() {
    for (line, wanted) in [
        (&b""[..], "no password was read"),
        (b"\xff\xfe\n", "UTF-8"),
        (&[b'a'; 2000], "more than 1024 bytes"),
    ] {
        let output = at_a_pipe(line);
        assert_eq!(code(&output), 64, "{wanted}");
        assert!(stderr(&output).contains(wanted), "{}", stderr(&output));
    }
    let output = common::midwatch(&["here", "--router-password", "--format", "json"]);
    assert_eq!(code(&output), 64);
    assert!(stderr(&output).contains("no other options"), "{}", stderr(&output));
}
