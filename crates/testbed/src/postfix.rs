//! Postfix, which takes mail for one domain into a file.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::os::unix::fs::chown;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::child::Server;
use crate::pki::Identity;
use crate::{free_port, wait_until};
use std::time::Duration;

/// The one user who may log in at [`Postfix::submission`], and the password.
pub const LOGIN: (&str, &str) = ("zoe", "correct horse");

/// How long it may take until it greets: more than the minute that master waits after an smtpd that failed to start
/// (`service_throttle_time`), in case that is it.
const GREETING: Duration = Duration::from_secs(90);

/// A running Postfix. Only root can start it.
#[derive(Debug)]
pub struct Postfix {
    server: Server,
    /// Takes mail from anybody for `shop.example`; STARTTLS is offered.
    pub plain: u16,
    /// The same with TLS from the first byte.
    pub implicit: u16,
    /// Takes mail from who has logged in, after STARTTLS alone.
    pub submission: u16,
    /// Takes mail from anybody, and offers no STARTTLS.
    pub bare: u16,
}

impl Postfix {
    /// Starts one with this certificate, for the domain `shop.example`. `refused@shop.example` is no recipient.
    ///
    /// # Panics
    /// When Postfix or sasl2-bin is missing, or this is not root.
    pub fn start(identity: &Identity) -> Postfix {
        Postfix::start_with(identity, "", "")
    }

    /// The same with these lines after those of main.cf, which count in their place, and with these after those of
    /// master.cf.
    ///
    /// # Panics
    /// As [`Postfix::start`].
    pub fn start_with(identity: &Identity, more_main: &str, more_master: &str) -> Postfix {
        assert!(rustix::process::geteuid().is_root(), "Postfix starts as root alone: run this test as root");
        let directory = crate::directory();
        let at = directory.path();
        let (uid, gid) = (id("-u"), id("-g"));
        for name in ["conf", "conf/sasl", "queue", "data", "mail"] {
            std::fs::create_dir(at.join(name)).expect("room for a directory");
        }
        for name in ["data", "mail"] {
            chown(at.join(name), Some(uid), Some(gid)).expect("root may give files away");
        }
        let [plain, implicit, submission, bare] = [(); 4].map(|()| free_port());
        let shown = at.display();
        let main = format!(
            "compatibility_level = 3.6\nqueue_directory = {shown}/queue\ndata_directory = {shown}/data\n\
             command_directory = /usr/sbin\ndaemon_directory = /usr/lib/postfix/sbin\n\
             mail_owner = postfix\nsetgid_group = postdrop\n\
             myhostname = mail.shop.example\nmydestination =\nmynetworks = 127.0.0.0/8\n\
             inet_interfaces = 127.0.0.1\ninet_protocols = ipv4\n\
             maillog_file = {shown}/mail.log\nmaillog_file_prefixes = {shown}\n\
             virtual_mailbox_domains = shop.example\nvirtual_mailbox_base = {shown}/mail\n\
             virtual_mailbox_maps = inline:{{{{zoe@shop.example=zoe}},{{ops@shop.example=ops}}}}\n\
             virtual_uid_maps = static:{uid}\nvirtual_gid_maps = static:{gid}\nvirtual_minimum_uid = 1\n\
             virtual_alias_maps =\nalias_maps =\nalias_database =\nlocal_recipient_maps =\n\
             smtpd_tls_chain_files = {key}, {chain}\nsmtpd_tls_security_level = may\n\
             smtpd_tls_loglevel = 1\nsmtpd_sasl_path = smtpd\ncyrus_sasl_config_path = {shown}/conf/sasl\n\
             smtpd_sasl_local_domain = shop.example\n{more_main}\n",
            key = identity.key.display(),
            chain = identity.chain.display(),
        );
        let main = last_of_each(&main);
        let master = format!(
            "127.0.0.1:{plain} inet n - n - - smtpd\n\
             127.0.0.1:{implicit} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes\n\
             127.0.0.1:{submission} inet n - n - - smtpd -o smtpd_tls_auth_only=yes -o smtpd_sasl_auth_enable=yes \
               -o smtpd_tls_security_level=encrypt \
               -o smtpd_recipient_restrictions=permit_sasl_authenticated,reject\n\
             127.0.0.1:{bare} inet n - n - - smtpd -o smtpd_tls_security_level=none\n\
             cleanup unix n - n - 0 cleanup\nqmgr unix n - n 300 1 qmgr\nrewrite unix - - n - - trivial-rewrite\n\
             bounce unix - - n - 0 discard\ndefer unix - - n - 0 discard\ntrace unix - - n - 0 discard\n\
             tlsmgr unix - - n 1000? 1 tlsmgr\nproxymap unix - - n - - proxymap\nvirtual unix - n n - - virtual\n\
             error unix - - n - - error\nretry unix - - n - - error\nanvil unix - - n - 1 anvil\n\
             postlog unix-dgram n - n - 1 postlogd\n{more_master}\n"
        );
        let sasl = format!(
            "pwcheck_method: auxprop\nauxprop_plugin: sasldb\nsasldb_path: {shown}/conf/sasl/db\n\
             mech_list: PLAIN LOGIN\n"
        );
        for (name, text) in
            [("conf/main.cf", main), ("conf/master.cf", master), ("conf/sasl/smtpd.conf", sasl)]
        {
            std::fs::write(at.join(name), text).expect("room for a file");
        }
        let users = at.join("conf/sasl/db");
        password(&users);
        chown(&users, Some(uid), Some(gid)).expect("root may give files away");
        // Makes what is missing in the queue's directory.
        let mut settings = String::new();
        for program in ["/usr/sbin/postconf -n", "/usr/sbin/postconf -M"] {
            let (program, flag) = program.split_once(' ').expect("a program and a flag");
            let told = Command::new(program).args(["-c"]).arg(at.join("conf")).arg(flag).output();
            let told = told.expect("postconf: apt-get install postfix");
            settings.push_str(&String::from_utf8_lossy(&told.stderr));
        }
        assert!(settings.is_empty(), "postconf: {settings}");
        let checked = Command::new("/usr/sbin/postfix").arg("-c").arg(at.join("conf")).arg("check").output();
        let checked = checked.expect("postfix: apt-get install postfix");
        assert!(checked.status.success(), "postfix check: {}", String::from_utf8_lossy(&checked.stderr));
        // Not `postfix start-fg`, which leaves its master behind when it is ended.
        let mut command = Command::new("/usr/lib/postfix/sbin/master");
        command.arg("-c").arg(at.join("conf")).env("MAIL_CONFIG", at.join("conf"));
        let server = Server::start(command, "postfix", &[plain, implicit, submission, bare], directory);
        let postfix = Postfix { server, plain, implicit, submission, bare };
        postfix.greets();
        postfix
    }

