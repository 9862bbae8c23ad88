//! What was measured: addresses, TLS, certificates, SSH, ways in, pages, cookies, and what this computer shows.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use midwatch_model::{
    CertificateChain, Cookie, Entry, EntryEnd, EntryKind, Exchange, Fact, NameMatch, Observation, Outcome,
    Page, PlainAnswer, Preference, TargetReport, Timestamp, TimestampSignature, TlsEndpoint,
};

use super::escape::{Breaking, Esc, id};
use crate::facts::here::Table;
use crate::facts::{self, Same};
use crate::gaps;
use crate::words;

/// Rows of a table, at most; the JSON report has the rest.
pub(super) const MOST: usize = 500;

/// The section, and the ids of the observations that have a place in it.
pub(crate) fn section(number: usize, target: &TargetReport) -> (String, BTreeSet<String>) {
    let mut page = Measured { number, out: String::new(), anchors: BTreeSet::new() };
    page.addresses(target);
    page.names(target);
    page.starttls(target);
    page.tls(target);
    page.certificates(target);
    page.mail(target);
    page.ssh(target);
    page.tls_reports(target);
    page.entries(target);
    page.pages(target);
    page.cookies(target);
    page.here(target);
    if page.out.is_empty() {
        return (String::new(), page.anchors);
    }
    let section = format!(
        "<section class=\"measured\" aria-labelledby=\"t{number}-measured\">\n<h3 id=\"t{number}-measured\">What was measured</h3>\n{}</section>\n",
        page.out
    );
    (section, page.anchors)
}

/// A table that scrolls by itself where it is too wide, with `rows` written by the caller.
pub(super) fn table(out: &mut String, label: &str, heads: &[&str], rows: impl FnOnce(&mut String)) {
    let _ = write!(
        out,
        "<div class=\"scroll\" role=\"region\" aria-label=\"{}\" tabindex=\"0\"><table>\n<thead><tr>",
        Esc(label)
    );
    for head in heads {
        // A corner says nothing, and is no head of its column.
        let _ = match *head {
            "" => write!(out, "<td></td>"),
            head => write!(out, "<th scope=\"col\">{}</th>", Esc(head)),
        };
    }
    out.push_str("</tr></thead>\n<tbody>\n");
    rows(out);
    out.push_str("</tbody>\n</table></div>\n");
}

/// Says how many rows a table leaves out.
pub(super) fn left_out(out: &mut String, all: usize) {
    if all > MOST {
        let _ = writeln!(out, "<p>{} more are in the JSON report.</p>", all - MOST);
    }
}

struct Measured {
    number: usize,
    out: String,
    anchors: BTreeSet<String>,
}

impl Measured {
    /// The id attribute of an observation's place; none where it has one already.
    fn anchor(&mut self, observation: &Observation) -> String {
        if self.anchors.insert(observation.id.clone()) {
            format!(" id=\"t{}-o-{}\"", self.number, id(&observation.id))
        } else {
            String::new()
        }
    }

    fn open(&mut self, heading: &str, note: &str) {
        let _ = write!(
            self.out,
            "<details class=\"plain\">\n<summary><h4>{}</h4> <span>{}</span></summary>\n",
            Esc(heading),
            Breaking(note)
        );
    }

    fn close(&mut self) {
        self.out.push_str("</details>\n");
    }

    fn names(&mut self, target: &TargetReport) {
        let lines = facts::names::lines(target);
        if lines.is_empty() {
            return;
        }
        self.open("Names", &words::count(lines.len(), "record set"));
        let mut rows = String::new();
        for line in &lines {
            let anchor = self.anchor(line.observation);
            let _ = writeln!(
                rows,
                "<tr{anchor}><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td>{}</td></tr>",
                Esc(line.label),
                Breaking(line.name),
                Breaking(&line.what),
                Breaking(&line.proof),
            );
        }
        table(&mut self.out, "Names", &["Records", "Name", "What was seen", "DNSSEC"], |out| {
            out.push_str(&rows);
        });
        self.close();
    }

