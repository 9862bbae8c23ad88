//! A capture file, read from its beginning to its end.

use std::fs::File;
use std::net::IpAddr;
use std::path::Path;

use midwatch_model::LinkWatch;
use midwatch_wire::capture::{Capture, CaptureError};

use super::{Interfaces, Watcher};

/// Frames between two reports of progress.
const STEP: u64 = 1 << 16;

/// Told now and then while a file is read.
#[derive(Clone, Copy, Debug)]
pub struct CaptureProgress {
    /// Bytes read.
    pub read: u64,
    /// Bytes of the file.
    pub size: u64,
}

/// Reads a pcap or pcapng file. `gateways` are routers that the user names.
///
/// # Errors
/// [`CaptureError`] where nothing can be read of it. A file that is damaged or ends early is read as far as it goes, and
/// the fact says why not further.
pub fn read(
    path: &Path,
    gateways: &[IpAddr],
    mut progress: impl FnMut(CaptureProgress),
) -> Result<LinkWatch, CaptureError> {
    let file = File::open(path)?;
    let size = file.metadata()?.len();
    let mut capture = Capture::new(file)?;
    let mut watcher = Watcher::new(gateways.iter().copied(), Interfaces::default());
    let mut frames: u64 = 0;
    loop {
        match capture.next_frame() {
            Ok(Some(frame)) => {
                watcher.frame(frame.time, frame.interface, frame.link, frame.bytes);
            }
            Ok(None) => break,
            Err(error) if frames == 0 => return Err(error),
            Err(error) => {
                watcher.stop(error.to_string());
                break;
            }
        }
        frames += 1;
        if frames.is_multiple_of(STEP) {
            progress(CaptureProgress { read: capture.offset(), size });
        }
    }
    if capture.is_cut() {
        watcher.stop("it ends within a frame");
    }
    Ok(watcher.heard(None))
}
