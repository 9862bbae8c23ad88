//! What a TLS endpoint accepts, asked with hellos crafted at wire level.
//!
//! All versions are asked side by side ([`version`]), each suite and group by removal ([`removal`]) from
//! offers that follow what servers usually accept ([`families`]). No handshake is finished, so nothing is
//! computed but randomness, with one exception ([`tls13`]); what the server's first flight tells
//! (certificates, parameters, extensions) is kept from every answer rather than asked for again.

mod ask;
mod certificates;
mod endpoint;
mod families;
#[doc(hidden)]
pub mod fuzzing;
pub(crate) mod primes;
mod random;
mod removal;
mod tls13;
mod version;

pub(crate) use ask::{Answer, Asker};
pub use certificates::certificates;
pub use endpoint::{EndpointRun, SentChain, endpoint};
pub(crate) use families::LARGEST;
pub(crate) use random::Random;
