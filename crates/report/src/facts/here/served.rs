//! The sites of a server.

use midwatch_model::{
    CertificateFile, PlainSays, ServedSite, ServedSites, SiteFaults, SiteProgram, SiteSoftware,
};

use super::{Sheet, Table, some, told};
use crate::words;

/// The inventory.
pub(super) fn sheet(served: &ServedSites) -> Sheet {
    Sheet {
        heading: "Who is served",
        about: String::new(),
        lines: lines(served),
        tables: vec![
            Table::list("Programs", &["Program", "Configuration", "Files"], &served.programs, |one| {
                vec![one.software.to_string(), one.file.clone(), one.files.to_string()]
            }),
            Table::list(
                "Sites",
                &["Names", "Listens", "Plain http", "Certificates", "Whose", "Where"],
                &served.sites,
                |site| row(served, site),
            ),
            Table::list(
                "Certificates on disk",
                &["File", "Names", "Until", "Renewed by"],
                &served.certificates,
                certificate,
            ),
            Table::list(
                "Domains of panels",
                &["Domain", "Account", "Panel", "File"],
                &served.domains,
                |one| vec![one.domain.clone(), one.account.clone(), one.panel.clone(), one.file.clone()],
            ),
        ],
    }
}

/// The inventory in a few lines.
pub(super) fn lines(served: &ServedSites) -> Vec<super::Line> {
    let mut out = Vec::new();
    for program in &served.programs {
        out.push(("sites", of_program(served, program)));
    }
    if served.programs.is_empty() {
        out.push(("sites", "no program that serves sites is set up".into()));
    }
    if !served.domains.is_empty() {
        let mut panels: Vec<&str> = served.domains.iter().map(|one| one.panel.as_str()).collect();
        panels.sort_unstable();
        panels.dedup();
        out.push((
            "panels",
            format!("{} of {}", words::count(served.domains.len(), "domain"), words::and(&panels)),
        ));
    }
    if !served.certificates.is_empty() {
        let until =
            served.certificates.iter().filter_map(|file| file.certificate.value()).map(|one| one.not_after);
        let first = until.min().map(|time| format!("; the first runs out {}", words::day(time)));
        let count = words::count(served.certificates.len(), "file");
        out.push(("certificates", format!("{count}{}", first.unwrap_or_default())));
    }
    out
}

fn of_program(served: &ServedSites, program: &SiteProgram) -> String {
    let of = |software: SiteSoftware| served.sites.iter().filter(move |site| site.software == software);
    let all = of(program.software).count();
    let tls = of(program.software).filter(|site| site.speaks_tls()).count();
    format!(
        "{}: {}, {tls} with TLS ({}, {} read)",
        program.software,
        words::count(all, "site"),
        program.file,
        words::count(program.files as usize, "file")
    )
}

fn row(served: &ServedSites, site: &ServedSite) -> Vec<String> {
    let listens: Vec<String> = site
        .listens
        .iter()
        .map(|one| {
            format!(
                "{one}{}{}",
                if one.tls { " TLS" } else { "" },
                if one.default { " (default)" } else { "" }
            )
        })
        .collect();
    let files: Vec<&str> = site
        .certificates
        .iter()
        .filter_map(|at| served.certificates.get(*at as usize))
        .map(|file| file.file.as_str())
        .collect();
    let certificates = match (site.rejects, site.automatic) {
        (true, _) => "handshakes are refused".to_owned(),
        (_, true) if files.is_empty() => "got by the program itself".to_owned(),
        _ => files.join(", "),
    };
    vec![
        if site.names.is_empty() { "whatever no other has".into() } else { some(&site.names) },
        listens.join(", "),
        says(site.plain).into(),
        certificates,
        site.account.clone().unwrap_or_default(),
        format!("{}, line {}", site.file, site.line),
    ]
}

fn certificate(file: &CertificateFile) -> Vec<String> {
    vec![
        file.file.clone(),
        told(&file.certificate, |one| some(&one.names)),
        file.certificate.value().map(|one| words::day(one.not_after)).unwrap_or_default(),
        file.renewed_by.clone().unwrap_or_default(),
    ]
}

fn says(plain: PlainSays) -> &'static str {
    match plain {
        PlainSays::None => "not spoken",
        PlainSays::Redirects => "leads to https",
        PlainSays::Refuses => "refused",
        PlainSays::Serves => "has content",
        PlainSays::Unknown => "not told by the files",
    }
}

/// The audits of all sites.
pub(super) fn faults(faults: &SiteFaults) -> Sheet {
    Sheet {
        heading: "Faults of the sites",
        about: String::new(),
        lines: vec![short(faults)],
        tables: vec![
            Table::list(
                "Faults, by how many sites have them",
                &["Severity", "Fault", "Sites", "The first", "What was seen there"],
                &faults.faults,
                |one| {
                    vec![
                        one.severity.to_string(),
                        one.id.clone(),
                        one.sites.to_string(),
                        some(&one.examples),
                        one.detail.clone(),
                    ]
                },
            ),
            Table::list("Verdicts", &["Method", "Verdict", "Sites"], &faults.verdicts, |one| {
                vec![one.attack.name().into(), one.verdict.to_string(), one.sites.to_string()]
            }),
        ],
    }
}

pub(super) fn short(faults: &SiteFaults) -> super::Line {
    let mut text = format!("{} of {} audited", faults.audited, words::count(faults.found as usize, "site"));
    if faults.not_measured > 0 {
        text.push_str(&format!(", {} of them not measured", faults.not_measured));
    }
    text.push_str(&format!("; {} in all", words::count(faults.faults.len(), "kind of fault")));
    ("audits", text)
}
