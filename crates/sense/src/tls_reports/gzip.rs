//! gzip (RFC 1952), unpacked up to a limit.

use std::io::Read as _;

use flate2::read::MultiGzDecoder;
use midwatch_model::{Reason, ReasonKind};

/// Unpacks, where no more than `most` octets come of it.
///
/// # Errors
/// Where it is broken or cut, or holds more; with the octets that were unpacked until then.
pub(super) fn unpack(bytes: &[u8], most: usize) -> Result<Vec<u8>, (Reason, usize)> {
    let mut out = Vec::new();
    let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    let read = MultiGzDecoder::new(bytes).take(limit).read_to_end(&mut out);
    if out.len() > most {
        let detail = format!("it unpacks to more than {} MiB", most / 1024 / 1024);
        return Err((Reason::new(ReasonKind::Limit, detail), out.len()));
    }
    match read {
        Ok(_) => Ok(out),
        Err(error) => Err((super::other(&format!("its gzip cannot be unpacked: {error}")), out.len())),
    }
}
