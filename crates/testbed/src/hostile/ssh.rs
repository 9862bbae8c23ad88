//! SSH servers that misbehave before keys are taken into use.

use std::io::{self, Write as _};
use std::time::Duration;

use super::Wire;

pub(super) fn endless_lines(wire: &mut Wire<'_>) -> io::Result<()> {
    let lines = b"this goes on and on and on\r\n".repeat(100);
    loop {
        wire.write_all(&lines)?;
    }
}

pub(super) fn says_and_waits(wire: &mut Wire<'_>, bytes: &[u8]) -> io::Result<()> {
    wire.write_all(bytes)?;
    wire.wait(Duration::MAX)
}

pub(super) fn says_and_resets(wire: &mut Wire<'_>, bytes: &[u8]) -> io::Result<()> {
    wire.write_all(bytes)?;
    wire.read_some(16 * 1024)?;
    wire.reset()
}
