//! Trees made up in the forms of programs and panels. What real programs make of the same files is in
//! `tests/served_peers.rs`.

use std::path::Path;

use midwatch_model::{PlainSays, ServedSite, ServedSites, SiteSoftware};
use proptest::prelude::*;

use crate::System;

/// A tree with these files.
fn tree(files: &[(&str, &str)]) -> (tempfile::TempDir, System) {
    let root = tempfile::tempdir().expect("a directory");
    for (path, text) in files {
        put(root.path(), path, text);
    }
    let system = System { root: root.path().into(), home: None, env: Vec::new() };
    (root, system)
}

fn put(root: &Path, path: &str, text: &str) {
    let path = root.join(path.trim_start_matches('/'));
    std::fs::create_dir_all(path.parent().expect("a directory")).expect("room");
    std::fs::write(path, text).expect("room");
}

fn look(files: &[(&str, &str)]) -> ServedSites {
    let (_root, system) = tree(files);
    super::look(&system)
}

fn named<'a>(served: &'a ServedSites, name: &str) -> &'a ServedSite {
    served.sites.iter().find(|site| site.names.iter().any(|one| one == name)).expect("a site of that name")
}

fn places(site: &ServedSite) -> Vec<String> {
    let mark =
        |tls, default| format!("{}{}", if tls { " tls" } else { "" }, if default { " default" } else { "" });
    site.listens.iter().map(|one| format!("{one}{}", mark(one.tls, one.default))).collect()
}

#[test]
fn nothing_is_there() {
    assert_eq!(look(&[]), ServedSites::default());
}

#[test]
fn nginx_decides_by_place_what_no_block_says() {
    let main = "http { ssl_protocols TLSv1.2; ssl_certificate certs/all.pem; include sites/*.conf; }";
    let served = look(&[
        ("/etc/nginx/nginx.conf", main),
        ("/etc/nginx/sites/10.conf", "server { listen 443 ssl; server_name .a.example; }\n"),
        (
            "/etc/nginx/sites/20.conf",
            "server {\n listen 443; listen 80; server_name b.example; include snippet; }\n",
        ),
        ("/etc/nginx/sites/30.conf", "server { listen 80 default_server; server_name _; return 444; }\n"),
        ("/etc/nginx/snippet", "location / { return 301 https://$host$request_uri; }"),
        ("/etc/nginx/sites/ignored", "server { listen 81; }"),
    ]);
    assert_eq!(served.sites.len(), 3);
    let first = named(&served, "*.a.example");
    assert_eq!(places(first), ["0.0.0.0:443 tls default"]);
    let second = named(&served, "b.example");
    assert_eq!(places(second), ["0.0.0.0:443 tls", "0.0.0.0:80"]);
    assert_eq!((second.plain, second.line), (PlainSays::Redirects, 1));
    assert_eq!(second.tls_settings, first.tls_settings);
    assert_eq!(served.certificates[0].file, "/etc/nginx/certs/all.pem");
    assert_eq!((first.certificates.len(), second.certificates.len()), (1, 1));
    let last = &served.sites[2];
    assert_eq!((places(last), last.plain), (vec!["0.0.0.0:80 default".to_owned()], PlainSays::Refuses));
    assert_eq!((served.programs[0].files, served.unread.len()), (5, 0));
}

#[test]
fn includes_that_lead_round_end_and_are_told() {
    let served = look(&[
        ("/etc/nginx/nginx.conf", "http { include a; }"),
        ("/etc/nginx/a", "server { server_name a.example; } include nginx.conf; include a; include gone;"),
    ]);
    assert!(!served.sites.is_empty() && served.sites.len() < 100);
    let said: Vec<&str> = served.unread.iter().map(|one| one.why.detail.as_str()).collect();
    assert!(said.iter().any(|why| why.contains("deeper")), "{said:?}");
    assert!(said.iter().any(|why| why.contains("not there")), "{said:?}");
}

