//! Cookies: read strictly, written with everything that keeps them here.

use http::HeaderMap;
use http::header::{COOKIE, HeaderValue, SET_COOKIE};

/// The session's. `__Host-` binds it to this host, to https and to all paths (RFC 6265bis, section 4.1.3.2). Browsers take
/// it from `http://localhost` and `http://127.0.0.1` as well, which count as trustworthy, except Safari.
pub const SESSION: &str = "__Host-midwatch";

/// Of a log-in that has begun.
pub const LOGIN: &str = "__Host-midwatch-login";

/// Of a way through a provider. It alone has to come along when another site sends the browser back.
pub const PROVIDER: &str = "__Host-midwatch-provider";

/// The value of a cookie. Where it comes twice, or is no token of ours, it counts as none.
pub fn read(headers: &HeaderMap, name: &str) -> Option<String> {
    let lines = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let mut values = pairs.filter(|(have, _)| *have == name).map(|(_, value)| value);
    let value = values.next().filter(|_| values.next().is_none())?;
    let is_token =
        value.len() == 43 && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    is_token.then(|| value.to_owned())
}

fn put(headers: &mut HeaderMap, name: &str, value: &str, more: &str) {
    let text = format!("{name}={value}; Path=/; Secure; HttpOnly; {more}");
    if let Ok(value) = HeaderValue::from_str(&text) {
        headers.append(SET_COOKIE, value);
    }
}

/// Sets a cookie that comes along with requests of this site alone, until the browser is closed.
pub fn set(headers: &mut HeaderMap, name: &str, value: &str) {
    put(headers, name, value, "SameSite=Strict");
}

/// Sets the cookie of a way through a provider: it comes along when a link of another site leads here.
pub fn set_lax(headers: &mut HeaderMap, name: &str, value: &str) {
    put(headers, name, value, "SameSite=Lax; Max-Age=600");
}

/// Removes a cookie.
pub fn remove(headers: &mut HeaderMap, name: &str) {
    put(headers, name, "", "SameSite=Strict; Max-Age=0");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::random;

    #[test]
    fn only_one_token_is_read() {
        let token = random::token();
        let with = |lines: &[String]| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(COOKIE, line.parse().expect("a value"));
            }
            read(&headers, SESSION)
        };
        assert_eq!(with(&[format!("a=b; {SESSION}={token}; c=d")]), Some(token.clone()));
        assert_eq!(
            with(&[format!("{SESSION}={token}; {SESSION}={token}")]),
            None,
            "somebody put a second one"
        );
        assert_eq!(with(&[format!("{SESSION}={token}"), format!("{SESSION}={token}")]), None);
        assert_eq!(with(&[format!("__host-midwatch={token}")]), None, "names are exact");
        assert_eq!(with(&[format!("{SESSION}={}", "x".repeat(5000))]), None);
        assert_eq!(with(&[]), None);
        let mut headers = HeaderMap::new();
        set(&mut headers, SESSION, &token);
        let expected = format!("{SESSION}={token}; Path=/; Secure; HttpOnly; SameSite=Strict");
        assert_eq!(headers.get(SET_COOKIE).and_then(|value| value.to_str().ok()), Some(expected.as_str()));
    }
}
