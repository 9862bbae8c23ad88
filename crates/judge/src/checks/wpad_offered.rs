//! The link offers a proxy configuration.

use midwatch_model::{AttackId::*, Confidence, Severity, Station};

use crate::Check;

pub(crate) static CHECK: Check = Check {
    id: "wpad-offered",
    title: "The link offers a proxy configuration",
    severity: Severity::High,
    says: "{place} offers a proxy configuration",
    about: "Programs that look for a proxy by themselves (WPAD) take its address from DHCP, or ask for a computer of the \
            name `wpad`, on the link too. The script that they fetch from there decides for every URL through whom it is \
            asked, and it comes over plain http.",
    gain: "To be the proxy of every program that looks for one: all of plain http, and which sites are visited over https.",
    from: &[Station::Wifi, Station::Router],
    attacks: &[HttpInjection, Eavesdropping, StrippingAndDowngrade],
    decided: "High where somebody on the link answers for the name wpad (LLMNR, mDNS, NetBIOS). Low where a DHCP server \
              names a place (option 252): networks of companies do.",
    benign: &["The network of a company that has its computers find their proxy this way."],
    fix: "Switch off looking for proxies: 'No proxy' in Firefox, 'Automatically detect settings' off in Windows, \
          'Auto Proxy Discovery' off in macOS, 'none' in GNOME's network proxy settings.",
    settings: &[],
    source: "draft-ietf-wrec-wpad-01; RFC 4795; RFC 6762; CERT VU#598349",
    find: |view, found| {
        for seen in &view.here.links {
            for one in seen.fact.responders.iter().filter(|one| one.wpad) {
                let mac = one.mac.as_deref().unwrap_or("an unknown link-layer address");
                found
                    .at(format!("{} at {}", one.address, one.interface))
                    .confidence(Confidence::Firm)
                    .title("Somebody on the link answers for the name of the proxy configuration")
                    .see(seen.id, format!("{mac} answers for wpad with {}", one.address));
            }
            for offer in &seen.fact.dhcp {
                let Some(url) = &offer.wpad else { continue };
                found
                    .at(format!("the DHCP server {} at {}", offer.server, offer.interface))
                    .severity(Severity::Low)
                    .confidence(Confidence::Tentative)
                    .see(seen.id, format!("it names {url}"));
            }
        }
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::NameProtocol;

    use super::*;
    use crate::testing::*;

    #[test]
    fn an_answer_is_high_and_dhcp_is_low() {
        let answered = Scene::empty()
            .link(|link| link.responders = vec![link_responder(NameProtocol::Llmnr, &["wpad"], 1)]);
        assert_eq!(answered.severities(CHECK.id), [Severity::High]);
        let handed =
            Scene::empty().link(|link| link.dhcp[0].wpad = Some("http://192.168.1.1/wpad.dat".into()));
        assert_eq!(handed.severities(CHECK.id), [Severity::Low]);
        let host = Scene::empty()
            .link(|link| link.responders = vec![link_responder(NameProtocol::Mdns, &["nas.local"], 1)]);
        assert!(host.find(CHECK.id).is_empty());
    }
}
