//! Who may send mail in a domain's name, by address (RFC 7208): the record, and what it comes to through everything that it
//! takes in. No sender is judged: what is looked for is what makes the record an error, and what it says of everybody else.

mod record;

use midwatch_model::{Outcome, Reason, Spf, SpfEvaluation, SpfFault, SpfFaultKind, SpfQualifier};

pub use record::{Mechanism, Record, Spec, is_ours, read as record};

use crate::dns::{Kind, Lookups};

/// Terms that ask the DNS, in all (RFC 7208 4.6.4).
const LOOKUPS: u32 = 10;

/// Those of them that may have no answer (4.6.4).
const VOID_LOOKUPS: u32 = 2;

/// Terms that are followed before we stop: three times what receivers follow, so that the number can be told.
const MAX_LOOKUPS: u32 = 30;

/// The shortest prefix of IPv4 that is no wide range: IANA gives blocks of this length to a whole registry.
const WIDE4: u8 = 8;

/// The same of IPv6: registries have blocks of /12 (IANA, IPv6 Global Unicast Address Assignments).
const WIDE6: u8 = 12;

/// Asks for the record of a domain, and for what it takes in.
pub async fn ask(lookups: &Lookups, domain: &str) -> Spf {
    let txt = lookups.text(domain).await;
    let records: Vec<String> = txt.seen().iter().filter(|text| is_ours(text)).cloned().collect();
    let evaluation = match (&txt.texts, records.as_slice()) {
        (Outcome::Unmeasured { why }, _) => why.clone().into(),
        (_, []) => Outcome::refused("there is no record"),
        (_, [text]) => {
            let mut walk = Walk::new(lookups, domain);
            match walk.start(text).await {
                Ok(all) => Outcome::seen(walk.end(all)),
                Err(why) => why.into(),
            }
        }
        (_, several) => {
            let fault = SpfFault {
                kind: SpfFaultKind::SeveralRecords,
                domain: domain.to_owned(),
                detail: format!("{} records, and receivers take that for an error", several.len()),
            };
            Outcome::seen(SpfEvaluation {
                all: None,
                lookups: 0,
                void_lookups: 0,
                domains: Vec::new(),
                faults: vec![fault],
            })
        }
    };
    Spf { domain: domain.to_owned(), txt, records, evaluation }
}

struct Walk<'a> {
    lookups: &'a Lookups,
    domain: &'a str,
    asked: u32,
    void: u32,
    domains: Vec<String>,
    faults: Vec<SpfFault>,
}

/// A record that is to be read, with the domains that led to it.
struct Open {
    domain: String,
    text: String,
    way: Vec<String>,
    /// Its `all` is that of the whole.
    counts: bool,
}

impl<'a> Walk<'a> {
    fn new(lookups: &'a Lookups, domain: &'a str) -> Self {
        Walk { lookups, domain, asked: 0, void: 0, domains: Vec::new(), faults: Vec::new() }
    }

    fn fault(&mut self, kind: SpfFaultKind, domain: &str, detail: impl Into<String>) {
        let fault = SpfFault { kind, domain: domain.to_owned(), detail: detail.into() };
        if !self.faults.contains(&fault) && self.faults.len() < 50 {
            self.faults.push(fault);
        }
    }

    /// Reads the record and everything that it takes in, without recursion. What becomes of everybody else.
    ///
    /// # Errors
    /// Where a record that it leads to could not be asked for.
    async fn start(&mut self, text: &str) -> Result<Option<SpfQualifier>, Reason> {
        let domain = self.domain;
        let first = Open { domain: domain.into(), text: text.into(), way: vec![domain.into()], counts: true };
        let mut open = vec![first];
        let mut all = None;
        while let Some(at) = open.pop() {
            let record = match record(&at.text) {
                Ok(record) => record,
                Err(why) => {
                    self.fault(SpfFaultKind::Syntax, &at.domain, why);
                    continue;
                }
            };
            let mut led = Vec::new();
            let mut ends = false;
            for (qualifier, mechanism) in &record.mechanisms {
                match mechanism {
                    Mechanism::All => {
                        ends = true;
                        if at.counts {
                            all = Some(*qualifier);
                        }
                        // Nothing behind it is looked at, and redirect neither (5.1).
                        break;
                    }
                    mechanism => {
                        if let Some(next) = self.mechanism(&at, *qualifier, mechanism).await {
                            led.push((next, false));
                        }
                    }
                }
            }
            if let (false, Some(redirect)) = (ends, &record.redirect) {
                self.asked += 1;
                if let Spec::Name(name) = redirect {
                    led.push((name.clone(), at.counts));
                }
            }
            for (next, counts) in led {
                if let Some(next) = self.follow(&at, next, counts).await? {
                    open.push(next);
                }
            }
        }
        Ok(all)
    }

