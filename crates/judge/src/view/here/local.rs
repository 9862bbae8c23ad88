//! This computer's own configuration.

use std::net::IpAddr;

use midwatch_model::{
    BrowserSetting, BrowserSettingKind, Destination, Link, LinkKind, LocalBrowser, LocalNames, LocalNetwork,
    LocalResolver, LocalSetting, LocalSettingKind, LocalSettings, LocalTrust, PrivateAnchor, Route, Way,
};

use crate::view::Seen;

/// The facts, where they were looked for.
#[derive(Debug, Default)]
pub(crate) struct Local<'a> {
    pub(crate) network: Option<Seen<'a, LocalNetwork>>,
    pub(crate) names: Option<Seen<'a, LocalNames>>,
    pub(crate) settings: Vec<Seen<'a, LocalSettings>>,
    pub(crate) trust: Vec<Seen<'a, LocalTrust>>,
    pub(crate) browsers: Vec<Seen<'a, LocalBrowser>>,
}

impl<'a> Local<'a> {
    /// The settings of some kinds, each with the id of its observation.
    pub(crate) fn settings_of(
        &self,
        kinds: &'static [LocalSettingKind],
    ) -> impl Iterator<Item = (&'a str, &'a LocalSetting)> {
        let all = self.settings.iter().flat_map(|seen| seen.fact.found.iter().map(|one| (seen.id, one)));
        all.filter(|(_, setting)| kinds.contains(&setting.kind))
    }

    /// The settings of browsers of one kind.
    pub(crate) fn browser_settings(
        &self,
        kind: BrowserSettingKind,
    ) -> impl Iterator<Item = (Seen<'a, LocalBrowser>, &'a BrowserSetting)> {
        let all = self.browsers.iter().flat_map(|seen| seen.fact.found.iter().map(|one| (*seen, one)));
        all.filter(move |(_, setting)| setting.kind == kind)
    }

    /// Every trust anchor that no public root programme has.
    pub(crate) fn anchors(&self) -> impl Iterator<Item = (Seen<'a, LocalTrust>, &'a PrivateAnchor)> {
        self.trust.iter().flat_map(|seen| seen.fact.private.iter().map(|one| (*seen, one)))
    }

    /// The resolvers that questions leave this computer for.
    pub(crate) fn resolvers(&self) -> impl Iterator<Item = (&'a str, &'a LocalResolver)> {
        let named = self.names.into_iter().flat_map(|seen| {
            seen.fact.resolvers.value().into_iter().flatten().map(move |one| (seen.id, one))
        });
        named.filter(|(_, resolver)| !resolver.address.is_loopback())
    }

    /// Which way the kernel sends packets for a resolver, where it was asked.
    pub(crate) fn way_to(&self, resolver: IpAddr) -> Option<(&'a str, &'a Route)> {
        let (id, way) = self.ways(Destination::Resolver).find(|(_, way)| way.address == resolver)?;
        Some((id, way.route.value()?))
    }

    /// The ways to one kind of destination.
    pub(crate) fn ways(&self, to: Destination) -> impl Iterator<Item = (&'a str, &'a Way)> {
        let ways =
            self.network.into_iter().flat_map(|seen| seen.fact.ways.iter().map(move |way| (seen.id, way)));
        ways.filter(move |(_, way)| way.to == to)
    }

    /// The interface of a name.
    pub(crate) fn link(&self, name: &str) -> Option<&'a Link> {
        self.network?.fact.links.value()?.iter().find(|link| link.name == name)
    }

    /// True for an interface that is a tunnel.
    pub(crate) fn is_tunnel(&self, name: &str) -> bool {
        self.link(name).is_some_and(|link| link.kind == LinkKind::Tunnel)
    }

    /// The tunnels of VPNs that everything for the internet goes through; none where something goes around them, or
    /// the way was not asked for. Tunnels that encrypt nothing (GRE, IP in IP) do not count.
    pub(crate) fn vpn(&self) -> Option<Vec<(&'a str, &'a str)>> {
        let ways = self.ways(Destination::Internet).filter_map(|(id, way)| Some((id, way.route.value()?)));
        let used: Vec<(&str, &str)> = ways
            .filter(|(_, route)| !route.local)
            .map(|(id, route)| (id, route.interface.as_str()))
            .collect();
        let encrypts = |name: &str| {
            let driver = self.link(name).and_then(|link| link.driver.as_deref());
            self.is_tunnel(name) && matches!(driver, Some("wireguard" | "ovpn" | "xfrm" | "tun"))
        };
        (!used.is_empty() && used.iter().all(|(_, name)| encrypts(name))).then_some(used)
    }

    /// The tunnels that are switched on.
    pub(crate) fn tunnels(&self) -> Vec<&'a Link> {
        let links = self.network.and_then(|seen| seen.fact.links.value());
        links.into_iter().flatten().filter(|link| link.kind == LinkKind::Tunnel && link.up).collect()
    }
}
