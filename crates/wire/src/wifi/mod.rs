//! What an access point announces: the information elements of its beacons and probe responses (IEEE Std 802.11-2020,
//! 9.4.2), and what they say of its protection.
//!
//! Everything here takes bytes that anybody near may have sent.

mod elements;
mod protection;
mod rsn;

pub use elements::{Elements, MAX_NAME, OweTransition};
pub use protection::protection;
pub use rsn::{Rsn, Suite};
