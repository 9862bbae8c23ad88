//! What an SSH server says before keys are taken into use: its identification, packets, and the messages in them.
#![no_main]
use libfuzzer_sys::fuzz_target;
use midwatch_wire::ssh::exchange::{ChosenGroup, GEX_REPLY, REPLY, Reply};
use midwatch_wire::ssh::identification::IdentificationReader;
use midwatch_wire::ssh::kexinit::KexInit;
use midwatch_wire::ssh::message::{Debug, Disconnect, ext_info};
use midwatch_wire::ssh::packet::{MAX_PACKET, PacketReader};
use midwatch_wire::ssh::{algorithm, method, terrapin};

fuzz_target!(|bytes: &[u8]| {
    let mut reader = IdentificationReader::default();
    let rest = match reader.push(bytes) {
        Ok(Some((said, taken))) => {
            let _ = (said.protocol(), said.software(), said.comments(), said.is_ssh2());
            &bytes[taken..]
        }
        _ => bytes,
    };
    message(rest);
    let mut packets = PacketReader::default();
    for piece in rest.chunks(4096) {
        packets.push(piece);
        while let Ok(Some(payload)) = packets.next() {
            assert!(!payload.is_empty() && payload.len() < MAX_PACKET);
            message(&payload);
        }
    }
});

fn message(payload: &[u8]) {
    if let Ok(lists) = KexInit::read(payload) {
        assert_eq!(KexInit::read(&lists.write()).as_ref(), Ok(&lists));
        for key in algorithm::offered(&lists.host_key) {
            let _ = algorithm::key_type(&key.algorithm);
        }
        let _ = terrapin::vulnerable(&lists.ciphers_to_server, &lists.macs_to_server);
        let _ = lists.key_exchange.iter().map(|name| method::method(name)).count();
    }
    let _ = (Disconnect::read(payload), Debug::read(payload), ext_info(payload), ChosenGroup::read(payload));
    let _ = (Reply::read(payload, REPLY, true), Reply::read(payload, GEX_REPLY, false));
}
