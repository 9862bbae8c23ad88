//! The answers, each with the line that it is from.

use std::net::IpAddr;
use std::path::PathBuf;

use super::tokens::{self, Tokens};
use super::{At, Resolved, Setting, TokenError, Trouble};

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given<T> {
    /// What holds.
    pub value: T,
    /// Which line says so; `None` for what holds where none does.
    pub at: Option<At>,
}

/// An answer that expanding may spoil.
pub type Answer<T> = Result<Given<T>, TokenError>;

/// StrictHostKeyChecking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strict {
    /// `yes`: only known keys.
    Yes,
    /// `ask`: new keys after a question.
    Ask,
    /// `accept-new`: new keys without one.
    AcceptNew,
    /// `no` or `off`: changed keys too.
    Off,
}

/// A yes, a no, or a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ask {
    /// `yes`.
    Yes,
    /// `no`.
    No,
    /// `ask`.
    Ask,
}

/// How the connection is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    /// To the host itself.
    Direct,
    /// Through a command (ProxyCommand), with its tokens as they are written.
    Command(String),
    /// Over other hosts (ProxyJump), in the order in which they are met.
    Jump(Vec<Hop>),
}

/// A host on the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hop {
    /// The user over there.
    pub user: Option<String>,
    /// The host, as it is written: its own settings are to be looked up.
    pub host: String,
    /// The port.
    pub port: Option<u16>,
}

/// Keywords of yes and no that matter here, and what else they take.
const YES_NO: [(&str, &[&str]); 5] = [
    ("checkhostip", &[]),
    ("hashknownhosts", &[]),
    ("verifyhostkeydns", &["ask"]),
    ("updatehostkeys", &["ask"]),
    ("stricthostkeychecking", &["ask", "off", "accept-new"]),
];

/// What is wrong with a line, of those whose values are used here.
pub(super) fn wrong(setting: &Setting) -> Option<Trouble> {
    let value = setting.arguments.first().map(String::as_str).unwrap_or_default();
    let wrong = || Some(Trouble::Value { keyword: setting.keyword.clone(), value: value.to_owned() });
    if let Some((_, more)) = YES_NO.iter().find(|(keyword, _)| *keyword == setting.keyword) {
        let known =
            ["yes", "no", "true", "false"].iter().chain(*more).any(|one| one.eq_ignore_ascii_case(value));
        return if known { None } else { wrong() };
    }
    match setting.keyword.as_str() {
        "port" if port(value).is_none() => wrong(),
        "proxyjump" if hops(&setting.rest).is_none() => {
            Some(Trouble::Value { keyword: setting.keyword.clone(), value: setting.rest.clone() })
        }
        "userknownhostsfile" | "globalknownhostsfile" => {
            let none = setting.arguments.iter().any(|one| one.eq_ignore_ascii_case("none"));
            if none && setting.arguments.len() > 1 { wrong() } else { None }
        }
        _ => None,
    }
}

fn port(text: &str) -> Option<u16> {
    text.parse().ok().filter(|port| *port != 0)
}

/// The hosts of ProxyJump; none for `none`.
fn hops(rest: &str) -> Option<Vec<Hop>> {
    if rest.eq_ignore_ascii_case("none") {
        return Some(Vec::new());
    }
    let text = rest.split('#').next().unwrap_or_default().trim_end();
    text.split(',').map(hop).collect()
}

/// `[user@]host[:port]` or `ssh://[user@]host[:port]`.
fn hop(text: &str) -> Option<Hop> {
    let text = text.strip_prefix("ssh://").map_or(text, |rest| rest.trim_end_matches('/'));
    let (user, place) = match text.rsplit_once('@') {
        Some((user, place)) => (Some(user.to_owned()).filter(|user| !user.is_empty()), place),
        None => (None, text),
    };
    let (host, after) = match place.strip_prefix('[') {
        Some(rest) => rest.split_once(']')?,
        None => match place.split_once(':') {
            Some((host, _)) => (host, place.get(host.len()..)?),
            None => (place, ""),
        },
    };
    let port = match after.strip_prefix(':') {
        Some(text) => Some(port(text)?),
        None if after.is_empty() => None,
        None => return None,
    };
    (!host.is_empty() && text.split('@').next() != Some("")).then(|| Hop {
        user,
        host: host.to_owned(),
        port,
    })
}

impl Resolved {
    /// The setting of a keyword (in lower case) that counts.
    pub fn first(&self, keyword: &str) -> Option<&Setting> {
        self.settings.iter().find(|setting| setting.keyword == keyword)
    }

    fn argument(&self, keyword: &str) -> Option<(&str, &At)> {
        let setting = self.first(keyword)?;
        Some((setting.arguments.first()?, &setting.at))
    }

    /// A value of a keyword, as it is written.
    pub fn text(&self, keyword: &str) -> Option<Given<String>> {
        self.argument(keyword).map(|(value, at)| Given { value: value.to_owned(), at: Some(at.clone()) })
    }

