//! What stops a service from being reached or overheard, by the id of [`midwatch_model::KnownService`].
//!
//! Written for Debian's places of files, and the versions of 2023 to 2026.

/// The lines that keep others out by the firewall. Each is whole by itself.
pub(crate) fn close(protocol: &str, port: u16) -> String {
    format!(
        "sudo ufw deny {port}/{protocol}; or sudo nft insert rule inet filter input iifname != '\"lo\"' {protocol} dport \
         {port} drop, and the same rule in /etc/nftables.conf"
    )
}

/// The line that keeps others out of a port that is sent on to another place, of which rules of the way in are not asked.
/// `interface` is where they come from, and `but` an address that is let through all the same.
pub(crate) fn close_published(
    protocol: &str,
    port: u16,
    interface: Option<&str>,
    but: Option<&str>,
) -> String {
    let from = match interface {
        Some(interface) => format!("iifname \"{interface}\""),
        None => "iifname != \"lo\"".to_owned(),
    };
    let but = but.map_or(String::new(), |but| format!(" ip saddr != {but}"));
    format!(
        "sudo nft 'table inet published {{ chain keep_out {{ type filter hook prerouting priority raw; {from}{but} {protocol} \
         dport {port} drop; }}; }}', and the same in a file that nft -f reads at start"
    )
}

/// How a port of a container is published for this computer alone.
pub(crate) fn publish(protocol: &str, port: u16, to: u16) -> String {
    let protocol = if protocol == "udp" { "/udp" } else { "" };
    format!(
        "publish it for this computer alone, with 127.0.0.1:{port}:{to}{protocol} behind -p of docker run and podman run, or \
         under ports: in compose.yaml"
    )
}

/// The setting that has a service listen for this computer alone, and ask who somebody is.
pub(crate) fn bind(id: &str) -> Option<&'static str> {
    Some(match id {
        "redis" => {
            "in /etc/redis/redis.conf: bind 127.0.0.1 -::1, protected-mode yes and requirepass with a long password; then \
             sudo systemctl restart redis-server"
        }
        "memcached" => "in /etc/memcached.conf: -l 127.0.0.1 and -U 0; then sudo systemctl restart memcached",
        "mongodb" => {
            "in /etc/mongod.conf: net.bindIp: 127.0.0.1 and security.authorization: enabled; then sudo systemctl restart \
             mongod"
        }
        "elasticsearch" => {
            "in /etc/elasticsearch/elasticsearch.yml: network.host: 127.0.0.1 and xpack.security.enabled: true; then sudo \
             systemctl restart elasticsearch"
        }
        "couchdb" => "in local.ini: [chttpd] bind_address = 127.0.0.1, and an account under [admins]",
        "etcd" => "etcd --listen-client-urls=https://127.0.0.1:2379 with --client-cert-auth",
        "influxdb" => {
            "in /etc/influxdb/influxdb.conf: [http] bind-address = \"127.0.0.1:8086\" and auth-enabled = true"
        }
        "zookeeper" => "in zoo.cfg: clientPortAddress=127.0.0.1",
        "consul" => "client_addr = \"127.0.0.1\", and acl { enabled = true, default_policy = \"deny\" }",
        "mysql" => {
            "in /etc/mysql/mariadb.conf.d/50-server.cnf: bind-address = 127.0.0.1; then sudo systemctl restart mariadb"
        }
        "postgresql" => {
            "in postgresql.conf: listen_addresses = 'localhost'; then sudo systemctl restart postgresql"
        }
        "mssql" => "sudo /opt/mssql/bin/mssql-conf set network.ipaddress 127.0.0.1",
        "oracle" => "in listener.ora: HOST = localhost",
        "cassandra" => "in cassandra.yaml: rpc_address: localhost, and authenticator: PasswordAuthenticator",
        "docker" => {
            "take -H tcp:// out of the unit, or hosts out of /etc/docker/daemon.json, and use docker -H ssh://USER@SERVER"
        }
        "kubelet" | "kubelet-plain" => {
            "readOnlyPort: 0 and authentication.anonymous.enabled: false in the kubelet's configuration"
        }
        "vnc" => "start it with -localhost, and reach it by ssh -L 5900:localhost:5900 USER@SERVER",
        "x11" => "start it with -nolisten tcp, and use ssh -X",
        "snmp" => "in /etc/snmp/snmpd.conf: agentaddress 127.0.0.1,[::1]; then sudo systemctl restart snmpd",
        "rpcbind" => "sudo systemctl disable --now rpcbind.socket rpcbind; NFS 4 needs none",
        "webmin" => {
            "in /etc/webmin/miniserv.conf: bind=127.0.0.1, or allow= with your addresses; then sudo systemctl restart webmin"
        }
        "cockpit" => {
            "ListenStream=127.0.0.1:9090 in a drop-in of cockpit.socket (systemctl edit cockpit.socket)"
        }
        _ => return None,
    })
}