    /// This computer and its network, the facts of one kind together.
    fn here(&mut self, target: &TargetReport) {
        let sheets = facts::here::sheets(target);
        for group in sheets.chunk_by(|(_, a), (_, b)| a.heading == b.heading) {
            let Some((_, first)) = group.first() else { continue };
            let note = match group {
                [(_, one)] => one.about.clone(),
                [(_, one), (_, two)] => format!("{} and {}", one.about, two.about),
                several => format!("{} in all", several.len()),
            };
            self.open(first.heading, &note);
            for (observation, sheet) in group {
                let anchor = self.anchor(observation);
                let _ = writeln!(self.out, "<div class=\"sheet\"{anchor}>");
                if group.len() > 1 {
                    let _ = writeln!(self.out, "<h5>{}</h5>", Breaking(&sheet.about));
                }
                sheet.tables.iter().for_each(|one| self.sheet_table(one));
                self.out.push_str("</div>\n");
            }
            self.close();
        }
    }

    /// A domain's mail, the facts of one kind together.
    fn mail(&mut self, target: &TargetReport) {
        for group in facts::mail::groups(target) {
            self.open(group.heading, &group.note);
            for observation in &group.of {
                let anchor = self.anchor(observation);
                let _ = writeln!(self.out, "<span{anchor}></span>");
            }
            group.tables.iter().for_each(|one| self.sheet_table(one));
            self.close();
        }
    }

    /// SSH servers, those that gave the same answers at several addresses once.
    fn ssh(&mut self, target: &TargetReport) {
        for server in facts::ssh::servers(target) {
            let sheet = facts::ssh::sheet(&server);
            let heading = format!("{} of {}:{}", sheet.heading, server.fact.host, server.fact.port);
            self.open(&heading, &sheet.about);
            let anchors: Vec<String> = server
                .at
                .iter()
                .map(|observation| format!("<span{}></span>", self.anchor(observation)))
                .collect();
            let addresses = server.addresses();
            let at = match addresses.as_slice() {
                [] => "By way of a proxy".to_owned(),
                [one] => format!("At {one}"),
                several => format!("The same at {}", words::and(several)),
            };
            let _ = writeln!(self.out, "<p>{}{}</p>", anchors.concat(), Esc(at));
            sheet.tables.iter().for_each(|one| self.sheet_table(one));
            self.close();
        }
    }

    /// What other mail servers report: each sender with a bar, each failure, and each report with its place.
    fn tls_reports(&mut self, target: &TargetReport) {
        let Some(all) = facts::tls_reports::All::of(target) else { return };
        self.open("Reports of other mail servers", &all.summary());
        let heads = ["Sender", "Domain", "Sessions", "Failed", "Share of failures"];
        table(&mut self.out, "Senders", &heads, |out| {
            for line in all.senders.iter().take(MOST) {
                let _ = writeln!(
                    out,
                    "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td>{}</td><td class=\"nb\"><meter min=\"0\" \
                     max=\"1000\" value=\"{}\" aria-label=\"share of failures of {}\"></meter> {}</td></tr>",
                    Breaking(line.sender),
                    Breaking(line.domain),
                    facts::tls_reports::number(line.sessions()),
                    facts::tls_reports::number(line.failed),
                    line.share(1000),
                    Esc(line.sender),
                    facts::tls_reports::percent(line.failed, line.sessions()),
                );
            }
        });
        left_out(&mut self.out, all.senders.len());
        self.sheet_table(&all.failures());
        let mut rows = String::new();
        for (observation, report) in all.reports.iter().take(MOST) {
            let anchor = self.anchor(observation);
            let _ = write!(rows, "<tr{anchor}>");
            for cell in facts::tls_reports::row(report) {
                let _ = write!(rows, "<td>{}</td>", Breaking(cell));
            }
            rows.push_str("</tr>\n");
        }
        let heads =
            ["Sender", "Id", "From", "Until", "Sessions", "Failed", "Signed by (not verified)", "File"];
        table(&mut self.out, "Reports", &heads, |out| out.push_str(&rows));
        left_out(&mut self.out, all.reports.len());
        self.close();
    }

    fn sheet_table(&mut self, one: &Table) {
        let label = one.label;
        let rows = match &one.rows {
            Ok(rows) if rows.is_empty() => {
                let _ = writeln!(self.out, "<p><b>{label}:</b> none</p>");
                return;
            }
            Err(why) => {
                let _ = writeln!(self.out, "<p><b>{label}:</b> {}</p>", Breaking(why));
                return;
            }
            Ok(rows) => rows,
        };
        let _ = writeln!(self.out, "<p><b>{label}</b></p>");
        table(&mut self.out, label, one.heads, |out| {
            for row in rows.iter().take(MOST) {
                out.push_str("<tr>");
                for cell in row {
                    let _ = write!(out, "<td>{}</td>", Breaking(cell));
                }
                out.push_str("</tr>\n");
            }
        });
        left_out(&mut self.out, rows.len());
    }

