//! The data of CAA, TLSA, SSHFP and HTTPS records, and configurations of Encrypted Client Hello.
#![no_main]
use libfuzzer_sys::fuzz_target;
use midwatch_probe::dns::{caa_record, ech_configs, service_binding, sshfp_record, tlsa_record};

fuzz_target!(|data: &[u8]| {
    let _ = (caa_record(data), tlsa_record(data), sshfp_record(data), service_binding(data), ech_configs(data));
});