#[test]
fn apache_with_macros_conditions_and_defines() {
    let main = "LoadModule ssl_module modules/mod_ssl.so\nListen 80\n<IfModule ssl_module>\nListen 443\n</IfModule>\n\
                <IfModule !mod_ssl.c>\nListen 444\n</IfModule>\n<IfDefine NOT>\nListen 445\n</IfDefine>\n\
                Define home example\nInclude sites\nInclude gone.conf\n";
    let hosts = "<Macro Site $name $port>\n<VirtualHost *:$port>\nServerName $name.${home}\nServerAlias www.$name.${home} \\\n *.cdn.example\n\
                 <If \"%{HTTPS} == 'on'\">\nRedirect / https://x/\n</If>\n</VirtualHost>\n</Macro>\n\
                 Use Site a 80\nUse Site b 443\n";
    let served = look(&[
        ("/etc/apache2/apache2.conf", main),
        ("/etc/apache2/sites/1.conf", hosts),
        (
            "/etc/apache2/sites/2/3.conf",
            "<VirtualHost *:80>\nServerName c.example:80\nRedirect permanent / https://c.example/\n</VirtualHost>",
        ),
    ]);
    let a = named(&served, "a.example");
    assert_eq!(a.names, ["a.example", "www.a.example", "*.cdn.example"]);
    assert_eq!(places(a), ["0.0.0.0:80 default", "[::]:80 default"]);
    assert_eq!(a.plain, PlainSays::Serves);
    assert_eq!(places(named(&served, "b.example")), ["0.0.0.0:443 default", "[::]:443 default"]);
    let c = named(&served, "c.example");
    assert_eq!((c.plain, places(c)), (PlainSays::Redirects, vec!["0.0.0.0:80".into(), "[::]:80".into()]));
    assert_eq!(served.sites.len(), 3);
    assert_eq!(served.unread.len(), 1);
}

#[test]
fn directories_of_users_hold_for_every_virtual_host_unless_one_ends_them() {
    let main = "LoadModule userdir_module modules/mod_userdir.so\nListen 80\nUserDir public_html\nUserDir disabled root\n\
                <VirtualHost *:80>\nServerName a.example\n</VirtualHost>\n\
                <VirtualHost *:80>\nServerName b.example\nUserDir disabled\n</VirtualHost>\n";
    let served = look(&[("/etc/apache2/apache2.conf", main)]);
    let users = named(&served, "a.example").user_directories.as_ref().expect("directories");
    assert_eq!(
        (users.directory.as_str(), users.disabled.as_slice()),
        ("public_html", ["root".to_owned()].as_slice())
    );
    assert_eq!(named(&served, "b.example").user_directories, None);
}

#[test]
fn caddy_in_its_own_form() {
    let text = "{\"apps\": {\"http\": {\"servers\": {\"s\": {\n\"listen\": [\"tcp4/:443\", \"unix//run/x\", \"127.0.0.1:8000-8001\"],\n\
                \"tls_connection_policies\": [{\"match\": {\"sni\": [\"a.example\"]}, \"certificate_selection\": {\"any_tag\": [\"t\"]}}],\n\
                \"routes\": [{\"match\": [{\"host\": [\n\"A.example\"]}], \"handle\": []}]}}},\n\
                \"tls\": {\"certificates\": {\"load_files\": [{\"certificate\": \"/a.pem\", \"key\": \"/k\", \"tags\": [\"t\"]}]}}}}";
    let served = look(&[("/etc/caddy/caddy.json", text)]);
    let a = named(&served, "a.example");
    assert_eq!((a.line, a.plain, a.automatic, a.certificates.len()), (3, PlainSays::Redirects, false, 1));
    let expected =
        ["0.0.0.0:80", "0.0.0.0:443 tls", "127.0.0.1:80", "127.0.0.1:8000 tls", "127.0.0.1:8001 tls"];
    assert_eq!(places(a), expected);
    let served = look(&[("/etc/caddy/caddy.json", "[]")]);
    assert!(served.sites.is_empty() && served.unread[0].why.detail.contains("JSON"), "{:?}", served.unread);
    let both = [("/etc/caddy/caddy.json", text), ("/etc/caddy/Caddyfile", "b.example\n")];
    assert_eq!(look(&both).programs[0].file, "/etc/caddy/Caddyfile");
}

