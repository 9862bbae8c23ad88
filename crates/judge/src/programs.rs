//! What checks on TLS, certificates and names say of services that are met by programs and not by browsers, such as mail:
//! nobody visits them, and no page stands there.

/// A text of a check, as it is said of such a service. Texts that fit both are left as they are.
pub(crate) fn said(text: &str) -> &str {
    WORDS.iter().find(|(web, _)| *web == text).map_or(text, |(_, programs)| programs)
}

const WARNING: &str = "People who have told their program to go on in spite of its warning tell it the same for a forged certificate.";

/// What is said of web sites, and of other services.
const WORDS: &[(&str, &str)] = &[
    (
        "Cookies and passwords that are sent over and over in such a connection; with short keys all of it.",
        "Passwords that are sent over and over in such a connection; with short keys all of it.",
    ),
    (
        "Visitors who have learnt to click the warning away meet the same warning for a forged certificate, and click that \
         away too.",
        WARNING,
    ),
    (
        "Visitors for whom the warning is usual meet the same warning for a forged certificate, and click that away too.",
        WARNING,
    ),
    ("A visitor who clicks the site's own warning away clicks the attacker's away as well.", WARNING),
    (
        "From that day on, visitors who click the warning away.",
        "From that day on, people who tell their program to go on in spite of its warning.",
    ),
    (
        "Visitors of clients that refuse click the warning away; to others a stolen certificate can be shown as before.",
        "To programs that do not refuse, a stolen certificate can be shown as before.",
    ),
    (
        "Get a new certificate from an authority whose certificates browsers take.",
        "Get a new certificate from a public authority.",
    ),
    (
        "The name may lead to the server without being meant to be a web site.",
        "The name may lead to the server without being the one that programs are set to.",
    ),
    (
        "Get a certificate that holds every name that visitors use (with certbot, one -d for each).",
        "Get a certificate that holds every name that programs are set to (with certbot, one -d for each).",
    ),
    (
        "Some browsers trust the certificate and others do not",
        "Some root programmes trust the certificate and others do not",
    ),
    (
        "Whoever has the key is the site, for every visitor whose browser does not ask about revocation.",
        "Whoever has the key is the server, for every program that does not ask about revocation.",
    ),
    (
        "To be the site with a certificate that nobody can find or take back.",
        "To be the server with a certificate that nobody can find or take back.",
    ),
    (
        "The private key: to be the site without any warning.",
        "The private key: to be the server without any warning.",
    ),
    (
        "To be the site without any warning, and to read recorded connections that had no forward secrecy.",
        "To be the server without any warning, and to read recorded connections that had no forward secrecy.",
    ),
    (
        "With the key of a certificate for everything below a registry's name: to be any site there.",
        "With the key of a certificate for everything below a registry's name: to be any server there.",
    ),
    (
        "To be the site towards programs that do not look at logs, without the owner ever learning of it.",
        "To be the server towards programs that do not look at logs, without the owner ever learning of it.",
    ),
    (
        "Nothing by itself; cookies, where the server's library has a flaw of that kind.",
        "Nothing by itself; passwords, where the server's library has a flaw of that kind.",
    ),
    ("Browsers of before 2014 may need them.", "Programs of before 2014 may need them."),
    (
        "The session cookie, within minutes, for somebody who reads along and has a script on any page that is open.",
        "Secrets that are sent again and again beside text that the attacker chooses, for somebody who reads along.",
    ),
    (
        "Browsers have not offered it since 2012; other programs may.",
        "Most programs have not offered it since 2012; some may.",
    ),
    (
        "Switch compression in TLS off. Compression of HTTP bodies is another thing.",
        "Switch compression in TLS off.",
    ),
    (
        "Nothing by itself; keys, passwords and cookies where the library is that old.",
        "Nothing by itself; keys and passwords where the library is that old.",
    ),
    (
        "To put a request of their own before the visitor's, in the visitor's name.",
        "To put commands of their own before those of a program, in its user's name.",
    ),
    (
        "Every connection there is uses encryption that may be opened; visitors who cannot connect look for the site over \
         plain http.",
        "Every connection there is uses encryption that may be opened; programs that cannot connect may go on in plain text.",
    ),
    (
        "The visitors who are sent to that address, for whoever holds it now.",
        "The programs that are sent to that address, for whoever holds it now.",
    ),
    (
        "An answer of their own for the site's address, its mail or its CAA records, where nothing else stops it.",
        "An answer of their own for the server's address, its TLSA or its CAA records, where nothing else stops it.",
    ),
    (
        "Many zones of sound sites are not signed; the certificate is what protects their visitors.",
        "Many zones are not signed; where programs verify the certificate, that is what protects.",
    ),
    (
        "If the answers are forged: visitors at another address. If they are a mistake: nothing, but the site cannot be \
         reached by many.",
        "If the answers are forged: programs at another address. If they are a mistake: nothing, but the server cannot be \
         reached by many.",
    ),
    (
        "More authorities to try: somebody who hijacks the route to the site, or to its name servers, can choose the one with \
         the weakest validation.",
        "More authorities to try: somebody who hijacks the route to the server, or to its name servers, can choose the one with \
         the weakest validation.",
    ),
    (
        "A certificate from the very authority that the site uses, with an account of their own.",
        "A certificate from the very authority that the server uses, with an account of their own.",
    ),
    (
        "Cookies and the like, byte by byte, where the server's library has such a flaw.",
        "Passwords and the like, byte by byte, where the server's library has such a flaw.",
    ),
    (
        "If somebody else had it issued: a certificate that every browser takes.",
        "If somebody else had it issued: a certificate that every program takes.",
    ),
    (
        "A content delivery network in front of the site had the certificate issued before the records were there.",
        "A service in front of the server had the certificate issued before the records were there.",
    ),
    (
        "Nothing at once. An expired certificate teaches visitors to click warnings away.",
        "Nothing at once. An expired certificate teaches people to let their programs go on in spite of warnings.",
    ),
    (
        "Browsers demand more timestamps of logs than the certificate has",
        "Apple's programs and Chrome demand more timestamps of logs than the certificate has",
    ),
    (
        "The certificate's timestamps are all of logs that the browsers' list does not have",
        "The certificate's timestamps are all of logs that the public list does not have",
    ),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Everything that a finding takes over from its check.
    fn texts(check: &'static crate::Check) -> impl Iterator<Item = &'static str> {
        [check.title, check.gain, check.fix].into_iter().chain(check.benign.iter().copied())
    }

    #[test]
    fn every_line_is_of_some_check() {
        let all: BTreeSet<&str> = crate::checks().iter().flat_map(|check| texts(check)).collect();
        for (web, _) in WORDS {
            assert!(all.contains(web), "no check says: {web}");
        }
    }

    #[test]
    fn nothing_of_the_web_is_said_of_mail() {
        let concerns =
            ["cert-", "ct-", "tls-", "starttls-", "tlsa-", "dnssec-", "caa-", "address-unreachable"];
        // What senders report is about policies too, which are served as pages are; and no such service has reports.
        let is_concerned =
            |id: &str| concerns.iter().any(|concern| id.starts_with(concern)) && !id.starts_with("tls-r");
        let mut faults = Vec::new();
        for check in crate::checks().iter().filter(|check| is_concerned(check.id)) {
            for text in texts(check).map(said) {
                let lower = text.to_lowercase();
                for word in ["visit", "page", "cookie", "hsts", "https", "http ", "web site", "the site"] {
                    if lower.contains(word) {
                        faults.push(format!("{}: {text}", check.id));
                    }
                }
            }
        }
        assert!(faults.is_empty(), "{faults:#?}");
    }
}
