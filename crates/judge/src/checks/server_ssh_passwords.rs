//! sshd lets people log in by a password.

use midwatch_model::{AttackId::*, Edits, ServerProgram, ServerProgramId, ServerSetting, Severity, Station};

use super::server_support::{decide, is_yes, program, sshd, told};
use crate::{Check, View};

pub(crate) static CHECK: Check = Check {
    id: "server-ssh-passwords",
    title: "sshd lets people log in by a password",
    severity: Severity::Low,
    says: "{place} lets people log in by a password",
    about: "A password is sent to whoever is taken for this server. Where somebody accepts the host key of another once, \
            unseen, that one has the password and can use it here. With a key there is nothing to use again: the signature \
            that shows it is bound to the server that asked. Passwords are guessed besides.",
    gain: "A login here, for whoever was taken for this server once, or guesses.",
    from: &[Station::Wifi, Station::Router, Station::Dns, Station::Network],
    attacks: &[Impersonation],
    decided: "sshd_config and what it includes, as sshd reads it: the first line of a name counts, lines under Match for whom \
              they are meant. PasswordAuthentication yes, or KbdInteractiveAuthentication yes with UsePAM yes, unless \
              AuthenticationMethods asks for a key in each of its alternatives. Medium where root may log in so \
              (PermitRootLogin yes), high where an account without a password needs none (PermitEmptyPasswords yes). \
              Defaults are those of OpenSSH 7.0 and later.",
    benign: &[
        "An sshd that does not run, or is started with other options than those of its file.",
        "PAM may ask for a second factor, or for no password at all: its modules are not read.",
    ],
    fix: "Put a key of everybody who logs in into their ~/.ssh/authorized_keys, try it, and then write PasswordAuthentication \
          no and KbdInteractiveAuthentication no above all other lines of /etc/ssh/sshd_config; sshd -t, and reload.",
    settings: &[],
    source: "sshd_config(5); RFC 4252 section 8; RFC 4251 section 9.4.4",
    find: |view, found| {
        let Some((seen, sshd_program)) = program(view, ServerProgramId::Sshd) else { return };
        for scope in scopes(sshd_program) {
            let of = |name: &str| sshd_program.within(scope, name);
            let yes = |name: &str| of(name).filter(|setting| is_yes(&setting.value));
            if of("AuthenticationMethods").is_some_and(|methods| always_a_key(&methods.value)) {
                continue;
            }
            let password = yes("PasswordAuthentication");
            let keyboard = yes("KbdInteractiveAuthentication").filter(|_| yes("UsePAM").is_some());
            let ways: Vec<&ServerSetting> = [password, keyboard].into_iter().flatten().collect();
            // What is as everywhere is told once.
            let own = |setting: &&ServerSetting| setting.scope.as_deref() == scope;
            let root = yes("PermitRootLogin");
            let empty = yes("PermitEmptyPasswords").filter(|_| password.is_some());
            let all: Vec<&ServerSetting> = ways.iter().copied().chain(root).chain(empty).collect();
            if ways.is_empty() || !all.iter().any(own) {
                continue;
            }
            let (severity, title) = match (empty, root) {
                (Some(_), _) => (Severity::High, "sshd lets accounts without a password log in with none"),
                (None, Some(_)) => (Severity::Medium, "sshd lets root log in by a password"),
                (None, None) => (Severity::Low, CHECK.title),
            };
            let place = scope.map_or_else(|| "sshd".to_owned(), |scope| format!("sshd, {scope}"));
            let change = change(view, sshd_program, &all.iter().copied().filter(own).collect::<Vec<_>>());
            let mut draft = found.at(place).severity(severity).title(title).edits(change);
            for setting in all {
                draft = draft.see(seen.id, format!("observed {}", told(setting)));
            }
        }
    },
};

/// Everywhere, and each Match.
fn scopes(sshd: &ServerProgram) -> Vec<Option<&str>> {
    let mut scopes = vec![None];
    for setting in sshd.settings.value().into_iter().flatten() {
        if !scopes.contains(&setting.scope.as_deref()) {
            scopes.push(setting.scope.as_deref());
        }
    }
    scopes
}

