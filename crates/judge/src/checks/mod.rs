//! The checks, one file each.
//!
//! To add one, write its file and name it twice here, in the order of the alphabet. Its page in the book and
//! its place in every report follow by themselves.

mod cache_private_page;
mod cookie_long_lived;
mod cookie_no_samesite;
mod cookie_not_pinned;
mod cookie_not_secure;
mod cookie_over_http;
mod cookie_prefix_broken;
mod cookie_rejected;
mod cookie_samesite_none;
mod cookie_session_not_httponly;
mod cookie_session_not_secure;
mod cookie_wide_domain;
mod csp_allows_plain;
mod csp_missing;
mod form_over_http;
mod hsts_invalid;
mod hsts_missing;
mod hsts_no_subdomains;
mod hsts_not_everywhere;
mod hsts_off;
mod hsts_over_http;
mod hsts_preload_gaps;
mod hsts_repeated;
mod hsts_short;
mod hsts_untrusted_certificate;
mod https_for_login_only;
mod https_missing;
mod link_to_http;
mod login_over_http;
mod logout_keeps_data;
mod mixed_content_blockable;
mod mixed_content_upgradeable;
mod plain_http_entry;
mod plain_http_page;
mod redirect_back_to_http;
mod redirect_endless;
mod redirect_first_hop_http;
mod redirect_off_host;
mod redirect_temporary;
mod referrer_policy_leaks;
mod sri_missing;
mod support;

use crate::Check;

/// Every check, by id.
pub(crate) static ALL: &[&Check] = &[
    &cache_private_page::CHECK,
    &cookie_long_lived::CHECK,
    &cookie_no_samesite::CHECK,
    &cookie_not_pinned::CHECK,
    &cookie_not_secure::CHECK,
    &cookie_over_http::CHECK,
    &cookie_prefix_broken::CHECK,
    &cookie_rejected::CHECK,
    &cookie_samesite_none::CHECK,
    &cookie_session_not_httponly::CHECK,
    &cookie_session_not_secure::CHECK,
    &cookie_wide_domain::CHECK,
    &csp_allows_plain::CHECK,
    &csp_missing::CHECK,
    &form_over_http::CHECK,
    &hsts_invalid::CHECK,
    &hsts_missing::CHECK,
    &hsts_no_subdomains::CHECK,
    &hsts_not_everywhere::CHECK,
    &hsts_off::CHECK,
    &hsts_over_http::CHECK,
    &hsts_preload_gaps::CHECK,
    &hsts_repeated::CHECK,
    &hsts_short::CHECK,
    &hsts_untrusted_certificate::CHECK,
    &https_for_login_only::CHECK,
    &https_missing::CHECK,
    &link_to_http::CHECK,
    &login_over_http::CHECK,
    &logout_keeps_data::CHECK,
    &mixed_content_blockable::CHECK,
    &mixed_content_upgradeable::CHECK,
    &plain_http_entry::CHECK,
    &plain_http_page::CHECK,
    &redirect_back_to_http::CHECK,
    &redirect_endless::CHECK,
    &redirect_first_hop_http::CHECK,
    &redirect_off_host::CHECK,
    &redirect_temporary::CHECK,
    &referrer_policy_leaks::CHECK,
    &sri_missing::CHECK,
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn ids_are_unique_kebab_case_and_in_order() {
        let ids: Vec<&str> = ALL.iter().map(|check| check.id).collect();
        let sorted: BTreeSet<&str> = ids.iter().copied().collect();
        assert_eq!(ids, sorted.into_iter().collect::<Vec<_>>());
        for id in ids {
            assert!(
                id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'),
                "{id}"
            );
        }
    }

    #[test]
    fn every_check_says_what_it_is_about() {
        for check in ALL {
            for (name, text) in [
                ("title", check.title),
                ("about", check.about),
                ("gain", check.gain),
                ("decided", check.decided),
                ("fix", check.fix),
                ("source", check.source),
            ] {
                assert!(!text.is_empty() && !text.contains("  "), "{}: {name}: {text:?}", check.id);
            }
            assert!(check.says.contains("{place}"), "{}: says", check.id);
            assert!(!check.from.is_empty() && !check.attacks.is_empty(), "{}", check.id);
        }
    }
}
