//! The configuration as everybody with an account may read it: in words, and without any secret.

use std::fmt::Display;
use std::path::Path;

use super::Config;
use crate::alert::secret::Secret;

/// A table with its keys and values.
pub type Table = (&'static str, Vec<(&'static str, String)>);

impl Config {
    /// What is set, or holds where nothing is set, table by table. Of secrets only where they lie.
    pub fn shown(&self) -> Vec<Table> {
        let (watch, alerts, web, policy) = (&self.watch, &self.alerts, &self.web, &self.policy);
        vec![
            (
                "watch",
                vec![
                    ("state", path(watch.state.as_deref())),
                    ("store", secret(watch.store.as_ref(), "the file watch.db in the state directory")),
                    ("every", watch.every.to_string()),
                    ("jitter", format!("{} %", watch.jitter)),
                    ("at_once", watch.at_once.to_string()),
                    ("per_host", watch.per_host.to_string()),
                    ("longest", watch.longest.to_string()),
                    ("first_look", format!("{:?}", watch.first_look).to_lowercase()),
                    ("threshold", watch.threshold.to_string()),
                ],
            ),
            (
                "alerts",
                vec![
                    ("quiet", list(&alerts.quiet, "none")),
                    (
                        "urgent",
                        alerts.urgent.severity().map_or_else(|| "never".into(), |least| least.to_string()),
                    ),
                    ("digest", alerts.digest.map_or_else(|| "none".into(), |time| time.to_string())),
                    ("dashboard", self.dashboard().map_or_else(|| "none".into(), |url| url.to_string())),
                ],
            ),
            (
                "web",
                vec![
                    ("listen", web.listen.to_string()),
                    ("tls", web.tls_mode().name().into()),
                    ("names", list(&web.names, "its address alone")),
                    ("session", web.session.to_string()),
                    ("idle", web.idle.to_string()),
                    ("bind_to_address", yes(web.bind_to_address)),
                    ("password.length", web.password.length.to_string()),
                    ("password.on", yes(web.password.on)),
                    ("password.second_factor", format!("{:?}", web.password.second_factor).to_lowercase()),
                    ("oidc", web.oidc.as_ref().map_or_else(|| "none".into(), |oidc| oidc.issuer.clone())),
                ],
            ),
            (
                "policy",
                vec![
                    ("add_targets", format!("{:?}", policy.add_targets).to_lowercase()),
                    ("most", policy.most.to_string()),
                    ("at_least_every", policy.at_least_every.to_string()),
                    ("loopback", yes(policy.loopback)),
                ],
            ),
            (
                "retention",
                vec![
                    (
                        "age",
                        self.retention.age.as_ref().map_or_else(|| "for ever".into(), ToString::to_string),
                    ),
                    (
                        "count",
                        self.retention.count.map_or_else(|| "all values".into(), |count| count.to_string()),
                    ),
                ],
            ),
            ("metrics", vec![("on", yes(self.metrics.on))]),
        ]
    }
}

fn yes(is: bool) -> String {
    if is { "yes" } else { "no" }.into()
}

fn path(path: Option<&Path>) -> String {
    path.map_or_else(|| "the usual place".into(), |path| path.display().to_string())
}

fn list<T: Display>(all: &[T], none: &str) -> String {
    match all {
        [] => none.into(),
        all => all.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
    }
}

/// Where a secret lies.
fn secret(secret: Option<&Secret>, none: &str) -> String {
    match secret {
        None => none.into(),
        Some(Secret::Inline(_)) => "written in the file".into(),
        Some(Secret::File { file }) => format!("in the file {}", file.display()),
        Some(Secret::Env { env }) => format!("in the variable {env}"),
        Some(Secret::Credential { credential }) => format!("in the credential {credential}"),
    }
}
