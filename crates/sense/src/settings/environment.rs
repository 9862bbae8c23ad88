//! Environment variables: those of this process, and those that files give to every process.

use midwatch_model::LocalSettingKind::{self, *};

use super::{Found, Gather};
use crate::lines::{assignment, is_no, is_yes, numbered};

/// What a variable does, and for which program; none where it does nothing that matters.
fn meaning(name: &str, value: &str) -> Option<(LocalSettingKind, &'static str)> {
    let lower = name.to_ascii_lowercase();
    Some(match lower.as_str() {
        // curl heeds http_proxy in lower case alone, other programs both.
        "http_proxy" | "https_proxy" | "ftp_proxy" | "all_proxy" | "socks_proxy" => (Proxy, "many programs"),
        "npm_config_proxy" | "npm_config_https_proxy" => (Proxy, "npm"),
        "auto_proxy" => (ProxyScript, "GNOME"),
        "npm_config_strict_ssl" if is_no(value) => (NotVerified, "npm"),
        "npm_config_registry" if value.starts_with("http://") => (PlainSource, "npm"),
        "npm_config_cafile" | "npm_config_ca" => (CaBundle, "npm"),
        _ => match name {
            "LD_PRELOAD" | "LD_AUDIT" => (Preload, "every program"),
            "SSLKEYLOGFILE" => (KeyLog, "browsers, curl and others"),
            "SSL_CERT_FILE" | "SSL_CERT_DIR" => (CaBundle, "programs with OpenSSL, Go and others"),
            "CURL_CA_BUNDLE" => (CaBundle, "curl and Python's requests"),
            "REQUESTS_CA_BUNDLE" => (CaBundle, "Python's requests"),
            "NODE_EXTRA_CA_CERTS" => (CaBundle, "Node.js"),
            "GIT_SSL_CAINFO" | "GIT_SSL_CAPATH" => (CaBundle, "git"),
            "PIP_CERT" => (CaBundle, "pip"),
            "CARGO_HTTP_CAINFO" => (CaBundle, "cargo"),
            "AWS_CA_BUNDLE" => (CaBundle, "AWS tools"),
            "NODE_TLS_REJECT_UNAUTHORIZED" if value == "0" => (NotVerified, "Node.js"),
            // git looks whether it is set, and not to what.
            "GIT_SSL_NO_VERIFY" => (NotVerified, "git"),
            "GIT_SSH_COMMAND" | "GIT_SSH" if super::ssh::command_does_not_verify(value) => {
                (NotVerified, "git")
            }
            "PYTHONHTTPSVERIFY" if value == "0" => (NotVerified, "Python 2.7"),
            "PIP_TRUSTED_HOST" => (NotVerified, "pip"),
            "PIP_INDEX_URL" | "PIP_EXTRA_INDEX_URL" if value.contains("http://") => (PlainSource, "pip"),
            "GOINSECURE" => (NotVerified, "go"),
            "GOFLAGS" if value.split_whitespace().any(|flag| flag.trim_start_matches('-') == "insecure") => {
                (NotVerified, "go")
            }
            "GOPROXY" if value.contains("http://") => (PlainSource, "go"),
            "GODEBUG" if weakens_go(value) => (Weakened, "programs written in Go"),
            "DENO_TLS_CA_STORE" | "DENO_CERT" => (CaBundle, "Deno"),
            "PERL_LWP_SSL_VERIFY_HOSTNAME" if value == "0" => (NotVerified, "Perl's LWP"),
            "KUBECTL_INSECURE_SKIP_TLS_VERIFY" | "VAULT_SKIP_VERIFY" if is_yes(value) => {
                (NotVerified, if name.starts_with('V') { "vault" } else { "kubectl" })
            }
            _ => return None,
        },
    })
}

/// Settings of Go's crypto/x509 and crypto/tls that allow what it refuses otherwise (go.dev/doc/godebug).
fn weakens_go(value: &str) -> bool {
    const WEAK: [&str; 6] =
        ["x509sha1=1", "tls10server=1", "tls10client=1", "tlsrsakex=1", "tls3des=1", "x509negativeserial=1"];
    value.split(',').any(|setting| WEAK.contains(&setting.trim()))
}

/// A variable without a value is none, but where it is enough to be there.
fn counts(name: &str, value: &str) -> bool {
    !value.is_empty() || name == "GIT_SSL_NO_VERIFY"
}

