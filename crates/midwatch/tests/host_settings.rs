//! `midwatch host` on a Debian server: its packages' own settings, settings that are wrong in every way that is looked for,
//! and the same server after the script of the changes was run on it. Each program is asked too what its settings are.
//! A copy of this computer is the server, so that root's rights are needed, and nothing of the computer itself is changed.

mod common;

use std::collections::BTreeSet;
use std::process::Output;

use common::{stderr, stdout};
use midwatch_model::{
    Edit, Fact, Finding, Report, ServerProgram, ServerProgramId, ServerSettings, TargetReport,
};
use midwatch_testbed::server_copy::ServerCopy;

/// Files of a Debian server as its packages bring them, and nothing of what this computer may have besides.
fn stock() -> ServerCopy {
    let copy = ServerCopy::new();
    // Other packages may be installed where the tests run.
    copy.run(
        "rm -rf /usr/sbin/proftpd /usr/sbin/pure-ftpd /usr/sbin/exim4 /usr/sbin/named /usr/sbin/ntpd /usr/sbin/chronyd /etc/webmin \
         /var/cpanel /usr/local/hestia /etc/letsencrypt /etc/php /var/lib/php /etc/apache2/sites-enabled/* \
         /etc/nginx/sites-enabled/* /etc/nginx/conf.d/* /etc/apt/apt.conf.d/20auto-upgrades /root/.ssh /etc/ssh/sshd_config.d/* \
         /etc/ssh/ssh_host_* /etc/dovecot /etc/systemd/timesyncd.conf.d /etc/vsftpd.conf",
    );
    copy.run("find /etc/ssl/private -type f ! -name ssl-cert-snakeoil.key -delete");
    copy.run("cp /usr/share/openssh/sshd_config /etc/ssh/sshd_config && mkdir -p /run/sshd && ssh-keygen -A");
    copy.run("cat /usr/share/postfix/main.cf.debian /usr/share/postfix/main.cf.tls > /etc/postfix/main.cf");
    copy.run("cp /usr/share/postfix/master.cf.dist /etc/postfix/master.cf");
    copy.run("mkdir -p /etc/dovecot/private && cp -r /usr/share/dovecot/dovecot.conf /usr/share/dovecot/conf.d /etc/dovecot/");
    copy.run(
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj /CN=mail.test -keyout \
         /etc/dovecot/private/dovecot.key -out /etc/dovecot/private/dovecot.pem && chmod 600 /etc/dovecot/private/dovecot.key",
    );
    let vsftpd = "listen=NO\nlisten_ipv6=YES\nanonymous_enable=NO\nlocal_enable=YES\ndirmessage_enable=YES\nuse_localtime=YES\n\
                  xferlog_enable=YES\nconnect_from_port_20=YES\nsecure_chroot_dir=/var/run/vsftpd/empty\n\
                  pam_service_name=vsftpd\nrsa_cert_file=/etc/ssl/certs/ssl-cert-snakeoil.pem\n\
                  rsa_private_key_file=/etc/ssl/private/ssl-cert-snakeoil.key\nssl_enable=NO\n";
    copy.write("/etc/vsftpd.conf", vsftpd);
    copy.run("rm -f /etc/resolv.conf");
    copy.write("/etc/resolv.conf", "nameserver 192.0.2.53\n");
    copy.run("sed -i -e '/:[1-5][0-9][0-9][0-9]:[0-9]*:/d' /etc/passwd");
    copy.run("printf 'ann:x:1000:1000::/home/ann:/bin/bash\\n' >> /etc/passwd");
    copy.run(
        "ln -sf /lib/systemd/system/systemd-timesyncd.service /etc/systemd/system/sysinit.target.wants/",
    );
    copy
}

