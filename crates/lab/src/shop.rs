//! The shop: what it says, with its weaknesses or with the defences against them.
//!
//! Bodies depend on the path and the defences alone, so that a page over `http` and the same page over
//! `https` can be compared byte for byte.

use base64::Engine as _;
use sha2::{Digest as _, Sha384};

use crate::Defence;
use crate::answer::{Answer, Defences, PIXEL, Scheme, Visit};

/// The host of the script that the shop takes from another site.
pub(crate) const CDN: &str = "cdn.example";

/// The path of that script.
const CDN_SCRIPT: &str = "/menu.js";

/// What `cdn.example` serves there.
const CDN_SCRIPT_BODY: &str =
    "document.documentElement.dataset.menu = 'ready';\n// A menu, from another site.\n";

const JAVASCRIPT: &str = "text/javascript; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";

/// Two years, what the HSTS preload list and Mozilla's guideline ask for at least.
pub(crate) const HSTS: &str = "max-age=63072000; includeSubDomains; preload";

/// What the shop sells: number, name, price.
const PRODUCTS: [(u32, &str, &str); 4] =
    [(1, "Lantern", "24.00"), (2, "Compass", "18.50"), (3, "Wool blanket", "61.00"), (4, "Whistle", "4.20")];

/// A shop under a name of its own.
#[derive(Clone, Debug)]
pub(crate) struct Shop {
    /// The bare name; `www.` before it belongs to the shop too.
    pub(crate) host: &'static str,
    pub(crate) defences: Defences,
}

impl Shop {
    fn has(&self, defence: Defence) -> bool {
        self.defences.contains(&defence)
    }

