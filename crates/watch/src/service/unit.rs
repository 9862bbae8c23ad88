//! The unit of systemd, as it is shipped in `contrib/systemd`.

/// `midwatch.service`.
pub const SERVICE: &str = include_str!("../../../../contrib/systemd/midwatch.service");

/// `midwatch.socket`: for a port below 1024.
pub const SOCKET: &str = include_str!("../../../../contrib/systemd/midwatch.socket");

/// `no-here.conf`: a drop-in for a midwatch without targets of the kind `here`.
pub const NO_HERE: &str = include_str!("../../../../contrib/systemd/no-here.conf");

/// `midwatch.sysusers`: the user that it runs as.
pub const SYSUSERS: &str = include_str!("../../../../contrib/systemd/midwatch.sysusers");

/// Where the shipped unit expects the program.
const PROGRAM: &str = "/usr/bin/midwatch";

/// The unit with the program's own path in it, quoted for systemd.
pub fn service(program: &str) -> String {
    SERVICE.replace(PROGRAM, &quoted(program))
}

/// A path as a word of `ExecStart=` (systemd.service(5)): what is special is escaped.
fn quoted(path: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '_' | '-' | '+');
    if path.chars().all(is_plain) {
        return path.to_owned();
    }
    let mut word = String::from("\"");
    for c in path.chars() {
        match c {
            '"' | '\\' => word.extend(['\\', c]),
            // Specifiers and variables.
            '%' | '$' => word.extend([c, c]),
            c if c.is_control() => word.push_str(&format!("\\x{:02x}", u32::from(c))),
            c => word.push(c),
        }
    }
    word.push('"');
    word
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;
    use std::process::Command;

    fn analyze(what: &[&str], files: &[&Path]) -> (bool, String) {
        let output = Command::new("systemd-analyze")
            .args(what)
            .args(files)
            .env("SYSTEMD_COLORS", "0")
            .env("SYSTEMD_PAGER", "")
            .output()
            .expect("systemd-analyze (package systemd)");
        let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        (output.status.success(), said.into_owned())
    }

    /// The units in a directory of their own, with a program that is there.
    fn units() -> tempfile::TempDir {
        let directory = tempfile::tempdir().unwrap();
        let program = std::env::current_exe().unwrap();
        let unit = service(program.to_str().unwrap());
        assert!(!unit.contains(PROGRAM));
        std::fs::write(directory.path().join("midwatch.service"), unit).unwrap();
        std::fs::write(directory.path().join("midwatch.socket"), SOCKET).unwrap();
        directory
    }

    #[test]
    fn systemd_has_no_complaint() {
        let directory = units();
        let (service, socket) =
            (directory.path().join("midwatch.service"), directory.path().join("midwatch.socket"));
        let (is_good, said) = analyze(&["verify", "--man=no", "--recursive-errors=no"], &[&service, &socket]);
        let ours: Vec<&str> = said.lines().filter(|line| line.contains("midwatch")).collect();
        assert!(is_good && ours.is_empty(), "{said}");
    }

    /// The exposure of a unit as systemd counts it, in tenths: of 100, the fewer the better.
    fn exposure(unit: &str) -> u32 {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("midwatch.service");
        std::fs::write(&file, unit).unwrap();
        let (_, said) = analyze(&["security", "--offline=true", "--no-pager"], &[&file]);
        let figure = said.lines().find_map(|line| line.split_once("exposure level for midwatch.service: "));
        let figure = figure.unwrap_or_else(|| panic!("no figure in:\n{said}")).1;
        figure.split(' ').next().unwrap().replace('.', "").parse().unwrap()
    }

    #[test]
    fn what_it_is_exposed_to_stays_small() {
        // What is left: it speaks with the whole network, hears the link, and may give up its right to.
        let whole = exposure(SERVICE);
        assert!(whole <= 17, "{whole}");
        let less = exposure(&format!("{SERVICE}\n{NO_HERE}"));
        assert!(less <= 11, "{less}");
    }

    #[test]
    fn a_path_with_anything_in_it_is_one_word() {
        assert_eq!(quoted("/usr/local/bin/midwatch"), "/usr/local/bin/midwatch");
        assert_eq!(quoted("/opt/my tools/100%/$x\"\\\n"), "\"/opt/my tools/100%%/$$x\\\"\\\\\\x0a\"");
    }

    #[test]
    fn the_socket_has_the_name_that_the_daemon_looks_for() {
        assert!(SOCKET.lines().any(|line| line == "FileDescriptorName=web"));
        assert!(SYSUSERS.lines().any(|line| line.starts_with("u midwatch ")));
        assert!(SERVICE.lines().any(|line| line == "User=midwatch"));
    }
}
