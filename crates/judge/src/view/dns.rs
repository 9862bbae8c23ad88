//! What the DNS says of the target's name.

use midwatch_model::{
    Caa, CaaRecord, Delegation, Dnssec, HttpsRecord, Outcome, ResolverFault, Security, Sshfp, SshfpRecord,
    Tlsa, TlsaRecord,
};

use super::Seen;

/// The facts of the DNS, where they were asked for.
#[derive(Debug, Default)]
pub(crate) struct Dns<'a> {
    pub(crate) dnssec: Option<Seen<'a, Dnssec>>,
    pub(crate) caa: Option<Seen<'a, Caa>>,
    pub(crate) tlsa: Option<Seen<'a, Tlsa>>,
    /// One for each name that a host has.
    pub(crate) sshfp: Vec<Seen<'a, Sshfp>>,
    pub(crate) https: Option<Seen<'a, HttpsRecord>>,
    pub(crate) delegation: Option<Seen<'a, Delegation>>,
}

impl<'a> Dns<'a> {
    /// The name's state, where it was measured.
    pub(crate) fn security(&self) -> Option<(&'a str, &'a Security)> {
        let seen = self.dnssec?;
        Some((seen.id, seen.fact.security.value()?))
    }

    /// True where the resolver has a fault, so that its answers say little of the zone.
    pub(crate) fn resolver_lies(&self) -> bool {
        self.dnssec.is_some_and(|seen| {
            seen.fact.faults.iter().any(|fault| matches!(fault, ResolverFault::AnswersEverything))
        })
    }

    /// The CAA records that apply, where they could be asked for and no signature failed.
    pub(crate) fn caa(&self) -> Option<(Seen<'a, Caa>, &'a [CaaRecord])> {
        let seen = self.caa?;
        let records = seen.fact.records.value()?;
        (!is_bogus(&seen.fact.security)).then_some((seen, records.as_slice()))
    }

    /// The TLSA records, where there are any.
    pub(crate) fn tlsa(&self) -> Option<(Seen<'a, Tlsa>, &'a [TlsaRecord])> {
        let seen = self.tlsa?;
        let records = seen.fact.records.value()?;
        (!records.is_empty()).then_some((seen, records.as_slice()))
    }

    /// The SSHFP records of each name that has any.
    pub(crate) fn sshfp(&self) -> impl Iterator<Item = (Seen<'a, Sshfp>, &'a [SshfpRecord])> {
        self.sshfp.iter().filter_map(|seen| {
            let records = seen.fact.records.value()?;
            (!records.is_empty()).then_some((*seen, records.as_slice()))
        })
    }
}

/// True where a signature that has to be there does not hold.
pub(crate) fn is_bogus(security: &Outcome<Security>) -> bool {
    security.value().is_some_and(Security::is_bogus)
}

/// True where every signature holds.
pub(crate) fn is_secure(security: &Outcome<Security>) -> bool {
    security.value().is_some_and(Security::is_secure)
}
