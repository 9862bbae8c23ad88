//! Targets of people who must not go everywhere: nothing of this computer, and no way of whoever runs midwatch.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use midwatch_audit::ssh::{Config, SshOptions, Via};
use midwatch_audit::{Options, audit, target};
use midwatch_model::{AddressPolicy, Fact, State, Target, TargetReport};
use midwatch_probe::net::{Net, NetOptions};
use midwatch_probe::progress::Silent;

fn options() -> Options {
    Options::without_stores(Net::new(NetOptions { allow: AddressPolicy::public(), ..NetOptions::default() }))
}

async fn look(target: &Target, options: &Options) -> TargetReport {
    audit(target, options, &Silent).await
}

fn assert_refused(report: &TargetReport) {
    assert_eq!(report.state, State::NotMeasured);
    assert!(report.error.as_deref().is_some_and(|why| why.contains("must not lead")), "{:?}", report.error);
}

#[tokio::test]
async fn what_lies_on_this_computer_is_not_looked_at() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().to_str().unwrap().to_owned();
    for target in [
        Target::Repository { path },
        Target::Here { capture: None },
        Target::Here { capture: Some("/etc/passwd".into()) },
    ] {
        let report = look(&target, &options()).await;
        assert_refused(&report);
        assert!(report.observations.is_empty());
    }
}

#[tokio::test]
async fn targets_on_loopback_are_not_measured_and_say_why() {
    let trap = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    trap.set_nonblocking(true).unwrap();
    let at = trap.local_addr().unwrap();
    for target in [
        target::site(&format!("https://{at}/")).unwrap(),
        target::site(&format!("http://localhost:{}/", at.port())).unwrap(),
        target::tls(&at.to_string(), None, None).unwrap(),
        target::tls(&format!("[::ffff:127.0.0.1]:{}", at.port()), None, None).unwrap(),
        target::ssh(&at.to_string()).unwrap(),
    ] {
        assert_refused(&look(&target, &options()).await);
        assert!(trap.accept().is_err(), "{target}");
    }
}

#[tokio::test]
async fn sshs_configuration_is_not_for_others() {
    let directory = tempfile::tempdir().unwrap();
    let marker = directory.path().join("was-run");
    let config = directory.path().join("config");
    std::fs::write(
        &config,
        format!("Host *\n HostName 127.0.0.1\n ProxyCommand touch {}\n", marker.display()),
    )
    .unwrap();
    let trap = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    trap.set_nonblocking(true).unwrap();
    let proxy: SocketAddr = trap.local_addr().unwrap();
    for via in [Via::Unsaid, Via::Configured, Via::Jump(vec!["127.0.0.1".into()]), Via::Socks5(proxy)] {
        let mut options = options();
        options.ssh = SshOptions { config: Config::File(config.clone()), via, ..SshOptions::default() };
        // An address that nobody has: connections to it are not allowed either.
        let report = look(&target::ssh("192.0.2.7:2222").unwrap(), &Arc::new(options)).await;
        assert_refused(&report);
        assert!(!marker.exists() && trap.accept().is_err());
        assert!(
            !report
                .observations
                .iter()
                .any(|one| matches!(&one.fact, Fact::SshEndpoint(at) if at.over.is_some()))
        );
    }
}
