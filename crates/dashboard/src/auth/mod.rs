//! Who may use the dashboard: what is asked of them, and the pages that ask it.

pub mod access;
pub mod books;
pub mod frame;
pub mod oidc;
pub mod pages;
pub mod passkey;
pub mod password;
pub mod random;
mod recovery;
mod seal;
pub mod totp;
mod waiting;

pub use seal::{Seal, SealError};