    /// `https` where the defence is on, else `http`.
    fn scheme(&self, defence: Defence) -> &'static str {
        if self.has(defence) { "https" } else { "http" }
    }

    /// Answers a visit to this shop's host or to `www.` before it.
    pub(crate) fn answer(&self, visit: &Visit) -> Answer {
        let mut answer = self.route(visit);
        if visit.scheme == Scheme::Https && self.has(Defence::Hsts) {
            answer.set("strict-transport-security", HSTS);
        }
        answer
    }

    fn route(&self, visit: &Visit) -> Answer {
        let Visit { scheme, host, path_and_query, .. } = visit;
        if *scheme == Scheme::Http && self.has(Defence::HttpsEverywhere) {
            // To the same host first: only an answer over https can set HSTS for the name that was typed.
            return Answer::redirect(301, format!("https://{host}{path_and_query}"));
        }
        if host != self.host {
            let scheme = if *scheme == Scheme::Https { "https" } else { "http" };
            return Answer::redirect(301, format!("{scheme}://{}{path_and_query}", self.host));
        }
        let private = matches!(visit.path.as_str(), "/login" | "/account" | "/logout");
        if *scheme == Scheme::Http && private {
            // The weak shop knows that these pages matter, and only these.
            return Answer::redirect(302, format!("https://{host}{path_and_query}"));
        }
        if visit.is_post {
            return self.receive(visit);
        }
        match visit.path.as_str() {
            "/assets/offers.js" => {
                Answer::new(200, JAVASCRIPT, "document.documentElement.dataset.offers = 'today';\n")
            }
            "/assets/shop.css" => Answer::new(200, CSS, self.style()),
            "/assets/type.css" => Answer::new(200, CSS, "body { font-family: sans-serif; }\n"),
            "/images/banner.png" | "/images/paper.png" | "/images/small.png" | "/images/large.png" => {
                Answer::new(200, "image/png", PIXEL)
            }
            "/robots.txt" => Answer::new(
                200,
                "text/plain; charset=utf-8",
                format!(
                    "User-agent: *\nDisallow: /account\n\nSitemap: {}://{}/sitemap.xml\n",
                    self.scheme(Defence::HttpsEverywhere),
                    self.host
                ),
            ),
            "/sitemap.xml" => Answer::new(200, "application/xml", self.sitemap()),
            "/newsletter" | "/session" => {
                let mut answer = Answer::error(405, "This address takes forms.\n");
                answer.set("allow", "POST");
                answer
            }
            path => match self.page(path) {
                Some((title, body)) => self.dress(visit, self.html(path, title, &body)),
                None => Answer::error(404, "There is no such page.\n"),
            },
        }
    }

    /// A form that was sent.
    fn receive(&self, visit: &Visit) -> Answer {
        match visit.path.as_str() {
            "/newsletter" => {
                let body = "<p>Thank you. The newsletter comes once a month.</p>";
                self.dress(visit, self.html("/newsletter", "Newsletter", body))
            }
            "/session" => {
                let mut answer = Answer::redirect(303, format!("https://{}/account", self.host));
                self.set_session(visit, &mut answer);
                answer
            }
            _ => Answer::error(405, "This address takes no forms.\n"),
        }
    }

    /// Cookies and headers of a page.
    fn dress(&self, visit: &Visit, page: String) -> Answer {
        let mut answer = Answer::html(page);
        if visit.path == "/logout" {
            self.end_session(&mut answer);
        } else {
            self.set_session(visit, &mut answer);
        }
        if self.has(Defence::SafeHeaders) {
            answer.set("content-security-policy", self.policy());
            answer.set("referrer-policy", "strict-origin-when-cross-origin");
            answer.set("x-content-type-options", "nosniff");
            if matches!(visit.path.as_str(), "/login" | "/account" | "/cart" | "/logout") {
                answer.set("cache-control", "no-store");
            }
            if visit.path == "/logout" {
                answer.set("clear-site-data", "\"cookies\", \"storage\"");
            }
        } else {
            answer.set("referrer-policy", "unsafe-url");
        }
        answer
    }

    /// The Content-Security-Policy. It allows what the pages do, so that it covers no other weakness of theirs:
    /// each is there to be found until its own defence is on.
    fn policy(&self) -> String {
        let mixed = if self.has(Defence::NoMixedContent) { "" } else { " http:" };
        let forms = if self.has(Defence::SafeForms) { "'self'" } else { "'self' http:" };
        let mut policy = format!(
            "default-src 'none'; script-src 'self' https://{CDN}{mixed}; style-src 'self'{mixed}; \
             img-src 'self'{mixed}; form-action {forms}; base-uri 'none'; frame-ancestors 'none'"
        );
        if self.has(Defence::NoMixedContent) && self.has(Defence::SafeForms) {
            policy.push_str("; upgrade-insecure-requests");
        }
        policy
    }

    fn session_name(&self) -> &'static str {
        if self.has(Defence::SecureCookies) { "__Host-sid" } else { "sid" }
    }

    /// The session's cookie, a decoy whose *name* is `secure`, and a harmless one.
    fn set_session(&self, visit: &Visit, answer: &mut Answer) {
        let safe = self.has(Defence::SecureCookies);
        if safe && visit.scheme == Scheme::Http {
            return;
        }
        let flags = if safe { "; Secure; HttpOnly; SameSite=Lax" } else { "" };
        let name = self.session_name();
        if !visit.has_cookie(name) {
            answer.set("set-cookie", format!("{name}={}; Path=/{flags}", visit.new_session));
        }
        if !visit.has_cookie("secure") {
            answer.set("set-cookie", format!("secure=1; Path=/; Max-Age=2592000{flags}"));
        }
        if !visit.has_cookie("theme") {
            answer.set("set-cookie", format!("theme=light; Path=/; Max-Age=2592000{flags}"));
        }
    }

    fn end_session(&self, answer: &mut Answer) {
        let flags = if self.has(Defence::SecureCookies) { "; Secure; HttpOnly; SameSite=Lax" } else { "" };
        answer.set("set-cookie", format!("{}=; Path=/; Max-Age=0{flags}", self.session_name()));
    }

    /// Title and contents of a page, `None` where there is none.
    fn page(&self, path: &str) -> Option<(&'static str, String)> {
        let host = self.host;
        let links = self.scheme(Defence::HttpsEverywhere);
        let resources = self.scheme(Defence::NoMixedContent);
        let forms = self.scheme(Defence::SafeForms);
        if let Some(number) = path.strip_prefix("/product/") {
            let (number, name, price) =
                PRODUCTS.into_iter().find(|(known, ..)| known.to_string() == number)?;
            return Some((
                name,
                format!(
                    "<p>{name}, {price} each.</p>\n\
                     <img src=\"{resources}://{host}/images/small.png\" \
                     srcset=\"{resources}://{host}/images/large.png 2x\" alt=\"{name}\">\n\
                     <p><a href=\"/cart?add={number}\">Into the cart</a></p>"
                ),
            ));
        }
        Some(match path {
            "/" => (
                "Welcome",
                format!(
                    "<img src=\"{resources}://{host}/images/banner.png\" alt=\"\">\n\
                     <p>Things for people who are awake at night.</p>\n\
                     <script src=\"{resources}://{host}/assets/offers.js\"></script>\n\
                     <form action=\"{forms}://{host}/newsletter\" method=\"post\">\n\
                     <label>E-mail <input type=\"email\" name=\"email\"></label>\n\
                     <button>Subscribe</button>\n\
                     </form>"
                ),
            ),
            "/catalogue" => {
                let mut list = String::from("<ul>\n");
                for (number, name, _) in PRODUCTS {
                    // The weak shop writes its links out in full, with the scheme that it began with.
                    list.push_str(&format!(
                        "<li><a href=\"{links}://{host}/product/{number}\">{name}</a></li>\n"
                    ));
                }
                list.push_str("</ul>");
                ("Catalogue", list)
            }
            "/cart" => ("Cart", "<p>Your cart holds one lantern.</p>".to_owned()),
            "/about" => (
                "About",
                format!(
                    "<p>This shop does not exist.</p>\n\
                     <p><a href=\"{links}://www.{host}/\">The way in by its other name</a></p>"
                ),
            ),
            "/login" => (
                "Log in",
                format!(
                    "<form action=\"{forms}://{host}/session\" method=\"post\">\n\
                     <label>Name <input name=\"name\" autocomplete=\"username\"></label>\n\
                     <label>Password <input type=\"password\" name=\"password\" \
                     autocomplete=\"current-password\"></label>\n\
                     <button>Log in</button>\n\
                     </form>"
                ),
            ),
            "/account" => ("Account", "<p>Your orders: one lantern.</p>".to_owned()),
            "/logout" => ("Logged out", "<p>Good night.</p>".to_owned()),
            "/offers/winter" => ("Winter offers", "<p>A blanket with every lantern.</p>".to_owned()),
            _ => return None,
        })
    }

    fn html(&self, path: &str, title: &str, body: &str) -> String {
        let host = self.host;
        let links = self.scheme(Defence::HttpsEverywhere);
        let integrity = if self.has(Defence::Integrity) {
            format!(" integrity=\"{}\" crossorigin=\"anonymous\"", integrity(CDN_SCRIPT_BODY))
        } else {
            String::new()
        };
        format!(
            "<!doctype html>\n\
             <html lang=\"en\">\n\
             <head>\n\
             <meta charset=\"utf-8\">\n\
             <title>{title} - Night shop</title>\n\
             <link rel=\"canonical\" href=\"{links}://{host}{path}\">\n\
             <link rel=\"stylesheet\" href=\"/assets/shop.css\">\n\
             <script src=\"https://{CDN}{CDN_SCRIPT}\"{integrity}></script>\n\
             </head>\n\
             <body>\n\
             <nav><a href=\"/\">Home</a> <a href=\"/catalogue\">Catalogue</a> <a href=\"/cart\">Cart</a> \
             <a href=\"/about\">About</a> <a href=\"https://{host}/login\">Log in</a> \
             <a href=\"https://{host}/account\">Account</a> <a href=\"https://{host}/logout\">Log out</a></nav>\n\
             <h1>{title}</h1>\n\
             {body}\n\
             </body>\n\
             </html>\n"
        )
    }

    fn style(&self) -> String {
        let resources = self.scheme(Defence::NoMixedContent);
        let host = self.host;
        format!(
            "@import url(\"{resources}://{host}/assets/type.css\");\n\
             body {{ margin: 2rem; background: url({resources}://{host}/images/paper.png); }}\n"
        )
    }

    fn sitemap(&self) -> String {
        let links = self.scheme(Defence::HttpsEverywhere);
        let host = self.host;
        let mut map = String::from(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n",
        );
        // No page links to the winter offers: they are found here alone.
        for path in ["/", "/catalogue", "/about", "/offers/winter"] {
            map.push_str(&format!("<url><loc>{links}://{host}{path}</loc></url>\n"));
        }
        map.push_str("</urlset>\n");
        map
    }
}

