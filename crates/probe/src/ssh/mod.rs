//! What an SSH server says before anybody logs in: who it is, its algorithms, and every host key with its proof.
//!
//! One connection reads the identification and the lists ([`endpoint()`]), and then one connection for each key runs
//! an exchange to the server's reply ([`ask`]), whose signature over the exchange hash is verified ([`proof`]).
//! A key without that signature could have been copied from anywhere. No keys are taken into use, nothing is
//! encrypted, and nobody logs in: the client says goodbye and leaves.
//!
//! [`agreement`] has the client's half of Diffie-Hellman, [`dialogue`] lines and packets over a stream, [`facts`] the
//! way from bytes to what a report holds. [`jump`] and [`program`] are ways to a server that this computer does not
//! connect to itself.

mod agreement;
mod ask;
mod dialogue;
mod endpoint;
mod facts;
mod jump;
mod program;
mod proof;

pub use endpoint::{Way, endpoint};
pub use facts::read_key;
pub use program::Program;
