//! An external login of the server asks a provider whom it does not verify.

use midwatch_model::{AttackId::*, Edit, ServerProgramId, Severity, Station};

use super::server_support::{edits, is_yes, program, replace, told};
use crate::Check;

pub(crate) static CHECK: Check = Check {
    id: "server-login-provider-unverified",
    title: "An external login of this server asks a provider that it does not verify",
    severity: Severity::High,
    says: "{place} takes the word of a provider that it does not verify",
    about: "With OpenID Connect the server asks a provider who somebody is, and takes its keys and answers from there. Where the \
            provider's certificate is not verified, or it is asked over plain http, whoever is between the two says who logs in.",
    gain: "To log in as anybody, an administrator too, for somebody between this server and the provider.",
    from: &[Station::Dns, Station::Network],
    attacks: &[Impersonation, SessionHijacking],
    decided: "Directives of mod_auth_openidc in the sites of Apache that are enabled: OIDCSSLValidateServer or \
              OIDCOAuthSSLValidateServer Off, and endpoints of the provider that begin with http://, but for those on this computer \
              itself. Other programs' external logins are not looked at.",
    benign: &["A provider that is reached through a tunnel which verifies it in its stead."],
    fix: "Take the line out, or write OIDCSSLValidateServer On; name the provider by https:// alone. An authority of one's own goes \
          into the store of this computer (update-ca-certificates).",
    settings: &[],
    source: "OpenID Connect Discovery 1.0 sections 4.3 and 7.2; OpenID Connect Core 1.0 section 16.17; mod_auth_openidc's auth_openidc.conf",
    find: |view, found| {
        let Some((seen, program)) = program(view, ServerProgramId::Openidc) else { return };
        for setting in program.settings.value().into_iter().flatten() {
            let is_switch = setting.name.ends_with("SSLValidateServer");
            let is_endpoint =
                setting.name.starts_with("OIDCProvider") || setting.name.starts_with("OIDCOAuth");
            let is_plain = setting.value.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("http://"));
            let change = if is_switch && !is_yes(&setting.value) {
                replace(setting, &format!("{} On", setting.name))
            } else if is_endpoint && is_plain && !is_here(&setting.value) {
                Edit::Decide { what: format!("Name the provider by https:// in {}.", told(setting)) }
            } else {
                continue;
            };
            found
                .at(format!("mod_auth_openidc, {}", setting.name))
                .edits(edits(program, vec![change]))
                .see(seen.id, format!("observed {}", told(setting)));
        }
    },
};

fn is_here(url: &str) -> bool {
    let host = url.get(7..).unwrap_or_default();
    ["localhost", "127.", "[::1]"].iter().any(|start| host.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    #[test]
    fn what_is_not_verified() {
        let of = |name: &str, value: &str| {
            Scene::server_with(
                ServerProgramId::Openidc,
                &[(name, value, Some("/etc/apache2/sites-enabled/a.conf"))],
            )
            .severities(CHECK.id)
        };
        assert_eq!(of("OIDCSSLValidateServer", "Off"), [Severity::High]);
        assert_eq!(of("OIDCProviderMetadataURL", "HTTP://id.example/x"), [Severity::High]);
        assert!(of("OIDCSSLValidateServer", "On").is_empty());
        assert!(of("OIDCProviderMetadataURL", "https://id.example/x").is_empty());
        assert!(of("OIDCProviderTokenEndpoint", "http://127.0.0.1:8080/x").is_empty());
        assert!(Scene::empty().find(CHECK.id).is_empty());
    }
}
