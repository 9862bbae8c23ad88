//! Flags of cookies that an application behind the web server sets.

use super::{Context, Lines, apache, caddy, nginx};

const NGINX: &str = "in every server block or location that has proxy_pass (nginx 1.19.3 or later; for FastCGI, set \
                     it in the application)";
const APACHE: &str =
    "in every VirtualHost that the application answers through (needs mod_headers: a2enmod headers)";
const CADDY: &str = "in the site's block";

pub(super) fn flags(context: &Context) -> Vec<Lines> {
    lines(context, &["Secure", "HttpOnly", "SameSite=Lax"], "secure httponly samesite=lax")
}

pub(super) fn secure(context: &Context) -> Vec<Lines> {
    lines(context, &["Secure"], "secure")
}

/// Each flag is added where it is missing. Apache keeps the headers of applications in one table and those of
/// errors in another, and CGI puts cookies into the second: both are edited.
fn lines(context: &Context, flags: &[&str], for_nginx: &str) -> Vec<Lines> {
    let Some(name) = context.safe_cookie() else { return Vec::new() };
    let pattern_name = name.replace('.', "\\.");
    let mut for_apache = Vec::new();
    for flag in flags {
        let attribute = flag.split('=').next().unwrap_or(flag);
        for table in ["", "always "] {
            for_apache.push(format!(
                "Header {table}edit Set-Cookie \"(?i)^({pattern_name}=(?!.*;\\s*{attribute}\\s*(;|=|$)).*)$\" \"$1; {flag}\""
            ));
        }
    }
    vec![
        nginx(NGINX, format!("proxy_cookie_flags {name} {for_nginx};")),
        apache(APACHE, for_apache.join("\n")),
        caddy(CADDY, format!("header >Set-Cookie \"^({pattern_name}=.*)$\" \"$1; {}\"", flags.join("; "))),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_would_need_quoting_gets_no_lines() {
        let context = Context { cookie: Some("a b".into()), ..Context::default() };
        assert!(flags(&context).is_empty());
        let dotted = Context { cookie: Some("connect.sid".into()), ..Context::default() };
        assert!(secure(&dotted)[1].lines.contains("connect\\.sid="));
    }
}