pub(super) fn look(gather: &mut Gather<'_>) {
    let mut variables: Vec<&(String, String)> = gather.system.env.iter().collect();
    variables.sort();
    for (name, value) in variables {
        if let Some((kind, program)) = meaning(name, value).filter(|_| counts(name, value)) {
            let found = Found { name, value, file: "environment", line: None, scope: None };
            gather.add(kind, program, found);
        }
    }
    let mut files = Vec::new();
    let at = gather.system.at("/etc/environment");
    files.extend(gather.text(&at).map(|text| (at, text)));
    for directory in ["/usr/lib/environment.d", "/run/environment.d", "/etc/environment.d"] {
        let at = gather.system.at(directory);
        files.extend(gather.all(&at, ".conf"));
    }
    if let Some(at) = gather.system.home(".config/environment.d") {
        files.extend(gather.all(&at, ".conf"));
    }
    files.extend(gather.home(".pam_environment"));
    for (place, text) in files {
        for (number, line) in numbered(&text, &['#']) {
            let line = line.strip_prefix("export ").unwrap_or(line);
            let Some((name, value)) = assignment(line) else { continue };
            if let Some((kind, program)) = meaning(name, value).filter(|_| counts(name, value)) {
                gather.add(kind, program, Found::at(&place, number, name, value));
            }
        }
    }
    let preload = gather.system.at("/etc/ld.so.preload");
    if let Some(text) = gather.text(&preload) {
        for (number, line) in numbered(&text, &['#']) {
            gather.add(Preload, "every program", Found::at(&preload, number, "library", line));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{found, line, of};
    use crate::system::testing::Tree;

    #[test]
    fn variables_that_matter_and_no_others() {
        let tree = Tree::new(&[]).env(&[
            ("https_proxy", "http://joe:secret@proxy.example:3128"),
            ("no_proxy", "localhost"),
            ("LD_PRELOAD", "/tmp/x.so"),
            ("SSLKEYLOGFILE", "/tmp/keys"),
            ("NODE_TLS_REJECT_UNAUTHORIZED", "0"),
            ("GIT_SSL_NO_VERIFY", "true"),
            ("PYTHONHTTPSVERIFY", "1"),
            ("GODEBUG", "gctrace=1,x509sha1=1"),
            ("SSL_CERT_FILE", "/home/joe/ca.pem"),
            ("REQUESTS_CA_BUNDLE", ""),
            ("SECRET_TOKEN", "secret"),
        ]);
        let lines: Vec<String> = found(&tree).iter().map(line).collect();
        assert_eq!(
            lines,
            [
                "NotVerified git GIT_SSL_NO_VERIFY=true",
                "Weakened programs written in Go GODEBUG=gctrace=1,x509sha1=1",
                "Preload every program LD_PRELOAD=/tmp/x.so",
                "NotVerified Node.js NODE_TLS_REJECT_UNAUTHORIZED=0",
                "KeyLog browsers, curl and others SSLKEYLOGFILE=/tmp/keys",
                "CaBundle programs with OpenSSL, Go and others SSL_CERT_FILE=/home/joe/ca.pem",
                "Proxy many programs https_proxy=http://…@proxy.example:3128",
            ]
        );
        assert!(!lines.concat().contains("secret"));
    }

    /// Tried with git 2.47 against a server with a certificate of its own: it is not verified with any of these.
    #[test]
    fn git_does_not_verify_whatever_the_variable_says() {
        for value in ["", "0", "false", "no", "true"] {
            let tree = Tree::new(&[]).env(&[("GIT_SSL_NO_VERIFY", value)]);
            let lines: Vec<String> = found(&tree).iter().map(line).collect();
            assert_eq!(lines, [format!("NotVerified git GIT_SSL_NO_VERIFY={value}")]);
        }
    }

    #[test]
    fn files_that_set_them_for_everybody() {
        let found = of(&[
            ("/etc/environment", "PATH=\"/usr/bin\"\nhttp_proxy=\"http://proxy.example:3128/\"\n"),
            ("~/.config/environment.d/keys.conf", "# note\nSSLKEYLOGFILE=%h/keys\n"),
            ("~/.config/environment.d/keys.bak", "LD_PRELOAD=/x\n"),
            ("/etc/ld.so.preload", "# none\n/usr/lib/x.so\n"),
        ]);
        assert_eq!(
            found,
            [
                "Proxy many programs http_proxy=http://proxy.example:3128/",
                "KeyLog browsers, curl and others SSLKEYLOGFILE=%h/keys",
                "Preload every program library=/usr/lib/x.so",
            ]
        );
        assert!(of(&[("/etc/ld.so.preload", "\n")]).is_empty());
    }
}
