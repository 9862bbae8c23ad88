//! What there is to audit: every name of every site, with where it is reached.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use midwatch_model::{ServedSite, ServedSites, SiteListen};

/// Names that are audited.
const MAX_JOBS: usize = 1_000_000;

/// The audits to be done.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) jobs: Vec<Job>,
    /// Names that are patterns, under which there is nothing to ask for.
    pub(super) patterns: u32,
}

/// The audit of one name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Job {
    /// The name.
    pub(super) name: String,
    /// The port of https as visitors know it, and where this computer reaches it.
    pub(super) https: Option<(u16, SocketAddr)>,
    /// The same of http.
    pub(super) http: Option<(u16, SocketAddr)>,
    /// What its TLS shares with the sites whose hellos are answered alike; none where it must be measured by itself.
    pub(super) group: Option<String>,
    /// Its certificates by their files, so that a job is another one once they change.
    certificates: String,
}

impl Job {
    /// What the job is known by: the name, where it is, and what it shows. The same for the same configuration.
    pub(super) fn key(&self) -> String {
        let at = |place: Option<(u16, SocketAddr)>| place.map_or("-".to_owned(), |(_, at)| at.to_string());
        let group = self.group.as_deref().unwrap_or("-");
        format!(
            "{} {} {} {} {}",
            self.name,
            at(self.https),
            at(self.http),
            short(group),
            short(&self.certificates)
        )
    }
}

/// A short word for a longer one. It tells changes of a configuration apart, and keeps nobody out.
fn short(text: &str) -> String {
    // FNV-1a, which is the same on every computer.
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{hash:016x}")
}

/// One job for each name, in the order of the configuration.
pub(super) fn plan(served: &ServedSites) -> Plan {
    let places = Places::of(served);
    let mut plan = Plan::default();
    let mut known: HashMap<&str, usize> = HashMap::new();
    for site in served.sites.iter().filter(|site| !site.stream) {
        let exact = site.exact_names().filter(|name| is_host(name));
        let before = site.names.len();
        let mut count = 0;
        for name in exact {
            count += 1;
            let at = *known.entry(name).or_insert_with(|| {
                plan.jobs.push(Job::new(name));
                plan.jobs.len() - 1
            });
            if plan.jobs.len() > MAX_JOBS {
                return plan;
            }
            if let Some(job) = plan.jobs.get_mut(at) {
                job.take(served, site, &places);
            }
        }
        plan.patterns = plan.patterns.saturating_add(u32::try_from(before - count).unwrap_or(u32::MAX));
    }
    plan.jobs.retain(|job| job.https.is_some() || job.http.is_some());
    plan
}

impl Job {
    fn new(name: &str) -> Job {
        Job { name: name.to_owned(), https: None, http: None, group: None, certificates: String::new() }
    }

    /// Takes the places of a site of that name, where there is none of the kind yet.
    fn take(&mut self, served: &ServedSites, site: &ServedSite, places: &Places<'_>) {
        for listen in best(&site.listens, true) {
            if self.https.is_some() {
                break;
            }
            let Some(at) = places.reached(listen) else { continue };
            self.https = Some((listen.port, at));
            self.group = group(served, site, listen, places);
            self.certificates = hashes(served, site);
        }
        for listen in best(&site.listens, false) {
            if self.http.is_some() {
                break;
            }
            self.http = places.reached(listen).map(|at| (listen.port, at));
        }
    }
}

/// The places with TLS, or without, those first that visitors come to by themselves, and IPv4 first.
fn best(listens: &[SiteListen], tls: bool) -> Vec<&SiteListen> {
    let usual = if tls { 443 } else { 80 };
    let mut all: Vec<&SiteListen> = listens.iter().filter(|listen| listen.tls == tls).collect();
    all.sort_by_key(|listen| (listen.port != usual, listen.address.is_ipv6(), listen.port, listen.address));
    all
}

/// What decides how a hello is answered, beside the certificate itself: the place, whose default site decides on the
/// versions; the site's own settings; and the kind of its key. None where a certificate could not be read, so that the
/// kind is not known.
fn group(
    served: &ServedSites,
    site: &ServedSite,
    listen: &SiteListen,
    places: &Places<'_>,
) -> Option<String> {
    let mut keys: Vec<&str> = Vec::new();
    for at in &site.certificates {
        let file = served.certificates.get(usize::try_from(*at).ok()?)?;
        keys.push(&file.certificate.value()?.key);
    }
    // A program that gets its certificates by itself may have any kind.
    if keys.is_empty() {
        return None;
    }
    keys.sort_unstable();
    let own = site.tls_settings.as_deref()?;
    let default = places.default_settings(listen)?;
    Some(format!("{} {listen} {default} {own} {}", site.software, keys.join("+")))
}

fn hashes(served: &ServedSites, site: &ServedSite) -> String {
    let files = site.certificates.iter().filter_map(|at| served.certificates.get(usize::try_from(*at).ok()?));
    files.filter_map(|file| Some(file.certificate.value()?.sha256.as_str())).collect::<Vec<_>>().join(" ")
}

/// Where sites listen, all together.
struct Places<'a> {
    taken: HashSet<(IpAddr, u16)>,
    defaults: BTreeMap<(IpAddr, u16), &'a ServedSite>,
}

impl<'a> Places<'a> {
    fn of(served: &'a ServedSites) -> Self {
        let mut places = Places { taken: HashSet::new(), defaults: BTreeMap::new() };
        for site in &served.sites {
            for listen in &site.listens {
                places.taken.insert((listen.address, listen.port));
                if listen.default {
                    places.defaults.entry((listen.address, listen.port)).or_insert(site);
                }
            }
        }
        places
    }

