//! A cookie that breaks the promise of its name.

use midwatch_fields::set_cookie::{PrefixFault, Rejected};
use midwatch_model::{AttackId::*, Severity};

use crate::Check;
use crate::check::ON_PATH_OR_DNS;
use crate::words;

pub(crate) static CHECK: Check = Check {
    id: "cookie-prefix-broken",
    title: "A cookie breaks the rules of its prefix, and browsers refuse it",
    severity: Severity::Low,
    says: "browsers refuse the {place}, since it breaks the rules of its prefix",
    about: "A name that begins with __Secure- promises Secure; one that begins with __Host- promises Secure, \
           Path=/ and no Domain. Browsers refuse a cookie that breaks the promise. What it was for does not work, \
           or works by another cookie without such protection; and a browser too old to know the prefixes keeps \
           it as it is.",
    gain: "Nothing by itself. The protection that the name promises is not there.",
    from: ON_PATH_OR_DNS,
    attacks: &[SessionHijacking],
    decided: "An answer sets a cookie with a prefix (in any case) and breaks one of its rules. So does an answer \
             that means to delete one: browsers refuse that line too, and the cookie stays.",
    benign: &["The line may be left over, and another one set the cookie rightly."],
    fix: "For __Host-: set Secure and Path=/, and no Domain, also where the cookie is deleted. For __Secure-: set \
         Secure.",
    settings: &[],
    source: "RFC 6265bis 4.1.3 and 5.7",
    find: |view, found| {
        for cookie in &view.cookies {
            let Some(Err(Rejected::Prefix(faults))) = &cookie.stored else { continue };
            let faults: Vec<&str> = faults.iter().map(|fault| in_words(*fault)).collect();
            let line = format!("{} set {}: {}", cookie.fact.set_by, cookie.fact.line, words::and(&faults));
            let draft = found.at(cookie.place()).see(cookie.id, line);
            if cookie.deletes {
                draft
                    .title("A cookie with a prefix is deleted by a line that browsers refuse")
                    .gain("A cookie that stays when it should be gone, such as a session after logout.");
            }
        }
    },
};

fn in_words(fault: PrefixFault) -> &'static str {
    match fault {
        PrefixFault::NotSecure => "Secure is missing",
        PrefixFault::HasDomain => "__Host- allows no Domain",
        PrefixFault::PathNotRoot => "__Host- asks for Path=/",
        PrefixFault::Nameless => "the prefix stands in a value that has no name",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    fn with(field: &str) -> Scene {
        Scene::sound().cookie(field, "https://shop.example/")
    }

    #[test]
    fn each_rule_counts() {
        for field in [
            "__Host-id=1; Path=/",
            "__Host-id=1; Secure",
            "__host-id=1; Secure; Path=/; Domain=shop.example",
            "__Secure-id=1",
        ] {
            assert_eq!(with(field).severities(CHECK.id), [Severity::Low], "{field}");
        }
        for field in ["__Secure-id=1; Secure", "id=1", "__Hostid=1", "__Host-id=; Secure; Path=/; Max-Age=0"]
        {
            assert!(with(field).find(CHECK.id).is_empty(), "{field}");
        }
        assert!(Scene::sound().find(CHECK.id).is_empty());
        assert!(Scene::empty().find(CHECK.id).is_empty());
    }

    #[test]
    fn a_line_that_deletes_is_told_apart() {
        let found = with("__Host-sid=; Path=/; Max-Age=0").find(CHECK.id);
        assert!(found[0].title.contains("deleted"), "{}", found[0].title);
    }
}
