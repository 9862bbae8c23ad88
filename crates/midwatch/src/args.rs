//! What the command line takes. The names are a contract: they change with the major version alone.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use midwatch_audit::here::EchoAt;
use midwatch_lab::Defence;
use midwatch_lab::story::Cure;
use midwatch_model::{Host, Severity, Starttls, Target};
use midwatch_probe::dns::ResolverSpec;
use midwatch_probe::net::ConnectTo;
use midwatch_probe::starttls::is_spoken;

/// The whole command, for man pages and completions.
pub fn command() -> clap::Command {
    Cli::command()
}

/// Finds where somebody could sit in the middle of your connections, and tells you when somebody does.
///
/// It is purely defensive: it looks at what you own or are about to trust, tries no credentials, and touches
/// nobody else's traffic.
#[derive(Debug, Parser)]
#[command(name = "midwatch", version, arg_required_else_help = true, disable_help_subcommand = false)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Audit web sites the way their visitors meet them: every address, TLS, certificates, every page.
    Site(Site),
    /// Audit the TLS part alone, for any service that speaks TLS from the first byte.
    Tls(Tls),
    /// Audit domains' mail: who takes it, whether its way there is protected, and where people send and read it.
    Mail(Mail),
    /// Verify the host keys of SSH servers before anybody logs in, and audit what they offer.
    Ssh(Box<Ssh>),
    /// Audit remotes and repositories of git: whom they ask, and whether that can be verified.
    Git(Box<Git>),
    /// Look whether somebody is in the middle of this computer, right now.
    Here(Here),
    /// Look at this server from inside: whom it serves, by which certificates and settings.
    Host(Box<HostCommand>),
    /// Keep watching targets, remember what was seen, and tell what changed; with a dashboard.
    Watch(Watch),
    /// Start a deliberately weak shop on loopback, audit it, and show what each defence changes.
    Lab(Lab),
    /// Show public keys with their fingerprints and words, and find out whether two people hold the same one.
    Keys(Keys),
    /// Print the page of a check or an attack.
    Explain(Explain),
    /// Judge the observations of a saved JSON report again, without any I/O.
    Judge(Judge),
    /// Print shell completions.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

/// `midwatch site`.
#[derive(Debug, Args)]
pub struct Site {
    /// URLs, or HOST, or HOST:PORT.
    #[arg(value_name = "URL", required_unless_present = "from_file")]
    pub urls: Vec<String>,
    /// Read more targets from a file, one a line; '#' begins a comment; '-' is standard input.
    #[arg(long, value_name = "FILE")]
    pub from_file: Option<PathBuf>,
    /// The most pages to fetch of each site.
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub pages: u32,
    /// Links to follow from the start page.
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub depth: u32,
    /// The most requests a second; no limit where it is not given.
    #[arg(long, value_name = "N", value_parser = rate)]
    pub rate: Option<f64>,
    /// The longest that the pages of one site may take, in seconds.
    #[arg(long, value_name = "SECONDS", default_value = "300", value_parser = seconds)]
    pub time: Duration,
    /// Leave out what robots.txt asks robots to leave out. By default it is fetched all the same: visitors and
    /// attackers go there too.
    #[arg(long)]
    pub obey_robots: bool,
    /// Network options.
    #[command(flatten)]
    pub network: Network,
    /// Report options.
    #[command(flatten)]
    pub report: Report,
}

/// `midwatch host`.
#[derive(Debug, Args)]
pub struct HostCommand {
    /// Take this directory for the root of the server's file system: a disk of another computer, a container's.
    #[arg(long, value_name = "DIRECTORY", default_value = "/")]
    pub root: PathBuf,
    /// Audit every site that is found as 'midwatch site' does, through this computer's own addresses, and tell what they
    /// have in common by fault. Nobody else is contacted.
    #[arg(long)]
    pub sites: bool,
    /// With --sites, keep the report of each site in this file, a line of JSON each. A run that was ended goes on where it
    /// stopped, and sites whose configuration and certificates are the same are not audited again.
    #[arg(long, value_name = "FILE", requires = "sites")]
    pub state: Option<PathBuf>,
    /// With --sites, the most pages to fetch of each.
    #[arg(long, value_name = "N", default_value_t = 5, requires = "sites", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub pages: u32,
    /// With --sites, how many are audited at the same time.
    #[arg(long, value_name = "N", default_value_t = 8, requires = "sites", value_parser = clap::value_parser!(u16).range(1..=64))]
    pub at_once: u16,
    /// Network options.
    #[command(flatten)]
    pub network: Network,
    /// Report options.
    #[command(flatten)]
    pub report: Report,
}

