//! Services whose connections begin in plain text and ask for TLS (STARTTLS and its kin).
//!
//! - [`Opening`] brings a connection to the point where TLS begins. Whatever speaks TLS here opens its connections by
//!   one, so that a service behind STARTTLS is measured as any other.
//! - [`examine()`] measures the plain part itself; [`begin()`] is its first part, after which TLS can be measured beside it.
//!
//! The dialogues are in [`midwatch_wire::starttls`]. Nobody logs in, and nothing is asked twice on purpose.

mod examine;
mod inside;
mod opening;
mod pace;
mod talk;

pub use examine::{Begun, begin, examine};
pub use midwatch_wire::starttls::is_spoken;
pub use opening::Opening;
