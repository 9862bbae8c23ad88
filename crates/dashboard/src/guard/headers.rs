//! What every answer says to the browser.

use http::HeaderMap;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, HeaderValue, REFERRER_POLICY, SERVER,
    STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
};

/// Content Security Policy level 3: nothing but what this server serves, nothing inline, no frame around it, and no
/// text that becomes script.
pub const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
     connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; require-trusted-types-for 'script'; \
     trusted-types 'none'";

/// A year, which hstspreload.org asks at least. Subdomains have other owners.
const HSTS: &str = "max-age=31536000";

/// Features that no page here uses. Passkeys are for pages of this origin.
const FEATURES: &str = "accelerometer=(), browsing-topics=(), camera=(), clipboard-read=(), \
     display-capture=(), geolocation=(), gyroscope=(), hid=(), idle-detection=(), local-fonts=(), magnetometer=(), \
     microphone=(), midi=(), payment=(), screen-wake-lock=(), serial=(), usb=(), xr-spatial-tracking=(), \
     publickey-credentials-create=(self), publickey-credentials-get=(self)";

/// Puts them on. What an answer says of caching and of its own policy is left.
pub fn put(headers: &mut HeaderMap, hsts: bool) {
    let mut set = |name: HeaderName, value: &'static str| {
        headers.insert(name, HeaderValue::from_static(value));
    };
    set(X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(REFERRER_POLICY, "no-referrer");
    set(HeaderName::from_static("x-frame-options"), "DENY");
    set(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    set(HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    set(HeaderName::from_static("cross-origin-embedder-policy"), "require-corp");
    set(HeaderName::from_static("permissions-policy"), FEATURES);
    set(HeaderName::from_static("x-robots-tag"), "noindex, nofollow");
    if hsts {
        set(STRICT_TRANSPORT_SECURITY, HSTS);
    }
    headers.entry(CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(POLICY));
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.remove(SERVER);
}
