//! The documents that people's programs set themselves up by: Mozilla's "config-v1.1.xml", as Thunderbird asks for it.

use std::sync::Arc;

use midwatch_model::{
    AutoconfigServer, AutoconfigSource, MailAutoconfig, MailAutoconfigDocument, MailProtocol, Outcome,
    SocketType,
};
use roxmltree::{Document, Node, ParsingOptions};

use super::tags::short;
use super::web::Web;

/// Bytes of a document that are read.
const MAX_DOCUMENT: usize = 256 << 10;

/// Nodes of a document that are read.
const MAX_NODES: u32 = 20_000;

/// Servers that are kept of one document.
const MAX_SERVERS: usize = 50;

/// Ways to log in that are kept of one server.
const MAX_WAYS: usize = 10;

/// The places that programs ask for a domain, each over https and over plain http as far as programs do.
pub fn places(domain: &str) -> Vec<(AutoconfigSource, String)> {
    use AutoconfigSource::*;
    vec![
        (Autoconfig, format!("https://autoconfig.{domain}/mail/config-v1.1.xml")),
        (Autoconfig, format!("http://autoconfig.{domain}/mail/config-v1.1.xml")),
        (WellKnown, format!("https://{domain}/.well-known/autoconfig/mail/config-v1.1.xml")),
        (WellKnown, format!("http://{domain}/.well-known/autoconfig/mail/config-v1.1.xml")),
        (Autodiscover, format!("https://autodiscover.{domain}/autodiscover/autodiscover.xml")),
        (Autodiscover, format!("http://autodiscover.{domain}/autodiscover/autodiscover.xml")),
    ]
}

/// Asks one place, by one address.
pub async fn ask(web: &Arc<Web>, domain: &str, source: AutoconfigSource, url: &str) -> MailAutoconfig {
    let answer = web.get_any(url, MAX_DOCUMENT).await;
    let plain = url.starts_with("http:");
    let mut found = MailAutoconfig {
        domain: domain.to_owned(),
        source,
        url: url.to_owned(),
        plain,
        address: answer.address,
        status: answer.head.as_ref().map_or_else(|why| why.clone().into(), |head| Outcome::seen(head.status)),
        location: answer.head.as_ref().ok().and_then(|head| head.location.clone()),
        certificate: answer.certificate(),
        document: Outcome::refused("no document"),
    };
    found.document = match &answer.head {
        Err(why) => why.clone().into(),
        Ok(_) if source == AutoconfigSource::Autodiscover => {
            let why = "such a document is given for a POST that names an address, and none is sent";
            Outcome::unmeasured(midwatch_model::ReasonKind::NotAsked, why)
        }
        Ok(head) if head.status == 200 => match (&head.incomplete, document(&answer.text())) {
            (Some(why), None) => why.clone().into(),
            (_, None) => Outcome::refused("the answer is no document of this kind"),
            (_, Some(document)) => Outcome::seen(document),
        },
        Ok(head) => Outcome::refused(format!("status {}", head.status)),
    };
    found
}

/// Reads a document; none where the text is none of this kind. Entities are not expanded beyond those of XML itself: a document
/// type declaration is an error.
pub fn document(text: &str) -> Option<MailAutoconfigDocument> {
    let options = ParsingOptions { allow_dtd: false, nodes_limit: MAX_NODES, ..ParsingOptions::default() };
    let document = Document::parse_with_options(text, options).ok()?;
    let root = document.root_element();
    if root.tag_name().name() != "clientConfig" {
        return None;
    }
    let servers = root
        .descendants()
        .filter(|node| matches!(node.tag_name().name(), "incomingServer" | "outgoingServer"))
        .take(MAX_SERVERS)
        .map(server)
        .collect();
    Some(MailAutoconfigDocument { servers })
}

