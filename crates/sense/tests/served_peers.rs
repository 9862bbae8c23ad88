//! What is read of configurations, against what the programs themselves make of the same files.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use midwatch_model::{ServedSite, ServedSites, SiteSoftware};
use midwatch_sense::{System, server::sites};
use midwatch_testbed::{Server, TempDir, directory, free_port};

fn put(root: &Path, path: &str, text: &str) {
    let path = root.join(path.trim_start_matches('/'));
    std::fs::create_dir_all(path.parent().expect("a directory")).expect("room");
    std::fs::write(path, text).expect("room");
}

fn look(root: &Path) -> ServedSites {
    sites::look(&System { root: root.into(), home: None, env: Vec::new() })
}

/// What a program prints on both ways out; it has to be there and to be content with its files.
fn output(package: &str, command: &mut Command) -> String {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{package} is needed ({error}): apt-get install {package}"));
    let text =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{text}");
    text
}

fn ask(at: SocketAddr, host: &str) -> String {
    let mut stream = TcpStream::connect_timeout(&at, Duration::from_secs(10)).expect("a connection");
    stream.set_read_timeout(Some(Duration::from_secs(10))).expect("a limit");
    write!(stream, "GET / HTTP/1.0\r\nHost: {host}\r\n\r\n").expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    answer.split_once("\r\n\r\n").map(|(_, body)| body.trim().to_owned()).unwrap_or_default()
}

/// nginx with blocks that say who they are, in every way of naming and listening that a site may have.
fn nginx_tree(ports: [u16; 3]) -> TempDir {
    let [one, two, three] = ports;
    let root = midwatch_testbed::directory();
    let at = root.path().display();
    let main = format!(
        "user root; daemon off; pid {at}/pid; error_log stderr; worker_processes 1;\nevents {{ worker_connections 64; }}\n\
         http {{\n access_log off;\n default_type text/plain;\n map $host $x {{ default \"a{{b;c\"; }}\n include sites/*.conf;\n include \"quoted dir/*\";\n}}\n"
    );
    put(root.path(), "/etc/nginx/nginx.conf", &main);
    let block = |name: &str, text: &str| put(root.path(), &format!("/etc/nginx/{name}"), text);
    block(
        "sites/10.conf",
        &format!(
            "server {{ listen 127.0.0.1:{one}; server_name a.example www.a.example; return 200 b1; }}\n"
        ),
    );
    block(
        "sites/20.conf",
        &format!(
            "server {{\n  listen 127.0.0.1:{one} default_server;\n  listen 127.0.0.1:{two};\n  server_name .b.example \"c.example\"; # d.example\n  return 200 b2;\n}}\n"
        ),
    );
    block(
        "sites/30.conf",
        &format!(
            "server {{ listen {three}; server_name \"~^x(?<n>\\d{{1,2}})\\.example$\"; return 200 b3; }}\nserver {{ listen {three}; server_name y.*; set $a \"}}\"; return 200 b4; }}\n"
        ),
    );
    block("quoted dir/40", &format!("server {{ listen 127.0.0.1:{two}; server_name _; return 200 b5; }}\n"));
    block("sites/ignored", "server { listen 1; server_name ignored.example; }");
    root
}

#[test]
fn nginx_answers_as_the_inventory_says() {
    let ports = [free_port(), free_port(), free_port()];
    let root = nginx_tree(ports);
    let config = root.path().join("etc/nginx/nginx.conf");
    let served = look(root.path());
    assert!(served.unread.is_empty(), "{:?}", served.unread);
    // The same files, by nginx's own reading.
    let nginx = || {
        let mut command = Command::new("/usr/sbin/nginx");
        command.arg("-p").arg(root.path()).arg("-c").arg(&config).args(["-e", "stderr"]);
        command
    };
    let dump = output("nginx", nginx().arg("-T"));
    let files = dump.lines().filter(|line| line.starts_with("# configuration file ")).count();
    assert_eq!(served.programs[0].files as usize, files);
    assert_eq!(served.sites.len(), dump.matches("server {").count());
    // Who answers, by asking each place for each name.
    let mut server = Server::start(nginx(), "nginx", &ports, directory());
    let names = [
        "a.example",
        "www.a.example",
        "b.example",
        "deep.b.example",
        "c.example",
        "d.example",
        "x12.example",
        "y.org",
        "nobody.example",
    ];
    for port in ports {
        for name in names {
            let at: SocketAddr = ([127, 0, 0, 1], port).into();
            let expected = answers(&served, port, name).map(|number| format!("b{number}"));
            assert_eq!(Some(ask(at, name)), expected, "{name} at {at}");
        }
    }
    assert!(!server.has_ended());
}