#[test]
fn caddy_redirects_by_itself_and_not_where_it_is_told_otherwise() {
    let served = look(&[
        (
            "/etc/caddy/Caddyfile",
            "(s) {\n\ttls {args[0]} /k\n}\na.example, b.example {\n\timport s /a.pem\n}\nimport sites/*\n",
        ),
        ("/etc/caddy/sites/c", "http://c.example {\n\trespond \"hi\"\n}\n:8080 {\n\trespond 403\n}\n"),
    ]);
    let a = named(&served, "b.example");
    assert_eq!(places(a), ["0.0.0.0:80", "0.0.0.0:443 tls", "[::]:80", "[::]:443 tls"]);
    assert_eq!((a.plain, a.automatic, a.certificates.len()), (PlainSays::Redirects, false, 1));
    assert_eq!(named(&served, "c.example").plain, PlainSays::Serves);
    let last = served.sites.last().expect("a site");
    assert_eq!((places(last)[0].as_str(), last.plain), ("0.0.0.0:8080 default", PlainSays::Refuses));
    let off = look(&[("/etc/caddy/Caddyfile", "{\n\tauto_https off\n}\na.example {\n}\n")]);
    assert_eq!(places(&off.sites[0]), ["0.0.0.0:443 tls", "[::]:443 tls"]);
}

/// Links of a tree.
fn link(root: &Path, path: &str, target: &str) {
    let path = root.join(path.trim_start_matches('/'));
    std::fs::create_dir_all(path.parent().expect("a directory")).expect("room");
    std::os::unix::fs::symlink(target, path).expect("a link");
}

/// Panel, domain and account of every domain that panels know, but those of the panel's own directory.
fn whose(files: &[(&str, &str)], links: &[(&str, &str)]) -> Vec<(String, String, String)> {
    let (root, system) = tree(files);
    links.iter().for_each(|(path, target)| link(root.path(), path, target));
    let domains = super::look(&system).domains.into_iter();
    let mut found: Vec<_> = domains.map(|one| (one.panel, one.domain, one.account)).collect();
    found.sort();
    found.dedup();
    found
}

/// The same as texts, `domain account`, of one panel that is all there is.
fn of_panel(panel: &str, files: &[(&str, &str)], links: &[(&str, &str)]) -> Vec<String> {
    let found = whose(files, links).into_iter();
    found
        .map(|(by, domain, account)| {
            assert_eq!(by, panel, "{domain}");
            format!("{domain} {account}").trim_end().to_owned()
        })
        .collect()
}

#[test]
fn a_site_is_whose_its_name_is() {
    let nginx = "http {\n server { listen 80; server_name www.a.example a.example; }\n server { listen 80; server_name b.example; }\n\
                 server { listen 80; server_name xn--mller-kva.example; }\n}";
    let web = "DOMAIN='m\u{fc}ller.example' IP='192.0.2.1' ALIAS='' SUSPENDED='no'\n";
    let served = look(&[
        ("/etc/nginx/nginx.conf", nginx),
        ("/etc/userdomains", "a.example: joe\n*: nobody\n"),
        ("/usr/local/hestia/data/users/ada/web.conf", web),
    ]);
    let accounts: Vec<Option<&str>> = served.sites.iter().map(|site| site.account.as_deref()).collect();
    assert_eq!(accounts, [Some("joe"), None, Some("ada")]);
}

