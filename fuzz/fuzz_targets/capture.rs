//! Capture files of both formats, and the frames in them.
#![no_main]
use libfuzzer_sys::fuzz_target;
use midwatch_wire::capture::Capture;
use midwatch_wire::link;

fuzz_target!(|data: &[u8]| {
    let Ok(mut capture) = Capture::new(data) else { return };
    while let Ok(Some(frame)) = capture.next_frame() {
        let _ = link::read(frame.link, frame.bytes);
    }
});
