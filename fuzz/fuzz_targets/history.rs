//! The history of another watch, as it is imported: as it is, and with the first and the last line put round it, so that
//! its lines are reached. What was imported can be exported and imported again, and nothing new comes of that.
#![no_main]
use std::cell::RefCell;

use libfuzzer_sys::fuzz_target;
use midwatch_store::watch::{Imported, Ledger, Place};

thread_local! {
    static LEDGER: RefCell<Ledger> = RefCell::new(open());
}

/// A new file, in memory where there is such a directory. It goes away with the process: its name already has.
fn open() -> Ledger {
    let memory = std::path::Path::new("/dev/shm");
    let parent = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
    let path = parent.join(format!("midwatch-fuzz-{}.sqlite", std::process::id()));
    let ledger = Ledger::open(&Place::File(path.clone())).expect("a file");
    for end in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{end}", path.display()));
    }
    ledger
}

fuzz_target!(|bytes: &[u8]| {
    LEDGER.with_borrow_mut(|ledger| {
        let _ = ledger.import(&mut &bytes[..]);
        let mut lines = bytes.iter().filter(|byte| **byte == b'\n').count() + 2;
        let mut text = b"{\"schema\":\"midwatch-history/1\"}\n".to_vec();
        text.extend_from_slice(bytes);
        if bytes.last().is_some_and(|byte| *byte != b'\n') {
            text.push(b'\n');
            lines += 1;
        }
        text.extend_from_slice(format!("{{\"line\":\"end\",\"lines\":{lines}}}\n").as_bytes());
        if ledger.import(&mut text.as_slice()).is_ok() {
            let mut kept = Vec::new();
            let written = ledger.export(&mut kept).expect("what is kept can be exported");
            let again = ledger.import(&mut kept.as_slice()).expect("what was exported can be imported");
            assert_eq!(again, Imported { lines: written, ..Imported::default() });
            let mut same = Vec::new();
            ledger.export(&mut same).expect("what is kept can be exported");
            assert!(kept == same);
            if kept.len() > 1 << 20 {
                *ledger = open();
            }
        }
    });
});