/// `midwatch watch`.
#[derive(Debug, Args)]
pub struct Watch {
    /// The configuration. Where it is left out: midwatch.toml here, else /etc/midwatch/midwatch.toml.
    #[arg(value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Print a commented example of midwatch.toml.
    #[arg(long, conflicts_with_all = ["config", "schema", "unit", "check", "export", "import"])]
    pub example: bool,
    /// Print the JSON Schema of midwatch.toml, for editors.
    #[arg(long, conflicts_with_all = ["config", "unit", "check", "export", "import"])]
    pub schema: bool,
    /// Print the unit for systemd.
    #[arg(long, conflicts_with_all = ["config", "check", "export", "import"])]
    pub unit: bool,
    /// Read the configuration, say what is wrong with it, and end.
    #[arg(long, conflicts_with_all = ["export", "import"])]
    pub check: bool,
    /// Write everything that was seen to a new file, as lines of JSON, and end; '-' is standard output.
    #[arg(long, value_name = "FILE", conflicts_with = "import")]
    pub export: Option<PathBuf>,
    /// Read such lines into what is remembered, and end; '-' is standard input.
    #[arg(long, value_name = "FILE")]
    pub import: Option<PathBuf>,
    /// Started as root: become this user, and keep no right but those that targets call for.
    #[arg(long, value_name = "NAME")]
    pub user: Option<String>,
    /// How lines of the log are written: text, json, or auto, which is text on a terminal and in the journal.
    #[arg(long, value_name = "FORM", default_value = "auto")]
    pub log: midwatch_watch::service::log::Form,
    /// How much is written: error, warn, info, debug or trace.
    #[arg(long, value_name = "LEVEL", default_value = "info")]
    pub log_level: midwatch_watch::service::log::Amount,
}

/// `midwatch tls`.
#[derive(Debug, Args)]
pub struct Tls {
    /// HOST:PORT; port 443 where none is given, and with --starttls the port that is registered for the protocol.
    #[arg(value_name = "HOST:PORT", required = true)]
    pub services: Vec<String>,
    /// Connections begin in plain text, and ask for TLS by this protocol.
    #[arg(long, value_name = "PROTOCOL", value_parser = starttls())]
    pub starttls: Option<Starttls>,
    /// Send this name as SNI, and expect it in the certificate.
    #[arg(long, value_name = "NAME")]
    pub sni: Option<String>,
    /// Network options.
    #[command(flatten)]
    pub network: Network,
    /// Report options.
    #[command(flatten)]
    pub report: Report,
}

/// `midwatch mail`.
#[derive(Debug, Args)]
pub struct Mail {
    /// Domains, or addresses whose domain is meant.
    #[arg(value_name = "DOMAIN", required_unless_present = "reports")]
    pub domains: Vec<String>,
    /// Read received reports on TLS (RFC 8460): files of JSON or gzip, messages, mboxes, and directories of these such
    /// as a Maildir; '-' is standard input. For them nobody is contacted.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub reports: Vec<String>,
    /// Look at the DKIM key of this selector as well; nothing tells which selectors a domain has. Can be given several
    /// times.
    #[arg(long, value_name = "SELECTOR", value_parser = selector)]
    pub dkim_selector: Vec<String>,
    /// Network options.
    #[command(flatten)]
    pub network: Network,
    /// Report options.
    #[command(flatten)]
    pub report: Report,
}

/// `midwatch ssh`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Ssh {
    /// Other things to do with host keys.
    #[command(subcommand)]
    pub command: Option<SshCommand>,
    /// HOST, USER@HOST, HOST:PORT or ssh://USER@HOST:PORT; an alias of ssh's configuration too.
    #[arg(value_name = "HOST", required = true)]
    pub hosts: Vec<String>,
    /// Host keys.
    #[command(flatten)]
    pub host_keys: HostKeys,
    /// How hosts are reached.
    #[command(flatten)]
    pub reach: Reach,
    /// Report options.
    #[command(flatten)]
    pub report: Report,
}

/// `midwatch git`.
#[derive(Debug, Args)]
pub struct Git {
    /// A remote in any form that git takes, or the directory of a repository: all its remotes, push URLs and submodules.
    #[arg(value_name = "REMOTE", required_unless_present = "all")]
    pub remotes: Vec<String>,
    /// Every repository below this directory, bare ones and work trees; may be given more than once.
    #[arg(long, value_name = "DIRECTORY")]
    pub all: Vec<String>,
    /// Read files alone, and ask nobody.
    #[arg(long, conflicts_with_all = ["save", "replace", "accept", "panel"])]
    pub files_only: bool,
    /// Host keys.
    #[command(flatten)]
    pub host_keys: HostKeys,
    /// Network options.
    #[command(flatten)]
    pub network: Network,
    /// Report options.
    #[command(flatten)]
    pub report: Report,
}

/// The commands of `midwatch ssh`.
#[derive(Debug, Subcommand)]
pub enum SshCommand {
    /// Print lines of known_hosts for keys that are verified, for a workflow that must not trust on first use.
    Pin(SshPin),
    /// Serve OpenSSH's KnownHostsCommand: print the lines of known_hosts for a host whose key somebody vouches for.
    KnownHosts(SshKnownHosts),
    /// Run ssh with KnownHostsCommand set to midwatch: GIT_SSH_COMMAND='midwatch ssh exec --'.
    Exec(SshExec),
}

/// Host keys: who is asked about them, over which way, and what is done with them.
#[derive(Clone, Debug, Args)]
pub struct HostKeys {
    /// What is done with keys that were met.
    #[command(flatten)]
    pub keys: SaveKeys,
    /// Who is asked about the keys.
    #[command(flatten)]
    pub known: KnownKeys,
    /// The way there.
    #[command(flatten)]
    pub via: SshVia,
    /// What is remembered.
    #[command(flatten)]
    pub memory: Memory,
}