/// The setting that has a service encrypt, or the service that takes its place.
pub(crate) fn encrypt(id: &str) -> Option<&'static str> {
    Some(match id {
        "telnet" => "sudo apt purge telnetd inetutils-telnetd; ssh takes its place",
        "rexec" | "rlogin" | "rsh" => {
            "take it out of /etc/inetd.conf or purge its package; ssh takes its place"
        }
        "finger" => "take it out of /etc/inetd.conf or purge its package",
        "tftp" => {
            "sudo systemctl disable --now tftpd-hpa; where machines start from it, let it listen on their network alone"
        }
        "ftp" => {
            "vsftpd: ssl_enable=YES, force_local_logins_ssl=YES and force_local_data_ssl=YES in /etc/vsftpd.conf; ProFTPD: \
             TLSEngine on and TLSRequired on; Pure-FTPd: 2 in conf/TLS. sftp, which sshd has already, needs none of it"
        }
        "rsync" => "take rsync --daemon away and copy by rsync -e ssh, or put it behind a VPN",
        "ldap" => {
            "olcSecurity: tls=1 in cn=config, or slapd -h 'ldaps:/// ldapi:///', with olcTLSCertificateFile and \
             olcTLSCertificateKeyFile"
        }
        "vnc" => "-SecurityTypes VeNCrypt,TLSVnc, or -localhost and an SSH tunnel",
        "x11" => "-nolisten tcp, and ssh -X",
        "mqtt" => "in mosquitto.conf: listener 8883 with certfile and keyfile, and listener 1883 127.0.0.1",
        "amqp" => "in rabbitmq.conf: listeners.tcp = none and listeners.ssl.default = 5671 with ssl_options",
        "redis" => "in redis.conf: tls-port 6379 and port 0, with tls-cert-file and tls-key-file",
        "memcached" => "memcached -Z -o ssl_chain_cert=FILE,ssl_key=FILE",
        "mongodb" => "net.tls.mode: requireTLS and net.tls.certificateKeyFile in /etc/mongod.conf",
        "mysql" => "require_secure_transport = ON with ssl_cert and ssl_key in 50-server.cnf",
        "postgresql" => "ssl = on in postgresql.conf, and hostssl in the place of host in pg_hba.conf",
        "irc" | "nntp" | "xmpp" => "the server's own setting that demands TLS, or its port with TLS alone",
        "snmp" => "SNMPv3 with authPriv alone: createUser and rouser NAME authPriv, and no rocommunity line",
        "nfs" => "NFS 4 with sec=krb5p in /etc/exports, xprtsec=tls with Linux 6.5 or later, or a VPN",
        "syslog" => "rsyslog with imtcp, StreamDriver.Name=\"ossl\" and port 6514 (RFC 5425)",
        "lpd" | "jetdirect" => "IPP over TLS (ipps://), or the printer on a network of its own",
        "smtp" | "submission" => {
            "Postfix: smtpd_tls_auth_only = yes, and smtpd_tls_security_level = encrypt for submission in master.cf; Exim: \
             auth_advertise_hosts = ${if eq{$tls_in_cipher}{}{}{*}}"
        }
        "imap" | "pop3" | "sieve" => {
            "Dovecot: ssl = required, and disable_plaintext_auth = yes (auth_allow_cleartext = no from 2.4 on)"
        }
        "cpanel" | "whm" | "cpanel-webmail" | "cpanel-dav" => {
            "WHM, Tweak Settings, Redirection: Always redirect to SSL/TLS, and Require SSL for cPanel Services; and close the \
             port"
        }
        "plesk" => "close port 8880: Plesk's own pages are at 8443 with TLS",
        "directadmin" => {
            "ssl=1 in /usr/local/directadmin/conf/directadmin.conf; then systemctl restart directadmin"
        }
        "webmin" | "usermin" => "ssl=1 in miniserv.conf; then sudo systemctl restart webmin usermin",
        "cockpit" => "take AllowUnencrypted out of /etc/cockpit/cockpit.conf",
        "aapanel" => "the panel's own settings: Panel SSL",
        "portainer" => "close port 9000 (--http-disabled): the same is at 9443 with TLS",
        "rabbitmq-management" => {
            "management.ssl.port = 15671 with management.ssl.certfile and keyfile in rabbitmq.conf"
        }
        "docker" => "dockerd --tlsverify with its certificates at 2376, or docker -H ssh://USER@SERVER",
        "kubelet-plain" => "readOnlyPort: 0 in the kubelet's configuration",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use midwatch_model::{ByNature, KNOWN_SERVICES, KnownService, ServiceKind};

    use super::*;

    #[test]
    fn every_service_that_may_be_plain_has_a_way_out() {
        for service in KNOWN_SERVICES {
            let needs = service.nature != ByNature::Encrypted
                && matches!(
                    service.kind,
                    ServiceKind::Legacy | ServiceKind::Mail | ServiceKind::Directory | ServiceKind::Database
                );
            let known = bind(service.id).or_else(|| encrypt(service.id));
            assert!(!needs || known.is_some(), "{}", service.id);
            if matches!(service.kind, ServiceKind::Database | ServiceKind::Store) {
                assert!(bind(service.id).is_some(), "{}", service.id);
            }
        }
        assert!(close("tcp", 6379).contains("tcp dport 6379 drop"));
        assert!(
            close_published("tcp", 6379, Some("eth0"), Some("192.0.2.7"))
                .contains("priority raw; iifname \"eth0\" ip saddr != 192.0.2.7 tcp dport 6379 drop; }; }'")
        );
        assert!(publish("udp", 1161, 161).contains("127.0.0.1:1161:161/udp"));
        assert!(KnownService::of("redis").is_some());
    }
}
