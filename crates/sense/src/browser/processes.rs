//! Browsers that run: what their command lines switch off, and ports by which they can be steered.

use std::collections::BTreeSet;

use midwatch_model::{BrowserSettingKind::*, LocalBrowser, lossless};

use super::Gather;
use crate::System;

/// Processes that are looked at.
const MAX_PROCESSES: usize = 10_000;

/// Directories of user data in which a Chromium that can be steered writes down its port.
const PORT_FILES: [(&str, &str); 5] = [
    ("Chromium", ".config/chromium/DevToolsActivePort"),
    ("Chromium (snap)", "snap/chromium/common/chromium/DevToolsActivePort"),
    ("Chrome", ".config/google-chrome/DevToolsActivePort"),
    ("Edge", ".config/microsoft-edge/DevToolsActivePort"),
    ("Brave", ".config/BraveSoftware/Brave-Browser/DevToolsActivePort"),
];

/// Switches of Chromium that take a protection away.
const WEAKEN: [&str; 6] = [
    "--ignore-certificate-errors",
    "--ignore-certificate-errors-spki-list",
    "--allow-running-insecure-content",
    "--disable-web-security",
    "--ssl-key-log-file",
    "--host-resolver-rules",
];

pub(super) fn look(system: &System) -> Vec<LocalBrowser> {
    let mut gather = Gather::new(system, "A browser that runs", "/proc");
    let proc = system.at("/proc");
    let processes = system.list_or(&proc, &mut gather.browser.unread);
    let numbered =
        processes.into_iter().filter(|place| place.name().bytes().all(|byte| byte.is_ascii_digit()));
    for process in numbered.take(MAX_PROCESSES) {
        // Processes of others may be hidden, and those that have ended meanwhile are gone.
        let Ok(Some(line)) = system.read(&process.join("cmdline")) else { continue };
        let arguments: Vec<String> = line.split(|byte| *byte == 0).map(lossless).collect();
        let Some(program) = arguments.first() else { continue };
        // Helpers of a browser repeat its switches.
        if arguments.iter().any(|argument| argument.starts_with("--type=")) {
            continue;
        }
        let program = program.rsplit('/').next().unwrap_or_default().to_owned();
        let file = process.join("cmdline").shown;
        for argument in arguments.iter().skip(1) {
            let (name, value) = argument.split_once('=').unwrap_or((argument, ""));
            match name {
                "--remote-debugging-port" => {
                    gather.add(RemoteDebugging, &format!("{program} {name}"), value, &file);
                }
                // Firefox writes the port after it as a word of its own, and has one without.
                "--start-debugger-server" | "-start-debugger-server" if is_firefox(&program) => {
                    gather.add(RemoteDebugging, &format!("{program} {name}"), value, &file);
                }
                _ if WEAKEN.contains(&name) => {
                    gather.add(PolicyWeakens, &format!("{program} {name}"), value, &file);
                }
                _ => {}
            }
        }
    }
    let listening = listening(&mut gather);
    for (browser, path) in PORT_FILES {
        let Some(place) = system.home(path) else { continue };
        let Some(text) = gather.text(&place) else { continue };
        let port = text.lines().next().and_then(|line| line.trim().parse::<u16>().ok());
        // The file stays behind when a browser ends.
        if let Some(port) = port.filter(|port| listening.contains(port)) {
            let name = format!("{browser} listens at port {port}");
            gather.add(RemoteDebugging, &name, &port.to_string(), &place.shown);
        }
    }
    if gather.is_of_note() { vec![gather.browser] } else { Vec::new() }
}

fn is_firefox(program: &str) -> bool {
    program.contains("firefox") || program.contains("librewolf")
}

/// The TCP ports at which something listens (proc_net(5)): state 0A, the port after the address in hexadecimal.
fn listening(gather: &mut Gather<'_>) -> BTreeSet<u16> {
    let mut ports = BTreeSet::new();
    for path in ["/proc/net/tcp", "/proc/net/tcp6"] {
        let place = gather.system.at(path);
        for line in gather.text(&place).unwrap_or_default().lines().skip(1).take(100_000) {
            let mut words = line.split_whitespace().skip(1);
            let (own, state) = (words.next(), words.nth(1));
            if state == Some("0A") {
                let port =
                    own.and_then(|own| own.rsplit_once(':')).map(|(_, port)| u16::from_str_radix(port, 16));
                ports.extend(port.and_then(Result::ok));
            }
        }
    }
    ports
}

#[cfg(test)]
mod tests {
    use super::super::tests::{browsers, told};
    use crate::system::testing::Tree;

    const TCP: &str = "  sl  local_address rem_address   st tx_queue\n   0: 0100007F:2406 00000000:0000 0A 0\n   \
                       1: 0100007F:1F90 0100007F:ABCD 01 0\n";

    #[test]
    fn switches_of_browsers_that_run() {
        let tree = Tree::new(&[
            (
                "/proc/7/cmdline",
                "/usr/lib/chromium/chromium\0--remote-debugging-port=9222\0--ignore-certificate-errors\0",
            ),
            (
                "/proc/8/cmdline",
                "/usr/lib/chromium/chromium\0--type=renderer\0--remote-debugging-port=9222\0",
            ),
            ("/proc/9/cmdline", "/usr/bin/firefox\0--start-debugger-server\x006000\0"),
            ("/proc/10/cmdline", "/usr/bin/cat\0notes\0"),
            ("/proc/11/cmdline", ""),
            ("/proc/self/cmdline", "x\0--remote-debugging-port=1\0"),
        ]);
        let mut found = told(&browsers(&tree));
        found.sort();
        assert_eq!(
            found,
            [
                "PolicyWeakens chromium --ignore-certificate-errors=",
                "RemoteDebugging chromium --remote-debugging-port=9222",
                "RemoteDebugging firefox --start-debugger-server=",
            ]
        );
    }

    #[test]
    fn a_port_that_was_written_down_counts_where_something_listens() {
        let with = |port: &str| {
            let port = format!("{port}\n/devtools/browser/x");
            told(&browsers(&Tree::new(&[
                ("~/.config/chromium/DevToolsActivePort", port.as_str()),
                ("/proc/net/tcp", TCP),
            ])))
        };
        assert_eq!(with("9222"), ["RemoteDebugging Chromium listens at port 9222=9222"]);
        assert_eq!(with("8080"), [""; 0], "a connection, and nobody who listens");
        assert_eq!(with("9999"), [""; 0]);
    }
}