/// What is done with keys that were met.
#[derive(Clone, Debug, Args)]
pub struct SaveKeys {
    /// Save keys to the user's known_hosts: those that somebody vouches for, and others once you have compared them. A
    /// terminal asks for the last characters of the fingerprint; elsewhere --accept names it.
    #[arg(long)]
    pub save: bool,
    /// As --save, and put a new key into the place of one that has changed.
    #[arg(long)]
    pub replace: bool,
    /// A fingerprint, SHA256:…, that you have compared; may be given more than once.
    #[arg(long, value_name = "FINGERPRINT", value_parser = fingerprint)]
    pub accept: Vec<String>,
    /// Print what a hosting panel needs to warn of a key and to offer its two choices, as JSON, instead of a report.
    #[arg(long, conflicts_with_all = ["save", "replace", "accept", "format", "output"])]
    pub panel: bool,
}

/// Who is asked about keys.
#[derive(Clone, Debug, Args)]
pub struct KnownKeys {
    /// Look keys up in this file of known hosts, and save them there, instead of the files of ssh's configuration; may be
    /// given more than once.
    #[arg(long, value_name = "FILE")]
    pub known_hosts: Vec<PathBuf>,
    /// Read ssh's configuration from this file alone, as 'ssh -F' does; 'none' for no file.
    #[arg(long, short = 'F', value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Believe this file of known hosts, which somebody of --trust-signers has signed with 'ssh-keygen -Y sign -n
    /// midwatch-hosts'; its signature lies beside it, with .sig; may be given more than once.
    #[arg(long, value_name = "FILE", requires = "trust_signers")]
    pub trust_file: Vec<PathBuf>,
    /// Who may sign files of --trust-file: a file as ssh-keygen's ALLOWED SIGNERS, or a public key.
    #[arg(long, value_name = "FILE", requires = "trust_file")]
    pub trust_signers: Option<PathBuf>,
}

/// The way to an SSH server.
#[derive(Clone, Debug, Args)]
#[group(multiple = false)]
pub struct SshVia {
    /// Connect from here, also where ssh's configuration has another way.
    #[arg(long)]
    pub direct: bool,
    /// Go the way of ssh's configuration: log in at the hosts of ProxyJump as ssh does, or run its ProxyCommand.
    #[arg(long)]
    pub as_configured: bool,
    /// Log in at these hosts with ssh, and go on from there: HOST, USER@HOST or USER@HOST:PORT, separated by commas.
    #[arg(long, short = 'J', value_name = "HOSTS", value_delimiter = ',')]
    pub jump: Vec<String>,
    /// Go through this SOCKS5 proxy, which looks names up.
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub socks: Option<SocketAddr>,
}

/// `midwatch ssh pin`.
#[derive(Debug, Args)]
pub struct SshPin {
    /// HOST, USER@HOST, HOST:PORT or ssh://USER@HOST:PORT.
    #[arg(value_name = "HOST", required = true)]
    pub hosts: Vec<String>,
    /// A fingerprint, SHA256:…, that you have compared; may be given more than once.
    #[arg(long, value_name = "FINGERPRINT", value_parser = fingerprint)]
    pub accept: Vec<String>,
    /// Who is asked about the keys.
    #[command(flatten)]
    pub known: KnownKeys,
    /// The way there.
    #[command(flatten)]
    pub via: SshVia,
    /// How hosts are reached.
    #[command(flatten)]
    pub reach: Reach,
}

/// `midwatch ssh known-hosts`.
#[derive(Debug, Args)]
pub struct SshKnownHosts {
    /// The name that the key is looked up by: %H.
    #[arg(value_name = "HOST")]
    pub host: String,
    /// The key that was met: %K, or NONE.
    #[arg(long, value_name = "BASE64")]
    pub key: Option<String>,
    /// Its type: %t.
    #[arg(long = "type", value_name = "TYPE")]
    pub key_type: Option<String>,
    /// Why ssh asks: %I, which is ORDER, HOSTNAME or ADDRESS.
    #[arg(long, value_name = "REASON")]
    pub reason: Option<String>,
    /// The host as it was named to ssh: %n. Its part of ssh's configuration holds.
    #[arg(long, value_name = "NAME")]
    pub named: Option<String>,
    /// An option of ssh that holds for this connection, as 'ssh -o' takes it; may be given more than once.
    #[arg(long, short = 'o', value_name = "OPTION")]
    pub option: Vec<String>,
    /// Fail, so that ssh does not connect, where something cannot be read or asked. Without it ssh goes on as if midwatch
    /// were not there.
    #[arg(long)]
    pub strict: bool,
    /// The longest that the DNS is waited for, in seconds, where nothing on this computer knows the key.
    #[arg(long, value_name = "SECONDS", default_value = "3", value_parser = seconds)]
    pub wait: Duration,
    /// Do not ask the DNS (SSHFP).
    #[arg(long)]
    pub offline: bool,
    /// Ask this resolver instead of the system's.
    #[arg(long, value_name = "RESOLVER")]
    pub resolver: Option<ResolverSpec>,
    /// Begin DNSSEC validation at the records of this file.
    #[arg(long, value_name = "FILE")]
    pub dnssec_anchor: Option<PathBuf>,
    /// Who is asked about the keys.
    #[command(flatten)]
    pub known: KnownKeys,
    /// What is remembered.
    #[command(flatten)]
    pub memory: Memory,
}