#[test]
fn cpanel_by_its_lists() {
    let files = [
        (
            "/etc/userdomains",
            "a.example: joe\nshop.a.example: joe\nparked.example: joe\nb.example: eve\n*: nobody\n",
        ),
        ("/etc/trueuserdomains", "a.example: joe\nb.example: eve\n"),
        (
            "/etc/userdatadomains",
            "a.example: joe==root==main==a.example==/home/joe/public_html==192.0.2.1:80==192.0.2.1:443==0==ea-php82\n\
             addon.example: eve==root==addon==addon.b.example==/home/eve/addon==192.0.2.1:80====0==\n",
        ),
    ];
    assert_eq!(
        of_panel("cPanel", &files, &[]),
        ["a.example joe", "addon.example eve", "b.example eve", "parked.example joe", "shop.a.example joe"]
    );
}

#[test]
fn plesk_by_its_generated_files() {
    let host = "<VirtualHost 192.0.2.1:443 >\n\tServerName \"p.example:443\"\n\t<IfModule mod_suexec.c>\n\t\tSuexecUserGroup \"ann_4x\" \
                \"psacln\"\n\t</IfModule>\n</VirtualHost>\n";
    let files = [
        ("/var/www/vhosts/system/p.example/conf/httpd.conf", host),
        ("/var/www/vhosts/system/sub.p.example/conf/nginx.conf", "server {}\n"),
        ("/var/www/vhosts/system/gone.example/logs/access_log", ""),
        ("/var/www/vhosts/p.example/httpdocs/index.html", ""),
    ];
    let links = [("/var/www/vhosts/system/p.example/conf/last_httpd.conf", "httpd.conf")];
    assert_eq!(of_panel("Plesk", &files, &links), ["p.example ann_4x", "sub.p.example"]);
}

#[test]
fn directadmin_by_its_lists() {
    let users = "/usr/local/directadmin/data/users/eve";
    let files = [
        ("/etc/virtual/domainowners".to_owned(), "da.example: eve\nother.example: bob\n"),
        (format!("{users}/domains.list"), "da.example\nda2.example\n../../x.example\n"),
        (format!("{users}/domains/da.example.pointers"), "alias.example=alias\npointer.example=pointer\n"),
        (format!("{users}/domains/da2.example.subdomains"), "blog\nshop\n"),
    ];
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), *text)).collect();
    assert_eq!(
        of_panel("DirectAdmin", &files, &[]),
        [
            "alias.example eve",
            "blog.da2.example eve",
            "da.example eve",
            "da2.example eve",
            "other.example bob",
            "pointer.example eve",
            "shop.da2.example eve",
        ]
    );
}

#[test]
fn ispconfig_by_its_links() {
    let files =
        [("/var/www/clients/client7/web9/web/index.html", ""), ("/var/www/clients/client0/web1/web/x", "")];
    let links = [
        ("/var/www/i.example", "/var/www/clients/client7/web9/"),
        ("/var/www/clients/client7/i.example", "/var/www/clients/client7/web9/"),
        // With website_symlinks_rel.
        ("/var/www/rel.example", "clients/client0/web1"),
        ("/var/www/clients/client0/rel2.example", "web1"),
        ("/var/www/html.example", "/srv/html"),
        ("/var/www/clients/client7/log.example", "web9/log"),
    ];
    assert_eq!(
        of_panel("ISPConfig", &files, &links),
        ["i.example client7", "rel.example client0", "rel2.example client0"]
    );
}

#[test]
fn hestia_and_vesta_by_their_lines() {
    let line = "DOMAIN='h.example' IP='192.0.2.1' IP6='' CUSTOM_DOCROOT='' ALIAS='www.h.example,*.h.example,h2.example' TPL='default' \
                SSL='yes' SUSPENDED='yes' TIME='10:00:00' DATE='2026-01-01'\n";
    let more = "DOMAIN='M\u{dc}LLER.example' IP='192.0.2.1' ALIAS='' SUSPENDED='no'\n";
    let hestia = [("/usr/local/hestia/data/users/ada/web.conf", format!("{line}{more}"))];
    let hestia: Vec<(&str, &str)> = hestia.iter().map(|(path, text)| (*path, text.as_str())).collect();
    assert_eq!(
        of_panel("HestiaCP", &hestia, &[]),
        [
            "*.h.example ada",
            "h.example ada",
            "h2.example ada",
            "www.h.example ada",
            "xn--mller-kva.example ada"
        ]
    );
    assert_eq!(of_panel("VestaCP", &[("/usr/local/vesta/data/users/bob/web.conf", line)], &[]).len(), 4);
}