/// Which site, from 1, answers a name at a port: by an exact name, by a pattern, else by default.
fn answers(served: &ServedSites, port: u16, name: &str) -> Option<usize> {
    let at = |site: &&(usize, &ServedSite)| site.1.listens.iter().any(|listen| listen.port == port);
    let sites: Vec<(usize, &ServedSite)> = served.sites.iter().enumerate().collect();
    let here: Vec<&(usize, &ServedSite)> = sites.iter().filter(at).collect();
    let by =
        |fits: &dyn Fn(&str) -> bool| here.iter().find(|(_, site)| site.names.iter().any(|one| fits(one)));
    by(&|one| one == name)
        .or_else(|| by(&|one| one.strip_prefix('*').is_some_and(|below| name.ends_with(below))))
        .or_else(|| by(&|one| one.strip_suffix('*').is_some_and(|above| name.starts_with(above))))
        .or_else(|| by(&|one| one.starts_with("~^x") && name.starts_with('x')))
        .or_else(|| {
            here.iter().find(|(_, site)| site.listens.iter().any(|one| one.port == port && one.default))
        })
        .map(|(number, _)| number + 1)
}

#[test]
fn nginx_as_debian_ships_it() {
    let root = midwatch_testbed::directory();
    std::fs::create_dir(root.path().join("etc")).expect("room");
    output("coreutils", Command::new("cp").arg("-a").arg("/etc/nginx").arg(root.path().join("etc")));
    let served = look(root.path());
    assert!(served.unread.is_empty(), "{:?}", served.unread);
    let dump = output("nginx", Command::new("/usr/sbin/nginx").args(["-T", "-e", "stderr"]));
    let blocks = dump.lines().filter(|line| line.trim_start().starts_with("server {")).count();
    assert_eq!(served.sites.iter().filter(|site| site.software == SiteSoftware::Nginx).count(), blocks);
}

/// One line of Apache's own list of virtual hosts: port, name, file and line.
type Host = (u16, String, String);

fn apache_hosts(dump: &str) -> (BTreeSet<Host>, BTreeSet<(String, String)>, BTreeSet<Host>) {
    let (mut hosts, mut aliases, mut defaults) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let mut place = 0;
    let mut current = String::new();
    for line in dump.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let stands = || words.last().map(|last| last.trim_matches(['(', ')']).to_owned()).unwrap_or_default();
        match words.as_slice() {
            [at, "is", "a", "NameVirtualHost"] => place = port_of(at),
            ["default", "server", name, ..] => {
                defaults.insert((place, (*name).to_owned(), stands()));
            }
            ["port", port, "namevhost", name, ..] => {
                hosts.insert((port.parse().unwrap_or_default(), (*name).to_owned(), stands()));
                current = (*name).to_owned();
            }
            ["alias", name] | ["wild", "alias", name] => {
                aliases.insert((current.clone(), (*name).to_owned()));
            }
            [at, name, stand] if stand.starts_with('(') && at.contains(':') => {
                hosts.insert((port_of(at), (*name).to_owned(), stands()));
                defaults.insert((port_of(at), (*name).to_owned(), stands()));
                current = (*name).to_owned();
            }
            _ => {}
        }
    }
    (hosts, aliases, defaults)
}

fn port_of(at: &str) -> u16 {
    at.rsplit(':').next().and_then(|port| port.parse().ok()).unwrap_or_default()
}