/// `midwatch ssh exec`.
#[derive(Debug, Args)]
pub struct SshExec {
    /// Arguments for ssh, behind '--'.
    #[arg(value_name = "ARGUMENT", last = true, required = true, allow_hyphen_values = true)]
    pub arguments: Vec<std::ffi::OsString>,
    /// Options for 'midwatch ssh known-hosts', such as --strict; may be given more than once.
    #[arg(long, value_name = "OPTION", allow_hyphen_values = true)]
    pub with: Vec<String>,
}

/// `midwatch here`.
#[derive(Debug, Args)]
pub struct Here {
    /// Public sites whose certificates are met from here, HOST or HOST:PORT, separated by commas.
    #[arg(long, value_name = "SITES", value_delimiter = ',', default_value = "www.wikipedia.org,www.eff.org,letsencrypt.org", value_parser = public_site)]
    pub sites: Vec<(Host, u16)>,
    /// The longest that the whole run may take, in seconds. What is not answered by then is told as not measured.
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    pub time: Duration,
    /// Read this file of captured frames (pcap or pcapng) instead of looking at this computer, and say who in it claims
    /// whose address, routes, hands out addresses and answers for names.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["echo", "sites", "time"])]
    pub pcap: Option<PathBuf>,
    /// An address that is a router's, where neither DHCP nor router advertisements in the capture say so.
    #[arg(long, value_name = "ADDRESS", requires = "pcap")]
    pub gateway: Vec<IpAddr>,
    /// Keep watching until Ctrl-C, and tell what changes as it happens.
    #[arg(long, conflicts_with = "pcap")]
    pub follow: bool,
    /// With --follow, how often the settings of this computer are read again, in seconds.
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = seconds, requires = "follow")]
    pub read: Duration,
    /// With --follow, how often resolver, echoes and sites are asked again, in seconds.
    #[arg(long, value_name = "SECONDS", default_value = "300", value_parser = seconds, requires = "follow")]
    pub ask: Duration,
    /// What is remembered.
    #[command(flatten)]
    pub memory: Memory,
    /// Ask this echo, which somebody runs with 'midwatch lab --echo' elsewhere, what reaches it of what is sent from
    /// here: HOST:PORT,PORT with the ports of its plain and of its TLS service.
    #[arg(long, value_name = "HOST:PORT,PORT", value_parser = echo)]
    pub echo: Vec<EchoAt>,
    /// Read the router's password from the terminal, or from standard input, and say whether it is a default or common
    /// one; nothing else is done. It is shown, kept and sent nowhere, and nothing is tried against the router.
    #[arg(long, exclusive = true)]
    pub router_password: bool,
    /// Network options.
    #[command(flatten)]
    pub network: Network,
    /// Report options.
    #[command(flatten)]
    pub report: Report,
}

/// `midwatch lab`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Lab {
    /// What else the lab can do.
    #[command(subcommand)]
    pub command: Option<LabCommand>,
    /// Switch a defence on and show which verdicts change; may be given more than once; 'all' for all.
    #[arg(long, value_name = "NAME", value_parser = defence)]
    pub defence: Vec<DefenceArgument>,
    /// List the defences.
    #[arg(long)]
    pub list: bool,
    /// Run an echo instead of the shop, until Ctrl-C, for 'midwatch here --echo' on another computer: a plain and a TLS
    /// service at these addresses, by default on this computer alone.
    #[arg(long, value_name = "ADDRESS:PORT,ADDRESS:PORT", num_args = 0..=1, default_missing_value = "127.0.0.1:8080,127.0.0.1:8443", value_parser = echo_here, conflicts_with_all = ["defence", "list", "keep"])]
    pub echo: Option<(SocketAddr, SocketAddr)>,
    /// Leave the shop running until Ctrl-C, so that other tools can look at it.
    #[arg(long)]
    pub keep: bool,
    /// Where the HTML report goes.
    #[arg(long, value_name = "FILE", default_value = "midwatch-lab.html")]
    pub html: PathBuf,
    /// Report options.
    #[command(flatten)]
    pub report: LabReport,
}

/// The commands of `midwatch lab`.
#[derive(Debug, Subcommand)]
pub enum LabCommand {
    /// Play the story step by step: two people write to each other, somebody is in between, and each cure in turn.
    Story(LabStory),
}

/// `midwatch lab story`.
#[derive(Debug, Args)]
pub struct LabStory {
    /// Play this cure alone; may be given more than once. They are none, fingerprint, words, exchange, certificate and tofu.
    #[arg(long, value_name = "NAME", value_parser = cure)]
    pub cure: Vec<Cure>,
    /// Wait for Enter after each scene, on a terminal.
    #[arg(long)]
    pub pause: bool,
    /// Make the same keys and codes each time, from this text, for pictures and tests.
    #[arg(long, value_name = "TEXT")]
    pub seed: Option<String>,
    /// The form of what is told.
    #[arg(long, value_enum, default_value_t = StoryFormat::Terminal)]
    pub format: StoryFormat,
    /// Write the story as a page with sequence diagrams as well.
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// Use colours.
    #[arg(long, visible_alias = "color", value_enum, default_value_t = When::Auto)]
    pub colour: When,
}

/// The forms of the story.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum StoryFormat {
    /// For people at a terminal.
    Terminal,
    /// For programs.
    Json,
}

/// `midwatch keys`.
#[derive(Debug, Args)]
pub struct Keys {
    /// What to do.
    #[command(subcommand)]
    pub command: KeysCommand,
}