    fn addresses(&mut self, target: &TargetReport) {
        let all: Vec<_> = target
            .observations
            .iter()
            .filter_map(|observation| match &observation.fact {
                Fact::Addresses(addresses) => Some((observation, addresses)),
                _ => None,
            })
            .collect();
        if all.is_empty() {
            return;
        }
        let number =
            all.iter().filter_map(|(_, addresses)| addresses.addresses.value()).map(Vec::len).sum::<usize>();
        self.open("Addresses", &format!("{number} in all"));
        let mut rows = String::new();
        for (observation, addresses) in &all {
            let anchor = self.anchor(observation);
            let list = match &addresses.addresses {
                Outcome::Seen { value } => value
                    .iter()
                    .map(|address| format!("<span class=\"url\">{address}</span>"))
                    .collect::<Vec<_>>()
                    .join("<br>"),
                Outcome::Refused { how } => format!("refused: {}", Esc(how)),
                Outcome::Unmeasured { why } => format!("not measured: {}", Esc(why)),
            };
            let _ = writeln!(
                rows,
                "<tr{anchor}><td>{}</td><td>{}</td><td>{list}</td><td>{}</td></tr>",
                Breaking(&addresses.name),
                Esc(&addresses.service),
                if addresses.given { "the command line" } else { "the resolver" },
            );
        }
        table(&mut self.out, "Addresses", &["Name", "For", "Address and port", "Named by"], |out| {
            out.push_str(&rows)
        });
        self.close();
    }

    /// What stands before TLS, where it is asked for in plain text.
    fn starttls(&mut self, target: &TargetReport) {
        for same in facts::starttls::endpoints(target) {
            let endpoint = same.fact;
            let heading = format!("Before TLS on {}:{}", endpoint.host, endpoint.port);
            self.open(&heading, endpoint.protocol.name());
            self.places(&same);
            let rows = facts::starttls::rows(endpoint);
            table(&mut self.out, "Before TLS", &["What", "Answer"], |out| {
                for (what, answer) in &rows {
                    let _ =
                        writeln!(out, "<tr><th scope=\"row\">{what}</th><td>{}</td></tr>", Breaking(answer));
                }
            });
            self.close();
        }
    }

    fn tls(&mut self, target: &TargetReport) {
        for same in facts::endpoints(target) {
            let endpoint = same.fact;
            self.open(&format!("TLS of {}:{}", endpoint.host, endpoint.port), &facts::versions(endpoint));
            self.places(&same);
            self.versions(endpoint);
            self.suites(endpoint);
            self.properties(endpoint);
            self.close();
        }
    }

    /// The addresses that gave the same answers.
    fn places<T>(&mut self, same: &Same<'_, T>) {
        let mut items = Vec::new();
        for (observation, address) in &same.at {
            let anchor = self.anchor(observation);
            items.push(format!("<span{anchor} class=\"url\">{address}</span>"));
        }
        let _ = writeln!(
            self.out,
            "<p>{} {}</p>",
            if items.len() > 1 { "The same at" } else { "At" },
            words::and(&items)
        );
    }

    fn versions(&mut self, endpoint: &TlsEndpoint) {
        table(&mut self.out, "TLS versions", &["Version", "Answer", "Suites", "Order", "Groups"], |out| {
            for result in &endpoint.versions {
                let _ = write!(out, "<tr><th scope=\"row\">{}</th>", result.version);
                match &result.support {
                    Outcome::Seen { value } => {
                        let order = match value.preference {
                            Preference::Server => "the server's",
                            Preference::Client => "the client's",
                            Preference::Unknown => "–",
                        };
                        let short = if value.suites_incomplete.is_some() { " or more" } else { "" };
                        let _ = writeln!(
                            out,
                            "<td>accepted</td><td>{}{short}</td><td>{order}</td><td>{}</td></tr>",
                            value.suites.len(),
                            Esc(value.groups.join(", ")),
                        );
                    }
                    Outcome::Refused { how } => {
                        let _ = writeln!(out, "<td colspan=\"4\">refused: {}</td></tr>", Esc(how));
                    }
                    Outcome::Unmeasured { why } => {
                        let _ = writeln!(out, "<td colspan=\"4\">not measured: {}</td></tr>", Esc(why));
                    }
                }
            }
        });
    }

