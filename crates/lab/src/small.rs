//! A small site that is sound in everything but, maybe, its certificate or its TLS: what is found wrong on
//! such a host has that one cause.

use crate::answer::{Answer, Scheme, Visit};
use crate::shop::HSTS;

/// Answers a visit to `host` or to `www.` before it.
pub(crate) fn answer(host: &str, visit: &Visit) -> Answer {
    if visit.scheme == Scheme::Http {
        return Answer::redirect(301, format!("https://{}{}", visit.host, visit.path_and_query));
    }
    let mut answer = page(host, visit);
    answer.set("strict-transport-security", HSTS);
    answer
}

fn page(host: &str, visit: &Visit) -> Answer {
    if visit.host != host {
        return Answer::redirect(301, format!("https://{host}{}", visit.path_and_query));
    }
    let (title, body) = match visit.path.as_str() {
        "/" => ("Welcome", "<p>A small site. <a href=\"/inbox\">Your inbox</a></p>"),
        "/inbox" => ("Inbox", "<p>Nothing new. <a href=\"/\">Back</a></p>"),
        _ => return Answer::error(404, "There is no such page.\n"),
    };
    let mut answer = Answer::html(format!(
        "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>{title}</title></head>\n\
         <body>\n<h1>{title}</h1>\n{body}\n</body>\n</html>\n"
    ));
    answer.set(
        "content-security-policy",
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
         upgrade-insecure-requests",
    );
    answer.set("referrer-policy", "strict-origin-when-cross-origin");
    answer.set("x-content-type-options", "nosniff");
    answer.set("cache-control", "no-store");
    if !visit.has_cookie("__Host-sid") {
        answer.set(
            "set-cookie",
            format!("__Host-sid={}; Path=/; Secure; HttpOnly; SameSite=Lax", visit.new_session),
        );
    }
    answer
}
