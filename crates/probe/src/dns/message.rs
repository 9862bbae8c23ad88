//! Questions in bytes, and what an answer says.

use std::net::IpAddr;

use bytes::Bytes;
use domain::base::iana::{Class, OptRcode, Rcode};
use domain::base::name::ToName;
use domain::base::opt::ExtendedError as Extended;
use domain::base::{Message, MessageBuilder, Name, ParsedRecord, Rtype, UnknownRecordData};
use domain::net::client::request::{ComposeRequest as _, RequestMessage};
use domain::rdata::{A, Aaaa, Cname, Mx, Ns, Soa, Srv};
use midwatch_model::{ExtendedError, Reason, ReasonKind};

/// The largest answer over UDP that is asked for, in bytes: what passes most paths unfragmented (DNS flag day 2020).
const UDP_SIZE: u16 = 1232;

/// Records of one section that are read.
const MAX_RECORDS: usize = 1_000;

/// Extended errors of one answer that are kept.
const MAX_EXTENDED: usize = 8;

/// How to ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ask {
    /// A resolver, which is told to leave checking to us (CD, RFC 4035 3.2.2).
    Unchecked,
    /// A resolver, which checks where it does.
    Checked,
    /// A name server, without recursion.
    Server,
}

/// A question.
///
/// # Errors
/// [`ReasonKind::Other`] for a name that cannot stand in a question.
pub(super) fn question(name: &str, rtype: Rtype, ask: Ask) -> Result<RequestMessage<Vec<u8>>, Reason> {
    let wrong = |why: String| Reason::new(ReasonKind::Other, format!("{name} cannot be asked for: {why}"));
    let owner = Name::<Vec<u8>>::vec_from_str(name).map_err(|error| wrong(error.to_string()))?;
    let mut builder = MessageBuilder::new_vec();
    builder.header_mut().set_rd(ask != Ask::Server);
    builder.header_mut().set_cd(ask == Ask::Unchecked);
    let mut builder = builder.question();
    builder.push((owner, rtype, Class::IN)).map_err(|error| wrong(error.to_string()))?;
    let mut request =
        RequestMessage::new(builder.into_message()).map_err(|error| wrong(error.to_string()))?;
    prepare(&mut request);
    Ok(request)
}

/// Sets what every question of ours has: an identifier that cannot be guessed, DO, and our size.
pub(super) fn prepare(request: &mut RequestMessage<Vec<u8>>) {
    request.header_mut().set_random_id();
    request.set_dnssec_ok(true);
    request.set_udp_payload_size(UDP_SIZE);
}

/// An answer.
#[derive(Clone, Debug)]
pub(super) struct Reply {
    /// The message itself, for validation.
    pub(super) message: Message<Bytes>,
    /// The response code with its upper bits.
    pub(super) rcode: OptRcode,
    /// AA.
    pub(super) authoritative: bool,
    /// The answer section.
    pub(super) answer: Vec<Record>,
    /// The authority section.
    pub(super) authority: Vec<Record>,
    /// The additional section.
    pub(super) additional: Vec<Record>,
    /// Extended errors.
    pub(super) extended: Vec<ExtendedError>,
}

/// One record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) owner: String,
    pub(super) rtype: Rtype,
    pub(super) data: Data,
}

/// Its data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Data {
    /// A, AAAA.
    Address(IpAddr),
    /// NS, CNAME.
    Name(String),
    /// SOA.
    Serial(u32),
    /// MX: preference and exchange.
    Mail(u16, String),
    /// SRV: priority, weight, port and target.
    Service(u16, u16, u16, String),
    /// Anything else, as it stands.
    Other(Vec<u8>),
}

impl Reply {
    /// Reads an answer.
    ///
    /// # Errors
    /// [`ReasonKind::Protocol`] where it is no DNS message, [`ReasonKind::Limit`] where it has too many records.
    pub(super) fn read(message: Message<Bytes>) -> Result<Reply, Reason> {
        let wrong = |error: domain::base::wire::ParseError| {
            Reason::new(ReasonKind::Protocol, format!("the answer cannot be read: {error}"))
        };
        let header = message.header();
        let (rcode, extended) = match message.opt() {
            None => (OptRcode::from_rcode(header.rcode()), Vec::new()),
            Some(opt) => {
                let all = opt.opt().iter::<Extended<_>>().filter_map(Result::ok);
                (opt.rcode(header), all.take(MAX_EXTENDED).map(|error| self::extended(&error)).collect())
            }
        };
        let section = |records: domain::base::RecordSection<'_, Bytes>| -> Result<Vec<Record>, Reason> {
            let mut all = Vec::new();
            for record in records {
                let record = record.map_err(wrong)?;
                if all.len() == MAX_RECORDS {
                    let detail = format!("the answer has more than {MAX_RECORDS} records in one section");
                    return Err(Reason::new(ReasonKind::Limit, detail));
                }
                if record.class() == Class::IN {
                    all.push(read(&record).map_err(wrong)?);
                }
            }
            Ok(all)
        };
        let answer = section(message.answer().map_err(wrong)?)?;
        let authority = section(message.authority().map_err(wrong)?)?;
        let additional = section(message.additional().map_err(wrong)?)?;
        let authoritative = header.aa();
        Ok(Reply { message, rcode, authoritative, answer, authority, additional, extended })
    }

    /// `NOERROR`.
    pub(super) fn is_good(&self) -> bool {
        self.rcode == OptRcode::NOERROR
    }

    /// `NXDOMAIN`.
    pub(super) fn is_no_such_name(&self) -> bool {
        self.rcode == OptRcode::from_rcode(Rcode::NXDOMAIN)
    }

    /// Data of one type of records of the answer, whoever owns them: a resolver puts aliases before them.
    pub(super) fn data(&self, rtype: Rtype) -> impl Iterator<Item = &Data> {
        self.answer.iter().filter(move |record| record.rtype == rtype).map(|record| &record.data)
    }

    /// Why there is no answer to go by, where the code says so.
    pub(super) fn failure(&self, what: &str) -> Option<Reason> {
        if self.is_good() || self.is_no_such_name() {
            return None;
        }
        let told: Vec<String> = self.extended.iter().map(words).collect();
        let told = if told.is_empty() { String::new() } else { format!(" ({})", told.join("; ")) };
        Some(Reason::new(ReasonKind::Other, format!("{what}: the resolver answered {}{told}", self.rcode)))
    }
}

