//! Codes that somebody typed.
#![no_main]
use libfuzzer_sys::fuzz_target;
use midwatch_exchange::Code;

fuzz_target!(|bytes: &[u8]| {
    let Ok(heard) = Code::hear(&String::from_utf8_lossy(bytes)) else { return };
    let again = Code::hear(&heard.code.to_string()).expect("a code that was said in full");
    assert!(again.code == heard.code && again.corrected.is_empty());
    for (typed, _) in &heard.corrected {
        assert!(!typed.chars().any(char::is_control));
    }
});
