//! Primes that many servers share, by the SHA-256 of their bytes. A shared prime of 1024 bits or less is
//! worth one attacker's large precomputation (Logjam, Adrian et al., 2015).
//!
//! The hashes were computed from the formulas in RFC 2409, RFC 3526 (powers of two and pi) and RFC 7919
//! (powers of two and e).

/// The well-known name of a prime.
pub fn name(sha256: &str) -> Option<&'static str> {
    KNOWN.iter().find(|(hash, _)| *hash == sha256).map(|(_, name)| *name)
}

const KNOWN: [(&str, &str); 13] = [
    (
        "b52ba6a3026520a6c49d37e4587601801bee500123b3259b6bf03e7cecc3e63d",
        "MODP 768 (Oakley group 1, RFC 2409)",
    ),
    (
        "3f35a3f5f6c4376a744acad409bb22f8d897f949d2311d885adaa890981b67a0",
        "MODP 1024 (Oakley group 2, RFC 2409)",
    ),
    ("64fcc83ec403930bf18393dbc883ccaa1fbb08ac876f77f7aa99748ca945019b", "MODP 1536 (RFC 3526)"),
    ("d66436f79bbd6b2e38c0ffbd079be904d2641415e2e67140e09448be9a60890e", "MODP 2048 (RFC 3526)"),
    ("48cf8b092fbce4359d9871abf74f98e25b6163379eaa15cd9087e800c6d1c55c", "MODP 3072 (RFC 3526)"),
    ("4ee95187682bcb230ad26a95205f6920e84708f6251b3894329b09ec23919e33", "MODP 4096 (RFC 3526)"),
    ("d1bfe6d0925ce7e4da262b62861514a7755e35831e429f343e7b864848657efd", "MODP 6144 (RFC 3526)"),
    ("39ab4feab950a3128fb71accb9fc3965d857012e081998a85996e3ea8b3c3bcf", "MODP 8192 (RFC 3526)"),
    ("9cd3b7f336872f46c09428d1bbc19877a4d440512cda8d1c1cf0cd6e33698966", "ffdhe2048 (RFC 7919)"),
    ("0eaf67db3a839156d5013494a5318a772b5697d270d721f37f092efc69ea5a17", "ffdhe3072 (RFC 7919)"),
    ("4648414224ac881b3d0dc59b466f96d06a558278776807797ecf1f66ff397b3e", "ffdhe4096 (RFC 7919)"),
    ("227ac9066b3ddd9e193670cda2388fa884f65ba0cf98b742d1fe77a6687c79c7", "ffdhe6144 (RFC 7919)"),
    ("770b14efaf6f049929c523113b3fa99a8d11dab1b18af3609590122075d19833", "ffdhe8192 (RFC 7919)"),
];