    fn yes_no(&self, keyword: &str, otherwise: bool) -> Given<bool> {
        match self.argument(keyword) {
            Some((value, at)) => Given { value: is_yes(value), at: Some(at.clone()) },
            None => Given { value: otherwise, at: None },
        }
    }

    fn ask(&self, keyword: &str, otherwise: Ask) -> Given<Ask> {
        match self.argument(keyword) {
            Some((value, at)) => {
                let answer = match value {
                    _ if value.eq_ignore_ascii_case("ask") => Ask::Ask,
                    _ if is_yes(value) => Ask::Yes,
                    _ => Ask::No,
                };
                Given { value: answer, at: Some(at.clone()) }
            }
            None => Given { value: otherwise, at: None },
        }
    }

    /// HostName: the name that is connected to, in lower case; what was asked for where no line says otherwise.
    ///
    /// A token that means nothing leaves the name as it is written, and is a problem of [`Resolved::host_name_error`].
    pub fn host_name(&self) -> Given<String> {
        let at = self.first("hostname").map(|setting| setting.at.clone());
        let value = self.host_name_so_far();
        let value = match value.parse::<IpAddr>() {
            Ok(address) => address.to_string(),
            Err(_) => value.to_ascii_lowercase(),
        };
        Given { value, at }
    }

    /// Why HostName cannot be expanded.
    pub fn host_name_error(&self) -> Option<TokenError> {
        let (value, _) = self.argument("hostname")?;
        tokens::expand(value, &self.asked(), None).err()
    }

    pub(super) fn host_name_so_far(&self) -> String {
        match self.argument("hostname") {
            Some((value, _)) => {
                tokens::expand(value, &self.asked(), None).unwrap_or_else(|_| value.to_owned())
            }
            None => self.query.host.clone(),
        }
    }

    fn asked(&self) -> Tokens {
        Tokens::from([('h', self.query.host.clone())])
    }

    pub(super) fn user_so_far(&self) -> String {
        let set = || self.argument("user").map(|(value, _)| value.to_owned());
        self.query.user.clone().or_else(set).unwrap_or_else(|| self.query.local_user.clone())
    }

    /// Port; 22 where none is given.
    pub fn port(&self) -> Given<u16> {
        if let Some(port) = self.query.port {
            return Given { value: port, at: None };
        }
        match self.argument("port").and_then(|(value, at)| Some((port(value)?, at))) {
            Some((value, at)) => Given { value, at: Some(at.clone()) },
            None => Given { value: 22, at: None },
        }
    }

    /// User; the local one where none is given. Tokens stay as they are written before OpenSSH 10.
    pub fn user(&self) -> Given<String> {
        let at = self.first("user").filter(|_| self.query.user.is_none()).map(|setting| setting.at.clone());
        Given { value: self.user_so_far(), at }
    }

    /// HostKeyAlias: the name to look up in known_hosts, in lower case, without port.
    pub fn host_key_alias(&self) -> Option<Given<String>> {
        self.text("hostkeyalias").map(|given| Given { value: given.value.to_ascii_lowercase(), at: given.at })
    }

    /// ProxyCommand and ProxyJump, of which the first counts.
    pub fn way(&self) -> Given<Way> {
        let mut jump_set = false;
        for setting in &self.settings {
            let at = Some(setting.at.clone());
            match setting.keyword.as_str() {
                "proxycommand" if setting.rest.eq_ignore_ascii_case("none") => {
                    return Given { value: Way::Direct, at };
                }
                "proxycommand" => return Given { value: Way::Command(setting.rest.clone()), at },
                "proxyjump" if !jump_set => match hops(&setting.rest) {
                    // Without a jump, a command may still follow.
                    Some(hops) if hops.is_empty() => jump_set = true,
                    Some(hops) => return Given { value: Way::Jump(hops), at },
                    None => {}
                },
                _ => {}
            }
        }
        let at = self.first("proxyjump").map(|setting| setting.at.clone());
        Given { value: Way::Direct, at }
    }

    /// UserKnownHostsFile, expanded; none for `none`.
    ///
    /// # Errors
    /// [`TokenError`].
    pub fn user_known_hosts(&self) -> Answer<Vec<PathBuf>> {
        self.paths("userknownhostsfile", &["~/.ssh/known_hosts", "~/.ssh/known_hosts2"], true)
    }

    /// GlobalKnownHostsFile; none for `none`. Nothing in it is expanded.
    ///
    /// # Errors
    /// None today.
    pub fn global_known_hosts(&self) -> Answer<Vec<PathBuf>> {
        self.paths("globalknownhostsfile", &["/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"], false)
    }

    /// RevokedHostKeys, expanded as today; OpenSSH 9.2 takes it as it is written. None for `none` and where no line says
    /// so.
    ///
    /// # Errors
    /// [`TokenError`].
    pub fn revoked_host_keys(&self) -> Answer<Vec<PathBuf>> {
        self.paths("revokedhostkeys", &[], true)
    }

