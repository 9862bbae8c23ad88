//! A panel of the server asks for no second factor.

use midwatch_model::{AttackId::*, ServerProgramId, Severity, Station};

use super::server_support::{decide, is_yes, program, told};
use crate::Check;

pub(crate) static CHECK: Check = Check {
    id: "server-panel-second-factor",
    title: "A panel of this server asks for no second factor",
    severity: Severity::Low,
    says: "{place} asks for no second factor",
    about: "A password that was read along, guessed, or used elsewhere too is enough for everything on this server.",
    gain: "The whole server, for whoever has one password.",
    from: &[Station::You, Station::Network],
    attacks: &[SessionHijacking],
    decided: "Webmin: no twofactor_provider in miniserv.conf. cPanel: SecurityPolicy::TwoFactorAuth is not 1 in cpanel.config. \
              Whether each account has set up its second factor is not looked at.",
    benign: &["A panel behind a VPN, or behind a login of its own that asks for one."],
    fix: "Webmin: Webmin Configuration, Two-Factor Authentication, then each account under Webmin Users. cPanel: WHM, Two-Factor \
          Authentication, then each account.",
    settings: &[],
    source: "NIST SP 800-63B-4 section 2.2 (AAL2); Webmin's acl/twofactor_form.cgi; cPanel's documentation, The cpanel.config File",
    find: |view, found| {
        for (id, name, what) in [
            (
                ServerProgramId::Webmin,
                "twofactor_provider",
                "Choose a provider under Webmin Configuration, Two-Factor Authentication, and have each account set it up under Webmin Users.",
            ),
            (
                ServerProgramId::Cpanel,
                "SecurityPolicy::TwoFactorAuth",
                "Switch it on in WHM under Two-Factor Authentication, and have each account set it up.",
            ),
        ] {
            let Some((seen, program)) = program(view, id) else { continue };
            let Some(setting) = program.general(name) else { continue };
            let is_on = match id {
                ServerProgramId::Cpanel => is_yes(&setting.value),
                _ => !setting.value.is_empty(),
            };
            if !is_on {
                found
                    .at(program.program.name())
                    .edits(decide(Some(id), what))
                    .see(seen.id, format!("observed {}", told(setting)));
            }
        }
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    #[test]
    fn each_panel_by_its_setting() {
        let of =
            |id, name: &str, value: &str| Scene::server_with(id, &[(name, value, None)]).severities(CHECK.id);
        assert_eq!(of(ServerProgramId::Webmin, "twofactor_provider", ""), [Severity::Low]);
        assert!(of(ServerProgramId::Webmin, "twofactor_provider", "totp").is_empty());
        assert_eq!(of(ServerProgramId::Cpanel, "SecurityPolicy::TwoFactorAuth", "0"), [Severity::Low]);
        assert!(of(ServerProgramId::Cpanel, "SecurityPolicy::TwoFactorAuth", "1").is_empty());
        assert!(Scene::empty().find(CHECK.id).is_empty());
    }
}
