//! The checks, one file each.
//!
//! To add one, write its file and name it twice here, in the order of the alphabet. Its page in the book and
//! its place in every report follow by themselves.

mod address_contested;
mod address_unreachable;
mod autoconfig_certificate;
mod autoconfig_plain;
mod autoconfig_plain_server;
mod browser_certificate_override;
mod browser_enterprise_roots;
mod browser_extension_all_pages;
mod browser_no_https_only;
mod browser_old;
mod browser_policy_weakens;
mod browser_remote_debugging;
mod ca_bundle_replaced;
mod caa_forbids_issuer_met;
mod caa_missing;
mod caa_not_bound;
mod caa_unknown_critical;
mod cache_private_page;
mod captive_portal;
mod cert_bad_signature;
mod cert_broken_key;
mod cert_common_name;
mod cert_duplicate;
mod cert_expired;
mod cert_expires_soon;
mod cert_extra;
mod cert_interception;
mod cert_internal_name;
mod cert_key_usage;
mod cert_malformed;
mod cert_missing_intermediate;
mod cert_must_staple;
mod cert_name_constraint;
mod cert_name_form;
mod cert_name_mismatch;
mod cert_not_in_every_programme;
mod cert_not_trusted;
mod cert_not_yet_valid;
mod cert_revoked;
mod cert_root_sent;
mod cert_self_signed;
mod cert_serial_invalid;
mod cert_serial_short;
mod cert_shared_key;
mod cert_unknown_critical_extension;
mod cert_unknown_root;
mod cert_unknown_to_authority;
mod cert_unusual_key;
mod cert_validity_long;
mod cert_weak_key;
mod cert_weak_signature;
mod cert_wildcard;
mod cert_wrong_order;
mod cert_wrong_purpose;
mod cert_wrong_role;
mod cname_loop;
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
mod ct_invalid_signature;
mod ct_none;
mod ct_policy_not_met;
mod ct_unknown_log;
mod dane_insecure;
mod dane_mismatch;
mod dane_one_record;
mod dane_unusable;
mod dangling_cname;
mod dangling_ns;
mod dhcp_second_server;
mod dkim_key_weak;
mod dkim_no_use;
mod dmarc_missing;
mod dmarc_none;
mod dmarc_partial;
mod dns_answers_differ;
mod dnssec_bogus;
mod dnssec_missing;
mod echo_answered_by_another;
mod form_over_http;
mod gateway_contested;
mod gateway_not_remembered;
mod gateway_shares_mac;
mod git_credentials_in_url;
mod git_credentials_stored;
mod git_does_not_verify;
mod git_ext_allowed;
mod git_insteadof_plain;
mod git_remote_plain;
mod git_ssh_does_not_verify;
mod git_support;
mod glue_differ;
mod here_chain_refused;
mod here_chain_unlogged;
mod here_root_not_public;
mod host_certificate_invalid;
mod host_key_changed;
mod host_key_revoked;
mod host_key_sha1;
mod host_key_small;
mod host_key_unknown;
mod host_key_unproved;
mod hosts_override;
mod hsts_invalid;
mod hsts_missing;
mod hsts_no_subdomains;
mod hsts_not_everywhere;
mod hsts_not_preloaded;
mod hsts_off;
mod hsts_over_http;
mod hsts_preload_gaps;
mod hsts_repeated;
mod hsts_short;
mod hsts_untrusted_certificate;
mod http_addresses_differ;
mod http_changed_on_the_way;
mod https_for_login_only;
mod https_missing;
mod https_record_problem;
mod key_log;
mod lame_delegation;
mod link_redirect;
mod link_to_http;
mod listening_admin_open;
mod listening_database_open;
mod listening_legacy;
mod listening_plain_data;
mod listening_plain_login;
mod listening_plain_mail;
mod listening_plain_panel;
mod listening_support;
mod listening_unauthenticated;
mod login_over_http;
mod logout_keeps_data;
mod mac_claims_many;
mod mail_mx_faulty;
mod mail_mx_implicit;
mod mail_mx_insecure;
mod mail_not_authenticated;
mod mail_srv_elsewhere;
mod mail_srv_plain;
pub(crate) mod mail_support;
mod malware_scanner_stale;
mod mixed_content_blockable;
mod mixed_content_upgradeable;
mod mta_sts_certificate;
mod mta_sts_media_type;
mod mta_sts_mx_not_named;
mod mta_sts_names_nobody;
mod mta_sts_no_record;
mod mta_sts_not_enforced;
mod mta_sts_policy_invalid;
mod mta_sts_policy_missing;
mod mta_sts_record_invalid;
mod mta_sts_short;
mod name_answering;
mod ns_differ;
mod ocsp_staple_bad;
mod ocsp_staple_expired;
mod package_lists_old;
mod plain_http_entry;
mod plain_http_page;
mod plain_service_listening;
mod preload_library;
mod proxy_set;
mod ra_second_router;
mod redirect_back_to_http;
mod redirect_endless;
mod redirect_first_hop_http;
mod redirect_off_host;
mod redirect_temporary;
mod referrer_policy_leaks;
mod resolver_faulty;
mod resolver_on_the_link;
mod resolver_plain;
mod restart_needed;
mod revocation_answer_bad;
mod router_admin_plain;
mod served_certificate_expiring;
mod served_certificate_mismatch;
mod served_certificate_self_signed;
mod served_default_certificate;
mod served_name_conflict;
mod served_no_redirect;
mod served_support;
mod served_user_directories;
mod served_without_tls;
mod spf_allows_anyone;
mod spf_invalid;
mod spf_missing;
mod spf_neutral;
mod sri_missing;
mod ssh_cipher_weak;
mod ssh_client_does_not_check;
mod ssh_compression_early;
mod ssh_dh_group_small;
mod ssh_kex_weak;
mod ssh_mac_weak;
pub(crate) mod ssh_names;
mod ssh_no_post_quantum;
mod ssh_protocol_1;
mod ssh_terrapin;
mod sshfp_insecure;
mod sshfp_sha1_only;
mod starttls_command_injection;
mod starttls_not_offered;
pub(crate) mod starttls_not_verified;
mod starttls_plain_login;
mod starttls_plain_text_after;
mod starttls_refused;
mod starttls_strippable;
mod starttls_support;
pub(crate) mod support;
mod tls_addresses_differ;
mod tls_anonymous_suite;
mod tls_beyond_guideline;
mod tls_cbc_suite;
mod tls_compression;
mod tls_dh_bad;
mod tls_dh_common_prime;
mod tls_dh_small;
mod tls_export_suite;
mod tls_fallback_scsv;
mod tls_heartbeat;
mod tls_insecure_renegotiation;
mod tls_no_aead;
mod tls_no_extended_master_secret;
mod tls_no_forward_secrecy;
mod tls_no_modern_version;
mod tls_no_post_quantum;
mod tls_no_tls13;
mod tls_null_cipher;
mod tls_old_version;
mod tls_opened_on_the_way;
mod tls_quirk;
mod tls_report_certificate;
mod tls_report_dane;
mod tls_report_mta_sts;
mod tls_report_no_policy;
mod tls_report_other;
mod tls_report_starttls;
mod tls_report_support;
mod tls_rpt_invalid;
mod tls_rpt_missing;
mod tls_weak_cipher;
mod tls_weak_group;
mod tls_weak_signature;
mod tlsa_insecure;
mod tlsa_mismatch;
mod tool_does_not_verify;
mod trust_anchor_interception_product;
mod trust_anchor_known_bad;
mod trust_anchor_private;
mod updates_pending_security;
mod vpn_bypassed;
mod wifi_no_pmf;
mod wifi_open;
mod wifi_transition;
mod wifi_twin;
mod wifi_weak;
mod wpad_offered;