/// The commands of `midwatch keys`.
#[derive(Debug, Subcommand)]
pub enum KeysCommand {
    /// Show public keys: fingerprints as the tools of each format print them, and words to read over the telephone.
    Show(KeysShow),
    /// Compare two public keys, or a public key and the words that somebody reads out.
    Compare(KeysCompare),
    /// Exchange public keys with somebody, over any network, by a short code that one tells the other by voice.
    Exchange(Box<KeysExchange>),
    /// Run a relay, until Ctrl-C, for two who exchange keys and cannot reach each other. It sees neither codes nor keys.
    Relay(KeysRelay),
}

/// `midwatch keys show`.
#[derive(Debug, Args)]
pub struct KeysShow {
    /// A file with public keys: OpenSSH, OpenPGP, PEM, DER, X.509, age, minisign, signify, WireGuard; '-' is standard input.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Show a QR code as well, of the key where it is short and of its fingerprint otherwise.
    #[arg(long)]
    pub qr: bool,
    /// When the QR code is drawn in colours, black on white; without them it fits terminals with light text on dark.
    #[arg(long, visible_alias = "color", value_enum, default_value_t = When::Auto)]
    pub colour: When,
    /// How keys are told and shown.
    #[command(flatten)]
    pub form: KeysForm,
}

/// `midwatch keys compare`.
#[derive(Debug, Args)]
pub struct KeysCompare {
    /// A file with one public key; '-' is standard input.
    #[arg(value_name = "A")]
    pub a: PathBuf,
    /// Another file with one public key.
    #[arg(value_name = "B", required_unless_present = "words", conflicts_with = "words")]
    pub b: Option<PathBuf>,
    /// The words that somebody reads out, as they were heard; '-' reads them from standard input. Case, punctuation and
    /// numbers do not matter.
    #[arg(long, value_name = "WORDS")]
    pub words: Option<String>,
    /// How keys are told and shown.
    #[command(flatten)]
    pub form: KeysForm,
}

/// `midwatch keys exchange`.
#[derive(Debug, Args)]
pub struct KeysExchange {
    /// The code that the other told you, such as 7-clockwork-crossover; '-' reads it from the terminal or standard input.
    /// Without it this side makes a code, shows it and waits.
    #[arg(value_name = "CODE")]
    pub code: Option<String>,
    /// A file with the public key to send; without it this side only receives. Both may send.
    #[arg(long, value_name = "FILE")]
    pub send: Option<PathBuf>,
    /// Where the one who made the code listens, instead of a search for the code's number in the local network.
    #[arg(long, value_name = "HOST:PORT", requires = "code", conflicts_with = "relay", value_parser = place)]
    pub at: Option<Place>,
    /// Meet at a relay, which somebody runs with 'midwatch keys relay'; both sides name the same one. Port 27747 where none
    /// is given.
    #[arg(long, value_name = "HOST:PORT", value_parser = relay)]
    pub relay: Option<Place>,
    /// Where this side listens; by default at every address and a free port.
    #[arg(long, value_name = "ADDRESS:PORT", conflicts_with_all = ["code", "relay"])]
    pub listen: Option<SocketAddr>,
    /// The longest that the other is waited or searched for, in seconds.
    #[arg(long, value_name = "SECONDS", default_value = "600", value_parser = seconds)]
    pub time: Duration,
    /// Write the SSH key that comes to known_hosts, for these hosts: HOST or HOST:PORT, separated by commas.
    #[arg(long, value_name = "HOSTS", value_delimiter = ',', value_parser = known_host)]
    pub known_hosts: Vec<String>,
    /// The file of known hosts; ~/.ssh/known_hosts where none is given.
    #[arg(long, value_name = "FILE", requires = "known_hosts")]
    pub known_hosts_file: Option<PathBuf>,
    /// Write the SSH key that comes to a file of allowed signers, for this principal, such as elizabeth@example.org.
    #[arg(long, value_name = "PRINCIPAL", requires = "allowed_signers_file")]
    pub allowed_signers: Option<String>,
    /// The file of allowed signers, which git knows as gpg.ssh.allowedSignersFile.
    #[arg(long, value_name = "FILE", requires = "allowed_signers")]
    pub allowed_signers_file: Option<PathBuf>,
    /// Write what comes to this file, which must not be there yet.
    #[arg(long, value_name = "FILE")]
    pub save: Option<PathBuf>,
    /// Where another key is there already, show both fingerprints, and replace it once the end of the new one has been typed.
    #[arg(long)]
    pub replace: bool,
    /// How keys are told and shown.
    #[command(flatten)]
    pub form: KeysForm,
}

/// `midwatch keys relay`.
#[derive(Debug, Args)]
pub struct KeysRelay {
    /// Where to listen; by default on this computer alone.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:27747")]
    pub listen: SocketAddr,
}

/// A host, by name or address, and a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The host; an address of IPv6 without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
}

/// What all commands about keys take.
#[derive(Debug, Args)]
pub struct KeysForm {
    /// What the file is, where that cannot be told: 32 bytes in base64 may be a WireGuard key, and much else.
    #[arg(long = "as", value_enum, value_name = "FORMAT")]
    pub read_as: Option<KeyFormat>,
    /// Use 10 words (80 bits) instead of 16 (128 bits): for what is looked at again soon, not for keys that are trusted for
    /// years.
    #[arg(long)]
    pub short: bool,
    /// The form of the answer.
    #[arg(long, value_enum, default_value_t = KeysOutput::Terminal)]
    pub format: KeysOutput,
}

