//! The names that promise something: `__Secure-` and `__Host-` (RFC 6265bis, 4.1.3 and 5.7).

use super::SetCookie;

/// A prefix of a cookie's name, known without regard to case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prefix {
    /// `__Secure-`: must have Secure.
    Secure,
    /// `__Host-`: must have Secure and `Path=/`, and no Domain.
    Host,
}

/// A rule of a prefix that a cookie breaks; browsers then refuse the cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PrefixFault {
    /// Secure is missing.
    NotSecure,
    /// `__Host-` with a Domain.
    HasDomain,
    /// `__Host-` without `Path=/`.
    PathNotRoot,
    /// The prefix stands in a value that has no name.
    Nameless,
}

impl SetCookie {
    /// The prefix of the name.
    pub fn prefix(&self) -> Option<Prefix> {
        prefix_of(&self.name)
    }

    /// The rules of its prefix that it breaks. Empty where it has no prefix or keeps them all.
    pub fn prefix_faults(&self) -> Vec<PrefixFault> {
        if self.name.is_empty() {
            return prefix_of(&self.value).map(|_| PrefixFault::Nameless).into_iter().collect();
        }
        let mut faults = Vec::new();
        let Some(prefix) = self.prefix() else { return faults };
        if !self.secure {
            faults.push(PrefixFault::NotSecure);
        }
        if prefix == Prefix::Host {
            if self.domain.is_some() {
                faults.push(PrefixFault::HasDomain);
            }
            if self.path.as_deref() != Some("/") {
                faults.push(PrefixFault::PathNotRoot);
            }
        }
        faults
    }
}

fn prefix_of(text: &str) -> Option<Prefix> {
    let begins = |prefix: &str| {
        text.as_bytes().get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix.as_bytes()))
    };
    if begins("__Secure-") {
        Some(Prefix::Secure)
    } else if begins("__Host-") {
        Some(Prefix::Host)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    #[test]
    fn each_rule_is_known() {
        for (field, faults) in [
            ("__Host-sid=1; Secure; Path=/", vec![]),
            ("__host-sid=1; Path=/", vec![PrefixFault::NotSecure]),
            ("__HOST-sid=1; Secure; Path=/; Domain=shop.example", vec![PrefixFault::HasDomain]),
            ("__Host-sid=1; Secure", vec![PrefixFault::PathNotRoot]),
            ("__Host-sid=1; Secure; Path=/a", vec![PrefixFault::PathNotRoot]),
            ("__Secure-sid=1; Secure; Domain=shop.example", vec![]),
            ("__secure-sid=1", vec![PrefixFault::NotSecure]),
            ("=__Host-sid=1; Secure; Path=/", vec![PrefixFault::Nameless]),
            ("__Host_sid=1", vec![]),
        ] {
            assert_eq!(parse(field).expect("a cookie").prefix_faults(), faults, "{field}");
        }
    }
}