#[test]
fn apache_lists_the_same_virtual_hosts() {
    let root = midwatch_testbed::directory();
    let modules = "/usr/lib/apache2/modules";
    let (one, two) = (free_port(), free_port());
    let pid = root.path().join("pid");
    let main = format!(
        "PidFile {}\nServerName main.example\nErrorLog /dev/stderr\n\
         LoadModule mpm_event_module {modules}/mod_mpm_event.so\nLoadModule authz_core_module {modules}/mod_authz_core.so\n\
         LoadModule alias_module {modules}/mod_alias.so\nLoadModule macro_module {modules}/mod_macro.so\n\
         Define first 1\nListen {one}\nListen {two}\n\
         IncludeOptional sites-enabled/*.conf\nIncludeOptional none/*.conf\nInclude more\n",
        pid.display()
    );
    put(root.path(), "/etc/apache2/apache2.conf", &main);
    put(
        root.path(),
        "/etc/apache2/sites-available/a.conf",
        &format!(
            "# <VirtualHost *:{one}>\n<VirtualHost *:{one}>\n  ServerName A.example:{one}\n  ServerAlias www.a.example \\\n     *.wild.example\n</VirtualHost>\n\
             <VirtualHost *:{one}>\nServerName a2.example\n</VirtualHost>\n\
             <IfDefine first>\n<VirtualHost 127.0.0.1:{one} *:{two}>\n\tServerName b.example\n</VirtualHost>\n</IfDefine>\n\
             <IfDefine !first>\n<VirtualHost *:{two}>\nServerName no.example\n</VirtualHost>\n</IfDefine>\n"
        ),
    );
    std::fs::create_dir_all(root.path().join("etc/apache2/sites-enabled")).expect("room");
    // As a2ensite does.
    std::os::unix::fs::symlink(
        "../sites-available/a.conf",
        root.path().join("etc/apache2/sites-enabled/000-a.conf"),
    )
    .expect("a link");
    put(
        root.path(),
        "/etc/apache2/more/m.conf",
        &format!(
            "<Macro Site $name>\n<VirtualHost *:{two}>\nServerName $name.example\nServerAlias www.$name.example\n</VirtualHost>\n</Macro>\nUse Site m1\nUse Site m2\n<IfVersion >= 2.4>\n<VirtualHost *:*>\nServerName any.example\n</VirtualHost>\n</IfVersion>\n"
        ),
    );
    let mut command = Command::new("/usr/sbin/apache2");
    command.arg("-d").arg(root.path().join("etc/apache2")).args([
        "-f",
        "apache2.conf",
        "-t",
        "-D",
        "DUMP_VHOSTS",
    ]);
    let dump = output("apache2", &mut command);
    let (hosts, aliases, _) = apache_hosts(&dump);
    let served = look(root.path());
    assert!(served.unread.is_empty(), "{:?}", served.unread);
    let sites: Vec<&ServedSite> = served
        .sites
        .iter()
        .filter(|site| site.names.first().map(String::as_str) != Some("main.example"))
        .collect();
    let mut ours: BTreeSet<(u16, String)> = BTreeSet::new();
    let mut our_aliases = BTreeSet::new();
    for site in &sites {
        let name = site.names.first().cloned().unwrap_or_default();
        ours.extend(site.listens.iter().map(|listen| (listen.port, name.clone())));
        our_aliases.extend(site.names.iter().skip(1).map(|alias| (name.clone(), alias.clone())));
    }
    // Apache writes the port 0 or * of a host that takes every port.
    let theirs: BTreeSet<(u16, String)> = hosts
        .iter()
        .flat_map(|(port, name, _)| {
            let ports = if *port == 0 { vec![one, two] } else { vec![*port] };
            ports.into_iter().map(|port| (port, name.to_lowercase()))
        })
        .collect();
    assert_eq!(ours, theirs, "{dump}");
    let theirs: BTreeSet<_> = aliases.into_iter().map(|(name, alias)| (name.to_lowercase(), alias)).collect();
    assert_eq!(our_aliases, theirs, "{dump}");
}

#[test]
fn caddy_makes_the_same_hosts_of_a_caddyfile() {
    let root = midwatch_testbed::directory();
    put(
        root.path(),
        "/etc/caddy/Caddyfile",
        "{\n\thttp_port 8080\n\thttps_port 8443\n}\n(common) {\n\theader X {args.0}\n}\n\
         a.example, www.a.example {\n\timport common \"a { b\"\n\trespond \"a } b\"\n}\n\
         http://b.example {\n\tredir https://{host}{uri}\n}\n\
         c.example:9000 {\n\ttls internal\n\tbind 127.0.0.1\n}\nimport sites/*.caddy\n",
    );
    put(
        root.path(),
        "/etc/caddy/sites/d.caddy",
        "*.d.example {\n\trespond `d`\n}\n:7000 {\n\trespond 1 # }\n}\n",
    );
    let mut command = Command::new("caddy");
    command.arg("adapt").arg("--config").arg(root.path().join("etc/caddy/Caddyfile"));
    // Warnings go to the other way out.
    let text = output("caddy", &mut command);
    let text = text.lines().find(|line| line.starts_with('{') && line.contains("\"apps\"")).expect("JSON");
    let json: serde_json::Value = serde_json::from_str(text).expect("JSON");
    let mut theirs: BTreeSet<(u16, String)> = BTreeSet::new();
    for server in json["apps"]["http"]["servers"].as_object().expect("servers").values() {
        let ports: Vec<u16> = server["listen"]
            .as_array()
            .expect("places")
            .iter()
            .filter_map(|at| at.as_str())
            .map(port_of)
            .collect();
        let routes = server["routes"].as_array().cloned().unwrap_or_default();
        for route in routes {
            let hosts = route["match"][0]["host"].as_array().cloned().unwrap_or_default();
            let hosts: Vec<String> =
                hosts.iter().filter_map(|host| host.as_str()).map(str::to_owned).collect();
            let hosts = if hosts.is_empty() { vec![String::new()] } else { hosts };
            theirs.extend(ports.iter().flat_map(|port| hosts.iter().map(move |host| (*port, host.clone()))));
        }
    }
    let served = look(root.path());
    assert!(served.unread.is_empty(), "{:?}", served.unread);
    let mut ours = BTreeSet::new();
    for site in &served.sites {
        let names = if site.names.is_empty() { vec![String::new()] } else { site.names.clone() };
        // Its own redirects are made when it runs, and are not in what it adapts.
        let places = site.listens.iter().filter(|listen| listen.tls || !site.speaks_tls());
        ours.extend(places.flat_map(|listen| names.iter().map(move |name| (listen.port, name.clone()))));
    }
    assert_eq!(ours, theirs);
}

