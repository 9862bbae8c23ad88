//! PEM, DER and certificates against openssl; age, minisign, signify and WireGuard against their own tools; QR codes against an
//! independent reader.

mod common;

use std::path::Path;

use common::{key, keys, one, output, print, read_as, refused, text};
use midwatch_keys::compare::{self, Keys};
use midwatch_keys::{Format, Hint, PublicKey, ReadError, qr::qr, read};

fn openssl(directory: &Path, arguments: &[&str], input: &[u8]) -> Vec<u8> {
    output(directory, "openssl", "openssl", arguments, input)
}

/// `openssl dgst` in hexadecimal.
fn digest(directory: &Path, kind: &str, bytes: &[u8]) -> String {
    let text = openssl(directory, &["dgst", kind, "-r"], bytes);
    String::from_utf8(text).expect("text").split(' ').next().expect("a digest").to_owned()
}

#[test]
fn keys_and_certificates_of_openssl() {
    let directory = tempfile::tempdir().expect("a directory");
    let at = directory.path();
    for (algorithm, options, told, bits) in [
        ("RSA", &["-pkeyopt", "rsa_keygen_bits:2048"][..], "RSA", Some(2048)),
        ("EC", &["-pkeyopt", "ec_paramgen_curve:P-256"], "EC P-256", Some(256)),
        ("EC", &["-pkeyopt", "ec_paramgen_curve:secp521r1"], "EC P-521", Some(521)),
        ("ED25519", &[], "Ed25519", Some(256)),
        ("ED448", &[], "Ed448", None),
    ] {
        let private = openssl(at, &[&["genpkey", "-algorithm", algorithm], options].concat(), b"");
        refused(&private, "a private key in PEM");
        let pkcs8 = openssl(at, &["pkcs8", "-topk8", "-nocrypt", "-outform", "DER"], &private);
        refused(&pkcs8, "a private key in DER (PKCS#8)");
        let sealed = openssl(at, &["pkcs8", "-topk8", "-passout", "pass:x", "-outform", "DER"], &private);
        refused(&sealed, "an encrypted private key in DER (PKCS#8)");
        let sealed = openssl(at, &["pkcs8", "-topk8", "-passout", "pass:x"], &private);
        refused(&sealed, "a private key in PEM");
        if algorithm == "RSA" {
            let old = openssl(at, &["rsa", "-traditional", "-outform", "DER"], &private);
            refused(&old, "a private key in DER (PKCS#1)");
        }
        if algorithm == "EC" {
            refused(&openssl(at, &["ec", "-outform", "DER"], &private), "a private key in DER (SEC 1)");
        }

        let der = openssl(at, &["pkey", "-pubout", "-outform", "DER"], &private);
        let pem = openssl(at, &["pkey", "-pubout"], &private);
        let key = one(read(&der, &Hint::default()));
        assert_eq!(one(read(&pem, &Hint::default())), key);
        assert_eq!((key.algorithm.as_str(), key.bits), (told, bits));
        assert_eq!(print(&key, "key SHA-256"), digest(at, "-sha256", &der));
        let pin = openssl(at, &["base64"], &openssl(at, &["dgst", "-sha256", "-binary"], &der));
        assert_eq!(print(&key, "pin"), format!("sha256//{}", String::from_utf8_lossy(&pin).trim()));

        std::fs::write(at.join("key.pem"), &private).expect("a file");
        let subject = ["-subj", "/CN=shop.example/O=Elizabeth"];
        let certificate =
            openssl(at, &[&["req", "-x509", "-new", "-key", "key.pem"], &subject[..]].concat(), b"");
        let told = one(read(&certificate, &Hint::default()));
        for (kind, option) in [("certificate SHA-256", "-sha256"), ("certificate SHA-1", "-sha1")] {
            let said = openssl(at, &["x509", "-noout", "-fingerprint", option], &certificate);
            let said = String::from_utf8(said).expect("text");
            assert_eq!(said.trim().split_once('=').expect("a fingerprint").1, print(&told, kind));
        }
        assert_eq!(print(&told, "pin"), print(&key, "pin"));
        assert!(told.says[0].contains("shop.example"), "{:?}", told.says);
        assert!(matches!(compare::keys(&key, &told), Keys::Same { .. }));
        let der = openssl(at, &["x509", "-outform", "DER"], &certificate);
        assert_eq!(one(read(&der, &Hint::default())), told);

        std::fs::write(at.join("certificate.pem"), &certificate).expect("a file");
        let export =
            ["pkcs12", "-export", "-inkey", "key.pem", "-in", "certificate.pem", "-passout", "pass:x"];
        refused(&openssl(at, &export, b""), "a PKCS#12 file");
        assert!(read(&[private, certificate].concat(), &Hint::default()).is_err(), "a private key beside it");
    }
}

