//! Algorithms and host keys of SSH servers.
//!
//! A list that begins with `-` takes names away from those that the server has by itself, and `^` puts names before
//! them (`sshd_config(5)`), so that no list has to be written anew when OpenSSH learns an algorithm. Dropbear has no
//! configuration: what it offers is decided where it is built.

use midwatch_model::ServerSoftware;

use super::Lines;

/// sshd takes the first line of each name and passes over the others.
const SSHD: &str = "in /etc/ssh/sshd_config above its first Match, in place of every line of this name there and in \
                    sshd_config.d, since the first one counts alone; then sshd -t, and reload";
const DROPBEAR: &str = "in localoptions.h, from which Dropbear is built anew; it has no setting for it";

fn openssh(lines: impl Into<String>) -> Lines {
    Lines { server: ServerSoftware::OpenSsh, place: SSHD.into(), lines: lines.into() }
}

fn dropbear(lines: impl Into<String>) -> Lines {
    Lines { server: ServerSoftware::Dropbear, place: DROPBEAR.into(), lines: lines.into() }
}

/// Ciphers that `ssh-cipher-weak` names, as patterns.
const OLD_CIPHERS: &str = "*-cbc,rijndael-cbc@lysator.liu.se,arcfour*";

pub(super) fn key_exchange() -> Vec<Lines> {
    vec![
        openssh(
            "KexAlgorithms -diffie-hellman-group1-sha1,diffie-hellman-group14-sha1,\
             diffie-hellman-group-exchange-sha1",
        ),
        dropbear("#define DROPBEAR_DH_GROUP14_SHA1 0\n#define DROPBEAR_DH_GROUP1 0"),
    ]
}

/// Dropbear has no group exchange.
pub(super) fn group_exchange() -> Vec<Lines> {
    vec![openssh(
        "KexAlgorithms -diffie-hellman-group-exchange-*,diffie-hellman-group1-sha1,diffie-hellman-group14-sha1",
    )]
}

/// The method that OpenSSH has had since 8.5. A name that sshd does not know keeps it from starting.
pub(super) fn post_quantum() -> Vec<Lines> {
    vec![
        openssh("KexAlgorithms ^sntrup761x25519-sha512@openssh.com"),
        dropbear("#define DROPBEAR_SNTRUP761 1\n#define DROPBEAR_MLKEM768 1"),
    ]
}

pub(super) fn ciphers() -> Vec<Lines> {
    vec![
        openssh(format!("Ciphers -{OLD_CIPHERS}")),
        dropbear("#define DROPBEAR_3DES 0\n#define DROPBEAR_ENABLE_CBC_MODE 0"),
    ]
}

pub(super) fn terrapin() -> Vec<Lines> {
    vec![
        openssh(format!("Ciphers -chacha20-poly1305@openssh.com,{OLD_CIPHERS}")),
        dropbear("#define DROPBEAR_CHACHA20POLY1305 0\n#define DROPBEAR_ENABLE_CBC_MODE 0"),
    ]
}

/// What Dropbear is built from today has no MAC of MD5.
pub(super) fn macs() -> Vec<Lines> {
    vec![openssh("MACs -hmac-md5*")]
}

pub(super) fn signatures() -> Vec<Lines> {
    vec![
        openssh(
            "HostKeyAlgorithms -ssh-rsa,ssh-dss,ssh-rsa-cert-v01@openssh.com,ssh-dss-cert-v01@openssh.com",
        ),
        dropbear("#define DROPBEAR_RSA_SHA1 0\n#define DROPBEAR_DSS 0"),
    ]
}

pub(super) fn host_key() -> Vec<Lines> {
    let sshd = "in /etc/ssh/sshd_config, in place of every HostKey line there and in sshd_config.d, once \
                ssh-keygen -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key has made the key where there is none";
    let dropbear = "run once; then give the server -r with this file, and no other key";
    vec![
        Lines {
            server: ServerSoftware::OpenSsh,
            place: sshd.into(),
            lines: "HostKey /etc/ssh/ssh_host_ed25519_key".into(),
        },
        Lines {
            server: ServerSoftware::Dropbear,
            place: dropbear.into(),
            lines: "dropbearkey -t ed25519 -f /etc/dropbear/dropbear_ed25519_host_key".into(),
        },
    ]
}
