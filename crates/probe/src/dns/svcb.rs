//! HTTPS records (RFC 9460) and the configurations of Encrypted Client Hello in them.

use std::net::IpAddr;

use midwatch_model::{EchConfig, ServiceBinding, lossless};

use super::reader::Reader;

/// Addresses, protocols, keys or configurations of one record that are kept.
const MAX_ITEMS: usize = 32;

/// The version of Encrypted Client Hello in use (RFC 9849).
const ECH_VERSION: u16 = 0xfe0d;

/// Reads the data of an SVCB or HTTPS record. None where it ends before its parameters.
pub fn record(data: &[u8]) -> Option<ServiceBinding> {
    let mut reader = Reader(data);
    let priority = reader.u16()?;
    let target = target(&mut reader)?;
    let mut binding = ServiceBinding {
        priority,
        target,
        mandatory: Vec::new(),
        alpn: Vec::new(),
        no_default_alpn: false,
        port: None,
        hints: Vec::new(),
        ech: Vec::new(),
        others: Vec::new(),
        problems: Vec::new(),
    };
    let mut seen: Vec<u16> = Vec::new();
    let mut mandatory: Vec<u16> = Vec::new();
    while !reader.is_empty() {
        let Some((key, value)) = reader.u16().and_then(|key| Some((key, reader.long()?))) else {
            binding.problems.push("a parameter is cut off".into());
            break;
        };
        if seen.last().is_some_and(|last| *last >= key) {
            binding.problems.push(format!("{} is out of order or there twice (RFC 9460 2.2)", key_name(key)));
            break;
        }
        seen.push(key);
        if parameter(&mut binding, &mut mandatory, key, value).is_none() {
            binding.problems.push(format!("the value of {} cannot be read", key_name(key)));
        }
    }
    // AliasMode records have no parameters that count (RFC 9460 2.4.2).
    if priority > 0 {
        finish(&mut binding, &seen, &mandatory);
    }
    Some(binding)
}

fn finish(binding: &mut ServiceBinding, seen: &[u16], mandatory: &[u16]) {
    for key in mandatory {
        if *key == 0 || !seen.contains(key) {
            let why = format!("{} is mandatory and not there (RFC 9460 8)", key_name(*key));
            binding.problems.push(why);
        }
    }
    if binding.no_default_alpn && binding.alpn.is_empty() {
        binding.problems.push("no-default-alpn stands without alpn (RFC 9460 7.1.1)".into());
    }
    binding.mandatory = mandatory.iter().map(|key| key_name(*key)).collect();
}

fn parameter(binding: &mut ServiceBinding, mandatory: &mut Vec<u16>, key: u16, value: &[u8]) -> Option<()> {
    let mut reader = Reader(value);
    match key {
        0 => {
            while !reader.is_empty() && mandatory.len() < MAX_ITEMS {
                mandatory.push(reader.u16()?);
            }
            (!mandatory.is_empty()).then_some(())
        }
        1 => {
            while !reader.is_empty() && binding.alpn.len() < MAX_ITEMS {
                binding.alpn.push(lossless(reader.short().filter(|name| !name.is_empty())?));
            }
            (!binding.alpn.is_empty()).then_some(())
        }
        2 => {
            binding.no_default_alpn = true;
            reader.is_empty().then_some(())
        }
        3 => {
            binding.port = Some(reader.u16()?);
            reader.is_empty().then_some(())
        }
        4 | 6 => {
            let length = if key == 4 { 4 } else { 16 };
            if value.is_empty() || !value.len().is_multiple_of(length) {
                return None;
            }
            for address in value.chunks(length).take(MAX_ITEMS) {
                let ip = match key {
                    4 => IpAddr::from(<[u8; 4]>::try_from(address).ok()?),
                    _ => IpAddr::from(<[u8; 16]>::try_from(address).ok()?),
                };
                binding.hints.push(ip);
            }
            Some(())
        }
        5 => {
            binding.ech = ech_configs(value)?;
            Some(())
        }
        _ => {
            if binding.others.len() < MAX_ITEMS {
                binding.others.push(key_name(key));
            }
            Some(())
        }
    }
}

/// An `ECHConfigList`. None where it breaks off, or holds nothing.
pub fn ech_configs(value: &[u8]) -> Option<Vec<EchConfig>> {
    let mut outer = Reader(value);
    let mut list = Reader(outer.long()?);
    if !outer.is_empty() || list.is_empty() {
        return None;
    }
    let mut configs = Vec::new();
    while !list.is_empty() && configs.len() < MAX_ITEMS {
        let version = list.u16()?;
        let contents = list.long()?;
        configs.push(match version {
            ECH_VERSION => contents_of(contents)?,
            // Other versions are passed over by clients, whatever they hold.
            version => EchConfig { version, public_name: None, kem: None, suites: 0 },
        });
    }
    Some(configs)
}