fn host(copy: &ServerCopy, arguments: &[&str]) -> Output {
    let mut command = copy.beside(env!("CARGO_BIN_EXE_midwatch"));
    command.args(["host", "--format", "json", "--offline", "--root"]).arg(copy.root()).args(arguments);
    command.env("NO_COLOR", "1").output().expect("midwatch, built by cargo")
}

fn look(copy: &ServerCopy, arguments: &[&str]) -> TargetReport {
    let output = host(copy, arguments);
    let report: Report = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}{}", stdout(&output), stderr(&output)));
    report.targets.into_iter().next().expect("a target")
}

/// The findings on settings: id, severity and place.
fn found(report: &TargetReport) -> Vec<String> {
    let mine = report.findings.iter().filter(|finding| finding.id.starts_with("server-"));
    mine.map(|finding| format!("{} {} {}", finding.severity, finding.id, finding.place)).collect()
}

fn settings(report: &TargetReport) -> &ServerSettings {
    let mut facts = report.observations.iter().filter_map(|observation| match &observation.fact {
        Fact::ServerSettings(settings) => Some(&**settings),
        _ => None,
    });
    facts.next().expect("settings")
}

fn program(report: &TargetReport, id: ServerProgramId) -> &ServerProgram {
    let mut all = settings(report).programs.iter();
    all.find(|one| one.program == id).unwrap_or_else(|| panic!("{id:?} was not found"))
}

/// Those that a script cannot stop, because somebody has to decide.
fn to_decide(report: &TargetReport) -> Vec<String> {
    let is_change = |edit: &Edit| !matches!(edit, Edit::Decide { .. });
    let open = |finding: &&Finding| !finding.fix.edits.edits.iter().any(is_change);
    let mine = report.findings.iter().filter(|finding| finding.id.starts_with("server-"));
    mine.filter(open)
        .map(|finding| format!("{} {} {}", finding.severity, finding.id, finding.place))
        .collect()
}

/// What sshd, Postfix and Dovecot themselves say of their settings, beside what was read.
fn compare(copy: &ServerCopy, report: &TargetReport) {
    let sshd = program(report, ServerProgramId::Sshd);
    let said = copy.run("sshd -T");
    for name in [
        "PasswordAuthentication",
        "KbdInteractiveAuthentication",
        "PubkeyAuthentication",
        "PermitRootLogin",
        "PermitEmptyPasswords",
        "UsePAM",
        "AuthenticationMethods",
        "StrictModes",
    ] {
        let prefix = format!("{} ", name.to_lowercase());
        let by_sshd = said.lines().find_map(|line| line.strip_prefix(&prefix)).expect(name);
        let by_sshd = by_sshd.replace("without-password", "prohibit-password");
        let read = &sshd.general(name).expect(name).value;
        assert_eq!(read.replace("without-password", "prohibit-password"), by_sshd, "{name}");
    }
    let postfix = program(report, ServerProgramId::Postfix);
    for setting in postfix.settings.value().expect("settings of Postfix") {
        let line = match &setting.scope {
            None => format!("postconf -x {}", setting.name),
            Some(_) if setting.name == "service" => continue,
            Some(scope) => format!("postconf -x -P {scope}/{}", setting.name),
        };
        let said = copy.run(&line);
        let by_postfix: Vec<&str> = said.split_once('=').expect("a value").1.split_whitespace().collect();
        assert_eq!(setting.value.split_whitespace().collect::<Vec<_>>(), by_postfix, "{line}");
    }
    let services: BTreeSet<String> = postfix.named("service").filter_map(|one| one.scope.clone()).collect();
    let said = copy.run("postconf -F '*/inet/command' '*/pass/command' || true");
    let by_postfix = said.lines().filter(|line| line.contains("smtpd") || line.contains("postscreen"));
    let by_postfix: BTreeSet<String> =
        by_postfix.filter_map(|line| Some(line.split_once("/command")?.0.to_owned())).collect();
    assert_eq!(services, by_postfix);
    let dovecot = program(report, ServerProgramId::Dovecot);
    for name in ["disable_plaintext_auth", "ssl"] {
        assert_eq!(
            dovecot.general(name).expect(name).value,
            copy.run(&format!("doveconf -h {name}")).trim(),
            "{name}"
        );
    }
}