    fn suites(&mut self, endpoint: &TlsEndpoint) {
        // Each suite once, with the versions that accept it: the newest version first, and within it the order
        // of the report.
        let mut suites: Vec<(&midwatch_model::Suite, Vec<String>)> = Vec::new();
        let mut at: BTreeMap<u32, usize> = BTreeMap::new();
        let accepted: Vec<_> = endpoint.accepted().collect();
        for (version, facts) in accepted.into_iter().rev() {
            for suite in &facts.suites {
                let place = *at.entry(suite.id.0).or_insert_with(|| {
                    suites.push((suite, Vec::new()));
                    suites.len() - 1
                });
                if let Some((_, versions)) = suites.get_mut(place) {
                    versions.push(version.to_string());
                }
            }
        }
        if suites.is_empty() {
            return;
        }
        table(
            &mut self.out,
            "Cipher suites",
            &["Cipher suite", "Number", "Versions", "Cipher", "Bits", "Forward secret", "AEAD", "Notes"],
            |out| {
                for (suite, versions) in suites.iter().take(MOST) {
                    let mut notes = Vec::new();
                    if suite.anonymous {
                        notes.push("anonymous".to_owned());
                    }
                    if suite.export {
                        notes.push("export".to_owned());
                    }
                    if let Some(group) = &suite.group {
                        notes.push(group.clone());
                    }
                    if let Some(dh) = &suite.dh {
                        notes.push(match &dh.known_as {
                            Some(name) => format!("{} bit group {name}", dh.bits),
                            None => format!("{} bit group of its own", dh.bits),
                        });
                    }
                    let yes = |yes: bool| if yes { "yes" } else { "no" };
                    let _ = writeln!(
                        out,
                        "<tr><td><code>{}</code></td><td>{}</td><td class=\"nb\">{}</td><td class=\"nb\">{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
                        Esc(&suite.name),
                        suite.id,
                        versions.join("<br>"),
                        Esc(&suite.cipher),
                        suite.bits,
                        yes(suite.forward_secret),
                        yes(suite.aead),
                        Esc(notes.join(", ")),
                    );
                }
            },
        );
        left_out(&mut self.out, suites.len());
    }

    fn properties(&mut self, endpoint: &TlsEndpoint) {
        table(&mut self.out, "Other properties", &["Property", "Answer"], |out| {
            for (name, outcome) in gaps::properties(endpoint) {
                let answer = match outcome {
                    Outcome::Seen { value: true } => "yes".to_owned(),
                    Outcome::Seen { value: false } => "no".to_owned(),
                    Outcome::Refused { how } => format!("refused: {how}"),
                    Outcome::Unmeasured { why } => format!("not measured: {why}"),
                };
                let _ =
                    writeln!(out, "<tr><th scope=\"row\">{}</th><td>{}</td></tr>", Esc(name), Esc(answer));
            }
            let alpn = match &endpoint.alpn {
                Outcome::Seen { value } if value.is_empty() => "none chosen".to_owned(),
                Outcome::Seen { value } => value.clone(),
                Outcome::Refused { how } => format!("refused: {how}"),
                Outcome::Unmeasured { why } => format!("not measured: {why}"),
            };
            let _ = writeln!(
                out,
                "<tr><th scope=\"row\">application protocol (ALPN)</th><td>{}</td></tr>",
                Esc(alpn)
            );
            for quirk in &endpoint.quirks {
                let _ =
                    writeln!(out, "<tr><th scope=\"row\">odd</th><td>{}</td></tr>", Breaking(&quirk.detail));
            }
        });
    }

    fn certificates(&mut self, target: &TargetReport) {
        for same in facts::chains(target) {
            let chain = same.fact;
            let trusted: Vec<_> = chain
                .trust
                .iter()
                .map(|decision| {
                    let trusted = if decision.trusted { "trusted" } else { "not trusted" };
                    format!("{trusted} by {}", facts::store(&decision.store))
                })
                .collect();
            self.open(&format!("Certificate of {}:{}", chain.host, chain.port), &trusted.join(", "));
            self.places(&same);
            self.trust(chain);
            self.chain(chain);
            self.close();
        }
    }