/// The other site that the shop takes a script from.
pub(crate) fn cdn(visit: &Visit) -> Answer {
    if visit.scheme == Scheme::Http {
        return Answer::redirect(301, format!("https://{CDN}{}", visit.path_and_query));
    }
    let mut answer = match visit.path.as_str() {
        CDN_SCRIPT => {
            let mut answer = Answer::new(200, JAVASCRIPT, CDN_SCRIPT_BODY);
            answer.set("access-control-allow-origin", "*");
            answer
        }
        _ => Answer::error(404, "There is no such file.\n"),
    };
    answer.set("strict-transport-security", HSTS);
    answer
}

/// The integrity metadata of a script (Subresource Integrity, section 3.1).
fn integrity(body: &str) -> String {
    let hash = Sha384::digest(body.as_bytes());
    format!("sha384-{}", base64::engine::general_purpose::STANDARD.encode(hash))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn visit(scheme: Scheme, path: &str) -> Visit {
        Visit {
            scheme,
            host: "shop.example".to_owned(),
            path: path.to_owned(),
            path_and_query: path.to_owned(),
            is_post: false,
            cookies: String::new(),
            new_session: "0123456789abcdef0123456789abcdef".to_owned(),
        }
    }

    fn text(answer: &Answer) -> String {
        String::from_utf8(answer.body.clone()).expect("text")
    }

    fn header<'a>(answer: &'a Answer, name: &str) -> Vec<&'a str> {
        answer.headers.iter().filter(|(key, _)| *key == name).map(|(_, value)| value.as_str()).collect()
    }

    const PAGES: [&str; 9] = [
        "/",
        "/catalogue",
        "/product/1",
        "/product/4",
        "/cart",
        "/about",
        "/login",
        "/account",
        "/offers/winter",
    ];

    #[test]
    fn the_weak_shop_has_its_weaknesses() {
        let shop = Shop { host: "shop.example", defences: Defences::new() };
        let plain = shop.answer(&visit(Scheme::Http, "/"));
        assert_eq!(plain.status, 200);
        assert_eq!(plain.body, shop.answer(&visit(Scheme::Https, "/")).body);
        let home = text(&plain);
        assert!(home.contains("<script src=\"http://shop.example/assets/offers.js\">"));
        assert!(home.contains("<form action=\"http://shop.example/newsletter\""));
        assert!(home.contains("<script src=\"https://cdn.example/menu.js\"></script>"));
        assert_eq!(
            header(&plain, "set-cookie")[..2],
            ["sid=0123456789abcdef0123456789abcdef; Path=/", "secure=1; Path=/; Max-Age=2592000"]
        );
        assert!(header(&plain, "strict-transport-security").is_empty());
        let login = shop.answer(&visit(Scheme::Http, "/login"));
        assert_eq!((login.status, header(&login, "location")), (302, vec!["https://shop.example/login"]));
        let style = text(&shop.answer(&visit(Scheme::Https, "/assets/shop.css")));
        assert!(style.contains("@import url(\"http://") && style.contains("url(http://"), "{style}");
    }

    #[test]
    fn the_sound_shop_names_http_nowhere() {
        let shop = Shop { host: "shop.example", defences: Defence::all() };
        for path in PAGES.into_iter().chain(["/assets/shop.css", "/robots.txt"]) {
            let answer = shop.answer(&visit(Scheme::Https, path));
            assert_eq!(answer.status, 200, "{path}");
            assert!(!text(&answer).contains("http:"), "{path}");
            assert_eq!(header(&answer, "strict-transport-security"), [HSTS], "{path}");
            for cookie in header(&answer, "set-cookie") {
                assert!(cookie.ends_with("; Secure; HttpOnly; SameSite=Lax"), "{cookie}");
            }
            let plain = shop.answer(&visit(Scheme::Http, path));
            assert_eq!(header(&plain, "location"), [format!("https://shop.example{path}")]);
            assert!(header(&plain, "set-cookie").is_empty());
        }
    }

    #[test]
    fn a_visitor_keeps_the_session_that_it_has() {
        let shop = Shop { host: "shop.example", defences: Defences::new() };
        let mut again = visit(Scheme::Https, "/cart");
        again.cookies = "theme=light; sid=abc; secure=1".to_owned();
        assert!(header(&shop.answer(&again), "set-cookie").is_empty());
    }

    #[test]
    fn every_link_of_the_shop_leads_to_an_answer() {
        let shop = Shop { host: "shop.example", defences: Defence::all() };
        for path in PAGES {
            let body = text(&shop.answer(&visit(Scheme::Https, path)));
            for part in body.split(['"', ' ']).filter_map(|part| {
                part.strip_prefix("https://shop.example").or(part.starts_with('/').then_some(part))
            }) {
                if part.starts_with("//") || part.starts_with("/newsletter") || part.starts_with("/session") {
                    continue;
                }
                let to = part.split('?').next().expect("a path");
                assert_eq!(shop.answer(&visit(Scheme::Https, to)).status, 200, "{path} leads to {to}");
            }
        }
    }

    #[test]
    fn integrity_is_that_of_the_script() {
        // printf '' | openssl dgst -sha384 -binary | base64
        assert_eq!(integrity(""), "sha384-OLBgp1GsljhM2TJ+sbHjaiH9txEUvgdDTAzHv2P24donTt6/529l+9Ua0vFImLlb");
    }
}
