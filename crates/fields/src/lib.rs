//! HTTP header fields that bear on somebody in the middle, and what a browser makes of them.
//!
//! Every module has one field or one question. Nothing here does I/O, nothing panics on any input, and
//! nothing judges: whether a short max-age is bad is for the checks to say.

pub mod cache_control;
pub mod clear_site_data;
pub mod cookie_date;
pub mod csp;
pub mod hsts;
pub mod mixed;
pub mod referrer_policy;
pub mod server;
pub mod set_cookie;
pub mod site;
mod syntax;