#[test]
fn recipients_of_age() {
    let directory = tempfile::tempdir().expect("a directory");
    let at = directory.path();
    let identity = text(at, "age", "age-keygen", &[]);
    refused(identity.as_bytes(), "an age secret key");
    let secret = identity.lines().last().expect("the key").to_lowercase();
    refused(secret.as_bytes(), "an age secret key");
    let recipient =
        String::from_utf8(output(at, "age", "age-keygen", &["-y"], identity.as_bytes())).expect("text");
    let key = one(read(recipient.as_bytes(), &Hint::default()));
    assert_eq!(print(&key, "recipient"), recipient.trim());
    assert_eq!(one(read(recipient.to_uppercase().as_bytes(), &Hint::default())), key);
    // A recipient that is mistyped anywhere is none.
    for at in 4..recipient.trim().len() {
        let mut wrong = recipient.trim().as_bytes().to_vec();
        wrong[at] = if wrong[at] == b'q' { b'p' } else { b'q' };
        assert!(read(&wrong, &Hint::default()).is_err(), "{at}");
    }
    text(at, "openssh-client", "ssh-keygen", &["-q", "-t", "ed25519", "-N", "", "-f", "id"]);
    let ssh = std::fs::read_to_string(at.join("id.pub")).expect("a file");
    let file = format!("# the team\n{recipient}{ssh}");
    let formats: Vec<Format> =
        read(file.as_bytes(), &Hint::default()).expect("two").iter().map(|key| key.format).collect();
    assert_eq!(formats, [Format::Age, Format::Openssh]);
}

#[test]
fn keys_of_minisign() {
    let directory = tempfile::tempdir().expect("a directory");
    let at = directory.path();
    output(at, "minisign", "minisign", &["-G", "-f", "-W", "-p", "m.pub", "-s", "m.key"], b"\n\n");
    let file = std::fs::read_to_string(at.join("m.pub")).expect("a file");
    let told = key(at.join("m.pub"));
    assert_eq!(told.format, Format::Minisign);
    let (comment, line) = file.trim().split_once('\n').expect("two lines");
    assert_eq!(print(&told, "key"), line);
    assert!(comment.ends_with(print(&told, "number")), "{comment} {:?}", told.fingerprints);
    let bare = one(read(line.as_bytes(), &Hint::default()));
    assert_eq!((bare.format, &bare.material), (Format::Minisign, &told.material));
    assert!(bare.notes[0].contains("signify"));
    refused(&std::fs::read(at.join("m.key")).expect("a file"), "a minisign secret key");
    std::fs::write(at.join("text"), "hello").expect("a file");
    output(at, "minisign", "minisign", &["-S", "-s", "m.key", "-m", "text", "-x", "text.sig"], b"\n");
    let signature = std::fs::read_to_string(at.join("text.sig")).expect("a file");
    let line = signature.lines().nth(1).expect("the signature");
    assert!(keys(at.join("text.sig")).is_err(), "{line}");
}

#[test]
fn keys_of_signify() {
    let directory = tempfile::tempdir().expect("a directory");
    let at = directory.path();
    let make = ["-G", "-n", "-c", "David's releases", "-p", "s.pub", "-s", "s.sec"];
    output(at, "signify-openbsd", "signify-openbsd", &make, b"");
    let told = key(at.join("s.pub"));
    assert_eq!((told.format, told.says[0].as_str()), (Format::Signify, "David's releases public key"));
    let file = std::fs::read_to_string(at.join("s.pub")).expect("a file");
    assert_eq!(print(&told, "key"), file.lines().nth(1).expect("the key"));
    refused(&std::fs::read(at.join("s.sec")).expect("a file"), "a signify secret key");
    std::fs::write(at.join("text"), "hello").expect("a file");
    output(
        at,
        "signify-openbsd",
        "signify-openbsd",
        &["-S", "-s", "s.sec", "-m", "text", "-x", "text.sig"],
        b"",
    );
    assert_eq!(keys(at.join("text.sig")), Err(ReadError::Signature));
}