    /// Waits until mail is taken. That its ports answer says little: master listens at them before any smtpd is there.
    fn greets(&self) {
        for port in [self.plain, self.submission, self.bare] {
            let greets = || {
                let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).ok()?;
                stream.set_read_timeout(Some(GREETING)).ok()?;
                let mut first = [0; 4];
                (&stream).read_exact(&mut first).ok()?;
                (&stream).write_all(b"QUIT\r\n").ok()?;
                (first == *b"220 ").then_some(())
            };
            let is_there = wait_until(GREETING, || greets().is_some());
            assert!(is_there, "Postfix says nothing on port {port}:\n{}", self.log());
        }
    }

    /// What has been delivered to this user so far.
    pub fn mailbox(&self, user: &str) -> String {
        let file: PathBuf = self.server.directory().join("mail").join(user);
        std::fs::read(file).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
    }

    /// Waits until this text has been delivered to this user, for twenty seconds at most, and says whether it has.
    pub fn has_delivered(&self, user: &str, text: &str) -> bool {
        wait_until(Duration::from_secs(20), || self.mailbox(user).contains(text))
    }

    /// What Postfix has logged so far.
    pub fn log(&self) -> String {
        let file = self.server.directory().join("mail.log");
        std::fs::read(file).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
    }
}

/// The last of the settings of each name, which is the one that counts.
///
/// A name that stands twice has every program of Postfix warn when it starts: postlogd too, into its own socket. Where the others
/// have filled that by then (`net.unix.max_dgram_qlen` is 10 as a rule), it waits for itself, and all others for it.
fn last_of_each(settings: &str) -> String {
    let mut entries: Vec<(&str, String)> = Vec::new();
    for line in settings.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')) {
        match entries.last_mut() {
            // A line that begins with white space goes on with the one before it.
            Some((_, text)) if line.starts_with([' ', '\t']) => text.push_str(&format!("{line}\n")),
            _ => {
                let name = line.split('=').next().unwrap_or_default().trim();
                entries.retain(|(known, _)| *known != name);
                entries.push((name, format!("{line}\n")));
            }
        }
    }
    entries.into_iter().map(|(_, text)| text).collect()
}

/// Submission and submissions as they stand in the master.cf that Postfix ships, where they are comments, at these ports of
/// loopback and not in a jail.
///
/// # Panics
/// When Postfix is missing, or its file has them no more.
pub fn own_submission(submission: u16, submissions: u16) -> String {
    let file = "/usr/share/postfix/master.cf.dist";
    let shipped = std::fs::read_to_string(file).expect("master.cf.dist: apt-get install postfix");
    let service = |name: &str, port: u16| {
        let begins = format!("#{name} ");
        let mut lines = shipped.lines().skip_while(|line| !line.starts_with(&begins)).peekable();
        let first = lines.next().unwrap_or_else(|| panic!("{file} has no {name}"));
        assert!(first.ends_with("smtpd"), "{first}");
        // What explains them stands further to the right.
        let options: Vec<&str> = lines
            .take_while(|line| line.starts_with("#  "))
            .filter(|line| line.starts_with("#  -o "))
            .map(|line| line.trim_start_matches('#'))
            .collect();
        assert!(!options.is_empty(), "{file}: {name} has no options");
        format!("127.0.0.1:{port} inet n - n - - smtpd\n{}\n", options.join("\n"))
    };
    service("submission", submission) + &service("submissions", submissions)
}

/// The number of Postfix's own user or group.
fn id(which: &str) -> u32 {
    let out = Command::new("id").args([which, "postfix"]).output().expect("id of coreutils");
    let text = String::from_utf8_lossy(&out.stdout);
    text.trim().parse().unwrap_or_else(|_| panic!("there is no user postfix: apt-get install postfix"))
}

/// A file of users with the one of [`LOGIN`].
fn password(file: &std::path::Path) {
    let mut child = Command::new("/usr/sbin/saslpasswd2")
        .args(["-p", "-c", "-u", "shop.example", "-f"])
        .arg(file)
        .arg(LOGIN.0)
        .stdin(Stdio::piped())
        .spawn()
        .expect("saslpasswd2: apt-get install sasl2-bin");
    child.stdin.take().expect("its input").write_all(LOGIN.1.as_bytes()).expect("its input");
    assert!(child.wait().expect("its end").success(), "saslpasswd2 failed");
}
