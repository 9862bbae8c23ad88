//! Which cookies look like the key to a session, and why.

use midwatch_fields::set_cookie::SetCookie;
use midwatch_model::{Confidence, Cookie};

/// Characters that a value has at least to be taken for a key.
const SHORTEST_KEY: u32 = 8;

/// Why a cookie looks like the key to a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionSigns {
    /// How sure that is.
    pub confidence: Confidence,
    /// The signs, each as half a sentence.
    pub why: Vec<String>,
}

/// Why a cookie does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoSession {
    /// Its name is usual for a token against cross-site request forgery.
    CsrfToken,
    /// Its name is usual for statistics, advertising, consent, load balancing or bot detection.
    KnownOther,
    /// Nothing about it looks like a key.
    NoSigns,
}

/// Names that frameworks give to their sessions, in lower case and without `__Host-` or `__Secure-`. A `*`
/// stands at either end for anything.
const SESSION_NAMES: &[&str] = &[
    "*.sid",
    "*_session",
    "*_session_id",
    "*-session",
    "*.session-token",
    "*session.id",
    "*sessionid",
    "*sess_id",
    ".aspnetcore.cookies*",
    ".aspnetcore.identity*",
    ".aspnetcore.session",
    ".aspxauth",
    "_gh_sess",
    "_oauth2_proxy*",
    "_session",
    "_shibsession_*",
    "access_token",
    "access-token",
    "accesstoken",
    "aspsessionid*",
    "auth",
    "auth_session_id",
    "auth_token",
    "auth-token",
    "authtoken",
    "be_typo_user",
    "cftoken",
    "express:sess",
    "fe_typo_user",
    "id_token",
    "jsessionid*",
    "jwt",
    "keycloak_identity",
    "keycloak_session",
    "koa.sess",
    "koa:sess",
    "moodlesession*",
    "mrhsession",
    "phpmyadmin*",
    "phpsessid",
    "play_session",
    "rack.session",
    "refresh_token",
    "remember_me",
    "remember_token",
    "remember_user_token",
    "remember_web_*",
    "rememberme",
    "sb-*",
    "sessid",
    "session",
    "session_token",
    "session-token",
    "sessiontoken",
    "sid",
    "ssess*",
    "token",
    "user_session",
    "wordpress_logged_in_*",
    "wordpress_sec_*",
];

/// Names of cookies that look random and open nothing.
const OTHER_NAMES: &[&str] = &[
    "__cf*",
    "__gads",
    "__gpi",
    "__hs*",
    "__stripe_*",
    "__utm*",
    "_cfuvid",
    "_clck",
    "_clsk",
    "_dc_gtm*",
    "_fbc",
    "_fbp",
    "_ga*",
    "_gcl_*",
    "_gid",
    "_hj*",
    "_pk_*",
    "_scid*",
    "_tt_*",
    "_ttp",
    "_uetsid",
    "_uetvid",
    "ajs_*",
    "ak_bmsc",
    "amp_*",
    "amplitude*",
    "arraffinity*",
    "awsalb*",
    "awselb*",
    "bigipserver*",
    "bm_*",
    "cf_clearance",
    "cookieconsent*",
    "cookie_consent*",
    "datadome",
    "didomi*",
    "euconsent*",
    "hubspotutk",
    "ide",
    "incap_ses_*",
    "intercom-id*",
    "li_*",
    "mp_*",
    "muid",
    "nid",
    "nlbi_*",
    "optanon*",
    "optimizely*",
    "route",
    "visid_incap_*",
    "visitor*",
    "vuid",
];

/// Parts of a name that speak for a session where the value looks random.
const SESSION_PARTS: &[&str] = &["auth", "jwt", "login", "sess", "sid", "token", "user"];

