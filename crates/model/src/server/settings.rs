//! The settings of a server's own programs that bear on who can sit between, and on who can act as somebody else.

use serde::{Deserialize, Serialize};

use crate::{Outcome, Unread};

/// What the files of a server say of its settings. No program was run and nothing was sent to learn it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ServerSettings {
    /// The files were read with root's rights, which may read everything.
    pub as_root: bool,
    /// The programs that were found, with their settings.
    pub programs: Vec<ServerProgram>,
    /// The private keys of TLS and of SSH, by path. Of a key nothing but its kind is kept.
    pub keys: Outcome<Vec<ServerKey>>,
    /// Directories where programs keep sessions.
    pub sessions: Vec<ServerPath>,
    /// Compilers.
    pub compilers: Vec<ServerPath>,
    /// The accounts of people that have a shell, by name; at most 1000.
    pub accounts: Outcome<Vec<String>>,
    /// Of these and of root, those with keys in ~/.ssh/authorized_keys, with which they can log in.
    pub key_holders: Outcome<Vec<String>>,
    /// Whether updates are installed without anybody asking for them, by the name of the package manager.
    pub updates: Vec<ServerUpdates>,
    /// Places that are there and could not be read.
    pub unread: Vec<Unread>,
}

/// One program, or one file of settings where a program has several.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ServerProgram {
    /// Which program.
    pub program: ServerProgramId,
    /// Its main file, where lines are added; as a path of that server.
    pub file: String,
    /// What counts: settings that the files name, and those by default that bear on a check.
    pub settings: Outcome<Vec<ServerSetting>>,
}

impl ServerProgram {
    /// The settings of this name, whatever their scope; empty where they were not measured.
    pub fn named<'a, 'n>(&'a self, name: &'n str) -> impl Iterator<Item = &'a ServerSetting> + use<'a, 'n> {
        let all = self.settings.value().into_iter().flatten();
        all.filter(move |setting| setting.name == name)
    }

    /// The setting of this name that holds for a scope: the scope's own, else the one without a scope.
    pub fn within(&self, scope: Option<&str>, name: &str) -> Option<&ServerSetting> {
        let of = |scope: Option<&str>| self.named(name).find(|setting| setting.scope.as_deref() == scope);
        of(scope).or_else(|| of(None))
    }

    /// The setting of this name that holds where nothing else does.
    pub fn general(&self, name: &str) -> Option<&ServerSetting> {
        self.within(None, name)
    }
}

/// A setting that counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ServerSetting {
    /// Its name, in the spelling of the program's manual.
    pub name: String,
    /// Its value. Names and passwords inside of URLs are taken out.
    pub value: String,
    /// What it holds for, where not for everything: `Match User git`, a service of master.cf, a section.
    pub scope: Option<String>,
    /// Where it stands; none for a value that holds by default.
    pub at: Option<SettingPlace>,
}

/// Where a setting stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SettingPlace {
    /// The file, as a path of that server.
    pub file: String,
    /// The line, counted from 1.
    pub line: u32,
    /// The whole line as it stands, where it is one line of UTF-8 that may be shown and replaced.
    pub text: Option<String>,
}

/// The programs whose settings are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum ServerProgramId {
    /// OpenSSH's sshd.
    Sshd,
    /// Postfix.
    Postfix,
    /// Dovecot.
    Dovecot,
    /// Exim.
    Exim,
    /// vsftpd.
    Vsftpd,
    /// ProFTPD.
    Proftpd,
    /// Pure-FTPd.
    PureFtpd,
    /// mod_auth_openidc of Apache.
    Openidc,
    /// Webmin.
    Webmin,
    /// cPanel.
    Cpanel,
    /// HestiaCP.
    Hestia,
    /// chrony.
    Chrony,
    /// NTPsec's ntpd.
    Ntpsec,
    /// systemd-timesyncd.
    Timesyncd,
    /// What the C library asks for names (resolv.conf(5)), and who answers it here.
    Resolver,
}

impl ServerProgramId {
    /// The name for people.
    pub fn name(self) -> &'static str {
        match self {
            ServerProgramId::Sshd => "sshd",
            ServerProgramId::Postfix => "Postfix",
            ServerProgramId::Dovecot => "Dovecot",
            ServerProgramId::Exim => "Exim",
            ServerProgramId::Vsftpd => "vsftpd",
            ServerProgramId::Proftpd => "ProFTPD",
            ServerProgramId::PureFtpd => "Pure-FTPd",
            ServerProgramId::Openidc => "mod_auth_openidc",
            ServerProgramId::Webmin => "Webmin",
            ServerProgramId::Cpanel => "cPanel",
            ServerProgramId::Hestia => "HestiaCP",
            ServerProgramId::Chrony => "chrony",
            ServerProgramId::Ntpsec => "NTPsec",
            ServerProgramId::Timesyncd => "systemd-timesyncd",
            ServerProgramId::Resolver => "resolver",
        }
    }
}

/// A private key in a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ServerKey {
    /// Its file and rights, behind every symbolic link.
    pub path: ServerPath,
    /// Who names it: the file of a program's configuration, or the directory that it was met in. Sorted.
    pub named_by: Vec<String>,
    /// The file holds a private key that no passphrase protects.
    pub unprotected: Outcome<bool>,
}

/// A place with its rights.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ServerPath {
    /// The path, where it is UTF-8; else with `\xNN` for every other byte.
    pub path: String,
    /// The twelve bits of its mode.
    pub mode: u32,
    /// The number of its owner.
    pub owner: u32,
    /// The number of its group.
    pub group: u32,
    /// Every account gets there: everything above may be entered by all.
    pub reachable: bool,
    /// What uses it, such as `PHP`.
    pub of: String,
}

impl ServerPath {
    /// True where every account may read it. An access-control list, which is not read, may give rights to more.
    pub fn all_read(&self) -> bool {
        self.reachable && self.mode & 0o004 != 0
    }

    /// True where every account may change it.
    pub fn all_write(&self) -> bool {
        self.reachable && self.mode & 0o002 != 0
    }

    /// True where every account may run it.
    pub fn all_run(&self) -> bool {
        self.reachable && self.mode & 0o001 != 0
    }
}

/// Whether one package manager installs updates by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ServerUpdates {
    /// `apt` or `dnf`.
    pub manager: String,
    /// Updates are installed without anybody asking for them.
    pub on: Outcome<bool>,
}