/// Everything that is told of Caddy's sites but where it stands.
fn told(served: &ServedSites) -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    for site in &served.sites {
        let names = if site.names.is_empty() { vec![String::new()] } else { site.names.clone() };
        for name in &names {
            for listen in &site.listens {
                out.insert(format!(
                    "{name} at {listen} tls {} default {} plain {:?} automatic {} certificates {}",
                    listen.tls,
                    listen.default,
                    site.plain,
                    site.automatic,
                    site.certificates.len()
                ));
            }
        }
    }
    out
}

/// A Caddyfile, and what Caddy makes of it in its own form, are read as the same.
#[test]
fn caddys_own_form_tells_the_same() {
    let caddyfiles = [
        ":80 {\n\troot * /usr/share/caddy\n\tfile_server\n}\n",
        "a.example, www.a.example {\n\troot * /srv\n\tfile_server\n}\nhttp://b.example {\n\tredir https://b.example{uri}\n}\n\
         c.example:8443 {\n\ttls /etc/c.pem /etc/c.key\n\trespond hi\n}\n*.d.example {\n\treverse_proxy 127.0.0.1:9000\n}\n",
        "{\n\thttp_port 8080\n\thttps_port 8443\n\tauto_https disable_redirects\n}\na.example {\n\trespond 1\n}\n\
         http://b.example {\n\trespond 403\n}\n",
        "{\n\tauto_https off\n}\nhttps://a.example {\n\ttls /etc/a.pem /etc/a.key\n}\nhttp://b.example {\n\tabort\n}\n",
        "{\n\tauto_https disable_certs\n}\na.example {\n\trespond 1\n}\n",
        "a.example {\n\tbind 127.0.0.1\n\trespond 1\n}\nhttp://a.example:8000 {\n\tbind 127.0.0.1 [::1]\n\
         \tredir http://elsewhere.example{uri}\n}\n",
        "a.example {\n\trespond 1\n}\nhttp://a.example {\n\trespond 2\n}\n",
        "http://a.example {\n\trespond /health 200\n\tredir https://a.example{uri} permanent\n}\n",
        ":443 {\n\ttls internal\n\trespond 1\n}\n",
        ":8443 {\n\ttls /etc/a.pem /etc/a.key\n\trespond 1\n}\nb.example:8443 {\n\ttls /etc/b.pem /etc/b.key\n}\n",
    ];
    for text in caddyfiles {
        let written = directory();
        put(written.path(), "/etc/caddy/Caddyfile", text);
        let mut command = Command::new("caddy");
        command.arg("adapt").arg("--config").arg(written.path().join("etc/caddy/Caddyfile"));
        let adapted = output("caddy", &mut command);
        let adapted =
            adapted.lines().find(|line| line.starts_with('{') && line.contains("\"apps\"")).expect("JSON");
        let own = directory();
        put(own.path(), "/var/lib/caddy/.config/caddy/autosave.json", adapted);
        let (written, own) = (look(written.path()), look(own.path()));
        assert!(written.unread.is_empty() && own.unread.is_empty(), "{:?} {:?}", written.unread, own.unread);
        assert!(!written.sites.is_empty());
        assert_eq!(told(&own), told(&written), "{text}\n{adapted}");
        assert_eq!(own.programs[0].file, "/var/lib/caddy/.config/caddy/autosave.json");
    }
}
