//! What public sites answered over plain http.

use midwatch_model::{Outcome, PlainSite, PlainSiteAnswer};

use super::{Sheet, Table, told};

pub(super) fn sheet(site: &PlainSite) -> Sheet {
    Sheet {
        heading: "Sites over plain http",
        about: site.host.to_string(),
        lines: vec![("plain http", line(site))],
        tables: vec![Table::list(
            "What it answered",
            &["Address", "Answer", "Title", "SHA-256 of the body"],
            &[site],
            |site| {
                let text = |of: fn(&PlainSiteAnswer) -> Option<String>| {
                    site.answer.value().and_then(of).unwrap_or_default()
                };
                vec![
                    text(|answer| Some(answer.address.to_string())),
                    answer(&site.answer),
                    text(|answer| answer.title.clone()),
                    text(|answer| answer.body_sha256.clone()),
                ]
            },
        )],
    }
}

/// All of them in a line.
pub(super) fn short(all: &[&PlainSite]) -> String {
    all.iter().map(|site| line(site)).collect::<Vec<_>>().join("; ")
}

fn line(site: &PlainSite) -> String {
    format!("{}: {}", site.host, answer(&site.answer))
}

fn answer(outcome: &Outcome<PlainSiteAnswer>) -> String {
    match outcome {
        Outcome::Refused { .. } => "closed".into(),
        other => told(other, |answer: &PlainSiteAnswer| {
            let status = answer.status;
            match (&answer.leads_to, answer.same_site) {
                (None, _) => status.to_string(),
                (Some(to), Some(true)) => format!("{status}, leads to {to}"),
                (Some(to), _) => format!("{status}, leads elsewhere, to {to}"),
            }
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_site_is_told_with_where_it_leads() {
        let site = |host: &str, answer| PlainSite {
            host: midwatch_model::Host::Name(host.into()),
            port: 80,
            answer,
        };
        let leading = |to: Option<&str>, same_site| {
            Outcome::seen(PlainSiteAnswer {
                address: "203.0.113.7:80".parse().unwrap(),
                status: 302,
                leads_to: to.map(Into::into),
                same_site,
                title: None,
                body_sha256: None,
            })
        };
        let all = [
            site("a.example", leading(Some("https://a.example/"), Some(true))),
            site("b.example", leading(Some("http://portal.example/"), Some(false))),
            site("c.example", leading(None, None)),
            site("d.example", Outcome::refused("the port is closed")),
        ];
        assert_eq!(
            short(&all.iter().collect::<Vec<_>>()),
            "a.example: 302, leads to https://a.example/; b.example: 302, leads elsewhere, to http://portal.example/; \
             c.example: 302; d.example: closed"
        );
    }
}
