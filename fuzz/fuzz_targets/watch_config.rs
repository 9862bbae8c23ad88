//! midwatch.toml.
#![no_main]
use std::path::Path;

use libfuzzer_sys::fuzz_target;
use midwatch_model::{Host, Starttls, Target, TargetError};
use midwatch_watch::config::{Config, Parse, TargetKind};

/// Takes every text as a name.
struct Any;

impl Parse for Any {
    fn target(
        &self,
        kind: TargetKind,
        at: &str,
        sni: Option<&str>,
        starttls: Option<Starttls>,
    ) -> Result<Target, TargetError> {
        match kind {
            TargetKind::Here => Ok(Target::Here { capture: None }),
            TargetKind::Host => Ok(Target::Server),
            _ if at.is_empty() => Err(TargetError("it is empty".into())),
            _ => Ok(Target::Tls {
                input: at.into(),
                host: Host::Name(at.into()),
                port: 443,
                sni: sni.map(str::to_owned),
                starttls,
            }),
        }
    }

    fn resolver(&self, _: &str) -> Result<(), String> {
        Ok(())
    }

    fn resolve(&self, _: &str) -> Result<(), String> {
        Ok(())
    }

    fn public_site(&self, _: &str) -> Result<(), String> {
        Ok(())
    }
}

fuzz_target!(|text: &str| {
    // Long files say the same more slowly.
    let mut end = text.len().min(4096);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let text = &text[..end];
    match Config::parse(text, Path::new("midwatch.toml"), &Any) {
        Ok(config) => {
            // Ids are names of pages and files, each of one target.
            for target in &config.targets {
                assert!(!target.id.is_empty() && target.id.len() <= 64);
                assert!(
                    target
                        .id
                        .bytes()
                        .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
                );
            }
            assert!(Config::diff(&config, &config).is_empty());
            let now = "2026-03-29T00:30:00Z".parse().unwrap();
            let _ =
                (config.rules(&[], now), config.next_digest(now), config.limits(), config.policy.addresses());
        }
        Err(error) => {
            let lines = text.split('\n').count();
            assert!(!error.faults.is_empty() && error.faults.len() <= 50);
            assert!(error.faults.iter().all(|fault| (1..=lines).contains(&fault.line) && fault.column >= 1));
        }
    }
});