/// Whether a cookie looks like the key to a session.
pub fn session_signs(observed: &Cookie, parsed: &SetCookie) -> Result<SessionSigns, NoSession> {
    let name = bare_name(&observed.name);
    if ["csrf", "xsrf"].iter().any(|part| name.contains(part))
        || ["__requestverificationtoken", "authenticity_token", "_token"].contains(&name.as_str())
        || name.starts_with(".aspnetcore.antiforgery")
    {
        return Err(NoSession::CsrfToken);
    }
    if OTHER_NAMES.iter().any(|pattern| fits(&name, pattern)) {
        return Err(NoSession::KnownOther);
    }
    if observed.value_length < SHORTEST_KEY {
        return Err(NoSession::NoSigns);
    }
    let known = SESSION_NAMES.iter().any(|pattern| fits(&name, pattern));
    let part = SESSION_PARTS.iter().find(|part| name.contains(**part));
    let mut why = Vec::new();
    match (known, part) {
        (true, _) => why.push(format!("the name {} is usual for sessions", observed.name)),
        (false, Some(part)) if observed.value_random => why.push(format!("its name holds \"{part}\"")),
        (false, _) if observed.value_random && parsed.http_only => {}
        _ => return Err(NoSession::NoSigns),
    }
    if observed.value_random {
        why.push(format!("its {} characters look random", observed.value_length));
    }
    if parsed.http_only {
        why.push("it is kept from scripts (HttpOnly)".into());
    }
    let confidence = match (known, why.len()) {
        (true, 2..) => Confidence::Firm,
        _ => Confidence::Tentative,
    };
    Ok(SessionSigns { confidence, why })
}

/// In lower case, without a prefix.
fn bare_name(name: &str) -> String {
    let name = name.to_ascii_lowercase();
    ["__host-", "__secure-"]
        .iter()
        .find_map(|prefix| name.strip_prefix(prefix).map(str::to_owned))
        .unwrap_or(name)
}

fn fits(name: &str, pattern: &str) -> bool {
    match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        (Some(end), _) => name.ends_with(end),
        (None, Some(start)) => name.starts_with(start),
        (None, None) => name == pattern,
    }
}

#[cfg(test)]
mod tests {
    use midwatch_fields::set_cookie::{parse, redact};

    use super::*;

    fn signs(field: &str) -> Result<SessionSigns, NoSession> {
        let redacted = redact(field);
        let cookie = Cookie {
            line: redacted.line,
            name: redacted.name,
            value_length: redacted.value_length,
            value_random: redacted.value_random,
            set_by: "https://shop.example/".into(),
            count: 1,
        };
        session_signs(&cookie, &parse(field).expect("a cookie"))
    }

    #[test]
    fn sessions_are_known() {
        for name in [
            "PHPSESSID",
            "JSESSIONID",
            "connect.sid",
            "sid",
            "__Host-sid",
            "token",
            "laravel_session",
            "ASP.NET_SessionId",
            "__Secure-next-auth.session-token",
            "wordpress_logged_in_5f2a",
            "_myapp_session",
        ] {
            let found = signs(&format!("{name}=9f86d081884c7d659a2feaa0c55ad015; Path=/"));
            assert_eq!(
                found.as_ref().map(|signs| signs.confidence),
                Ok(Confidence::Firm),
                "{name}: {found:?}"
            );
        }
        let unknown = signs("q7=9f86d081884c7d659a2feaa0c55ad015; HttpOnly").expect("random and HttpOnly");
        assert_eq!(unknown.confidence, Confidence::Tentative);
        assert!(signs("myauthid=9f86d081884c7d659a2feaa0c55ad015").is_ok());
    }

    #[test]
    fn others_are_not_taken_for_sessions() {
        for name in ["csrftoken", "XSRF-TOKEN", "__RequestVerificationToken", "_csrf_session"] {
            assert_eq!(
                signs(&format!("{name}=9f86d081884c7d659a2feaa0c55ad015; HttpOnly")),
                Err(NoSession::CsrfToken),
                "{name}"
            );
        }
        for name in
            ["_ga", "_ga_ABC123", "_gid", "_fbp", "__cf_bm", "AWSALB", "incap_ses_12", "_pk_id.1.1fff"]
        {
            assert_eq!(
                signs(&format!("{name}=9f86d081884c7d659a2feaa0c55ad015; HttpOnly")),
                Err(NoSession::KnownOther),
                "{name}"
            );
        }
        for field in ["secure=1; HttpOnly", "theme=light", "session=1", "sid=", "lang=en-GB; HttpOnly"] {
            assert_eq!(signs(field), Err(NoSession::NoSigns), "{field}");
        }
        assert_eq!(signs("visits=9f86d081884c7d659a2feaa0c55ad015"), Err(NoSession::NoSigns));
    }
}
