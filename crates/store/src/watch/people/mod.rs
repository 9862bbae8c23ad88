//! Who may use the dashboard: accounts, sessions, passkeys, recovery codes, API tokens; and the log of who did what.
//!
//! No secret lies here readable: passwords are PHC strings of Argon2id, tokens and codes are hashes, authenticator
//! secrets are sealed by whoever calls. None of this is in what [`super::Ledger::export`] writes.

pub mod accounts;
pub mod audit;
pub mod passkeys;
mod recovery;
pub mod sessions;
mod settings;
pub mod tokens;

#[cfg(test)]
mod tests;