    fn trust(&mut self, chain: &CertificateChain) {
        let mut items = Vec::new();
        items.push(match &chain.name_match {
            NameMatch::Matches => format!("It names {}.", Esc(&chain.host)),
            NameMatch::Mismatch { names } => {
                format!("It does not name {}; it names {}.", Esc(&chain.host), Breaking(words::and(names)))
            }
            NameMatch::Unknown => "Whether it names the host is not known.".into(),
        });
        for decision in &chain.trust {
            for rejection in &decision.rejections {
                items.push(format!(
                    "{}, certificate {}: {} ({})",
                    Esc(facts::store(&decision.store)),
                    rejection.at + 1,
                    Breaking(&rejection.detail),
                    Esc(&rejection.source)
                ));
            }
        }
        if !chain.shape.in_order {
            items.push("The certificates were not sent in order.".into());
        }
        if !chain.shape.extra.is_empty() {
            let extra: Vec<_> = chain.shape.extra.iter().map(|at| (at + 1).to_string()).collect();
            items.push(format!("Not needed: certificate {}.", words::and(&extra)));
        }
        if let Some(root) = chain.shape.root_sent {
            items.push(format!("Certificate {} is a root, which need not be sent.", root + 1));
        }
        if let Some(issuer) = &chain.shape.missing_issuer {
            let from = chain
                .shape
                .missing_issuer_url
                .as_ref()
                .map(|url| format!(", to be had from {url}"))
                .unwrap_or_default();
            items.push(format!("Missing: {}.", Breaking(format!("{issuer}{from}"))));
        }
        for line in facts::revocation::fetched(chain).iter().chain(&facts::revocation::lines(chain)) {
            items.push(Breaking(line).to_string());
        }
        if let Some(all) = &chain.transparency {
            items.push(format!(
                "Timestamps of logs (by the list of {}): {}.",
                Esc(&all.list),
                Esc(facts::timestamps(all))
            ));
            for one in &all.timestamps {
                items.push(timestamp(one));
            }
        }
        if !chain.met_with.is_empty() {
            items.push(format!("Met with {}.", Esc(words::and(&chain.met_with))));
        }
        self.out.push_str("<ul class=\"notes\">\n");
        for item in items {
            let _ = writeln!(self.out, "<li>{item}</li>");
        }
        self.out.push_str("</ul>\n");
    }

    fn chain(&mut self, chain: &CertificateChain) {
        table(
            &mut self.out,
            "Certificates as sent",
            &["", "Subject", "Issuer", "Valid", "Key", "Signature", "SHA-256"],
            |out| {
                for (at, certificate) in chain.certificates.iter().enumerate() {
                    let _ = write!(out, "<tr><th scope=\"row\">{}</th>", at + 1);
                    if let Some(parsed) = &certificate.parsed {
                        let curve =
                            parsed.key_curve.as_ref().map(|curve| format!(" {curve}")).unwrap_or_default();
                        let names = if parsed.names.is_empty() {
                            String::new()
                        } else {
                            format!("<br><small>{}</small>", Breaking(parsed.names.join(", ")))
                        };
                        let _ = write!(
                            out,
                            "<td>{}{names}</td><td>{}</td><td class=\"nb\">{} –<br>{}</td><td class=\"nb\">{}{},<br>{} bit</td><td>{}</td>",
                            Esc(&parsed.subject),
                            Esc(&parsed.issuer),
                            Esc(words::day(parsed.not_before)),
                            Esc(words::day(parsed.not_after)),
                            Esc(&parsed.key_algorithm),
                            Esc(curve),
                            parsed.key_bits,
                            Esc(&parsed.signature_algorithm),
                        );
                    } else {
                        out.push_str("<td colspan=\"5\">could not be parsed</td>");
                    }
                    let _ = writeln!(
                        out,
                        "<td><code class=\"digest\">{}</code></td></tr>",
                        Esc(&certificate.sha256)
                    );
                }
            },
        );
    }