    /// Where this computer reaches a place. What listens at all addresses is asked at one of loopback that no other site
    /// has for itself, since the more exact place answers.
    fn reached(&self, listen: &SiteListen) -> Option<SocketAddr> {
        let at = listen.reached_at();
        if !listen.address.is_unspecified() || !self.taken.contains(&(at.ip(), at.port())) {
            return Some(at);
        }
        // All of 127.0.0.0/8 is this computer (RFC 1122 3.2.1.3); of IPv6 it is one address alone.
        let IpAddr::V4(_) = at.ip() else { return None };
        let others = (2..=254).map(|last| IpAddr::from(Ipv4Addr::new(127, 0, 0, last)));
        let free = others.into_iter().find(|ip| !self.taken.contains(&(*ip, at.port())))?;
        Some(SocketAddr::new(free, at.port()))
    }

    fn default_settings(&self, listen: &SiteListen) -> Option<&'a str> {
        self.defaults.get(&(listen.address, listen.port))?.tls_settings.as_deref()
    }
}

/// True for a name that can be asked for.
fn is_host(name: &str) -> bool {
    let fits = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    name.len() <= 253 && name.split('.').all(fits) && name.parse::<IpAddr>().is_err()
}

#[cfg(test)]
mod tests {
    use midwatch_model::{CertificateFile, FileCertificate, Outcome, PlainSays, SiteSoftware, Time};

    use super::*;

    fn listen(at: &str, tls: bool, default: bool) -> SiteListen {
        let at: SocketAddr = at.parse().expect("an address");
        SiteListen { address: at.ip(), port: at.port(), tls, default }
    }

    fn site(names: &[&str], listens: &[SiteListen], settings: &str, certificate: u32) -> ServedSite {
        ServedSite {
            software: SiteSoftware::Nginx,
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            listens: listens.to_vec(),
            certificates: vec![certificate],
            rejects: false,
            automatic: false,
            stream: false,
            plain: PlainSays::Unknown,
            user_directories: None,
            tls_settings: listens.iter().any(|listen| listen.tls).then(|| settings.to_owned()),
            account: None,
            file: "/etc/nginx/nginx.conf".into(),
            line: 1,
        }
    }

    fn certificate(key: &str) -> CertificateFile {
        CertificateFile {
            file: format!("/{key}"),
            certificate: Outcome::seen(FileCertificate {
                subject: String::new(),
                issuer: String::new(),
                names: vec![],
                more: 0,
                not_before: Time::UNIX_EPOCH,
                not_after: Time::UNIX_EPOCH,
                key: key.into(),
                sha256: format!("{key}00"),
                self_issued: false,
                count: 1,
            }),
            renewed_by: None,
        }
    }

    fn served(sites: Vec<ServedSite>) -> ServedSites {
        let certificates = vec![certificate("EC P-256"), certificate("RSA 2048")];
        ServedSites { sites, certificates, ..ServedSites::default() }
    }

    #[test]
    fn a_name_is_one_job_with_both_its_places() {
        let served = served(vec![
            site(
                &["a.example", "*.a.example"],
                &[listen("0.0.0.0:80", false, true), listen("[::]:80", false, true)],
                "x",
                0,
            ),
            site(
                &["a.example"],
                &[listen("[::]:443", true, true), listen("0.0.0.0:443", true, true)],
                "x",
                0,
            ),
        ]);
        let plan = plan(&served);
        assert_eq!((plan.jobs.len(), plan.patterns), (1, 1));
        let job = &plan.jobs[0];
        assert_eq!(job.https.map(|(port, at)| (port, at.to_string())), Some((443, "127.0.0.1:443".into())));
        assert_eq!(job.http.map(|(port, at)| (port, at.to_string())), Some((80, "127.0.0.1:80".into())));
    }

    #[test]
    fn sites_are_alike_where_place_default_settings_and_key_are() {
        let at = [listen("0.0.0.0:443", true, false)];
        let first = [listen("0.0.0.0:443", true, true)];
        let of = |settings: &str, key: u32| {
            let served =
                served(vec![site(&["d.example"], &first, "x", 0), site(&["a.example"], &at, settings, key)]);
            let plan = plan(&served);
            plan.jobs[0].group == plan.jobs[1].group
        };
        assert!(of("x", 0));
        assert!(!of("y", 0) && !of("x", 1));
    }

    #[test]
    fn what_could_not_be_read_shares_nothing_and_a_new_certificate_is_a_new_job() {
        let mut all = served(vec![site(&["a.example"], &[listen("0.0.0.0:443", true, true)], "x", 0)]);
        let before = plan(&all).jobs[0].key();
        all.certificates[0] = certificate("EC P-384");
        assert_ne!(plan(&all).jobs[0].key(), before);
        all.certificates[0].certificate = Outcome::unmeasured(midwatch_model::ReasonKind::Other, "no");
        assert_eq!(plan(&all).jobs[0].group, None);
    }

    #[test]
    fn a_more_exact_place_is_gone_around() {
        let all = served(vec![
            site(&["a.example"], &[listen("0.0.0.0:443", true, true)], "x", 0),
            site(&["b.example"], &[listen("127.0.0.1:443", true, true)], "x", 0),
        ]);
        let at: Vec<_> =
            plan(&all).jobs.iter().filter_map(|job| job.https).map(|(_, at)| at.to_string()).collect();
        assert_eq!(at, ["127.0.0.2:443", "127.0.0.1:443"]);
    }
}