/// Formats of keys that cannot be told by their look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum KeyFormat {
    /// WireGuard.
    Wireguard,
    /// minisign.
    Minisign,
    /// OpenBSD's signify.
    Signify,
}

/// The forms of an answer about keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum KeysOutput {
    /// For people at a terminal.
    Terminal,
    /// For programs.
    Json,
}

/// `midwatch explain`.
#[derive(Debug, Args)]
pub struct Explain {
    /// The id of a check or an attack; all ids are listed where none is given.
    #[arg(value_name = "ID")]
    pub id: Option<String>,
}

/// `midwatch judge`.
#[derive(Debug, Args)]
pub struct Judge {
    /// A report that was saved with '--format json'; '-' is standard input.
    #[arg(value_name = "FILE.json")]
    pub file: PathBuf,
    /// Report options.
    #[command(flatten)]
    pub report: Report,
}

/// What is remembered, and where.
#[derive(Clone, Debug, Args)]
pub struct Memory {
    /// Where what was seen is remembered; by default midwatch/midwatch.sqlite in the user's data directory
    /// (XDG_DATA_HOME, or ~/.local/share).
    #[arg(long, value_name = "FILE")]
    pub memory: Option<PathBuf>,
    /// Remember nothing, and ask no memory.
    #[arg(long, conflicts_with = "memory")]
    pub no_memory: bool,
}

/// How to use the network.
#[derive(Debug, Args)]
pub struct Network {
    /// How hosts are reached.
    #[command(flatten)]
    pub reach: Reach,
    /// Trust the certificates in this PEM file beside Mozilla's roots; may be given more than once.
    #[arg(long, visible_alias = "ca", value_name = "CA.pem")]
    pub trust: Vec<PathBuf>,
    /// Where a server does not send a certificate that links its own to a root, fetch it from the address that its
    /// certificate names. The authority there learns that somebody looks at the site.
    #[arg(long)]
    pub fetch_aia: bool,
    /// Ask the authorities of the certificates whether these are revoked (OCSP and revocation lists). They learn
    /// that somebody looks at the site.
    #[arg(long)]
    pub revocation: bool,
    /// Ask the name servers of the zone above too, and compare what they say of the site's zone.
    #[arg(long)]
    pub delegation: bool,
}

/// How hosts are reached.
#[derive(Debug, Args)]
pub struct Reach {
    /// Connect to ADDRESS instead of asking for the addresses of HOST; may be given more than once. ADDRESS
    /// may bring a port of its own: shop.example:443:127.0.0.1:8443.
    #[arg(long, value_name = "HOST:PORT:ADDRESS", value_parser = connect_to)]
    pub resolve: Vec<ConnectTo>,
    /// The longest that one step (a connection, an answer) may take, in seconds.
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    pub timeout: Duration,
    /// Connections to one address at the same time.
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub connections: u16,
    /// Contact nothing but the target itself: names that --resolve does not give are not looked up, and a
    /// redirect to another address is not followed.
    #[arg(long)]
    pub offline: bool,
    /// Ask this resolver instead of the system's: ADDRESS or ADDRESS:PORT, tls://ADDRESS#NAME for DNS over TLS
    /// (with a port after ADDRESS where it is not 853), or https://HOST/dns-query for DNS over HTTPS.
    #[arg(long, value_name = "RESOLVER")]
    pub resolver: Option<ResolverSpec>,
    /// Begin DNSSEC validation at the DS and DNSKEY records of this file, in the form of zone files, instead of
    /// at IANA's keys of the root.
    #[arg(long, value_name = "FILE")]
    pub dnssec_anchor: Option<PathBuf>,
}

/// What the report looks like and where it goes.
#[derive(Clone, Debug, Args)]
pub struct Report {
    /// The form of the report.
    #[arg(long, value_enum, default_value_t = Format::Terminal)]
    pub format: Format,
    /// Write the report to a file.
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Exit with 1 where a finding is at least this severe.
    #[arg(long, value_enum, default_value_t = FailOn::High)]
    pub fail_on: FailOn,
    /// Use colours.
    #[arg(long, visible_alias = "color", value_enum, default_value_t = When::Auto)]
    pub colour: When,
    /// Show everything: each page of a finding, the lines for other servers.
    #[arg(long, short)]
    pub verbose: bool,
    /// Show no progress.
    #[arg(long, short)]
    pub quiet: bool,
}

/// As [`Report`], but faults are what the lab is for, so they are no failure unless asked for.
#[derive(Clone, Debug, Args)]
pub struct LabReport {
    /// The form of the report.
    #[arg(long, value_enum, default_value_t = Format::Terminal)]
    pub format: Format,
    /// Write the report to a file.
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Exit with 1 where a finding is at least this severe.
    #[arg(long, value_enum, default_value_t = FailOn::Never)]
    pub fail_on: FailOn,
    /// Use colours.
    #[arg(long, visible_alias = "color", value_enum, default_value_t = When::Auto)]
    pub colour: When,
    /// Show everything: each page of a finding, the lines for other servers.
    #[arg(long, short)]
    pub verbose: bool,
    /// Show no progress.
    #[arg(long, short)]
    pub quiet: bool,
}

