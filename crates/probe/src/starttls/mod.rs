//! Services whose connections begin in plain text and ask for TLS (STARTTLS and its kin).
//!
//! - [`Opening`] brings a connection to the point where TLS begins. Whatever speaks TLS here opens its connections by
//!   one, so that a service behind STARTTLS is measured as any other.
//! - [`examine()`] measures the plain part itself.
//!
//! The dialogues are in [`midwatch_wire::starttls`]. Nobody logs in, and nothing is asked twice on purpose.

mod examine;
mod inside;
mod opening;
mod talk;

pub use examine::examine;
pub use midwatch_wire::starttls::is_spoken;
pub use opening::Opening;
