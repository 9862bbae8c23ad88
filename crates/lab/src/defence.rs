//! The defences that can be switched on, one by one.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use midwatch_model::AttackId;

/// A repair of one weakness of the lab.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Defence {
    /// Every page over plain `http` redirects to `https`, and links lead to `https`.
    HttpsEverywhere,
    /// Strict-Transport-Security on every answer over `https`.
    Hsts,
    /// Cookies with Secure, HttpOnly, SameSite, and `__Host-` for the session.
    SecureCookies,
    /// Scripts, styles and images over `https`.
    NoMixedContent,
    /// Forms that are sent over `https`.
    SafeForms,
    /// Subresource integrity on the script of another site.
    Integrity,
    /// Content-Security-Policy, Referrer-Policy, Cache-Control and Clear-Site-Data.
    SafeHeaders,
    /// Valid certificates in place of the faulty ones.
    TrustedCertificates,
    /// TLS 1.2 and 1.3 in place of TLS 1.0 and 1.1.
    ModernTls,
}

impl Defence {
    /// All of them, in the order of the story.
    pub const ALL: [Defence; 9] = [
        Defence::HttpsEverywhere,
        Defence::Hsts,
        Defence::SecureCookies,
        Defence::NoMixedContent,
        Defence::SafeForms,
        Defence::Integrity,
        Defence::SafeHeaders,
        Defence::TrustedCertificates,
        Defence::ModernTls,
    ];

    /// All of them as a set.
    pub fn all() -> BTreeSet<Defence> {
        Defence::ALL.into_iter().collect()
    }

    /// The name on the command line, kebab-case and stable.
    pub fn name(self) -> &'static str {
        match self {
            Defence::HttpsEverywhere => "https-everywhere",
            Defence::Hsts => "hsts",
            Defence::SecureCookies => "secure-cookies",
            Defence::NoMixedContent => "no-mixed-content",
            Defence::SafeForms => "safe-forms",
            Defence::Integrity => "integrity",
            Defence::SafeHeaders => "safe-headers",
            Defence::TrustedCertificates => "trusted-certificates",
            Defence::ModernTls => "modern-tls",
        }
    }

    /// What it changes in the lab, in one sentence.
    pub fn about(self) -> &'static str {
        match self {
            Defence::HttpsEverywhere => {
                "every page over plain http redirects to https, and the shop's own links lead to https"
            }
            Defence::Hsts => "every answer over https carries Strict-Transport-Security for two years",
            Defence::SecureCookies => {
                "cookies are Secure, HttpOnly and SameSite, are set over https alone, and the session's name \
                 begins with __Host-"
            }
            Defence::NoMixedContent => "pages load their scripts, styles and images over https",
            Defence::SafeForms => "the newsletter and the login form are sent over https",
            Defence::Integrity => "the script from another site is pinned to its contents by integrity",
            Defence::SafeHeaders => {
                "a Content-Security-Policy, a Referrer-Policy, no caching of \
                 private pages, Clear-Site-Data at logout"
            }
            Defence::TrustedCertificates => {
                "the hosts with a self-signed, an expired and a wrong-name certificate get valid ones"
            }
            Defence::ModernTls => "old.example speaks TLS 1.2 and 1.3 in place of TLS 1.0 and 1.1",
        }
    }

    /// The verdicts that it turns for the better when it is switched on alone: the host (without `www.`, among
    /// those of [`crate::Lab::targets`] and [`crate::Lab::gaps`]) and the attack method.
    ///
    /// Empty for a second line of defence, which takes findings away and decides no verdict.
    pub fn turns(self) -> &'static [(&'static str, AttackId)] {
        use AttackId::{
            Eavesdropping, HttpInjection, Impersonation, SessionHijacking, StrippingAndDowngrade,
        };
        match self {
            Defence::HttpsEverywhere => &[
                ("plain.example", Eavesdropping),
                ("plain.example", HttpInjection),
                ("plain.example", StrippingAndDowngrade),
            ],
            Defence::Hsts => &[("no-hsts.example", StrippingAndDowngrade)],
            Defence::SecureCookies => &[("bare-cookies.example", SessionHijacking)],
            Defence::NoMixedContent => &[("mixed-content.example", HttpInjection)],
            Defence::SafeForms => &[("http-forms.example", Eavesdropping)],
            Defence::Integrity | Defence::SafeHeaders => &[],
            Defence::TrustedCertificates => &[
                ("self-signed.example", Impersonation),
                ("expired.example", Impersonation),
                ("wrong-name.example", Impersonation),
            ],
            Defence::ModernTls => &[("old.example", Eavesdropping), ("old.example", StrippingAndDowngrade)],
        }
    }
}

impl fmt::Display for Defence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Defence {
    type Err = UnknownDefence;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Defence::ALL
            .into_iter()
            .find(|defence| defence.name() == name)
            .ok_or_else(|| UnknownDefence(name.to_owned()))
    }
}

/// A name that no defence has. Its text lists the names there are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownDefence(pub String);

impl fmt::Display for UnknownDefence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "there is no defence {:?}; the defences are ", self.0)?;
        for (n, defence) in Defence::ALL.into_iter().enumerate() {
            if n > 0 {
                f.write_str(", ")?;
            }
            f.write_str(defence.name())?;
        }
        Ok(())
    }
}

impl std::error::Error for UnknownDefence {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_kebab_case_unique_and_read_back() {
        let names: BTreeSet<&str> = Defence::ALL.into_iter().map(Defence::name).collect();
        assert_eq!(names.len(), Defence::ALL.len());
        assert_eq!(Defence::all().len(), Defence::ALL.len());
        for defence in Defence::ALL {
            assert!(defence.name().chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{defence}");
            assert_eq!(defence.to_string().parse(), Ok(defence));
        }
    }

    #[test]
    fn an_unknown_name_lists_the_known_ones() {
        let text = "firewall".parse::<Defence>().expect_err("no such defence").to_string();
        assert!(text.contains("\"firewall\"") && text.contains("https-everywhere, hsts,"), "{text}");
    }
}