    fn entries(&mut self, target: &TargetReport) {
        let entries: Vec<_> = target
            .observations
            .iter()
            .filter_map(|observation| match &observation.fact {
                Fact::Entry(entry) => Some((observation, entry)),
                _ => None,
            })
            .collect();
        if entries.is_empty() {
            return;
        }
        self.open("Ways in", &words::count(entries.len(), "redirect chain"));
        for (observation, entry) in entries {
            let anchor = self.anchor(observation);
            self.entry(&anchor, entry);
        }
        self.close();
    }

    fn entry(&mut self, anchor: &str, entry: &Entry) {
        let name = match entry.entry {
            EntryKind::Http => "Over http",
            EntryKind::Https => "Over https",
            EntryKind::SiblingHttp => "The sibling name over http",
            EntryKind::SiblingHttps => "The sibling name over https",
        };
        let _ = write!(self.out, "<div class=\"entry\"{anchor}>\n<h5>{name}</h5>\n<ol>\n");
        for hop in &entry.hops {
            let _ = writeln!(
                self.out,
                "<li><span class=\"url\">{}</span> <span class=\"answer\">{}</span></li>",
                Breaking(&hop.exchange.url),
                answer(&hop.exchange)
            );
        }
        let end = match &entry.end {
            EntryEnd::Landed { url } => format!("It lands at <span class=\"url\">{}</span>.", Breaking(url)),
            EntryEnd::Loop { url } => {
                format!("It turns in a circle at <span class=\"url\">{}</span>.", Breaking(url))
            }
            EntryEnd::TooMany => "It was given up after 10 redirects.".into(),
            EntryEnd::BadLocation { location } => {
                format!("It ends at a Location that cannot be followed: {}.", Breaking(location))
            }
            EntryEnd::Failed => "It ends there.".into(),
        };
        let _ = write!(self.out, "</ol>\n<p>{end}</p>\n</div>\n");
    }

    fn pages(&mut self, target: &TargetReport) {
        let mut pages: Vec<(&Observation, &Page)> = Vec::new();
        let mut plain: BTreeMap<&str, Vec<(&Observation, &PlainAnswer)>> = BTreeMap::new();
        for observation in &target.observations {
            match &observation.fact {
                Fact::Page(page) => pages.push((observation, page)),
                Fact::PlainAnswer(answer) => {
                    plain.entry(&answer.page).or_default().push((observation, answer))
                }
                _ => {}
            }
        }
        if pages.is_empty() && plain.is_empty() {
            return;
        }
        self.open(
            "Pages",
            &format!("{}, and what plain http answers for each", words::count(pages.len(), "document")),
        );
        for observation in &target.observations {
            if let Fact::Crawl(crawl) = &observation.fact {
                let anchor = self.anchor(observation);
                let _ = write!(
                    self.out,
                    "<p{anchor}>{} fetched from <span class=\"url\">{}</span>: {} HTML pages, {} that could not be measured, {} found and left.",
                    words::count(crawl.fetched as usize, "document"),
                    Breaking(&crawl.start),
                    crawl.pages,
                    crawl.failed,
                    crawl.left,
                );
                if !crawl.other_hosts.is_empty() {
                    let hosts: Vec<_> = crawl
                        .other_hosts
                        .iter()
                        .take(50)
                        .map(|(host, pages)| format!("{host} ({})", words::count(*pages as usize, "page")))
                        .collect();
                    let _ = write!(
                        self.out,
                        " Other sites that pages refer to: {}.",
                        Breaking(words::and(&hosts))
                    );
                }
                self.out.push_str("</p>\n");
            }
        }
        let mut rows = String::new();
        let mut all = 0;
        for (observation, page) in &pages {
            let answers = plain.remove(page.exchange.url.as_str()).unwrap_or_default();
            all += 1;
            if all > MOST {
                continue;
            }
            let anchor = self.anchor(observation);
            let over_http = self.plain_cell(&answers);
            let insecure =
                page.references.iter().filter(|reference| reference.url.starts_with("http:")).count();
            let forms = page.forms.iter().filter(|form| form.action.starts_with("http:")).count();
            let mut notes = Vec::new();
            if page.has_password {
                notes.push("asks for a password".to_owned());
            }
            if insecure > 0 {
                notes.push(words::count(insecure, "reference") + " over http");
            }
            if forms > 0 {
                notes.push(words::count(forms, "form") + " sent to http");
            }
            let title = match &page.title {
                Some(title) if !title.is_empty() => format!("<br><small>{}</small>", Esc(title)),
                _ => String::new(),
            };
            let _ = writeln!(
                rows,
                "<tr{anchor}><td><span class=\"url\">{}</span>{title}</td><td>{}</td><td>{over_http}</td><td>{}</td></tr>",
                Breaking(&page.exchange.url),
                answer(&page.exchange),
                Esc(notes.join(", ")),
            );
        }
        // Answers for pages that have no observation of their own.
        for (url, answers) in &plain {
            all += 1;
            if all > MOST {
                continue;
            }
            let over_http = self.plain_cell(answers);
            let _ = writeln!(
                rows,
                "<tr><td><span class=\"url\">{}</span></td><td>–</td><td>{over_http}</td><td></td></tr>",
                Breaking(url)
            );
        }
        self.out.push_str("<div class=\"pages\">\n");
        table(&mut self.out, "Pages", &["Page", "Answer", "Over plain http", "Notes"], |out| {
            out.push_str(&rows)
        });
        self.out.push_str("</div>\n");
        left_out(&mut self.out, all);
        self.close();
    }

