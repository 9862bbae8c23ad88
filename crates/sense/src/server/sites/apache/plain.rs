//! What a virtual host answers over plain http, as far as its lines tell.

use midwatch_model::PlainSays;

use super::lex::Line;

/// What was met in a host.
#[derive(Debug, Default)]
pub(super) struct Plain {
    redirect: Option<PlainSays>,
    rewrite: Option<PlainSays>,
    engine: bool,
    /// Conditions for the next rule.
    conditions: Vec<String>,
    refuses: bool,
    /// Requests for the root directory or for everything are denied.
    location: Option<String>,
}

impl Plain {
    pub(super) fn section(&mut self, line: &Line) {
        self.location = matches!(line.name.as_str(), "<location" | "<directory")
            .then(|| line.args.first().cloned().unwrap_or_default());
    }

    pub(super) fn take(&mut self, line: &Line, inner: Option<&str>) {
        let args: Vec<&str> = line.args.iter().map(String::as_str).collect();
        if inner.is_some() {
            let is_all = self.location.as_deref() == Some("/");
            let denied = line.name == "require" && line.rest.eq_ignore_ascii_case("all denied");
            self.refuses |= is_all && inner == Some("location") && denied;
            return;
        }
        match line.name.as_str() {
            "redirect" | "redirectpermanent" | "redirecttemp" | "redirectmatch" => {
                self.redirect(&line.name, &args)
            }
            "rewriteengine" => self.engine = args.first().is_some_and(|arg| arg.eq_ignore_ascii_case("on")),
            "rewritecond" => self.conditions.push(line.rest.to_ascii_lowercase()),
            "rewriterule" => {
                let conditions = std::mem::take(&mut self.conditions);
                self.rule(&args, &conditions);
            }
            _ => {}
        }
    }

    fn redirect(&mut self, name: &str, args: &[&str]) {
        let words = ["permanent", "temp", "seeother", "gone"];
        let (status, rest) = match args.split_first() {
            Some((first, rest))
                if !rest.is_empty() && (words.contains(first) || first.parse::<u16>().is_ok()) =>
            {
                (Some(*first), rest)
            }
            _ => (None, args),
        };
        let (path, to) = match rest {
            [path, to, ..] => (*path, Some(*to)),
            [one] if one.contains("://") => ("/", Some(*one)),
            [path] => (*path, None),
            [] => return,
        };
        let all =
            if name == "redirectmatch" { is_all(path) || path.contains("well-known") } else { path == "/" };
        if !all || self.redirect.is_some() {
            return;
        }
        let code = status.and_then(|status| status.parse::<u16>().ok());
        self.redirect = match to {
            Some(to) if to.to_ascii_lowercase().starts_with("https://") => Some(PlainSays::Redirects),
            Some(_) => Some(PlainSays::Serves),
            None if status == Some("gone") || code.is_some_and(|code| code >= 400) => {
                Some(PlainSays::Refuses)
            }
            None => None,
        };
    }

    fn rule(&mut self, args: &[&str], conditions: &[String]) {
        let [pattern, to, rest @ ..] = args else { return };
        if !is_all(pattern) || self.rewrite.is_some() {
            return;
        }
        let flags = rest.first().map_or(String::new(), |flags| flags.to_ascii_uppercase());
        let forbidden = ["[F", ",F]", ",F,", "R=4", "R=5", "[G"].iter().any(|flag| flags.contains(flag));
        // Conditions that everybody meets who comes by plain http under a name of the host: what ACME needs is left
        // out, the scheme is asked for, or the names of the host are listed, as certbot does.
        let covers = conditions.iter().all(|condition| {
            let is_scheme = condition.starts_with("%{https}")
                || condition.starts_with("%{server_port}")
                || condition.starts_with("%{request_scheme}");
            let is_acme = condition.contains("well-known") || condition.contains("acme");
            let is_name = condition.starts_with("%{server_name}");
            is_scheme || is_acme || is_name
        });
        if !covers {
            if to.to_ascii_lowercase().starts_with("https://") {
                self.rewrite = Some(PlainSays::Unknown);
            }
            return;
        }
        if to.to_ascii_lowercase().starts_with("https://") {
            self.rewrite = Some(PlainSays::Redirects);
        } else if *to == "-" && forbidden {
            self.rewrite = Some(PlainSays::Refuses);
        }
    }

    pub(super) fn says(&self) -> PlainSays {
        let rewrite = self.rewrite.filter(|_| self.engine);
        // mod_rewrite comes before mod_alias.
        match rewrite.or(self.redirect) {
            Some(says) => says,
            None if self.refuses => PlainSays::Refuses,
            None => PlainSays::Serves,
        }
    }
}

/// True for a pattern that every path matches.
fn is_all(pattern: &str) -> bool {
    [
        "^", "^/", ".*", "^.*", "^.*$", "(.*)", "^(.*)", "^(.*)$", "^/(.*)", "^/(.*)$", "^/?(.*)",
        "^/?(.*)$", "/",
    ]
    .contains(&pattern)
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::*;
    use crate::server::sites::apache::lex::lines;

    fn of(text: &str) -> PlainSays {
        let file: Rc<str> = "/a".into();
        let mut plain = Plain::default();
        lines(&file, text).iter().for_each(|line| plain.take(line, None));
        plain.says()
    }

    #[test]
    fn redirects_of_every_kind() {
        for text in [
            "Redirect permanent / https://a.example/",
            "Redirect / https://a.example/",
            "Redirect 308 / https://a.example/",
            "RedirectPermanent / https://a.example/",
            "RedirectMatch 301 ^(.*)$ https://a.example$1",
            "RewriteEngine on\nRewriteCond %{HTTPS} off\nRewriteRule ^ https://%{HTTP_HOST}%{REQUEST_URI} [L,R=301]",
            "RewriteEngine on\nRewriteCond %{SERVER_NAME} =a.example [OR]\nRewriteCond %{SERVER_NAME} =b.example\n\
             RewriteRule ^ https://%{SERVER_NAME}%{REQUEST_URI} [END,NE,R=permanent]",
        ] {
            assert_eq!(of(text), PlainSays::Redirects, "{text}");
        }
    }

    #[test]
    fn what_serves_refuses_and_is_not_known() {
        for text in [
            "",
            "Redirect /old https://a.example/",
            "Redirect / http://a.example/",
            "RewriteRule ^ https://a.example [R]",
            "RewriteEngine on\nRewriteRule ^/old$ https://a.example [R]",
        ] {
            assert_eq!(of(text), PlainSays::Serves, "{text}");
        }
        assert_eq!(of("Redirect 404 /"), PlainSays::Refuses);
        assert_eq!(of("RewriteEngine on\nRewriteRule ^ - [F]"), PlainSays::Refuses);
        let some = "RewriteEngine on\nRewriteCond %{HTTP_USER_AGENT} x\nRewriteRule ^ https://a.example [R]";
        assert_eq!(of(some), PlainSays::Unknown);
    }
}
