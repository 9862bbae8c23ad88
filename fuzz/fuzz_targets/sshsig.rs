//! Signatures of files by ssh-keygen: as they are, and with their armour put round them.
#![no_main]
use libfuzzer_sys::fuzz_target;
use midwatch_hostkeys::signed::SshSig;

fuzz_target!(|data: &[u8]| {
    if let Ok(signature) = SshSig::parse(data) {
        let _ = signature.check(b"a file");
    }
});
