//! `midwatch here --router-password`.

use std::io::{self, Write as _};
use std::process::ExitCode;

use midwatch_audit::password::{ENOUGH, SHORT, Strength, look};
use rustix::stdio::stdin;
use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, Termios, isatty, tcgetattr, tcsetattr};
use zeroize::Zeroizing;

use crate::{exit, output};

/// The longest password that is taken, in bytes.
const MAX: usize = 1024;

/// Reads a password and says what it is. It is written nowhere, and sent to nobody.
pub fn run() -> ExitCode {
    let password = match read() {
        Ok(password) => password,
        Err(sentence) => return exit::usage(&sentence),
    };
    let Ok(text) = std::str::from_utf8(&password) else {
        return exit::usage("the password is no UTF-8 text; type it as the router's page takes it");
    };
    let (good, says) = says(look(text));
    output::standard(&says);
    if good { ExitCode::SUCCESS } else { ExitCode::from(1) }
}

/// Whether it will do, and a few sentences.
fn says(strength: Strength) -> (bool, String) {
    let renew = "Choose another in the router's settings: four or more words that have nothing to do with each other, or \
                 what a password manager makes.";
    match strength {
        Strength::Factory(makers) => {
            let text = format!(
                "Default. Routers come with this password ({makers}): it is what everybody tries first. {renew}\n"
            );
            (false, text)
        }
        Strength::Common => {
            (false, format!("Common. It is among the 5,000 passwords that are used most. {renew}\n"))
        }
        Strength::Guessable(pattern) => (false, format!("Guessable. It is {pattern}. {renew}\n")),
        Strength::Short => (
            false,
            format!("Short. It has fewer than {SHORT} characters, all of which can be tried. {renew}\n"),
        ),
        Strength::Middling => {
            let text = format!(
                "None of these: not a default, not common, not short, no pattern that is known. With {ENOUGH} characters or \
                 more it would be as long as NIST asks of a password that stands alone.\n"
            );
            (true, text)
        }
        Strength::Fine => {
            (true, "None of these: not a default, not common, not short, no pattern that is known.\n".into())
        }
    }
}

/// The password without the end of its line.
fn read() -> Result<Zeroizing<Vec<u8>>, String> {
    if !isatty(stdin()) {
        eprintln!(
            "midwatch: the password is read from standard input, one line; in a terminal it is asked for unseen"
        );
        return line(false);
    }
    let quiet =
        Quiet::new().map_err(|error| format!("the terminal cannot be kept from showing it: {error}"))?;
    eprint!("The router's password (it is not shown, kept or sent): ");
    let _ = io::stderr().flush();
    let line = line(true);
    drop(quiet);
    eprintln!();
    line
}

/// Reads a line byte by byte, past every buffer that would keep it. At a terminal the keys that mend a line are heeded,
/// since the terminal itself does not heed them.
fn line(terminal: bool) -> Result<Zeroizing<Vec<u8>>, String> {
    // As large as it can get, so that no copy is left behind where it grows.
    let mut line = Zeroizing::new(Vec::with_capacity(MAX));
    let none = || "no password was read".to_owned();
    loop {
        let mut byte = Zeroizing::new([0_u8]);
        let count = match rustix::io::read(stdin(), &mut byte[..]) {
            Ok(count) => count,
            Err(rustix::io::Errno::INTR) => continue,
            Err(error) => return Err(format!("the password cannot be read: {error}")),
        };
        let [byte] = *byte;
        match byte {
            _ if count == 0 => return if line.is_empty() { Err(none()) } else { Ok(line) },
            b'\n' => {
                // Lines of other systems end in two.
                if line.last() == Some(&b'\r') {
                    line.pop();
                }
                return Ok(line);
            }
            b'\r' if terminal => return Ok(line),
            // Ctrl-C and Ctrl-D.
            3 if terminal => return Err(none()),
            4 if terminal => return if line.is_empty() { Err(none()) } else { Ok(line) },
            // Backspace takes a whole character, Ctrl-U the line.
            8 | 127 if terminal => while line.pop().is_some_and(|byte| byte & 0xC0 == 0x80) {},
            21 if terminal => line.clear(),
            _ if line.len() == MAX => {
                return Err(format!("a password of more than {MAX} bytes is none of a router"));
            }
            byte => line.push(byte),
        }
    }
}

/// A terminal that shows nothing of what is typed, and sends no signals for it, until this is dropped.
struct Quiet(Termios);

impl Quiet {
    fn new() -> rustix::io::Result<Self> {
        let before = tcgetattr(stdin())?;
        let mut quiet = before.clone();
        let off = LocalModes::ECHO
            | LocalModes::ECHONL
            | LocalModes::ICANON
            | LocalModes::ISIG
            | LocalModes::IEXTEN;
        quiet.local_modes.remove(off);
        quiet.special_codes[SpecialCodeIndex::VMIN] = 1;
        quiet.special_codes[SpecialCodeIndex::VTIME] = 0;
        tcsetattr(stdin(), OptionalActions::Flush, &quiet)?;
        Ok(Quiet(before))
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        let _ = tcsetattr(stdin(), OptionalActions::Flush, &self.0);
    }
}