impl From<LabReport> for Report {
    fn from(LabReport { format, output, fail_on, colour, verbose, quiet }: LabReport) -> Self {
        Report { format, output, fail_on, colour, verbose, quiet }
    }
}

/// The forms of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people at a terminal.
    Terminal,
    /// The whole report for programs.
    Json,
    /// SARIF 2.1.0.
    Sarif,
    /// JUnit XML.
    Junit,
    /// One HTML file.
    Html,
}

/// From which severity on a run fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// Any finding.
    Info,
    /// Low or worse.
    Low,
    /// Medium or worse.
    Medium,
    /// High or worse.
    High,
    /// Critical.
    Critical,
    /// No finding.
    Never,
}

impl FailOn {
    /// The severity; none for never.
    pub fn severity(self) -> Option<Severity> {
        match self {
            FailOn::Info => Some(Severity::Info),
            FailOn::Low => Some(Severity::Low),
            FailOn::Medium => Some(Severity::Medium),
            FailOn::High => Some(Severity::High),
            FailOn::Critical => Some(Severity::Critical),
            FailOn::Never => None,
        }
    }
}

/// When to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum When {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// One defence, or all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DefenceArgument {
    /// This one.
    One(Defence),
    /// All of them.
    All,
}

fn defence(text: &str) -> Result<DefenceArgument, String> {
    if text == "all" {
        return Ok(DefenceArgument::All);
    }
    text.parse().map(DefenceArgument::One).map_err(|error: midwatch_lab::UnknownDefence| error.to_string())
}

fn cure(text: &str) -> Result<Cure, String> {
    text.parse().map_err(|error: midwatch_lab::story::UnknownCure| error.to_string())
}

fn seconds(text: &str) -> Result<Duration, String> {
    let value: f64 =
        text.trim_end_matches('s').parse().map_err(|_| "a number of seconds is wanted".to_owned())?;
    if !(0.01..=86_400.0).contains(&value) {
        return Err("a number of seconds from 0.01 to 86400 is wanted".into());
    }
    Ok(Duration::from_secs_f64(value))
}

/// `HOST` or `HOST:PORT`.
pub fn public_site(text: &str) -> Result<(Host, u16), String> {
    match midwatch_audit::target::tls(text, None, None) {
        Ok(Target::Tls { host, port, .. }) => Ok((host, port)),
        Ok(_) => Err("HOST or HOST:PORT is wanted".into()),
        Err(error) => Err(error.to_string()),
    }
}

/// `HOST:PORT,PORT`.
fn echo(text: &str) -> Result<EchoAt, String> {
    let form = "HOST:PORT,PORT is wanted, for example echo.example:8080,8443";
    let (rest, tls) = text.rsplit_once(',').ok_or(form)?;
    let (host, plain) = rest.rsplit_once(':').ok_or(form)?;
    let host = midwatch_audit::target::host_of(host).map_err(|error| error.to_string())?;
    let port = |text: &str| text.parse::<u16>().map_err(|_| form);
    Ok(EchoAt { host, plain: port(plain)?, tls: port(tls)?, headers: &midwatch_lab::ANSWER_HEADERS })
}

/// `ADDRESS:PORT,ADDRESS:PORT`.
fn echo_here(text: &str) -> Result<(SocketAddr, SocketAddr), String> {
    let form = "ADDRESS:PORT,ADDRESS:PORT is wanted, for example 0.0.0.0:8080,0.0.0.0:8443";
    let (plain, tls) = text.split_once(',').ok_or(form)?;
    let at = |text: &str| text.parse::<SocketAddr>().map_err(|_| form);
    Ok((at(plain)?, at(tls)?))
}

/// `SHA256:` and 43 characters of Base64.
fn fingerprint(text: &str) -> Result<String, String> {
    let is_base64 = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/');
    match text.strip_prefix("SHA256:").map(|hash| hash.trim_end_matches('=')) {
        Some(hash) if hash.len() == 43 && hash.chars().all(is_base64) => Ok(format!("SHA256:{hash}")),
        _ => Err("SHA256: and 43 characters are wanted, as ssh-keygen -l prints them".into()),
    }
}

/// `HOST:PORT`.
fn place(text: &str) -> Result<Place, String> {
    let (host, port) = split_port(text);
    let port = port.filter(|port| *port > 0).filter(|_| !host.is_empty());
    let port = port.ok_or("HOST:PORT is wanted, for example 192.0.2.7:4321 or [2001:db8::7]:4321")?;
    Ok(Place { host: host.to_owned(), port })
}

/// `HOST` or `HOST:PORT`.
fn relay(text: &str) -> Result<Place, String> {
    match split_port(text) {
        (host, Some(_)) if !host.is_empty() => place(text),
        (host, None) if !host.is_empty() && text.parse::<SocketAddr>().is_err() => {
            Ok(Place { host: host.to_owned(), port: midwatch_exchange::io::local::PORT })
        }
        _ => Err("HOST or HOST:PORT is wanted, for example relay.example:27747".into()),
    }
}

/// `HOST` or `HOST:PORT`, to a name as known_hosts has it.
fn known_host(text: &str) -> Result<String, String> {
    use midwatch_hostkeys::name::{DEFAULT_PORT, may_be_written, with_port};
    let (host, port) = split_port(text);
    let name = with_port(host, port.unwrap_or(DEFAULT_PORT));
    if may_be_written(&name) {
        Ok(name)
    } else {
        Err("HOST or HOST:PORT is wanted, without wildcards".into())
    }
}

