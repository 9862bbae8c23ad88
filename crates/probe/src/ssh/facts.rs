//! From bytes to what a report holds.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use midwatch_model::{
    DhParameters, Outcome, ReasonKind, SshAlgorithms, SshCertificate, SshCertificateKind,
    SshCertificateOption, SshIdentification, SshPublicKey, lossless,
};
use midwatch_wire::reader::WireError;
use midwatch_wire::ssh::certificate::{Certificate, HOST};
use midwatch_wire::ssh::exchange::ChosenGroup;
use midwatch_wire::ssh::identification::Identification;
use midwatch_wire::ssh::kexinit::KexInit;
use midwatch_wire::ssh::key::{PublicKey, type_of};
use midwatch_wire::ssh::method::{Kind, is_announcement, method};
use midwatch_wire::ssh::signature::Signature;
use midwatch_wire::ssh::{data, terrapin};
use ring::digest;

use super::proof;
use crate::tls::primes;

/// What a server says of itself.
pub(super) fn identification(said: &Identification) -> SshIdentification {
    SshIdentification {
        line: lossless(&said.line),
        protocol: lossless(said.protocol()),
        software: lossless(said.software()),
        comments: said.comments().map(lossless),
        before: said.before.iter().map(|line| lossless(line)).collect(),
    }
}

/// What it offers.
pub(super) fn algorithms(said: &KexInit) -> SshAlgorithms {
    let (announced, key_exchange): (Vec<_>, Vec<_>) =
        said.key_exchange.iter().cloned().partition(|name| is_announcement(name));
    let mut vulnerable = terrapin::vulnerable(&said.ciphers_to_server, &said.macs_to_server);
    vulnerable.extend(terrapin::vulnerable(&said.ciphers_to_client, &said.macs_to_client));
    vulnerable.sort_unstable();
    vulnerable.dedup();
    let is_hybrid = |name: &&String| method(name).is_some_and(|method| method.kind == Kind::Hybrid);
    SshAlgorithms {
        post_quantum: key_exchange.iter().filter(is_hybrid).cloned().collect(),
        key_exchange,
        announced,
        host_key: said.host_key.clone(),
        ciphers_to_server: said.ciphers_to_server.clone(),
        ciphers_to_client: said.ciphers_to_client.clone(),
        macs_to_server: said.macs_to_server.clone(),
        macs_to_client: said.macs_to_client.clone(),
        compression_to_server: said.compression_to_server.clone(),
        compression_to_client: said.compression_to_client.clone(),
        languages_to_server: said.languages_to_server.clone(),
        languages_to_client: said.languages_to_client.clone(),
        first_kex_packet_follows: said.first_kex_packet_follows,
        strict_key_exchange: said.is_strict(),
        terrapin: vulnerable,
    }
}

/// A group that a server chose.
pub(super) fn group(chosen: ChosenGroup<'_>) -> DhParameters {
    let hash = digest::digest(&digest::SHA256, chosen.prime);
    let prime_sha256: String = hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    DhParameters {
        // A packet holds no more than 280,000 bits, which no client computes with.
        bits: u16::try_from(data::bits(chosen.prime)).unwrap_or(u16::MAX),
        known_as: primes::name(&prime_sha256).map(str::to_owned),
        prime_sha256,
    }
}

/// A key that came by another way than this probe's: the key itself, and the certificate where the bytes are one. None
/// where they are neither.
pub fn read_key(blob: &[u8]) -> Option<(SshPublicKey, Option<SshCertificate>)> {
    match Certificate::read(blob).ok()? {
        Some(read) => {
            let key = public_key(&read.key.write()).ok()?;
            Some((key, Some(certificate(blob, &read).ok()?)))
        }
        None => Some((public_key(blob).ok()?, None)),
    }
}

/// A key by its blob, whose type need not be known.
///
/// # Errors
/// [`WireError`] where the blob is malformed.
pub(super) fn public_key(blob: &[u8]) -> Result<SshPublicKey, WireError> {
    let key_type = type_of(blob)?.to_owned();
    let bits = PublicKey::read(blob)?.map(|key| key.bits());
    let hash = digest::digest(&digest::SHA256, blob);
    let fingerprint = format!("SHA256:{}", STANDARD_NO_PAD.encode(hash));
    Ok(SshPublicKey { key_type, blob: STANDARD.encode(blob), bits, fingerprint })
}

/// A certificate, with its authority's signature verified.
///
/// # Errors
/// [`WireError`] where the authority's key or signature is malformed.
pub(super) fn certificate(blob: &[u8], read: &Certificate<'_>) -> Result<SshCertificate, WireError> {
    let signature = match PublicKey::read(read.authority)? {
        Some(key) => proof::verify_sent(&key, read.signature, read.signed),
        None => Outcome::unmeasured(ReasonKind::Other, "the authority's key is of a type that is not known"),
    };
    let options = |options: &[(&[u8], &[u8])]| {
        let one = |&(name, data): &(&[u8], &[u8])| SshCertificateOption {
            name: lossless(name),
            data: STANDARD.encode(data),
        };
        options.iter().map(one).collect()
    };
    Ok(SshCertificate {
        blob: STANDARD.encode(blob),
        serial: read.serial,
        kind: match read.kind {
            1 => SshCertificateKind::User,
            HOST => SshCertificateKind::Host,
            _ => SshCertificateKind::Other,
        },
        key_id: lossless(read.key_id),
        principals: read.principals.iter().map(|name| lossless(name)).collect(),
        valid_after: read.valid_after,
        valid_before: (read.valid_before != u64::MAX).then_some(read.valid_before),
        critical_options: options(&read.critical_options),
        extensions: options(&read.extensions),
        authority: public_key(read.authority)?,
        signature_algorithm: format_of(read.signature),
        signature,
    })
}

/// How a signature says it was made, empty where it cannot be read.
pub(super) fn format_of(signature: &[u8]) -> String {
    Signature::read(signature).map(|read| read.format.to_owned()).unwrap_or_default()
}