/// True where each list of methods has `publickey`.
fn always_a_key(methods: &str) -> bool {
    let mut lists = methods.split_whitespace();
    !methods.trim().is_empty()
        && lists.all(|list| list.split(',').any(|method| method.split(':').next() == Some("publickey")))
}

/// Passwords end where somebody can still get in with a key; else that comes first.
fn change(view: &View<'_>, program: &ServerProgram, settings: &[&ServerSetting]) -> Edits {
    let holders = view.inside.settings.and_then(|seen| seen.fact.key_holders.value());
    if holders.is_none_or(Vec::is_empty) {
        let what = "Put the public key of somebody who administers this server into their ~/.ssh/authorized_keys and try it: \
                    none was found here, and without one nobody could log in any more. Then write PasswordAuthentication \
                    no and KbdInteractiveAuthentication no above all other lines of /etc/ssh/sshd_config.";
        return decide(Some(ServerProgramId::Sshd), what);
    }
    let mut all = Edits { program: Some(ServerProgramId::Sshd), edits: Vec::new() };
    for setting in settings {
        let value = if setting.name == "PermitRootLogin" { "prohibit-password" } else { "no" };
        all.edits.extend(sshd(program, setting, value).edits);
    }
    all
}

#[cfg(test)]
mod tests {
    use midwatch_model::{Edit, Outcome};

    use super::*;
    use crate::testing::*;

    fn scene(lines: &[(&str, &str, Option<&str>)]) -> Scene {
        let settings = server_program(ServerProgramId::Sshd, "/etc/ssh/sshd_config", lines);
        Scene::empty().server_settings(|server| server.programs = vec![settings])
    }

    #[test]
    fn passwords_root_and_empty_ones() {
        let yes = ("PasswordAuthentication", "yes", None);
        assert_eq!(scene(&[yes]).severities(CHECK.id), [Severity::Low]);
        assert_eq!(scene(&[yes, ("PermitRootLogin", "yes", None)]).severities(CHECK.id), [Severity::Medium]);
        assert_eq!(
            scene(&[yes, ("PermitEmptyPasswords", "yes", None)]).severities(CHECK.id),
            [Severity::High]
        );
        let pam = [("KbdInteractiveAuthentication", "yes", None), ("UsePAM", "yes", None)];
        assert_eq!(scene(&pam).severities(CHECK.id), [Severity::Low]);
    }

    #[test]
    fn keys_alone_a_second_factor_and_silence_are_no_finding() {
        assert!(
            scene(&[("PasswordAuthentication", "no", None), ("PermitRootLogin", "yes", None)])
                .find(CHECK.id)
                .is_empty()
        );
        let both =
            [("PasswordAuthentication", "yes", None), ("AuthenticationMethods", "publickey,password", None)];
        assert!(scene(&both).find(CHECK.id).is_empty());
        assert!(
            scene(&[("KbdInteractiveAuthentication", "yes", None), ("UsePAM", "no", None)])
                .find(CHECK.id)
                .is_empty()
        );
        let unknown = scene(&[("PasswordAuthentication", "yes", None)])
            .server_settings_again(|server| server.programs[0].settings = timeout());
        assert!(unknown.find(CHECK.id).is_empty());
        assert!(Scene::empty().find(CHECK.id).is_empty());
    }

    #[test]
    fn what_a_match_allows_is_told_by_itself() {
        let lines = [
            ("PasswordAuthentication", "no", None),
            ("PasswordAuthentication", "yes", Some("Match User sftp")),
        ];
        let found = scene(&lines).find(CHECK.id);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].place, "sshd, Match User sftp");
        assert!(
            matches!(&found[0].fix.edits.edits[..], [Edit::Line { becomes, .. }] if becomes == "PasswordAuthentication no")
        );
    }

    #[test]
    fn nobody_is_locked_out() {
        let alone = scene(&[("PasswordAuthentication", "yes", None)])
            .server_settings_again(|server| server.key_holders = Outcome::seen(vec![]));
        assert!(matches!(alone.find(CHECK.id)[0].fix.edits.edits[..], [Edit::Decide { .. }]));
        let found = scene(&[("PasswordAuthentication", "yes", None)]).find(CHECK.id);
        assert!(
            matches!(&found[0].fix.edits.edits[..], [Edit::Top { lines, .. }] if lines == &["PasswordAuthentication no"])
        );
    }
}
