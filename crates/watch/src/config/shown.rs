//! The configuration as everybody with an account may read it: in words, and without any secret. Lengths of time are shown
//! as the file takes them.

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
                    ("every", watch.every.in_words()),
                    ("jitter", format!("{} %", watch.jitter)),
                    ("at_once", watch.at_once.to_string()),
                    ("per_host", watch.per_host.to_string()),
                    ("longest", watch.longest.in_words()),
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
                    ("behind", list(&web.behind, "none")),
                    ("session", web.session.in_words()),
                    ("idle", web.idle.in_words()),
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
                    ("at_least_every", policy.at_least_every.in_words()),
                    ("loopback", yes(policy.loopback)),
                ],
            ),
            (
                "retention",
                vec![
                    ("age", self.retention.age.map_or_else(|| "for ever".into(), |age| age.in_words())),
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

#[cfg(test)]
mod tests {
    use crate::config::sections::Retention;
    use crate::config::values::Length;

    use super::*;

    #[test]
    fn lengths_of_time_read_naturally() {
        let shown = Config::default().shown();
        let value = |table: &str, key: &str| {
            let (_, values) = shown.iter().find(|(name, _)| *name == table).expect("the table");
            values.iter().find(|(name, _)| *name == key).expect("the key").1.clone()
        };
        assert_eq!(value("retention", "age"), "400 days");
        assert_eq!(value("web", "session"), "12 hours");
        assert_eq!(value("policy", "at_least_every"), "15 minutes");
        let read: Retention =
            toml::from_str(&format!("age = '{}'", value("retention", "age"))).expect("a table");
        assert_eq!(read.age, Some(Length::of(400 * 86_400)));
    }
}