#[test]
fn keys_of_wireguard() {
    let directory = tempfile::tempdir().expect("a directory");
    let at = directory.path();
    for _ in 0..20 {
        let private = text(at, "wireguard-tools", "wg", &["genkey"]);
        let public = output(at, "wireguard-tools", "wg", &["pubkey"], private.as_bytes());
        assert_eq!(read(&public, &Hint::default()), Err(ReadError::Bare), "nothing says what it is");
        let told = one(read_as(&public, Format::Wireguard));
        assert_eq!(print(&told, "key"), String::from_utf8_lossy(&public).trim());
        let wrong = one(read_as(private.as_bytes(), Format::Wireguard));
        assert!(wrong.notes[0].contains("'wg genkey'"), "a private key that is passed off as a public one");
        for (name, is) in
            [("wg0.pub", true), ("wireguard-david", true), ("wgx.pub", false), ("key.pub", false)]
        {
            std::fs::write(at.join(name), &public).expect("a file");
            assert_eq!(keys(at.join(name)).is_ok(), is, "{name}");
        }
        std::fs::write(at.join("wg0.private"), &private).expect("a file");
        assert!(matches!(keys(at.join("wg0.private")), Err(ReadError::Private { .. })));
        let line =
            format!("[Peer]\nPublicKey = {}AllowedIPs = 10.0.0.2/32\n", String::from_utf8_lossy(&public));
        assert_eq!(one(read(line.as_bytes(), &Hint::default())).material, told.material);
        refused(
            format!("[Interface]\nPrivateKey = {private}").as_bytes(),
            "a WireGuard configuration with a secret",
        );
    }
}

/// What a terminal shows, as a greymap: every half of a character is a square.
fn greymap(picture: &str, light_text: bool) -> Vec<u8> {
    const SIDE: usize = 8;
    let coloured = picture.contains('\x1b');
    let plain = picture.replace("\x1b[38;5;16;48;5;231m", "").replace("\x1b[0m", "");
    // Ink is dark where the colours are ours, and as the terminal has it otherwise.
    let (ink, paper) = if coloured || !light_text { (0_u8, 255_u8) } else { (255, 0) };
    let mut rows: Vec<Vec<u8>> = Vec::new();
    for line in plain.lines() {
        let half = |upper: bool| -> Vec<u8> {
            let inked = |c: char| c == '█' || c == if upper { '▀' } else { '▄' };
            line.chars().flat_map(|c| [if inked(c) { ink } else { paper }; SIDE]).collect()
        };
        for row in [half(true), half(false)] {
            rows.extend(std::iter::repeat_n(row, SIDE));
        }
    }
    let width = rows[0].len();
    assert!(rows.iter().all(|row| row.len() == width));
    [format!("P5\n{width} {}\n255\n", rows.len()).into_bytes(), rows.concat()].concat()
}

#[test]
fn qr_codes_are_read_by_zbar() {
    let directory = tempfile::tempdir().expect("a directory");
    let at = directory.path();
    text(at, "openssh-client", "ssh-keygen", &["-q", "-t", "ed25519", "-N", "", "-f", "id"]);
    text(at, "openssh-client", "ssh-keygen", &["-q", "-t", "rsa", "-N", "", "-f", "rsa"]);
    let short: PublicKey = key(at.join("id.pub"));
    let line = std::fs::read_to_string(at.join("id.pub")).expect("a file");
    assert!(line.starts_with(&short.qr), "the code holds the key itself");
    let large = key(at.join("rsa.pub"));
    assert_eq!(large.qr, large.main_fingerprint());
    let print = "OPENPGP4FPR:0123456789ABCDEF0123456789ABCDEF01234567";
    for content in [short.qr.as_str(), large.qr.as_str(), print] {
        // With our colours in any terminal; without, where text is light on dark.
        for colours in [true, false] {
            let picture = qr(content, colours).expect("short enough");
            std::fs::write(at.join("code.pgm"), greymap(&picture, true)).expect("a file");
            let read = text(at, "zbar-tools", "zbarimg", &["--quiet", "--raw", "code.pgm"]);
            assert_eq!(read.trim_end(), content, "colours: {colours}");
        }
    }
    assert_eq!(qr(&"x".repeat(5000), true), None);
}