#[test]
fn virtualmin_by_its_files() {
    let files = [
        (
            "/etc/webmin/virtual-server/domains/17000000001",
            "id=17000000001\ndom=v.example\nuser=kim\nssl=1\n#dom=x.example\n",
        ),
        (
            "/etc/webmin/virtual-server/domains/17000000002",
            "dom=alias.example\nuser=kim\nparent=17000000001\nalias=17000000001\n",
        ),
        (
            "/etc/webmin/virtual-server/domains/17000000003",
            "dom=old.example\ndisabled=1\ndom=off.example\nuser=lee\n",
        ),
        ("/etc/webmin/virtual-server/domains/17000000001.bak", "dom=was.example\nuser=kim\n"),
        ("/etc/webmin/virtual-server/domains/17000000001.webmintmp.4711", "dom=half.example\n"),
        ("/usr/local/etc/webmin/virtual-server/domains/1", "dom=bsd.example\nuser=max\n"),
    ];
    assert_eq!(
        of_panel("Virtualmin", &files, &[]),
        ["alias.example kim", "bsd.example max", "off.example lee", "v.example kim"]
    );
}

#[test]
fn cloudpanel_by_its_homes() {
    let files = [
        ("/home/clp/htdocs/app/x", ""),
        ("/home/clp/htdocs/panel.example/x", ""),
        ("/home/max/htdocs/www.c.example/index.php", ""),
        ("/home/max/htdocs/notes/x", ""),
    ];
    assert_eq!(of_panel("CloudPanel", &files, &[]), ["www.c.example max"]);
    // Version 1.
    let one = [("/home/cloudpanel/htdocs/www.d.example/index.php", "")];
    assert_eq!(of_panel("CloudPanel", &one, &[]), ["www.d.example cloudpanel"]);
    assert_eq!(whose(&[("/home/max/htdocs/www.c.example/x", "")], &[]), [], "no panel");
}

#[test]
fn cyberpanel_by_its_hosts() {
    let host = |account: &str| {
        format!(
            "docRoot                   $VH_ROOT/public_html\nvhDomain                  $VH_NAME\nvhAliases                 www.$VH_NAME\n\
             extprocessor {account} {{\n  extUser                 {account}\n  extGroup                {account}\n}}\n"
        )
    };
    let (open, off) = (host("yves1"), host("zoe2"));
    let apache = "<VirtualHost *:80>\n    ServerName e.example\n    ServerAlias www.e.example e2.example\n    SuexecUserGroup eve3 eve3\n\
                  </VirtualHost>\n";
    let main = "listener Default{\n  address                 *:80\n  map                     y.example y.example, alias.example\n\
                map                     z.example z.example\n  map                     Example *\n}\n";
    let files = [
        ("/usr/local/CyberCP/manage.py", ""),
        ("/usr/local/lsws/conf/httpd_config.conf", main),
        ("/usr/local/lsws/conf/vhosts/y.example/vhost.conf", open.as_str()),
        ("/usr/local/lsws/conf/vhosts/z.example-suspended/vhost.conf", off.as_str()),
        ("/usr/local/lsws/conf/vhosts/e.example/vhost.conf", apache),
        ("/usr/local/lsws/conf/vhosts/Example/vhconf.conf", "docRoot $VH_ROOT/html/\n"),
    ];
    assert_eq!(
        of_panel("CyberPanel", &files, &[]),
        [
            "alias.example yves1",
            "e.example eve3",
            "e2.example eve3",
            "www.e.example eve3",
            "y.example yves1",
            "z.example zoe2",
        ]
    );
}