/// An extended error in words.
pub(super) fn words(error: &ExtendedError) -> String {
    match &error.text {
        Some(text) => format!("{}: {text}", error.name),
        None => error.name.clone(),
    }
}

fn read(record: &ParsedRecord<'_, Bytes>) -> Result<Record, domain::base::wire::ParseError> {
    let rtype = record.rtype();
    // The record is of the type asked for in each arm, so that `None` does not come about.
    let data = match rtype {
        Rtype::A => record.to_record::<A>()?.map(|one| Data::Address(one.data().addr().into())),
        Rtype::AAAA => record.to_record::<Aaaa>()?.map(|one| Data::Address(one.data().addr().into())),
        Rtype::NS => record.to_record::<Ns<_>>()?.map(|one| Data::Name(name(one.data().nsdname()))),
        Rtype::CNAME => record.to_record::<Cname<_>>()?.map(|one| Data::Name(name(one.data().cname()))),
        Rtype::MX => record
            .to_record::<Mx<_>>()?
            .map(|one| Data::Mail(one.data().preference(), name(one.data().exchange()))),
        Rtype::SRV => record.to_record::<Srv<_>>()?.map(|one| {
            let data = one.data();
            Data::Service(data.priority(), data.weight(), data.port(), name(data.target()))
        }),
        Rtype::SOA => record.to_record::<Soa<_>>()?.map(|one| Data::Serial(one.data().serial().into_int())),
        _ => record
            .to_record::<UnknownRecordData<_>>()?
            .map(|one| Data::Other(AsRef::<[u8]>::as_ref(one.data().data()).to_vec())),
    };
    Ok(Record { owner: name(&record.owner()), rtype, data: data.unwrap_or(Data::Other(Vec::new())) })
}

/// A name in lower case, without the dot of the root unless it is the root.
pub(super) fn name(name: &impl ToName) -> String {
    let text = name.fmt_with_dot().to_string().to_ascii_lowercase();
    if text == "." { text } else { text.trim_end_matches('.').to_owned() }
}

/// An extended error with its name in IANA's registry.
pub(super) fn extended<Octs: AsRef<[u8]>>(error: &Extended<Octs>) -> ExtendedError {
    let code = error.code().to_int();
    let text = error.text_slice().filter(|text| !text.is_empty());
    let text = text.map(|text| String::from_utf8_lossy(text).chars().take(200).collect());
    ExtendedError { code, name: registered(code).into(), text }
}

/// Names of INFO-CODEs (RFC 8914 5.2 and IANA's registry "Extended DNS Error Codes").
fn registered(code: u16) -> &'static str {
    match code {
        0 => "Other Error",
        1 => "Unsupported DNSKEY Algorithm",
        2 => "Unsupported DS Digest Type",
        3 => "Stale Answer",
        4 => "Forged Answer",
        5 => "DNSSEC Indeterminate",
        6 => "DNSSEC Bogus",
        7 => "Signature Expired",
        8 => "Signature Not Yet Valid",
        9 => "DNSKEY Missing",
        10 => "RRSIGs Missing",
        11 => "No Zone Key Bit Set",
        12 => "NSEC Missing",
        13 => "Cached Error",
        14 => "Not Ready",
        15 => "Blocked",
        16 => "Censored",
        17 => "Filtered",
        18 => "Prohibited",
        19 => "Stale NXDomain Answer",
        20 => "Not Authoritative",
        21 => "Not Supported",
        22 => "No Reachable Authority",
        23 => "Network Error",
        24 => "Invalid Data",
        25 => "Signature Expired before Valid",
        26 => "Too Early",
        27 => "Unsupported NSEC3 Iterations Value",
        _ => "Unregistered Error",
    }
}
