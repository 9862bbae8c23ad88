//! A line of sshd_config names algorithms that are weak.

use midwatch_model::{AttackId::*, ServerProgramId, Severity, Station};

use super::server_support::{program, sshd, told};
use super::ssh_names::{cipher_fault, is_sha1_signature, method_fault};
use crate::{Check, words};

pub(crate) static CHECK: Check = Check {
    id: "server-ssh-algorithms",
    title: "A line of sshd_config names algorithms that are weak",
    severity: Severity::Low,
    says: "{place} names algorithms that are weak",
    about: "OpenSSH leaves weak algorithms out by itself. A list that somebody wrote for an old client brings them back for \
            everybody, and stays when the client is gone.",
    gain: "To break, with effort, what one connection says, or to pass for the server, where the client can be brought to \
           choose the weak one.",
    from: &[Station::Wifi, Station::Router, Station::Network],
    attacks: &[StrippingAndDowngrade],
    decided: "Lists of Ciphers, KexAlgorithms, MACs and HostKeyAlgorithms that do not take names away (with `-`): methods that \
              rest on 1024 bits or SHA-1, ciphers of CBC, of 64-bit blocks, of RC4 or none, MACs of MD5, signatures \
              of SHA-1. Medium for none, RC4, DES and 1024 bits. What the server offers over the network is measured by midwatch \
              ssh.",
    benign: &["A name that this version of sshd does not know any more, so that it does not start at all."],
    fix: "Take the line out, so that OpenSSH's own list counts; or write it with `-` and the names that are not wanted.",
    settings: &[],
    source: "RFC 9142; RFC 8758; RFC 8332; sshd_config(5)",
    find: |view, found| {
        let Some((seen, program)) = program(view, ServerProgramId::Sshd) else { return };
        for setting in program.settings.value().into_iter().flatten() {
            let names = setting.value.trim_start_matches(['+', '^']);
            if setting.value.starts_with('-') || !is_list(&setting.name) {
                continue;
            }
            let weak: Vec<&str> =
                names.split(',').filter(|name| fault(&setting.name, name).is_some()).collect();
            let Some(worst) = weak.iter().filter_map(|name| fault(&setting.name, name)).max() else {
                continue;
            };
            let kept: Vec<&str> =
                names.split(',').filter(|name| !weak.contains(name) && !name.is_empty()).collect();
            let sign = setting.value.chars().next().filter(|c| matches!(c, '+' | '^'));
            let change = match (kept.is_empty(), sign) {
                // Nothing is left of it: what OpenSSH has by itself, without those.
                (true, _) => format!("-{}", weak.join(",")),
                (false, sign) => format!("{}{}", sign.map(String::from).unwrap_or_default(), kept.join(",")),
            };
            found
                .at(format!("sshd, {}", setting.name))
                .severity(worst)
                .title(format!("{} of sshd names {}", setting.name, words::some(&weak, 4)))
                .edits(sshd(program, setting, &change))
                .see(seen.id, format!("observed {}", told(setting)));
        }
    },
};

fn is_list(name: &str) -> bool {
    matches!(name, "Ciphers" | "KexAlgorithms" | "MACs" | "HostKeyAlgorithms")
}

fn fault(list: &str, name: &str) -> Option<Severity> {
    use super::ssh_names::{CipherFault, MethodFault};
    match list {
        "KexAlgorithms" => method_fault(name).map(|fault| match fault {
            MethodFault::Small => Severity::Medium,
            MethodFault::Sha1 => Severity::Low,
        }),
        "Ciphers" => cipher_fault(name).map(|fault| match fault {
            CipherFault::Nothing | CipherFault::Broken => Severity::Medium,
            CipherFault::SmallBlock | CipherFault::Cbc => Severity::Low,
        }),
        "MACs" => name.starts_with("hmac-md5").then_some(Severity::Low),
        _ => is_sha1_signature(name).then_some(Severity::Low),
    }
}

#[cfg(test)]
mod tests {
    use midwatch_model::Edit;

    use super::*;
    use crate::testing::*;

    fn scene(name: &str, value: &str) -> Scene {
        let settings = server_program(ServerProgramId::Sshd, "/etc/ssh/sshd_config", &[(name, value, None)]);
        Scene::empty().server_settings(|server| server.programs = vec![settings])
    }

    #[test]
    fn weak_names_by_their_fault() {
        for (name, value, severity) in [
            ("Ciphers", "aes128-ctr,aes256-cbc", Severity::Low),
            ("Ciphers", "+arcfour", Severity::Medium),
            ("KexAlgorithms", "diffie-hellman-group1-sha1", Severity::Medium),
            ("KexAlgorithms", "+diffie-hellman-group14-sha1", Severity::Low),
            ("MACs", "hmac-md5", Severity::Low),
            ("HostKeyAlgorithms", "+ssh-rsa", Severity::Low),
        ] {
            assert_eq!(scene(name, value).severities(CHECK.id), [severity], "{name} {value}");
        }
    }

    #[test]
    fn lists_that_take_away_and_good_ones_are_no_finding() {
        for value in
            ["-aes256-cbc,arcfour", "aes256-gcm@openssh.com,aes128-ctr", "^chacha20-poly1305@openssh.com"]
        {
            assert!(scene("Ciphers", value).find(CHECK.id).is_empty(), "{value}");
        }
        assert!(scene("HostKey", "arcfour").find(CHECK.id).is_empty());
        assert!(Scene::empty().find(CHECK.id).is_empty());
    }

    #[test]
    fn what_is_left_of_a_list_stays() {
        let line = |value: &str| match &scene("Ciphers", value).find(CHECK.id)[0].fix.edits.edits[..] {
            [Edit::Top { lines, .. }] => lines[0].clone(),
            other => panic!("{other:?}"),
        };
        assert_eq!(line("aes128-ctr,3des-cbc"), "Ciphers aes128-ctr");
        assert_eq!(line("+3des-cbc"), "Ciphers -3des-cbc");
        assert_eq!(line("+3des-cbc,aes128-ctr"), "Ciphers +aes128-ctr");
    }
}
