//! The pictures, drawn by hand as simple shapes. Each verdict has a shape of its own, so that it can be told
//! without colour: an octagon, a half-filled diamond, a dashed circle, a shield.

use midwatch_model::{Station, Verdict};

use crate::way::Place;

/// The symbols that the page refers to, once in each document.
pub(super) const SYMBOLS: &str = r##"<svg class="symbols" width="0" height="0" aria-hidden="true" focusable="false">
<symbol id="v-exposed" viewBox="0 0 24 24"><path fill="currentColor" d="M8 1.5h8l6.5 6.500v8L16 22.500H8L1.5 16V8z"/><path class="cut" d="M8.2 8.200l7.6 7.600M15.8 8.200l-7.6 7.6"/></symbol>
<symbol id="v-partly" viewBox="0 0 24 24"><path class="rim" d="M12 2.2 21.8 12 12 21.8 2.2 12z"/><path fill="currentColor" d="M12 2.200V21.800L2.2 12z"/></symbol>
<symbol id="v-unknown" viewBox="0 0 24 24"><circle class="rim dashed" cx="12" cy="12" r="10"/><path class="stroke" d="M9.2 9.600a2.8 2.8 0 1 1 4.3 2.400c-1 .7-1.5 1.2-1.5 2.4"/><circle fill="currentColor" cx="12" cy="17.3" r="1.3"/></symbol>
<symbol id="v-protected" viewBox="0 0 24 24"><path fill="currentColor" d="M12 1.500l8.5 3.200v6.300c0 5.2-3.5 9.3-8.5 11.5-5-2.2-8.5-6.3-8.5-11.500V4.700z"/><path class="cut" d="M7.8 12.200l3 3 5.4-6"/></symbol>
<symbol id="s-you" viewBox="0 0 48 48"><rect x="11" y="11" width="26" height="18" rx="2"/><path d="M5 34h38l-2.5 4h-33z"/></symbol>
<symbol id="s-wifi" viewBox="0 0 48 48"><path d="M8 21c9-9 23-9 32 0M14 27.500c5.7-5.7 14.3-5.7 20 0M19.7 33.500c2.5-2.5 6.1-2.5 8.6 0"/><circle class="solid" cx="24" cy="38" r="2"/></symbol>
<symbol id="s-router" viewBox="0 0 48 48"><rect x="7" y="25" width="34" height="13" rx="3"/><path d="M14 25V11M34 25V11M27 31.500h8"/><circle class="solid" cx="14" cy="31.5" r="1.7"/><circle class="solid" cx="20" cy="31.5" r="1.7"/></symbol>
<symbol id="s-dns" viewBox="0 0 48 48"><path d="M24 6v4M24 20v4M24 34v8M11 10h21l5 5-5 5H11zM37 24H16l-5 5 5 5h21z"/></symbol>
<symbol id="s-network" viewBox="0 0 48 48"><circle cx="24" cy="24" r="16"/><ellipse cx="24" cy="24" rx="7" ry="16"/><path d="M8 24h32M10.5 16h27M10.5 32h27"/></symbol>
<symbol id="s-server" viewBox="0 0 48 48"><rect x="10" y="7" width="28" height="10" rx="2"/><rect x="10" y="19" width="28" height="10" rx="2"/><rect x="10" y="31" width="28" height="10" rx="2"/><path d="M24 12h9M24 24h9M24 36h9"/><circle class="solid" cx="15.5" cy="12" r="1.6"/><circle class="solid" cx="15.5" cy="24" r="1.6"/><circle class="solid" cx="15.5" cy="36" r="1.6"/></symbol>
<symbol id="s-cable" viewBox="0 0 48 48"><path d="M17 6v9M31 6v9M13 15h22v8a11 11 0 0 1-22 0zM24 34v8"/></symbol>
<symbol id="s-tunnel" viewBox="0 0 48 48"><rect x="11" y="21" width="26" height="19" rx="3"/><path d="M16 21v-5a8 8 0 0 1 16 0v5M24 28.500v4.5"/></symbol>
<symbol id="s-proxy" viewBox="0 0 48 48"><rect x="17" y="9" width="14" height="30" rx="2"/><path d="M4 18h13M31 18h12M39 14l4 4-4 4M44 30H31M17 30H5M9 26l-4 4 4 4"/></symbol>
<symbol id="s-echo" viewBox="0 0 48 48"><path d="M6 16h28l-6-6M42 32H14l6 6"/><circle class="solid" cx="40" cy="16" r="2.4"/><circle class="solid" cx="8" cy="32" r="2.4"/></symbol>
</svg>
"##;

/// The shape of a verdict. The word stands beside it, so screen readers skip the picture.
pub(super) fn verdict(verdict: Verdict) -> String {
    format!("<svg class=\"mark\" aria-hidden=\"true\"><use href=\"#v-{verdict}\"/></svg>")
}

/// The picture of a station.
pub(super) fn station(station: Station) -> String {
    let name = match station {
        Station::You => "you",
        Station::Wifi => "wifi",
        Station::Router => "router",
        Station::Dns => "dns",
        Station::Network => "network",
        Station::Server => "server",
    };
    picture(name)
}

/// The picture of a place on the way from this computer.
pub(super) fn place(place: Place) -> String {
    picture(match place {
        Place::Computer => "you",
        Place::Wifi => "wifi",
        Place::Cable | Place::Link => "cable",
        Place::Gateway => "router",
        Place::Tunnel => "tunnel",
        Place::Resolver => "dns",
        Place::Proxy => "proxy",
        Place::Internet => "network",
        Place::Echo => "echo",
        Place::Sites => "server",
    })
}

fn picture(name: &str) -> String {
    format!("<svg class=\"station\" aria-hidden=\"true\"><use href=\"#s-{name}\"/></svg>")
}
