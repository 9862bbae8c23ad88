//! Names of ways to log in (SASL, RFC 4422).

/// Whether one of these takes the password as it is: PLAIN (RFC 4616) and LOGIN, which Microsoft brought into use.
pub(super) fn take_password(mechanisms: &[String]) -> bool {
    mechanisms.iter().any(|name| name == "PLAIN" || name == "LOGIN")
}

/// Adds names in upper case, each once.
pub(super) fn add(mechanisms: &mut Vec<String>, more: impl IntoIterator<Item = String>) {
    for name in more {
        if !name.is_empty() && !mechanisms.contains(&name) {
            mechanisms.push(name);
        }
    }
}