/// The host, without brackets, and the port where there is one. An address of IPv6 without brackets has none.
fn split_port(text: &str) -> (&str, Option<u16>) {
    let split = match text.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((host, "")) => return (host, None),
            Some((host, port)) => port.strip_prefix(':').map(|port| (host, port)),
            None => None,
        },
        None => text.split_once(':').filter(|(_, port)| !port.contains(':')),
    };
    match split.map(|(host, port)| (host, port.parse())) {
        Some((host, Ok(port))) => (host, Some(port)),
        _ => (text, None),
    }
}

/// The protocols that `--starttls` takes, each with its name for people in the long help.
fn starttls() -> impl TypedValueParser<Value = Starttls> {
    let spoken = Starttls::ALL.into_iter().filter(|protocol| is_spoken(*protocol));
    let values = spoken.map(|protocol| {
        PossibleValue::new(protocol.id()).help(format!("{}, port {}", protocol.name(), protocol.port()))
    });
    PossibleValuesParser::new(values.collect::<Vec<_>>())
        .try_map(|word| Starttls::of(&word).ok_or("no protocol of that name"))
}

/// A selector of DKIM: labels of a name (RFC 6376 3.1).
fn selector(text: &str) -> Result<String, String> {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    match text.len() <= 120 && text.split('.').all(label) {
        true => Ok(text.to_ascii_lowercase()),
        false => Err("a selector is wanted as it stands in s= of a signature, for example 'mail2026'".into()),
    }
}

fn rate(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(value) if (0.01..=10_000.0).contains(&value) => Ok(value),
        _ => Err("a number of requests a second from 0.01 to 10000 is wanted".into()),
    }
}

/// `HOST:PORT:ADDRESS`, where ADDRESS is an IP address, with a port of its own if it has one.
pub fn connect_to(text: &str) -> Result<ConnectTo, String> {
    let form = "HOST:PORT:ADDRESS is wanted, for example shop.example:443:127.0.0.1";
    let (host, rest) = match text.strip_prefix('[') {
        Some(rest) => rest.split_once("]:").ok_or(form)?,
        None => text.split_once(':').ok_or(form)?,
    };
    let (port, address) = rest.split_once(':').ok_or(form)?;
    let port: u16 = port.parse().map_err(|_| form)?;
    let bare = address.trim_start_matches('[').trim_end_matches(']');
    let to = match (bare.parse::<IpAddr>(), address.parse::<SocketAddr>()) {
        (Ok(ip), _) => SocketAddr::new(ip, port),
        (_, Ok(address)) => address,
        _ => return Err(form.into()),
    };
    let host = midwatch_audit::target::host_of(host).map_err(|error| error.to_string())?;
    Ok(ConnectTo { host, port, to })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_is_sound() {
        command().debug_assert();
    }

    #[test]
    fn places() {
        let at = |host: &str, port| Ok(Place { host: host.into(), port });
        assert_eq!(place("elizabeth.example:4321"), at("elizabeth.example", 4321));
        assert_eq!(place("[fe80::1%eth0]:4321"), at("fe80::1%eth0", 4321));
        for wrong in ["", "elizabeth.example", ":1", "[::1]", "::1", "a:x", "a:0", "a:99999", "[::1"] {
            assert!(place(wrong).is_err(), "{wrong}");
        }
        assert_eq!(relay("relay.example"), at("relay.example", 27747));
        assert_eq!(relay("relay.example:1"), at("relay.example", 1));
        assert_eq!(relay("::1"), at("::1", 27747));
        assert_eq!(relay("[::1]"), at("::1", 27747));
        assert_eq!(known_host("Shop.Example"), Ok("shop.example".into()));
        assert_eq!(known_host("shop.example:2222"), Ok("[shop.example]:2222".into()));
        assert_eq!(known_host("2001:db8::7"), Ok("2001:db8::7".into()));
        assert_eq!(known_host("[2001:db8::7]:2222"), Ok("[2001:db8::7]:2222".into()));
        for wrong in ["", "*", "a b", "shop.*"] {
            assert!(known_host(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn overrides() {
        let to = |text: &str| {
            connect_to(text).map(|entry| (entry.host.to_string(), entry.port, entry.to.to_string()))
        };
        assert_eq!(
            to("Shop.Example:443:127.0.0.1"),
            Ok(("shop.example".into(), 443, "127.0.0.1:443".into()))
        );
        assert_eq!(
            to("a.example:443:127.0.0.1:8443"),
            Ok(("a.example".into(), 443, "127.0.0.1:8443".into()))
        );
        assert_eq!(to("a.example:443:[::1]:8443"), Ok(("a.example".into(), 443, "[::1]:8443".into())));
        assert_eq!(to("a.example:443:::1"), Ok(("a.example".into(), 443, "[::1]:443".into())));
        assert_eq!(to("[::2]:443:::1"), Ok(("[::2]".into(), 443, "[::1]:443".into())));
        for wrong in ["", "a.example", "a.example:443", "a.example:x:127.0.0.1", "a.example:443:b.example"] {
            assert!(to(wrong).is_err(), "{wrong}");
        }
    }
}
