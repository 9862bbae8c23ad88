//! A certificate on disk that has run out, or soon will.

use std::collections::HashMap;

use midwatch_model::{AttackId::*, Severity};

use super::served_support::{Fault, tell};
use crate::Check;
use crate::check::ON_PATH_OR_DNS;
use crate::view::server::called;
use crate::words;

/// Seconds of a day.
const DAY: i64 = 24 * 60 * 60;

pub(crate) static CHECK: Check = Check {
    id: "served-certificate-expiring",
    title: "Certificates on this server expire soon, or have expired",
    severity: Severity::Low,
    says: "the certificate in {place} expires soon or has expired",
    about: "The file that a site names holds a certificate whose time is nearly over. From that day on every visitor meets a \
            warning, and learns to click it away; a certificate of somebody in the middle brings the same one.",
    gain: "From that day on, visitors who click the warning away.",
    from: ON_PATH_OR_DNS,
    attacks: &[Impersonation, DnsSpoofing, IpHijacking],
    decided: "By the file's first certificate. Expired: high where a site names the file, else information. Less than 14 days \
              left: low; less than 3: medium. Where its whole life is 10 days or less, less than a quarter of that is low, \
              and less than a day, or than a sixth of the life, medium. A file that no site names counts as information at \
              most: mail or another program may use it.",
    benign: &[
        "An ACME client may renew it at any moment.",
        "The site may not be in use any more.",
        "The program may serve a newer certificate than the file that its configuration names, or an older one: it reads \
         files when it is told to.",
    ],
    fix: "Renew it, and look at why that did not happen by itself: certbot renew --dry-run. Then have the program read it \
          (systemctl reload nginx, apache2 or caddy).",
    settings: &[],
    source: "CA/Browser Forum Baseline Requirements 6.3.2; RFC 5280 4.1.2.5",
    find: |view, found| {
        let Some(seen) = view.inside.sites else { return };
        let mut users: HashMap<u32, Vec<String>> = HashMap::new();
        for site in &seen.fact.sites {
            for at in &site.certificates {
                users.entry(*at).or_default().push(called(site));
            }
        }
        let mut faults = Vec::new();
        for (at, file) in (0_u32..).zip(&seen.fact.certificates) {
            let Some(one) = file.certificate.value() else { continue };
            let left = one.not_after.as_second() - view.now.as_second();
            let life = one.not_after.as_second() - one.not_before.as_second();
            let Some(severity) = urgency(left, life) else { continue };
            let used = users.get(&at);
            let severity = if used.is_some() { severity } else { Severity::Info };
            let when = match left {
                _ if left < 0 => format!("has expired on {}", words::day(one.not_after)),
                _ => format!(
                    "is valid until {} ({} left)",
                    words::day(one.not_after),
                    words::duration(left.unsigned_abs())
                ),
            };
            let by = file.renewed_by.as_ref().map(|who| format!(", renewed by {who}")).unwrap_or_default();
            let of = match used {
                Some(names) => format!("of {}", words::some(names, 3)),
                None => "that no site names".into(),
            };
            let detail = format!("{} {of} {when}{by}", file.file);
            faults.push(Fault { severity, software: None, place: file.file.clone(), detail });
        }
        tell(view, found, "file", faults);
    },
};

/// How pressing it is, by the seconds that are left and those of the whole life.
fn urgency(left: i64, life: i64) -> Option<Severity> {
    let (soon, now) = if life <= 10 * DAY { (life / 4, DAY.min(life / 6)) } else { (14 * DAY, 3 * DAY) };
    match left {
        _ if left < 0 => Some(Severity::High),
        _ if left < now => Some(Severity::Medium),
        _ if left < soon => Some(Severity::Low),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    #[test]
    fn days_that_are_left() {
        let of = |days: i64| {
            Scene::served(&[served_site(&["a.example"], true)]).served_certificate(days, &["a.example"])
        };
        assert_eq!(of(-1).severities(CHECK.id), [Severity::High]);
        assert_eq!(of(2).severities(CHECK.id), [Severity::Medium]);
        assert_eq!(of(13).severities(CHECK.id), [Severity::Low]);
        assert!(of(60).find(CHECK.id).is_empty());
    }

    #[test]
    fn a_file_that_no_site_names_is_information() {
        let scene =
            Scene::served(&[served_site(&["a.example"], false)]).served_certificate(-1, &["a.example"]);
        assert_eq!(scene.severities(CHECK.id), [Severity::Info]);
    }
}
