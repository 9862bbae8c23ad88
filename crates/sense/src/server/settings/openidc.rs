//! External logins by OpenID Connect: mod_auth_openidc of Apache. Of its directives those alone are looked at that say
//! whom it asks and whether it verifies them.

use midwatch_model::{ServerProgram, ServerProgramId, Unread};

use super::source::{Reader, at, words};
use crate::System;

/// Where Debian and Fedora have Apache's configuration, and what marks the module as loaded.
const PLACES: [(&str, &[&str], &[&str]); 2] = [
    (
        "/etc/apache2/apache2.conf",
        &["/etc/apache2/mods-enabled/auth_openidc.load"],
        &[
            "/etc/apache2/apache2.conf",
            "/etc/apache2/mods-enabled/*.conf",
            "/etc/apache2/conf-enabled/*.conf",
            "/etc/apache2/sites-enabled/*",
        ],
    ),
    (
        "/etc/httpd/conf/httpd.conf",
        &["/etc/httpd/conf.modules.d/*auth_openidc*", "/etc/httpd/conf.d/auth_openidc.conf"],
        &["/etc/httpd/conf/httpd.conf", "/etc/httpd/conf.d/*.conf"],
    ),
];

/// The directives: endpoints of the provider, and what is verified.
const NAMES: [&str; 11] = [
    "OIDCOAuthIntrospectionEndpoint",
    "OIDCOAuthSSLValidateServer",
    "OIDCOAuthVerifyJwksUri",
    "OIDCProviderAuthorizationEndpoint",
    "OIDCProviderIssuer",
    "OIDCProviderJwksUri",
    "OIDCProviderMetadataURL",
    "OIDCProviderTokenEndpoint",
    "OIDCProviderUserInfoEndpoint",
    "OIDCRedirectURI",
    "OIDCSSLValidateServer",
];

/// What the module is told; none where it is not loaded.
pub(super) fn look(system: &System, unread: &mut Vec<Unread>) -> Option<ServerProgram> {
    let mut reader = Reader::new(system);
    let is_loaded =
        |reader: &mut Reader<'_>, marks: &[&str]| marks.iter().any(|mark| !reader.glob(mark).is_empty());
    let (main, _, patterns) = PLACES.iter().find(|(_, marks, _)| is_loaded(&mut reader, marks))?;
    let mut settings = Vec::new();
    for pattern in *patterns {
        for place in reader.glob(pattern) {
            for line in reader.lines(&place).unwrap_or_default() {
                let all = words(&line.text);
                let Some((name, arguments)) = all.split_first() else { continue };
                let known = NAMES.iter().find(|known| known.eq_ignore_ascii_case(name));
                if let Some(known) = known {
                    settings.push(at(&line, known, &arguments.join(" "), Some(&line.file)));
                }
            }
        }
    }
    Some(reader.program(ServerProgramId::Openidc, main, settings, unread))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::testing::Tree;

    #[test]
    fn directives_of_the_sites_that_are_enabled() {
        let site = "<VirtualHost *:443>\n OIDCProviderMetadataURL https://id.example/.well-known/openid-configuration\n \
                    OIDCClientSecret secret\n oidcsslvalidateserver Off\n</VirtualHost>\n";
        let tree = Tree::new(&[
            ("/etc/apache2/apache2.conf", ""),
            ("/etc/apache2/mods-enabled/auth_openidc.load", ""),
            ("/etc/apache2/sites-enabled/a.conf", site),
            ("/etc/apache2/sites-available/b.conf", "OIDCSSLValidateServer Off\n"),
        ]);
        let found = look(&tree.system, &mut Vec::new()).unwrap();
        let shown: Vec<String> =
            found.settings.value().unwrap().iter().map(|one| format!("{} {}", one.name, one.value)).collect();
        assert_eq!(
            shown,
            [
                "OIDCProviderMetadataURL https://id.example/.well-known/openid-configuration",
                "OIDCSSLValidateServer Off"
            ]
        );
        assert!(look(&Tree::new(&[("/etc/apache2/apache2.conf", site)]).system, &mut Vec::new()).is_none());
    }
}