use crate::Check;

/// Every check, by id.
pub(crate) static ALL: &[&Check] = &[
    &address_contested::CHECK,
    &address_unreachable::CHECK,
    &autoconfig_certificate::CHECK,
    &autoconfig_plain::CHECK,
    &autoconfig_plain_server::CHECK,
    &browser_certificate_override::CHECK,
    &browser_enterprise_roots::CHECK,
    &browser_extension_all_pages::CHECK,
    &browser_no_https_only::CHECK,
    &browser_old::CHECK,
    &browser_policy_weakens::CHECK,
    &browser_remote_debugging::CHECK,
    &ca_bundle_replaced::CHECK,
    &caa_forbids_issuer_met::CHECK,
    &caa_missing::CHECK,
    &caa_not_bound::CHECK,
    &caa_unknown_critical::CHECK,
    &cache_private_page::CHECK,
    &captive_portal::CHECK,
    &cert_bad_signature::CHECK,
    &cert_broken_key::CHECK,
    &cert_common_name::CHECK,
    &cert_duplicate::CHECK,
    &cert_expired::CHECK,
    &cert_expires_soon::CHECK,
    &cert_extra::CHECK,
    &cert_interception::CHECK,
    &cert_internal_name::CHECK,
    &cert_key_usage::CHECK,
    &cert_malformed::CHECK,
    &cert_missing_intermediate::CHECK,
    &cert_must_staple::CHECK,
    &cert_name_constraint::CHECK,
    &cert_name_form::CHECK,
    &cert_name_mismatch::CHECK,
    &cert_not_in_every_programme::CHECK,
    &cert_not_trusted::CHECK,
    &cert_not_yet_valid::CHECK,
    &cert_revoked::CHECK,
    &cert_root_sent::CHECK,
    &cert_self_signed::CHECK,
    &cert_serial_invalid::CHECK,
    &cert_serial_short::CHECK,
    &cert_shared_key::CHECK,
    &cert_unknown_critical_extension::CHECK,
    &cert_unknown_root::CHECK,
    &cert_unknown_to_authority::CHECK,
    &cert_unusual_key::CHECK,
    &cert_validity_long::CHECK,
    &cert_weak_key::CHECK,
    &cert_weak_signature::CHECK,
    &cert_wildcard::CHECK,
    &cert_wrong_order::CHECK,
    &cert_wrong_purpose::CHECK,
    &cert_wrong_role::CHECK,
    &cname_loop::CHECK,
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
    &ct_invalid_signature::CHECK,
    &ct_none::CHECK,
    &ct_policy_not_met::CHECK,
    &ct_unknown_log::CHECK,
    &dane_insecure::CHECK,
    &dane_mismatch::CHECK,
    &dane_one_record::CHECK,
    &dane_unusable::CHECK,
    &dangling_cname::CHECK,
    &dangling_ns::CHECK,
    &dhcp_second_server::CHECK,
    &dkim_key_weak::CHECK,
    &dkim_no_use::CHECK,
    &dmarc_missing::CHECK,
    &dmarc_none::CHECK,
    &dmarc_partial::CHECK,
    &dns_answers_differ::CHECK,
    &dnssec_bogus::CHECK,
    &dnssec_missing::CHECK,
    &echo_answered_by_another::CHECK,
    &form_over_http::CHECK,
    &gateway_contested::CHECK,
    &gateway_not_remembered::CHECK,
    &gateway_shares_mac::CHECK,
    &git_credentials_in_url::CHECK,
    &git_credentials_stored::CHECK,
    &git_does_not_verify::CHECK,
    &git_ext_allowed::CHECK,
    &git_insteadof_plain::CHECK,
    &git_remote_plain::CHECK,
    &git_ssh_does_not_verify::CHECK,
    &glue_differ::CHECK,
    &here_chain_refused::CHECK,
    &here_chain_unlogged::CHECK,
    &here_root_not_public::CHECK,
    &host_certificate_invalid::CHECK,
    &host_key_changed::CHECK,
    &host_key_revoked::CHECK,
    &host_key_sha1::CHECK,
    &host_key_small::CHECK,
    &host_key_unknown::CHECK,
    &host_key_unproved::CHECK,
    &hosts_override::CHECK,
    &hsts_invalid::CHECK,
    &hsts_missing::CHECK,
    &hsts_no_subdomains::CHECK,
    &hsts_not_everywhere::CHECK,
    &hsts_not_preloaded::CHECK,
    &hsts_off::CHECK,
    &hsts_over_http::CHECK,
    &hsts_preload_gaps::CHECK,
    &hsts_repeated::CHECK,
    &hsts_short::CHECK,
    &hsts_untrusted_certificate::CHECK,
    &http_addresses_differ::CHECK,
    &http_changed_on_the_way::CHECK,
    &https_for_login_only::CHECK,
    &https_missing::CHECK,
    &https_record_problem::CHECK,
    &key_log::CHECK,
    &lame_delegation::CHECK,
    &link_redirect::CHECK,
    &link_to_http::CHECK,
    &listening_admin_open::CHECK,
    &listening_database_open::CHECK,
    &listening_legacy::CHECK,
    &listening_plain_data::CHECK,
    &listening_plain_login::CHECK,
    &listening_plain_mail::CHECK,
    &listening_plain_panel::CHECK,
    &listening_unauthenticated::CHECK,
    &login_over_http::CHECK,
    &logout_keeps_data::CHECK,
    &mac_claims_many::CHECK,
    &mail_mx_faulty::CHECK,
    &mail_mx_implicit::CHECK,
    &mail_mx_insecure::CHECK,
    &mail_not_authenticated::CHECK,
    &mail_srv_elsewhere::CHECK,
    &mail_srv_plain::CHECK,
    &malware_scanner_stale::CHECK,
    &mixed_content_blockable::CHECK,
    &mixed_content_upgradeable::CHECK,
    &mta_sts_certificate::CHECK,
    &mta_sts_media_type::CHECK,
    &mta_sts_mx_not_named::CHECK,
    &mta_sts_names_nobody::CHECK,
    &mta_sts_no_record::CHECK,
    &mta_sts_not_enforced::CHECK,
    &mta_sts_policy_invalid::CHECK,
    &mta_sts_policy_missing::CHECK,
    &mta_sts_record_invalid::CHECK,
    &mta_sts_short::CHECK,
    &name_answering::CHECK,
    &ns_differ::CHECK,
    &ocsp_staple_bad::CHECK,
    &ocsp_staple_expired::CHECK,
    &package_lists_old::CHECK,
    &plain_http_entry::CHECK,
    &plain_http_page::CHECK,
    &plain_service_listening::CHECK,
    &preload_library::CHECK,
    &proxy_set::CHECK,
    &ra_second_router::CHECK,
    &redirect_back_to_http::CHECK,
    &redirect_endless::CHECK,
    &redirect_first_hop_http::CHECK,
    &redirect_off_host::CHECK,
    &redirect_temporary::CHECK,
    &referrer_policy_leaks::CHECK,
    &resolver_faulty::CHECK,
    &resolver_on_the_link::CHECK,
    &resolver_plain::CHECK,
    &restart_needed::CHECK,
    &revocation_answer_bad::CHECK,
    &router_admin_plain::CHECK,
    &served_certificate_expiring::CHECK,
    &served_certificate_mismatch::CHECK,
    &served_certificate_self_signed::CHECK,
    &served_default_certificate::CHECK,
    &served_name_conflict::CHECK,
    &served_no_redirect::CHECK,
    &served_user_directories::CHECK,
    &served_without_tls::CHECK,
    &spf_allows_anyone::CHECK,
    &spf_invalid::CHECK,
    &spf_missing::CHECK,
    &spf_neutral::CHECK,
    &sri_missing::CHECK,
    &ssh_cipher_weak::CHECK,
    &ssh_client_does_not_check::CHECK,
    &ssh_compression_early::CHECK,
    &ssh_dh_group_small::CHECK,
    &ssh_kex_weak::CHECK,
    &ssh_mac_weak::CHECK,
    &ssh_no_post_quantum::CHECK,
    &ssh_protocol_1::CHECK,
    &ssh_terrapin::CHECK,
    &sshfp_insecure::CHECK,
    &sshfp_sha1_only::CHECK,
    &starttls_command_injection::CHECK,
    &starttls_not_offered::CHECK,
    &starttls_not_verified::CHECK,
    &starttls_plain_login::CHECK,
    &starttls_plain_text_after::CHECK,
    &starttls_refused::CHECK,
    &starttls_strippable::CHECK,
    &tls_addresses_differ::CHECK,
    &tls_anonymous_suite::CHECK,
    &tls_beyond_guideline::CHECK,
    &tls_cbc_suite::CHECK,
    &tls_compression::CHECK,
    &tls_dh_bad::CHECK,
    &tls_dh_common_prime::CHECK,
    &tls_dh_small::CHECK,
    &tls_export_suite::CHECK,
    &tls_fallback_scsv::CHECK,
    &tls_heartbeat::CHECK,
    &tls_insecure_renegotiation::CHECK,
    &tls_no_aead::CHECK,
    &tls_no_extended_master_secret::CHECK,
    &tls_no_forward_secrecy::CHECK,
    &tls_no_modern_version::CHECK,
    &tls_no_post_quantum::CHECK,
    &tls_no_tls13::CHECK,
    &tls_null_cipher::CHECK,
    &tls_old_version::CHECK,
    &tls_opened_on_the_way::CHECK,
    &tls_quirk::CHECK,
    &tls_rpt_invalid::CHECK,
    &tls_rpt_missing::CHECK,
    &tls_report_certificate::CHECK,
    &tls_report_dane::CHECK,
    &tls_report_mta_sts::CHECK,
    &tls_report_no_policy::CHECK,
    &tls_report_other::CHECK,
    &tls_report_starttls::CHECK,
    &tls_weak_cipher::CHECK,
    &tls_weak_group::CHECK,
    &tls_weak_signature::CHECK,
    &tlsa_insecure::CHECK,
    &tlsa_mismatch::CHECK,
    &tool_does_not_verify::CHECK,
    &trust_anchor_interception_product::CHECK,
    &trust_anchor_known_bad::CHECK,
    &trust_anchor_private::CHECK,
    &updates_pending_security::CHECK,
    &vpn_bypassed::CHECK,
    &wifi_no_pmf::CHECK,
    &wifi_open::CHECK,
    &wifi_transition::CHECK,
    &wifi_twin::CHECK,
    &wifi_weak::CHECK,
    &wpad_offered::CHECK,
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

    #[test]
    fn a_sound_site_has_nothing_of_weight() {
        let found = crate::testing::Scene::sound().judge().findings;
        let heavy: Vec<&str> = found
            .iter()
            .filter(|finding| finding.severity >= midwatch_model::Severity::Medium)
            .map(|finding| finding.id.as_str())
            .collect();
        assert!(heavy.is_empty(), "{heavy:?}");
    }
}