#[test]
fn what_may_not_be_read_is_told() {
    use std::os::unix::fs::PermissionsExt as _;
    let (root, system) = tree(&[
        ("/etc/nginx/nginx.conf", "http { include secret/*; include big; }"),
        ("/etc/nginx/secret/a", "server { listen 80; }"),
    ]);
    let big = std::fs::File::create(root.path().join("etc/nginx/big")).expect("a file");
    big.set_len(crate::system::MAX_FILE + 1).expect("a hole");
    let secret = root.path().join("etc/nginx/secret");
    std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o0)).expect("its owner's");
    let served = super::look(&system);
    let told = |file: &str| served.unread.iter().any(|one| one.file == file);
    assert!(told("/etc/nginx/big"), "{:?}", served.unread);
    // Root may read it all the same.
    assert!(told("/etc/nginx/secret") || served.sites.len() == 1, "{:?}", served.unread);
    std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o755)).expect("its owner's");
}

#[test]
fn certificates_are_read_and_keys_are_not() {
    let pki = midwatch_testbed::pki::Pki::new();
    let root = pki.authority("Test root", midwatch_testbed::pki::Key::EcP256);
    let identity = pki.issue(&root, &midwatch_testbed::pki::Leaf::new(&["a.example", "*.b.example"]));
    let chain = std::fs::read_to_string(&identity.bundle).expect("a file");
    let served = look(&[
        (
            "/etc/nginx/nginx.conf",
            "http { server { listen 443 ssl; ssl_certificate a.pem; ssl_certificate_key a.key; } }",
        ),
        ("/etc/nginx/a.pem", &chain),
        (
            "/etc/letsencrypt/renewal/a.example.conf",
            "cert = /etc/letsencrypt/live/a.example/cert.pem\nfullchain = /etc/letsencrypt/live/a.example/fullchain.pem\n",
        ),
        ("/etc/letsencrypt/live/a.example/fullchain.pem", &chain),
        (
            "/etc/letsencrypt/live/old.example/fullchain.pem",
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        ),
    ]);
    let one = served.certificates[0].certificate.value().expect("a certificate");
    assert_eq!((one.names.join(" "), one.key.as_str()), ("a.example *.b.example".into(), "EC P-256"));
    assert!(!one.self_issued && one.not_after > one.not_before);
    let of = |file: &str| served.certificates.iter().find(|one| one.file == file).expect("a file");
    assert_eq!(of("/etc/letsencrypt/live/a.example/fullchain.pem").renewed_by.as_deref(), Some("certbot"));
    assert!(of("/etc/letsencrypt/live/old.example/fullchain.pem").certificate.is_unmeasured());
    let text = serde_json::to_string(&served).expect("JSON");
    assert!(!text.contains("PRIVATE"));
}

#[test]
fn a_macro_that_doubles_itself_ends() {
    let mut text = String::from(
        "Listen 80\n<Macro M0 $a>\n<VirtualHost *:80>\nServerName $a.example\n</VirtualHost>\n</Macro>\n",
    );
    for at in 1..40 {
        text.push_str(&format!("<Macro M{at} $a>\nUse M{} $a\nUse M{} $a\n</Macro>\n", at - 1, at - 1));
    }
    text.push_str("Use M10 x\nUse M39 y\n");
    let served = super::parse_alone(1, &text);
    assert!(served.sites.iter().all(|site| site.software == SiteSoftware::Apache));
    assert!(served.unread.iter().any(|one| one.why.detail.contains("deeper")), "{:?}", served.unread);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_text_breaks_a_parser(kind in 0_u8..4, text in "(server|listen|http|\\{|\\}|;|<VirtualHost \\*:80>|ServerName|Use|a\\.example|[\\n \"'$:.0-9a-z])*") {
        super::parse_alone(kind, &text);
    }
}
