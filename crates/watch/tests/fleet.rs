//! The configuration that tests of load and of faults write is one that midwatch reads.

use std::path::Path;
use std::time::Instant;

use midwatch_model::{Host, Starttls, Target, TargetError};
use midwatch_testbed::fleet::{Fleet, Options, Settings, id_of};
use midwatch_watch::config::{Config, Parse, TargetKind};

/// Takes what a fleet writes, and nothing else.
struct Fleets;

impl Parse for Fleets {
    fn target(
        &self,
        kind: TargetKind,
        at: &str,
        _: Option<&str>,
        _: Option<Starttls>,
    ) -> Result<Target, TargetError> {
        let (host, port) = at.rsplit_once(':').expect("a host and a port");
        assert_eq!(kind, TargetKind::Tls);
        let (host, port) = (Host::Name(host.to_owned()), port.parse().expect("a port"));
        Ok(Target::Tls { input: at.to_owned(), host, port, sni: None, starttls: None })
    }

    fn resolver(&self, text: &str) -> Result<(), String> {
        text.parse::<std::net::SocketAddr>().map(drop).map_err(|error| error.to_string())
    }

    fn resolve(&self, _: &str) -> Result<(), String> {
        Err("a fleet has a resolver".to_owned())
    }

    fn public_site(&self, _: &str) -> Result<(), String> {
        Err("a fleet is not public".to_owned())
    }
}

#[test]
fn midwatch_reads_what_a_fleet_writes() {
    let fleet = Fleet::start(Options::of(10_000));
    let directory = midwatch_testbed::directory();
    for (web, webhook) in [(None, None), (Some(10), Some("http://127.0.0.1:9/hook".to_owned()))] {
        let settings = Settings {
            every: "1m".to_owned(),
            at_once: 32,
            metrics: ([127, 0, 0, 1], 9).into(),
            web: web.map(|port| ([127, 0, 0, 1], port).into()),
            webhook,
        };
        let channels = usize::from(settings.webhook.is_some());
        let file = fleet.write_configuration(directory.path(), &settings);
        let text = std::fs::read_to_string(&file).unwrap();
        let begun = Instant::now();
        let config = Config::parse(&text, &file, &Fleets).unwrap_or_else(|error| panic!("{error}"));
        println!("10,000 targets were read in {:.2} s", begun.elapsed().as_secs_f64());
        assert_eq!(config.targets.len(), 10_000);
        assert_eq!(config.targets[9_999].id, id_of(10_000));
        assert_eq!(config.targets[0].every, 60);
        assert_eq!(
            config.targets[0].look.trust.as_deref(),
            Some([directory.path().join("authority.pem")].as_slice())
        );
        assert_eq!(config.channels.len(), channels);
        assert_eq!(config.web.on, web.is_some());
        assert_eq!(config.metrics.listen, Some(settings.metrics));
    }
    assert!(Path::new(&directory.path().join("authority.pem")).exists());
}