    fn plain_cell(&mut self, answers: &[(&Observation, &PlainAnswer)]) -> String {
        if answers.is_empty() {
            return "not asked".into();
        }
        let mut cells = Vec::new();
        for (observation, plain) in answers {
            let anchor = self.anchor(observation);
            let same = match plain.same_body {
                Some(true) => ", the same page",
                Some(false) => ", another page",
                None => "",
            };
            let next = match &plain.next {
                Some(next) => format!(" to <span class=\"url\">{}</span>", Breaking(next)),
                None => String::new(),
            };
            cells.push(format!("<span{anchor}>{}{same}{next}</span>", answer(&plain.exchange)));
        }
        cells.join("<br>")
    }

    fn cookies(&mut self, target: &TargetReport) {
        let cookies: Vec<(&Observation, &Cookie)> = target
            .observations
            .iter()
            .filter_map(|observation| match &observation.fact {
                Fact::Cookie(cookie) => Some((observation, cookie)),
                _ => None,
            })
            .collect();
        if cookies.is_empty() {
            return;
        }
        self.open("Cookies", &format!("{} set", cookies.len()));
        let mut rows = String::new();
        for (observation, cookie) in cookies.iter().take(MOST) {
            let anchor = self.anchor(observation);
            let _ = writeln!(
                rows,
                "<tr{anchor}><td><code>{}</code></td><td><code>{}</code></td><td><span class=\"url\">{}</span></td><td>{}</td><td>{}</td></tr>",
                Breaking(&cookie.name),
                Breaking(&cookie.line),
                Breaking(&cookie.set_by),
                cookie.count,
                if cookie.value_random { "yes" } else { "no" },
            );
        }
        table(
            &mut self.out,
            "Cookies",
            &["Name", "Set-Cookie, without the value", "First set by", "Times", "Value looks random"],
            |out| out.push_str(&rows),
        );
        left_out(&mut self.out, cookies.len());
        self.close();
    }
}

/// A timestamp of a log.
fn timestamp(one: &Timestamp) -> String {
    let log = one.name.as_deref().unwrap_or(&one.log);
    let log = if log.is_empty() { "a log that cannot be read" } else { log };
    let time = one.time.map(|time| format!(", {}", words::day(time))).unwrap_or_default();
    let signature = match one.signature {
        TimestampSignature::Valid => "verified",
        TimestampSignature::Invalid => "not signed by the log",
        TimestampSignature::UnknownLog => "of a log that the list does not have",
        TimestampSignature::UnknownIssuer => "not verified, since the issuer's key is not known",
        TimestampSignature::Malformed => "cannot be read",
    };
    format!("In {}: {}{}, {signature}.", words::place(one.from), Breaking(log), Esc(time))
}

/// The answer to a request in a few words.
fn answer(exchange: &Exchange) -> String {
    match &exchange.response {
        Outcome::Seen { value } => format!("status {}", value.status),
        Outcome::Refused { how } => format!("refused: {}", Breaking(how)),
        Outcome::Unmeasured { why } => format!("not measured: {}", Breaking(why)),
    }
}