    /// Counts a mechanism, and gives the domain that it takes in.
    async fn mechanism(
        &mut self,
        at: &Open,
        qualifier: SpfQualifier,
        mechanism: &Mechanism,
    ) -> Option<String> {
        if mechanism.asks() {
            self.asked += 1;
        }
        let own = |spec: &Option<Spec>| match spec {
            None => Some(at.domain.clone()),
            Some(Spec::Name(name)) => Some(name.clone()),
            Some(Spec::Macro(_)) => None,
        };
        let asks = match mechanism {
            Mechanism::Include(Spec::Name(name)) => return Some(name.clone()),
            Mechanism::A(spec) => own(spec).map(|name| (name, Kind::Address)),
            Mechanism::Mx(spec) => own(spec).map(|name| (name, Kind::Mx)),
            Mechanism::Exists(Spec::Name(name)) => Some((name.clone(), Kind::A)),
            Mechanism::Ptr => {
                self.fault(SpfFaultKind::Ptr, &at.domain, "ptr should not be used (RFC 7208 5.5)");
                None
            }
            Mechanism::Ip4(length) if *length < WIDE4 && qualifier == SpfQualifier::Pass => {
                self.fault(
                    SpfFaultKind::WideRange,
                    &at.domain,
                    format!("a range of /{length} of IPv4 may send"),
                );
                None
            }
            Mechanism::Ip6(length) if *length < WIDE6 && qualifier == SpfQualifier::Pass => {
                self.fault(
                    SpfFaultKind::WideRange,
                    &at.domain,
                    format!("a range of /{length} of IPv6 may send"),
                );
                None
            }
            _ => None,
        };
        // An answer that does not come says nothing on whether there is one: it is not counted.
        if let Some((name, kind)) = asks
            && self.asked <= MAX_LOOKUPS
            && self.lookups.count(&name, kind).await == Ok(0)
        {
            self.void += 1;
        }
        None
    }

    /// The record of a domain that is taken in.
    async fn follow(&mut self, from: &Open, next: String, counts: bool) -> Result<Option<Open>, Reason> {
        if from.way.contains(&next) {
            self.fault(SpfFaultKind::Loop, &from.domain, format!("it comes back to {next}"));
            return Ok(None);
        }
        if self.asked > MAX_LOOKUPS || self.domains.len() >= MAX_LOOKUPS as usize {
            return Ok(None);
        }
        let txt = self.lookups.text(&next).await;
        if let Some(why) = txt.texts.why_not() {
            return Err(why.clone());
        }
        if txt.seen().is_empty() {
            self.void += 1;
        }
        if !self.domains.contains(&next) {
            self.domains.push(next.clone());
        }
        let ours: Vec<&String> = txt.seen().iter().filter(|text| is_ours(text)).collect();
        match ours.as_slice() {
            [text] => {
                let mut way = from.way.clone();
                way.push(next.clone());
                Ok(Some(Open { domain: next, text: (*text).clone(), way, counts }))
            }
            [] => {
                self.fault(SpfFaultKind::NoRecord, &from.domain, format!("{next} has no record"));
                Ok(None)
            }
            several => {
                let detail = format!("{} records, and receivers take that for an error", several.len());
                self.fault(SpfFaultKind::SeveralRecords, &next, detail);
                Ok(None)
            }
        }
    }

    fn end(mut self, all: Option<SpfQualifier>) -> SpfEvaluation {
        let first = self.domain.to_owned();
        if self.asked > LOOKUPS {
            let more = if self.asked > MAX_LOOKUPS { " or more" } else { "" };
            let detail = format!(
                "{}{more} terms ask the DNS, and receivers stop after {LOOKUPS} (RFC 7208 4.6.4)",
                self.asked.min(MAX_LOOKUPS)
            );
            self.fault(SpfFaultKind::TooManyLookups, &first, detail);
        }
        if self.void > VOID_LOOKUPS {
            let detail = format!(
                "{} of the names that it asks for have no answer, and receivers stop after {VOID_LOOKUPS}",
                self.void
            );
            self.fault(SpfFaultKind::TooManyVoidLookups, &first, detail);
        }
        self.faults.sort();
        SpfEvaluation {
            all,
            lookups: self.asked.min(MAX_LOOKUPS),
            void_lookups: self.void,
            domains: self.domains,
            faults: self.faults,
        }
    }
}
