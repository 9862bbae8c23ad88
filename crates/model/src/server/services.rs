//! The services that are known by their program or port.
//!
//! A program's name says more than a port: where the program is seen and is none of these, the port alone tells, and what
//! rests on it says so.

use crate::Starttls;

/// A kind of service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ServiceKind {
    /// A shell for administration, encrypted.
    Shell,
    /// A service of the time before encryption, for which there is a successor.
    Legacy,
    /// Files.
    Files,
    /// Mail that is sent or read.
    Mail,
    /// A directory of accounts.
    Directory,
    /// A database with accounts of its own.
    Database,
    /// A store that gives everything to whoever reaches it, unless it is told otherwise.
    Store,
    /// What runs programs for whoever may ask: containers, clusters.
    Control,
    /// Pages on which a server or its customers are administered.
    Panel,
    /// A desktop.
    Desktop,
    /// Web sites.
    Web,
    /// Messages.
    Messages,
    /// Anything else that others may have to reach.
    Other,
}

/// How a service protects what is said, by its protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ByNature {
    /// It is encrypted.
    Encrypted,
    /// It begins in plain text, and can take TLS; or it can be set up either way.
    Either,
    /// It is plain text.
    Plain,
}

/// How a service is asked what it is, from this computer. None of it needs a name or a password, and none of it changes
/// anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ServiceQuestion {
    /// It speaks first, or nothing is sent.
    Greeting,
    /// A dialogue that ends in TLS.
    Starttls(Starttls),
    /// `PING` of Redis.
    Redis,
    /// `version` of memcached.
    Memcached,
    /// `GET` of this path, to which everybody may get an answer.
    Http(&'static str),
    /// `GET` of this path, which is answered with success to nobody whom it does not know, where it knows anybody.
    HttpOpen(&'static str),
    /// The versions and ways to log in of RFB.
    Vnc,
}

/// A service that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownService {
    /// A stable id, kebab-case.
    pub id: &'static str,
    /// Its name for people.
    pub name: &'static str,
    /// What it is for.
    pub kind: ServiceKind,
    /// The ports at which it is as a rule: protocol and number.
    pub ports: &'static [(&'static str, u16)],
    /// The names of its programs, as the kernel has them: cut to 15 letters.
    pub programs: &'static [&'static str],
    /// How it protects what is said.
    pub nature: ByNature,
    /// A password, or a command that takes the place of one, goes over it.
    pub secret: bool,
    /// How it is asked.
    pub question: ServiceQuestion,
    /// The port at which the same is offered with TLS, where another one is for that.
    pub beside: Option<u16>,
    /// Where its port or its ways are written down.
    pub source: &'static str,
}

const IANA: &str = "IANA's Service Name and Transport Protocol Port Number Registry";
const CPANEL: &str = "cPanel's documentation, How to Configure Your Firewall for cPanel & WHM Services";

use ByNature::{Either, Encrypted, Plain};
use ServiceKind as Kind;
use ServiceQuestion::{Greeting, Http, HttpOpen, Memcached, Redis, Vnc};

macro_rules! service {
    ($id:literal, $name:literal, $kind:ident, [$($protocol:ident $port:literal),*], [$($program:literal),*], $nature:ident,
     $secret:literal, $question:expr, $beside:expr, $source:expr) => {
        KnownService {
            id: $id,
            name: $name,
            kind: Kind::$kind,
            ports: &[$((stringify!($protocol), $port)),*],
            programs: &[$($program),*],
            nature: $nature,
            secret: $secret,
            question: $question,
            beside: $beside,
            source: $source,
        }
    };
}

const fn starttls(protocol: Starttls) -> ServiceQuestion {
    ServiceQuestion::Starttls(protocol)
}