fn contents_of(contents: &[u8]) -> Option<EchConfig> {
    let mut reader = Reader(contents);
    let _config_id = reader.u8()?;
    let kem = reader.u16()?;
    let _public_key = reader.long().filter(|key| !key.is_empty())?;
    let suites =
        reader.long().filter(|suites| !suites.is_empty() && suites.len().is_multiple_of(4))?.len() / 4;
    let _maximum_name_length = reader.u8()?;
    let name = reader.short().filter(|name| !name.is_empty())?;
    let _extensions = reader.long()?;
    let public_name = Some(lossless(name));
    reader.is_empty().then_some(EchConfig { version: ECH_VERSION, public_name, kem: Some(kem), suites })
}

/// A name without compression (RFC 9460 2.2), at most 255 bytes (RFC 1035 2.3.4).
fn target(reader: &mut Reader<'_>) -> Option<String> {
    let mut labels: Vec<String> = Vec::new();
    let mut length = 0_usize;
    loop {
        let label = reader.short()?;
        length += label.len() + 1;
        if label.len() > 63 || length > 255 {
            return None;
        }
        if label.is_empty() {
            break;
        }
        labels.push(lossless(label).to_ascii_lowercase());
    }
    Some(if labels.is_empty() { ".".into() } else { labels.join(".") })
}

/// Names of keys (RFC 9460 14.3.2, RFC 9461, RFC 9540).
fn key_name(key: u16) -> String {
    match key {
        0 => "mandatory".into(),
        1 => "alpn".into(),
        2 => "no-default-alpn".into(),
        3 => "port".into(),
        4 => "ipv4hint".into(),
        5 => "ech".into(),
        6 => "ipv6hint".into(),
        7 => "dohpath".into(),
        8 => "ohttp".into(),
        other => format!("key{other}"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn with(priority: u16, parameters: &[(u16, &[u8])]) -> ServiceBinding {
        let mut data = priority.to_be_bytes().to_vec();
        data.push(0);
        for (key, value) in parameters {
            data.extend_from_slice(&key.to_be_bytes());
            data.extend_from_slice(&u16::try_from(value.len()).unwrap().to_be_bytes());
            data.extend_from_slice(value);
        }
        record(&data).expect("a record")
    }

    fn ech(name: &str) -> Vec<u8> {
        let mut contents = vec![7, 0, 0x20, 0, 2, 1, 2, 0, 4, 0, 1, 0, 1, 0];
        contents.push(u8::try_from(name.len()).unwrap());
        contents.extend_from_slice(name.as_bytes());
        contents.extend_from_slice(&[0, 0]);
        let length = u16::try_from(contents.len()).unwrap();
        let mut list = (length + 4).to_be_bytes().to_vec();
        list.extend_from_slice(&ECH_VERSION.to_be_bytes());
        list.extend_from_slice(&length.to_be_bytes());
        list.extend_from_slice(&contents);
        list
    }

    #[test]
    fn every_key() {
        let binding = with(
            1,
            &[
                (0, &[0, 1, 0, 3]),
                (1, b"\x02h2\x02h3"),
                (3, &[0x20, 0xfb]),
                (4, &[192, 0, 2, 1]),
                (5, &ech("public.example")),
                (6, &[0x20; 16]),
                (65280, b"x"),
            ],
        );
        assert_eq!(binding.target, ".");
        assert_eq!(binding.mandatory, ["alpn", "port"]);
        assert_eq!(
            (binding.alpn.as_slice(), binding.port),
            (["h2".to_owned(), "h3".to_owned()].as_slice(), Some(8443))
        );
        assert_eq!(binding.hints.len(), 2);
        assert_eq!(binding.others, ["key65280"]);
        let config = EchConfig {
            version: ECH_VERSION,
            public_name: Some("public.example".into()),
            kem: Some(0x20),
            suites: 1,
        };
        assert_eq!(binding.ech, [config]);
        assert!(binding.problems.is_empty(), "{:?}", binding.problems);
    }

    #[test]
    fn faults_are_named() {
        let one = |parameters: &[(u16, &[u8])]| with(1, parameters).problems.join("; ");
        assert!(one(&[(0, &[0, 3])]).contains("port is mandatory and not there"));
        assert!(one(&[(2, b"")]).contains("without alpn"));
        assert!(one(&[(3, &[0, 1]), (1, b"\x02h2")]).contains("out of order"));
        assert!(one(&[(4, &[1, 2, 3])]).contains("ipv4hint cannot be read"));
        assert!(one(&[(5, &[0, 9, 1])]).contains("ech cannot be read"));
        assert!(record(&[0, 1, 0, 0, 1, 0]).expect("a record").problems[0].contains("cut off"));
        assert_eq!(record(&[0, 1, 5, b'a']), None);
        assert!(with(0, &[]).problems.is_empty());
    }

    proptest! {
        #[test]
        fn no_bytes_break_it(data in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = (record(&data), ech_configs(&data));
        }
    }
}