    fn paths(&self, keyword: &str, usual: &[&str], expand: bool) -> Answer<Vec<PathBuf>> {
        let setting = self.first(keyword);
        let written: Vec<&str> = match setting {
            Some(setting) => setting.arguments.iter().map(String::as_str).collect(),
            None => usual.to_vec(),
        };
        let tokens = self.tokens(&self.host_name().value);
        let home = self.query.home.to_string_lossy();
        let value = written
            .into_iter()
            .filter(|path| !path.eq_ignore_ascii_case("none"))
            .map(|path| {
                if !expand {
                    return Ok(PathBuf::from(path));
                }
                let path = tokens::home(path, &home)?;
                tokens::expand(&path, &tokens, Some(&self.query.environment)).map(PathBuf::from)
            })
            .collect::<Result<_, _>>()?;
        Ok(Given { value, at: setting.map(|setting| setting.at.clone()) })
    }

    /// StrictHostKeyChecking; `ask` where no line says so.
    pub fn strict_host_key_checking(&self) -> Given<Strict> {
        let Some((value, at)) = self.argument("stricthostkeychecking") else {
            return Given { value: Strict::Ask, at: None };
        };
        let strict = match value.to_ascii_lowercase().as_str() {
            "yes" | "true" => Strict::Yes,
            "accept-new" => Strict::AcceptNew,
            "no" | "off" | "false" => Strict::Off,
            _ => Strict::Ask,
        };
        Given { value: strict, at: Some(at.clone()) }
    }

    /// HostKeyAlgorithms as it is written: a list, or one that `+`, `-` or `^` changes the usual list with.
    pub fn host_key_algorithms(&self) -> Option<Given<String>> {
        self.text("hostkeyalgorithms")
    }

    /// HashKnownHosts.
    pub fn hash_known_hosts(&self) -> Given<bool> {
        self.yes_no("hashknownhosts", false)
    }

    /// CheckHostIP; no since OpenSSH 8.5.
    pub fn check_host_ip(&self) -> Given<bool> {
        self.yes_no("checkhostip", false)
    }

    /// VerifyHostKeyDNS.
    pub fn verify_host_key_dns(&self) -> Given<Ask> {
        self.ask("verifyhostkeydns", Ask::No)
    }

    /// UpdateHostKeys. Without a line it is yes where the user's files of known hosts are the usual ones and the DNS
    /// is not asked.
    pub fn update_host_keys(&self) -> Given<Ask> {
        let usual = match self.first("userknownhostsfile") {
            None => true,
            Some(setting) => setting.arguments == ["~/.ssh/known_hosts"],
        };
        let yes = usual && self.verify_host_key_dns().value == Ask::No;
        self.ask("updatehostkeys", if yes { Ask::Yes } else { Ask::No })
    }

    /// KnownHostsCommand as it is written. It is never run here.
    pub fn known_hosts_command(&self) -> Option<Given<String>> {
        let setting = self.first("knownhostscommand")?;
        if setting.rest.eq_ignore_ascii_case("none") {
            return None;
        }
        Some(Given { value: setting.rest.clone(), at: Some(setting.at.clone()) })
    }

    /// Expands the tokens of a value that takes all of them: `%% %C %L %d %h %i %j %k %l %n %p %r %u`, and `${NAME}`.
    ///
    /// # Errors
    /// [`TokenError`].
    pub fn expand(&self, text: &str) -> Result<String, TokenError> {
        tokens::expand(text, &self.tokens(&self.host_name().value), Some(&self.query.environment))
    }

    pub(super) fn tokens(&self, host: &str) -> Tokens {
        let query = &self.query;
        let port = self.port().value.to_string();
        let user = self.user_so_far();
        let jump = match self.way().value {
            // OpenSSH connects to the last one through the others.
            Way::Jump(hops) => hops.last().map(|hop| hop.host.clone()).unwrap_or_default(),
            _ => String::new(),
        };
        let alias = self.host_key_alias().map_or_else(|| query.host.clone(), |given| given.value);
        let short = query.local_host.split('.').next().unwrap_or_default();
        Tokens::from([
            ('C', tokens::connection(&query.local_host, host, &port, &user, &jump)),
            ('L', short.to_owned()),
            ('d', query.home.to_string_lossy().into_owned()),
            ('h', host.to_owned()),
            ('i', query.uid.to_string()),
            ('j', jump),
            ('k', alias),
            ('l', query.local_host.clone()),
            ('n', query.host.clone()),
            ('p', port),
            ('r', user),
            ('u', query.local_user.clone()),
        ])
    }
}

fn is_yes(value: &str) -> bool {
    value.eq_ignore_ascii_case("yes") || value.eq_ignore_ascii_case("true")
}