/// All of them. Where several have one port, the first is meant.
#[rustfmt::skip]
pub static KNOWN_SERVICES: &[KnownService] = &[
    // Administration.
    service!("ssh", "SSH", Shell, [tcp 22], ["sshd", "dropbear", "tinysshd"], Encrypted, true, Greeting, None, "RFC 4253"),
    service!("telnet", "Telnet", Legacy, [tcp 23], ["in.telnetd", "telnetd"], Plain, true, Greeting, None, "RFC 854"),
    service!("rexec", "rexec", Legacy, [tcp 512], ["in.rexecd", "rexecd"], Plain, true, Greeting, None, IANA),
    service!("rlogin", "rlogin", Legacy, [tcp 513], ["in.rlogind", "rlogind"], Plain, true, Greeting, None, "RFC 1282"),
    service!("rsh", "rsh", Legacy, [tcp 514], ["in.rshd", "rshd"], Plain, true, Greeting, None, IANA),
    service!("finger", "finger", Legacy, [tcp 79], ["in.fingerd", "fingerd"], Plain, false, Greeting, None, "RFC 1288"),
    service!("tftp", "TFTP", Legacy, [udp 69], ["in.tftpd", "tftpd"], Plain, false, Greeting, None, "RFC 1350, section 6"),
    // Files.
    service!("ftp", "FTP", Files, [tcp 21], ["vsftpd", "proftpd", "pure-ftpd"], Either, true, starttls(Starttls::Ftp), Some(990), "RFC 959; RFC 4217"),
    service!("rsync", "rsync", Files, [tcp 873], ["rsync"], Plain, true, Greeting, None, "rsyncd.conf(5)"),
    service!("nfs", "NFS", Files, [tcp 2049, udp 2049], ["nfsd"], Either, false, Greeting, None, "RFC 7530; RFC 9289"),
    service!("smb", "SMB", Files, [tcp 445, tcp 139], ["smbd"], Either, true, Greeting, None, IANA),
    service!("rpcbind", "rpcbind", Files, [tcp 111, udp 111], ["rpcbind"], Plain, false, Greeting, None, "RFC 1833"),
    // Mail.
    service!("smtp", "SMTP", Mail, [tcp 25, tcp 2525], ["master", "exim4", "exim", "sendmail-mta", "opensmtpd", "smtpd"], Either, true, starttls(Starttls::Smtp), None, "RFC 5321; RFC 3207"),
    service!("submission", "message submission", Mail, [tcp 587], [], Either, true, starttls(Starttls::Submission), Some(465), "RFC 6409; RFC 8314"),
    service!("submissions", "message submission over TLS", Mail, [tcp 465], [], Encrypted, true, Greeting, None, "RFC 8314"),
    service!("imap", "IMAP", Mail, [tcp 143], ["imap-login", "dovecot", "cyrmaster", "imapd"], Either, true, starttls(Starttls::Imap), Some(993), "RFC 9051; RFC 8314"),
    service!("imaps", "IMAP over TLS", Mail, [tcp 993], [], Encrypted, true, Greeting, None, "RFC 8314"),
    service!("pop3", "POP3", Mail, [tcp 110], ["pop3-login"], Either, true, starttls(Starttls::Pop3), Some(995), "RFC 1939; RFC 8314"),
    service!("pop3s", "POP3 over TLS", Mail, [tcp 995], [], Encrypted, true, Greeting, None, "RFC 8314"),
    service!("sieve", "ManageSieve", Mail, [tcp 4190], ["managesieve-lo"], Either, true, starttls(Starttls::Sieve), None, "RFC 5804"),
    // Accounts.
    service!("ldap", "LDAP", Directory, [tcp 389], ["slapd", "ns-slapd"], Either, true, starttls(Starttls::Ldap), Some(636), "RFC 4511; RFC 4513"),
    service!("ldaps", "LDAP over TLS", Directory, [tcp 636], [], Encrypted, true, Greeting, None, IANA),
    // Databases.
    service!("mysql", "MySQL or MariaDB", Database, [tcp 3306], ["mariadbd", "mysqld"], Either, true, starttls(Starttls::Mysql), None, "MariaDB's manual, Securing Connections for Client and Server"),
    service!("postgresql", "PostgreSQL", Database, [tcp 5432], ["postgres"], Either, true, starttls(Starttls::Postgres), None, "PostgreSQL's manual, Secure TCP/IP Connections with SSL"),
    service!("mssql", "Microsoft SQL Server", Database, [tcp 1433], ["sqlservr"], Either, true, Greeting, None, IANA),
    service!("oracle", "Oracle Database", Database, [tcp 1521], ["tnslsnr"], Either, true, Greeting, None, IANA),
    service!("cassandra", "Cassandra", Database, [tcp 9042], [], Either, true, Greeting, None, "Cassandra's documentation, Security"),
    // Stores that ask nobody who they are unless they are told to.
    service!("redis", "Redis", Store, [tcp 6379], ["redis-server", "valkey-server", "keydb-server"], Either, true, Redis, None, "Redis's documentation, Security"),
    service!("memcached", "memcached", Store, [tcp 11211, udp 11211], ["memcached"], Either, true, Memcached, None, "memcached's wiki, Security"),
    service!("mongodb", "MongoDB", Store, [tcp 27017], ["mongod", "mongos"], Either, true, Greeting, None, "MongoDB's manual, Security Checklist"),
    service!("elasticsearch", "Elasticsearch", Store, [tcp 9200], [], Either, true, HttpOpen("/"), None, "Elasticsearch's documentation, Secure the Elastic Stack"),
    service!("couchdb", "CouchDB", Store, [tcp 5984], [], Either, true, HttpOpen("/_all_dbs"), None, "CouchDB's documentation, Security"),
    service!("etcd", "etcd", Store, [tcp 2379], ["etcd"], Either, true, Http("/version"), None, "etcd's documentation, Transport security model"),
    service!("influxdb", "InfluxDB", Store, [tcp 8086], ["influxd"], Either, true, Http("/ping"), None, "InfluxDB's documentation, Manage security"),
    service!("zookeeper", "ZooKeeper", Store, [tcp 2181], [], Either, true, Greeting, None, "ZooKeeper's Administrator's Guide"),
    service!("consul", "Consul", Store, [tcp 8500], ["consul"], Either, true, Http("/v1/status/leader"), None, "Consul's documentation, Security"),
    // What runs programs.
    service!("docker", "the Docker API", Control, [tcp 2375], ["dockerd"], Plain, true, HttpOpen("/_ping"), Some(2376), "Docker's documentation, Protect the Docker daemon socket"),
    service!("docker-tls", "the Docker API over TLS", Control, [tcp 2376], [], Encrypted, true, Http("/_ping"), None, "Docker's documentation, Protect the Docker daemon socket"),
    service!("kubernetes", "the Kubernetes API", Control, [tcp 6443], ["kube-apiserver"], Encrypted, true, Http("/version"), None, "Kubernetes's documentation, Ports and Protocols"),
    service!("kubelet", "the kubelet API", Control, [tcp 10250], ["kubelet"], Encrypted, true, Http("/healthz"), None, "Kubernetes's documentation, Kubelet authentication/authorization"),
    service!("kubelet-plain", "the kubelet's read-only API", Control, [tcp 10255], [], Plain, false, Http("/healthz"), Some(10250), "Kubernetes's documentation, kubelet"),
    // Panels.
    service!("cpanel", "cPanel", Panel, [tcp 2082], [], Plain, true, Http("/"), Some(2083), CPANEL),
    service!("cpanel-tls", "cPanel over TLS", Panel, [tcp 2083], ["cpsrvd"], Encrypted, true, Http("/"), None, CPANEL),
    service!("whm", "WHM", Panel, [tcp 2086], [], Plain, true, Http("/"), Some(2087), CPANEL),
    service!("whm-tls", "WHM over TLS", Panel, [tcp 2087], [], Encrypted, true, Http("/"), None, CPANEL),
    service!("cpanel-webmail", "cPanel's webmail", Panel, [tcp 2095], [], Plain, true, Http("/"), Some(2096), CPANEL),
    service!("cpanel-webmail-tls", "cPanel's webmail over TLS", Panel, [tcp 2096], [], Encrypted, true, Http("/"), None, CPANEL),
    service!("cpanel-dav", "cPanel's Web Disk", Panel, [tcp 2077], ["cpdavd"], Plain, true, Http("/"), Some(2078), CPANEL),
    service!("plesk", "Plesk", Panel, [tcp 8880], [], Plain, true, Http("/"), Some(8443), "Plesk's documentation, Ports Used by Plesk"),
    service!("plesk-tls", "Plesk or CloudPanel over TLS", Panel, [tcp 8443], ["sw-cp-server"], Encrypted, true, Http("/"), None, "Plesk's documentation, Ports Used by Plesk; CloudPanel's documentation, Security"),
    service!("directadmin", "DirectAdmin", Panel, [tcp 2222], ["directadmin"], Either, true, Http("/"), None, "DirectAdmin's documentation, SSL"),
    service!("webmin", "Webmin", Panel, [tcp 10000], ["miniserv.pl"], Either, true, Http("/"), None, "Webmin's documentation, Webmin Configuration"),
    service!("usermin", "Usermin", Panel, [tcp 20000], [], Either, true, Http("/"), None, "Webmin's documentation, Usermin Configuration"),
    service!("cyberpanel", "CyberPanel", Panel, [tcp 8090], [], Either, true, Http("/"), None, "CyberPanel's documentation, Ports"),
    service!("hestia", "HestiaCP or VestaCP", Panel, [tcp 8083], ["hestia-nginx", "vesta-nginx"], Either, true, Http("/"), None, "HestiaCP's documentation, Server Administration"),
    service!("aapanel", "aaPanel", Panel, [tcp 8888, tcp 7800], ["BT-Panel"], Either, true, Http("/"), None, "aaPanel's documentation, Panel settings"),
    service!("cockpit", "Cockpit", Panel, [tcp 9090], ["cockpit-tls", "cockpit-ws"], Either, true, Http("/"), None, "Cockpit's guide, TLS Usage"),
    service!("proxmox", "Proxmox VE", Panel, [tcp 8006], ["pveproxy"], Encrypted, true, Http("/"), None, "Proxmox VE's administration guide, Ports used by Proxmox VE"),
    service!("portainer", "Portainer", Panel, [tcp 9000], ["portainer"], Plain, true, Http("/"), Some(9443), "Portainer's documentation, Requirements and prerequisites"),
    service!("portainer-tls", "Portainer over TLS", Panel, [tcp 9443], [], Encrypted, true, Http("/"), None, "Portainer's documentation, Requirements and prerequisites"),
    service!("rabbitmq-management", "RabbitMQ's management", Panel, [tcp 15672], [], Either, true, Http("/"), None, "RabbitMQ's documentation, Networking"),
    // Desktops.
    service!("vnc", "VNC", Desktop, [tcp 5900, tcp 5901, tcp 5902], ["Xtigervnc", "Xvnc", "x11vnc", "vino-server", "wayvnc"], Either, true, Vnc, None, "RFC 6143"),
    service!("x11", "X11", Desktop, [tcp 6000, tcp 6001], ["Xorg", "X"], Plain, true, Greeting, None, "X.Org's manual, Xsecurity(7)"),
    service!("rdp", "RDP", Desktop, [tcp 3389], ["xrdp"], Either, true, Greeting, None, IANA),
    // Sites.
    service!("http", "http", Web, [tcp 80, tcp 8000, tcp 8080], [], Plain, false, Http("/"), Some(443), "RFC 9110"),
    service!("https", "https", Web, [tcp 443], [], Encrypted, true, Greeting, None, "RFC 9110"),
    // Messages.
    service!("xmpp", "XMPP", Messages, [tcp 5222], ["prosody", "ejabberd"], Either, true, starttls(Starttls::Xmpp), Some(5223), "RFC 6120; RFC 7590"),
    service!("xmpp-server", "XMPP between servers", Messages, [tcp 5269], [], Either, false, starttls(Starttls::XmppServer), Some(5270), "RFC 6120; RFC 7590"),
    service!("irc", "IRC", Messages, [tcp 6667], ["ngircd", "inspircd", "ircd"], Either, true, starttls(Starttls::Irc), Some(6697), "RFC 7194"),
    service!("nntp", "NNTP", Messages, [tcp 119], ["innd", "nnrpd"], Either, true, starttls(Starttls::Nntp), Some(563), "RFC 4642"),
    service!("mqtt", "MQTT", Messages, [tcp 1883], ["mosquitto"], Plain, true, Greeting, Some(8883), "MQTT 5.0, section 5"),
    service!("amqp", "AMQP", Messages, [tcp 5672], [], Plain, true, Greeting, Some(5671), "RabbitMQ's documentation, Networking"),
    // The rest.
    service!("snmp", "SNMP", Other, [udp 161], ["snmpd"], Either, true, Greeting, None, "RFC 3411, section 1.4"),
    service!("syslog", "syslog", Other, [udp 514, tcp 601], ["rsyslogd", "syslog-ng"], Plain, false, Greeting, Some(6514), "RFC 5424, section 8; RFC 5425"),
    service!("lpd", "printing (LPD)", Other, [tcp 515], ["lpd"], Plain, false, Greeting, None, "RFC 1179"),
    service!("jetdirect", "printing (raw)", Other, [tcp 9100], [], Plain, false, Greeting, None, IANA),
    service!("dns", "DNS", Other, [udp 53, tcp 53], ["named", "unbound", "dnsmasq", "knotd", "pdns_server", "systemd-resolve"], Plain, false, Greeting, Some(853), "RFC 1035; RFC 7858"),
];