fn server(node: Node<'_, '_>) -> AutoconfigServer {
    let text = |name: &str| -> String {
        let child = node.children().find(|child| child.tag_name().name() == name);
        child.and_then(|child| child.text()).unwrap_or_default().trim().to_owned()
    };
    let kind = short(node.attribute("type").unwrap_or_default());
    let protocol = match kind.to_ascii_lowercase().as_str() {
        "imap" => Some(MailProtocol::Imap),
        "pop3" => Some(MailProtocol::Pop3),
        "smtp" => Some(MailProtocol::Submission),
        _ => None,
    };
    let socket = match text("socketType").to_ascii_uppercase().as_str() {
        "PLAIN" => SocketType::Plain,
        "SSL" | "TLS" => SocketType::Tls,
        "STARTTLS" => SocketType::Starttls,
        _ => SocketType::Unknown,
    };
    let ways = node.children().filter(|child| child.tag_name().name() == "authentication");
    AutoconfigServer {
        protocol,
        kind,
        host: text("hostname")
            .chars()
            .take(253)
            .collect::<String>()
            .trim_end_matches('.')
            .to_ascii_lowercase(),
        port: text("port").parse().ok().filter(|port| *port > 0),
        socket,
        authentication: ways
            .filter_map(|way| way.text())
            .map(|way| short(way.trim()))
            .take(MAX_WAYS)
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const EXAMPLE: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<clientConfig version="1.1">
  <emailProvider id="shop.example">
    <domain>shop.example</domain>
    <incomingServer type="imap">
      <hostname>IMAP.shop.example.</hostname><port>993</port><socketType>SSL</socketType>
      <username>%EMAILADDRESS%</username><authentication>password-cleartext</authentication>
    </incomingServer>
    <incomingServer type="pop3">
      <hostname>pop.shop.example</hostname><port>110</port><socketType>plain</socketType>
    </incomingServer>
    <outgoingServer type="smtp">
      <hostname>smtp.shop.example</hostname><port>587</port><socketType>STARTTLS</socketType>
      <authentication>OAuth2</authentication><authentication>password-cleartext</authentication>
    </outgoingServer>
    <incomingServer type="exchange"><hostname>x</hostname><port>none</port></incomingServer>
  </emailProvider>
</clientConfig>"#;

    #[test]
    fn servers_that_a_document_names() {
        let read = document(EXAMPLE).expect("a document");
        let short: Vec<_> = read
            .servers
            .iter()
            .map(|one| (one.protocol, one.host.as_str(), one.port, one.socket, one.authentication.len()))
            .collect();
        assert_eq!(
            short,
            [
                (Some(MailProtocol::Imap), "imap.shop.example", Some(993), SocketType::Tls, 1),
                (Some(MailProtocol::Pop3), "pop.shop.example", Some(110), SocketType::Plain, 0),
                (Some(MailProtocol::Submission), "smtp.shop.example", Some(587), SocketType::Starttls, 2),
                (None, "x", None, SocketType::Unknown, 0),
            ]
        );
    }

    #[test]
    fn what_is_no_such_document() {
        let bomb = "<!DOCTYPE a [<!ENTITY b \"cc\">]><clientConfig>&b;</clientConfig>";
        for other in ["", "<html></html>", "<clientConfig>", "hello", bomb, "<a xmlns='clientConfig'/>"] {
            assert_eq!(document(other), None, "{other}");
        }
        assert_eq!(document("<clientConfig/>"), Some(MailAutoconfigDocument::default()));
    }

    #[test]
    fn large_documents_are_bounded() {
        let many = format!("<clientConfig>{}</clientConfig>", "<incomingServer/>".repeat(1_000));
        assert_eq!(document(&many).map(|read| read.servers.len()), Some(MAX_SERVERS));
        let more = format!("<clientConfig>{}</clientConfig>", "<a/>".repeat(MAX_NODES as usize));
        assert_eq!(document(&more), None);
    }

    proptest! {
        #[test]
        fn no_text_breaks_it(text in "(<clientConfig>)?.{0,200}") {
            let _ = document(&text);
        }
    }
}