#[test]
fn a_stock_server_and_the_same_one_by_our_own_script() {
    let copy = stock();
    copy.write("/home/ann/.ssh/authorized_keys", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA ann\n");
    let before = look(&copy, &[]);
    assert_eq!(
        found(&before),
        [
            "low server-ftp-plain-login vsftpd",
            "low server-resolver-not-validating resolver",
            "low server-ssh-passwords sshd",
            "low server-time-unauthenticated systemd-timesyncd",
            "low server-updates-not-automatic apt",
        ]
    );
    compare(&copy, &before);
    assert_eq!(settings(&before).accounts.value().unwrap(), &["ann"]);
    harden(&copy);
    let after = look(&copy, &[]);
    assert_eq!(
        found(&after),
        ["low server-resolver-not-validating resolver", "low server-time-unauthenticated systemd-timesyncd",],
        "what is left is to be decided"
    );
    compare(&copy, &after);
}

/// Writes the script beside the copy's files and runs it there; then once more, which changes nothing.
fn harden(copy: &ServerCopy) {
    let script = midwatch_testbed::directory();
    let path = script.path().join("fix.sh");
    let output = host(copy, &["--fix-script", path.to_str().unwrap()]);
    assert!(output.status.code() < Some(2), "{}", stderr(&output));
    let text = std::fs::read_to_string(&path).expect("the script");
    let mode = std::os::unix::fs::MetadataExt::mode(&std::fs::metadata(&path).unwrap());
    assert_eq!(mode & 0o777, 0o700);
    // Nothing is written over.
    let again = host(copy, &["--fix-script", path.to_str().unwrap()]);
    assert_eq!(again.status.code(), Some(64), "{}", stderr(&again));
    assert!(stderr(&again).contains("name another"), "{}", stderr(&again));
    copy.write("/root/fix.sh", &text);
    copy.run("shellcheck -s sh /root/fix.sh");
    let state = "find /etc /var/lib/dpkg/statoverride /var/lib/php -type f -exec sha256sum {} + 2>/dev/null | sort; find /etc /usr/bin -printf '%m %p\\n' | sort";
    let before = copy.attempt(state).stdout;
    let refused =
        copy.attempt("cp /root/fix.sh / && chmod 755 /fix.sh && setpriv --reuid 65534 --regid 65534 --clear-groups sh /fix.sh");
    assert_eq!(refused.status.code(), Some(77), "not as root: {}", stderr(&refused));
    assert_eq!(before, copy.attempt(state).stdout);
    let ran = copy.attempt("sh /root/fix.sh");
    assert!(ran.status.success(), "{}{}", stdout(&ran), stderr(&ran));
    let first = copy.attempt(state).stdout;
    assert_ne!(before, first);
    let ran = copy.attempt("sh /root/fix.sh");
    assert!(ran.status.success(), "{}{}", stdout(&ran), stderr(&ran));
    assert!(first == copy.attempt(state).stdout, "a second run changes something");
}

/// A server with settings that are wrong in every way that is looked for.
fn weakened() -> ServerCopy {
    let copy = stock();
    copy.write("/root/.ssh/authorized_keys", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA root\n");
    copy.run("printf 'ben:x:1001:1001::/home/ben:/bin/bash\\n' >> /etc/passwd");
    copy.write(
        "/etc/ssh/sshd_config.d/weak.conf",
        "PermitRootLogin yes\nCiphers aes128-ctr,aes256-gcm@openssh.com,3des-cbc\nKexAlgorithms +diffie-hellman-group1-sha1\n\
         Match User ben\n    PasswordAuthentication yes\n    PermitEmptyPasswords yes\n",
    );
    copy.run(
        "printf 'smtpd_sasl_auth_enable = yes\\n' >> /etc/postfix/main.cf && postconf -M submission/inet='submission inet n - y - - smtpd' && \
         postconf -P submission/inet/smtpd_tls_auth_only=no submission/inet/syslog_name=postfix/submission",
    );
    copy.run("printf 'disable_plaintext_auth = no\\n' >> /etc/dovecot/conf.d/10-auth.conf");
    copy.write(
        "/etc/vsftpd.conf",
        "listen=NO\nlisten_ipv6=YES\nanonymous_enable=NO\nlocal_enable=YES\nssl_enable=YES\nforce_local_logins_ssl=NO\n\
         secure_chroot_dir=/var/run/vsftpd/empty\n",
    );
    // A name that a shell could take for more than a name.
    copy.run(
        "mkdir -p /etc/ssl/private \"/srv/it's a \\$(site)\" && cp /etc/dovecot/private/dovecot.key \"/srv/it's a \\$(site)/key;.pem\" && \
         chmod 644 \"/srv/it's a \\$(site)/key;.pem\" && chmod 755 /srv \"/srv/it's a \\$(site)\"",
    );
    copy.write(
        "/etc/nginx/sites-enabled/shop",
        "server {\n  listen 443 ssl;\n  server_name shop.test;\n  ssl_certificate_key \"/srv/it's a $(site)/key;.pem\";\n}\n",
    );
    copy.run("mkdir -p /var/lib/php/sessions && chmod 1777 /var/lib/php/sessions");
    copy.run("ln -sf /bin/true /usr/bin/tcc-of-a-test; printf 'x' > /usr/bin/tcc && chmod 755 /usr/bin/tcc");
    copy.write(
        "/etc/apache2/sites-enabled/login.conf",
        "<VirtualHost *:443>\n  <IfModule auth_openidc_module>\n    OIDCProviderMetadataURL http://id.test/.well-known/openid-configuration\n    \
         OIDCSSLValidateServer Off\n  </IfModule>\n</VirtualHost>\n",
    );
    copy.write("/etc/apache2/mods-enabled/auth_openidc.load", "");
    copy.write("/etc/webmin/miniserv.conf", "port=10000\nssl=0\nsession=1\n");
    copy.write(
        "/usr/local/hestia/conf/hestia.conf",
        "DISABLE_IP_CHECK='no'\nINACTIVE_SESSION_TIMEOUT='600'\nPOLICY_CSRF_STRICTNESS='1'\n",
    );
    copy.write(
        "/usr/local/hestia/bin/v-change-sys-config-value",
        "#!/bin/sh\nsed -i \"s/^$1=.*/$1='$2'/\" /usr/local/hestia/conf/hestia.conf\n",
    );
    copy.run("chmod 755 /usr/local/hestia/bin/v-change-sys-config-value");
    copy.write("/etc/resolv.conf", "nameserver 127.0.0.1\n");
    copy.run("rm -f /etc/unbound/unbound.conf.d/* && printf '. IN DS 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D\\n' > /var/lib/unbound/root.key");
    copy
}

#[test]
fn everything_that_is_looked_for_and_what_the_script_stops() {
    let copy = weakened();
    let before = look(&copy, &[]);
    assert_eq!(
        found(&before),
        [
            "high server-login-provider-unverified mod_auth_openidc, OIDCProviderMetadataURL",
            "high server-login-provider-unverified mod_auth_openidc, OIDCSSLValidateServer",
            "high server-panel-plain Webmin",
            "high server-private-key-readable /srv/it's a $(site)/key;.pem",
            "high server-ssh-passwords sshd, Match User ben",
            "medium server-sessions-listable /var/lib/php/sessions",
            "medium server-ssh-algorithms sshd, KexAlgorithms",
            "medium server-ssh-passwords sshd",
            "low server-ftp-plain-login vsftpd",
            "low server-mail-plain-login Dovecot",
            "low server-mail-plain-login Postfix, smtp/inet",
            "low server-mail-plain-login Postfix, submission/inet",
            "low server-panel-second-factor Webmin",
            "low server-panel-session HestiaCP, INACTIVE_SESSION_TIMEOUT",
            "low server-panel-session Webmin",
            "low server-resolver-not-validating Unbound",
            "low server-ssh-algorithms sshd, Ciphers",
            "low server-time-unauthenticated systemd-timesyncd",
            "low server-updates-not-automatic apt",
            "info server-compilers-open compilers",
        ]
    );
    compare(&copy, &before);
    let left = to_decide(&before);
    harden(&copy);
    let after = look(&copy, &[]);
    assert_eq!(found(&after), left);
    compare(&copy, &after);
    copy.run("sshd -t && postfix check && doveconf -n > /dev/null && unbound-checkconf");
    assert_eq!(
        copy.run("stat -c %a \"/srv/it's a \\$(site)/key;.pem\" /var/lib/php/sessions"),
        // Its group, which is root, keeps what it had.
        "640\n1773\n"
    );
}

/// What a Match says, by sshd itself, and what Postfix makes of names in values.
#[test]
fn daemons_say_the_same_of_odd_settings() {
    let copy = stock();
    copy.write(
        "/etc/ssh/sshd_config.d/odd.conf",
        "passwordauthentication=no # a comment\n\"PermitRootLogin\" \"forced-commands-only\"\nPasswordAuthentication yes\nChallengeResponseAuthentication yes\n\
         AuthenticationMethods publickey,password publickey,keyboard-interactive\nMatch User git\n  PasswordAuthentication yes\n  PasswordAuthentication no\n",
    );
    copy.write(
        "/etc/postfix/main.cf",
        "compatibility_level = 3.6\nlevel = may\nsmtpd_tls_security_level =\n    # between\n    $level\nsmtpd_sasl_auth_enable=${level:no}\n\
         smtpd_sasl_auth_enable = yes\nsmtpd_sasl_security_options = noanonymous,\n  noplaintext\n",
    );
    copy.write("/etc/dovecot/local.conf", "ssl = \"required\" \nprotocol imap {\n  ssl = yes\n}\nremote 127.0.0.1 {\n  disable_plaintext_auth = no\n}\n");
    let report = look(&copy, &[]);
    compare(&copy, &report);
    let sshd = program(&report, ServerProgramId::Sshd);
    let said = copy.run("sshd -T -C user=git,host=a.test,addr=192.0.2.1");
    let by_sshd = said.lines().find_map(|line| line.strip_prefix("passwordauthentication ")).unwrap();
    assert_eq!(sshd.within(Some("Match User git"), "PasswordAuthentication").unwrap().value, by_sshd);
    let dovecot = program(&report, ServerProgramId::Dovecot);
    assert_eq!(
        dovecot.within(Some("protocol imap"), "ssl").unwrap().value,
        copy.run("doveconf -h -f protocol=imap ssl").trim()
    );
}

/// Puts a package into the copy that cannot be installed beside others.
fn add_unpacked(copy: &ServerCopy, name: &str) {
    let line = format!(
        "test -d /usr/local/lib/midwatch-tests/{name} || exit 3; tar -C /usr/local/lib/midwatch-tests/{name} -cf - . | tar -C / --keep-directory-symlink -xf -"
    );
    assert!(copy.attempt(&line).status.success(), "{name} is not unpacked: run scripts/setup");
}

/// Exim and ProFTPD, which cannot be installed beside Postfix and vsftpd, by their own files.
#[test]
fn exim_and_proftpd() {
    let copy = stock();
    for name in ["exim", "proftpd"] {
        add_unpacked(&copy, name);
    }
    copy.run("rm -f /usr/sbin/vsftpd /usr/sbin/postfix /usr/lib/postfix/sbin/master");
    copy.write(
        "/etc/exim4/exim4.conf",
        "primary_hostname = mail.test\nNOTLS = yes\nbegin acl\nbegin routers\nbegin transports\nbegin retry\nbegin rewrite\nbegin authenticators\nplain_server:\n  \
         driver = plaintext\n  public_name = PLAIN\n  server_prompts = :\n  server_condition = \"${if eq{$auth3}{x}{1}{0}}\"\n  .ifndef NOTLS\n  \
         server_advertise_condition = ${if eq{$tls_in_cipher}{}{}{*}}\n  .endif\n",
    );
    copy.run("chown root:root /etc/exim4/exim4.conf && chmod 644 /etc/exim4/exim4.conf");
    copy.write("/etc/proftpd/proftpd.conf", "ServerName test\nUser nobody\nGroup nogroup\nInclude /etc/proftpd/modules.conf\n<IfModule mod_tls.c>\nTLSEngine on\n</IfModule>\n");
    copy.write("/etc/proftpd/modules.conf", "ModulePath /usr/lib/proftpd\nLoadModule mod_tls.c\n");
    copy.write("/home/ann/.ssh/authorized_keys", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA ann\n");
    copy.run("exim4 -bV && proftpd -t");
    let mine = |report: &TargetReport| -> Vec<String> {
        found(report).into_iter().filter(|line| line.contains("plain-login")).collect()
    };
    let before = look(&copy, &[]);
    assert_eq!(
        mine(&before),
        [
            "low server-ftp-plain-login ProFTPD",
            "low server-mail-plain-login Exim, authenticator plain_server"
        ]
    );
    let said = copy.run("exim4 -bP authenticator plain_server");
    assert!(!said.contains("tls_in_cipher"), "{said}");
    harden(&copy);
    assert_eq!(mine(&look(&copy, &[])), [""; 0]);
    copy.run("exim4 -bV && proftpd -t");
    assert!(copy.run("exim4 -bP auth_advertise_hosts").contains("tls_in_cipher"));
}

/// Pure-FTPd, by the options that Debian's wrapper would start it with.
#[test]
fn pure_ftpd_by_its_wrapper() {
    let copy = stock();
    add_unpacked(&copy, "pure-ftpd");
    copy.run("rm -f /usr/sbin/vsftpd");
    copy.write("/home/ann/.ssh/authorized_keys", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA ann\n");
    // The number behind -Y, which stands for no TLS where there is none (pure-ftpd(8)).
    let by_wrapper = |copy: &ServerCopy| -> String {
        let said = copy.run("pure-ftpd-wrapper --show-options");
        let mut words = said.split_whitespace().skip_while(|word| *word != "-Y");
        words.nth(1).unwrap_or("0").to_owned()
    };
    let mine = |report: &TargetReport| -> Vec<String> {
        found(report).into_iter().filter(|line| line.contains("ftp-plain-login")).collect()
    };
    let low = ["low server-ftp-plain-login Pure-FTPd"];
    let check = |text: Option<&str>, expected: &str, open: &[&str]| {
        if let Some(text) = text {
            copy.write("/etc/pure-ftpd/conf/TLS", text);
        }
        let report = look(&copy, &[]);
        let read = program(&report, ServerProgramId::PureFtpd).general("TLS").expect("TLS").value.clone();
        assert_eq!((read.as_str(), by_wrapper(&copy).as_str()), (expected, expected), "{text:?}");
        assert_eq!(mine(&report), open, "{text:?}");
    };
    check(None, "0", &low);
    check(Some("2\n"), "2", &[]);
    check(Some("3"), "3", &[]);
    check(Some("\n# 2 for all\n  1  \n2\n"), "1", &low);
    harden(&copy);
    assert_eq!(mine(&look(&copy, &[])), [""; 0]);
    assert_eq!(by_wrapper(&copy), "2");
}