impl KnownService {
    /// A service by its id.
    pub fn of(id: &str) -> Option<&'static KnownService> {
        KNOWN_SERVICES.iter().find(|service| service.id == id)
    }

    /// The service that is at a port as a rule.
    pub fn at(protocol: &str, port: u16) -> Option<&'static KnownService> {
        KNOWN_SERVICES.iter().find(|service| service.ports.contains(&(protocol, port)))
    }

    /// A service by the name of its program, as the kernel cuts it. Of those with the same program the one that is at the
    /// port as a rule is meant.
    pub fn by_program(name: &str) -> Option<&'static KnownService> {
        KNOWN_SERVICES.iter().find(|service| service.programs.contains(&name))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_service_is_found_by_what_it_is_known_by() {
        let mut ids = BTreeSet::new();
        let mut ports = BTreeSet::new();
        let mut programs = BTreeSet::new();
        for service in KNOWN_SERVICES {
            assert!(ids.insert(service.id), "{} is there twice", service.id);
            assert_eq!(KnownService::of(service.id), Some(service));
            assert!(!service.ports.is_empty() && !service.source.is_empty(), "{}", service.id);
            for (protocol, port) in service.ports {
                assert!(["tcp", "udp"].contains(protocol), "{protocol}");
                assert!(ports.insert((protocol, port)), "{protocol} {port} is there twice");
            }
            for program in service.programs {
                assert!(program.len() <= 15, "{program} is longer than the kernel has it");
                assert!(programs.insert(program), "{program} is there twice");
            }
            // What can begin in plain text and take TLS is of either kind.
            let is_starttls = matches!(service.question, ServiceQuestion::Starttls(_));
            assert!(!is_starttls || service.nature == ByNature::Either, "{}", service.id);
            if let ServiceQuestion::Starttls(protocol) = service.question {
                assert!(service.ports.contains(&("tcp", protocol.port())), "{}", service.id);
                assert_eq!(service.beside, protocol.implicit_port(), "{}", service.id);
            }
        }
    }
}
