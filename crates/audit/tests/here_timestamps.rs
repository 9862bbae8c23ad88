//! A site met from this computer whose root is in a public programme (one of the test's own), with and without the
//! timestamps of a log: openssl's server, looked at by `here`.

use std::net::SocketAddr;

use midwatch_audit::here::HereOptions;
use midwatch_audit::{Options, audit};
use midwatch_model::{
    AttackId, Confidence, Finding, Host, LogState, Severity, Target, TargetReport, Verdict,
};
use midwatch_probe::net::{ConnectTo, Net, NetOptions};
use midwatch_probe::pki::ct::{CtLog, LogList};
use midwatch_probe::pki::{Programme, TrustStores};
use midwatch_probe::progress::Silent;
use midwatch_testbed::openssl::s_server;
use midwatch_testbed::pki::{Authority, Identity, Key, Leaf, Pki};
use midwatch_testbed::transparency::{self, Given};

const NAME: &str = "bank.example";

/// A public authority, its leaf, and a log.
struct World {
    pki: Pki,
    root: Authority,
    leaf: Identity,
    log: Authority,
}

impl World {
    fn new() -> World {
        let pki = Pki::new();
        let root = pki.authority("Public root", Key::EcP256);
        let leaf = pki.issue(&root, &Leaf::new(&[NAME]));
        let log = pki.authority("Log", Key::EcP256);
        World { pki, root, leaf, log }
    }

    /// The root in a programme of its own, and a list with the log.
    fn stores(&self) -> TrustStores {
        let anchor = self.pki.der(&self.root.certificate).into();
        let programme = Programme { name: "chrome", anchors: vec![anchor], constraints: vec![] };
        let mut stores = TrustStores::default();
        stores.add(&programme).expect("a programme");
        let key = transparency::public_key(&self.pki, &self.log.key);
        let known = CtLog {
            id: transparency::sha256(&self.pki, &key),
            key,
            name: "Log".into(),
            operator: "Test".into(),
            state: LogState::Usable,
        };
        stores.set_logs(LogList { date: "2026-11-01".into(), logs: vec![known] });
        stores
    }

    /// openssl's file with a timestamp about a certificate.
    fn info(&self, about: &Identity) -> String {
        let given = Given { log: &self.log, key: Key::EcP256, time: 1_760_000_000_000 };
        let list = transparency::list(&self.pki, &about.certificate, &[given]);
        transparency::server_info(&self.pki, &list).display().to_string()
    }

    /// What `here` says of the site behind a server with these arguments.
    async fn look(&self, arguments: &[&str]) -> TargetReport {
        let server = s_server(&self.leaf, arguments);
        let host = Host::Name(NAME.into());
        let to = SocketAddr::from(([127, 0, 0, 1], server.port()));
        let connect_to = vec![ConnectTo { host: host.clone(), port: 443, to }];
        let net = Net::new(NetOptions { offline: true, connect_to, ..NetOptions::default() });
        let here = HereOptions { sites: vec![(host, 443)], ..HereOptions::default() };
        let options = Options { stores: self.stores(), here, ..Options::on(net) };
        audit(&Target::Here { capture: None }, &options, &Silent).await
    }
}

fn unlogged(target: &TargetReport) -> Vec<&Finding> {
    target.findings.iter().filter(|finding| finding.id == "here-chain-unlogged").collect()
}

fn impersonation(target: &TargetReport) -> Verdict {
    target.attacks.iter().find(|attack| attack.id == AttackId::Impersonation).expect("a verdict").verdict
}

#[tokio::test(flavor = "multi_thread")]
async fn a_public_chain_that_no_log_knows_is_found_in_every_version() {
    let world = World::new();
    let second = world.pki.issue(&world.root, &Leaf::new(&[NAME]));
    let (right, wrong) = (world.info(&world.leaf), world.info(&second));
    for version in ["-tls1_2", "-tls1_3"] {
        let bare = world.look(&[version]).await;
        let found = unlogged(&bare);
        assert_eq!(found.len(), 1, "{version}: {:#?}", bare.findings);
        assert_eq!((found[0].severity, found[0].confidence), (Severity::High, Confidence::Firm), "{version}");
        assert_eq!(found[0].place, "bank.example:443");
        assert_eq!(impersonation(&bare), Verdict::Exposed, "{version}");

        let forged = world.look(&[version, "-serverinfo", &wrong]).await;
        let found = unlogged(&forged);
        assert!(found[0].evidence[0].detail.contains("do not hold"), "{version}: {found:#?}");

        let logged = world.look(&[version, "-serverinfo", &right]).await;
        assert!(unlogged(&logged).is_empty(), "{version}: {:#?}", logged.findings);
        assert_eq!(impersonation(&logged), Verdict::Protected, "{version}");
    }
}
