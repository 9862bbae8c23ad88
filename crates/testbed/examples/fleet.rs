//! Runs a fleet until its standard input ends, for benchmarks:
//! `fleet HOSTS SILENT_EVERY DIRECTORY AT_ONCE METRICS_PORT WEB_PORT`.
//!
//! Writes a configuration of midwatch for it into the directory, and a line of JSON once it runs. When it ends, another line
//! says what it was asked.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use midwatch_testbed::fleet::{Fleet, Options, Settings};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [hosts, silent_every, directory, at_once, metrics, web] = words.as_slice() else {
        eprintln!("fleet HOSTS SILENT_EVERY DIRECTORY AT_ONCE METRICS_PORT WEB_PORT");
        std::process::exit(64);
    };
    let number = |word: &str| word.parse::<u32>().unwrap_or_else(|_| panic!("'{word}' is no number"));
    let port = |word: &str| SocketAddr::from((Ipv4Addr::LOCALHOST, word.parse().expect("a port")));
    // A connection is a file here.
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum })
        .expect("a limit of files");
    let fleet = Fleet::start(Options { silent_every: number(silent_every), ..Options::of(number(hosts)) });
    let settings = Settings {
        every: "1m".to_owned(),
        at_once: at_once.parse().expect("how many at once"),
        metrics: port(metrics),
        web: Some(port(web)),
        webhook: None,
    };
    let file = fleet.write_configuration(Path::new(directory), &settings);
    println!("{{\"configuration\": {:?}}}", file.display().to_string());
    std::io::stdout().flush().expect("a reader");
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
    let [connections, handshakes, requests] = fleet.counts();
    println!("{{\"connections\": {connections}, \"handshakes\": {handshakes}, \"requests\": {requests}}}");
}
