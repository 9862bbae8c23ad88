//! Runs a fleet until its standard input ends, for benchmarks: `fleet HOSTS [SILENT_EVERY]`.
//!
//! Writes one line of JSON once it runs: the ports, and the authority's certificate.

use std::io::{Read, Write};

use midwatch_testbed::fleet::{Fleet, Options};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

fn main() {
    let numbers: Vec<u32> = std::env::args()
        .skip(1)
        .map(|word| word.parse().expect("write HOSTS and SILENT_EVERY as numbers"))
        .collect();
    // A connection is a file here.
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum })
        .expect("a limit of files");
    let mut options = Options::of(numbers.first().copied().unwrap_or(1000));
    if let Some(every) = numbers.get(1) {
        options.silent_every = *every;
    }
    let fleet = Fleet::start(options);
    println!(
        "{{\"https\": {}, \"http\": {}, \"dns\": {}, \"authority\": {:?}}}",
        fleet.https(),
        fleet.http(),
        fleet.dns().port(),
        fleet.authority()
    );
    std::io::stdout().flush().expect("a reader");
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
    let [connections, handshakes, requests] = fleet.counts();
    println!("{{\"connections\": {connections}, \"handshakes\": {handshakes}, \"requests\": {requests}}}");
}
