//! A name that MX records may not hold.

use midwatch_model::{AttackId::*, ExchangeFault, Severity, Station};

use crate::Check;

pub(crate) static CHECK: Check = Check {
    id: "mail-mx-faulty",
    title: "An MX record names what it may not",
    severity: Severity::Low,
    says: "senders treat the MX record for {place} each in their own way",
    about: "An MX record names a host that has addresses by itself. Where it names an alias, an address or nothing that exists, \
            some senders deliver and others do not, and those that verify may look for the certificate of another name.",
    gain: "Little: a name that nobody holds could be taken by somebody else, who then gets the mail that is tried there.",
    from: &[Station::Dns],
    attacks: &[DnsSpoofing, EmailHijacking],
    decided: "The name of an MX record is an alias (CNAME), an address, no host name, or has no address; or the domain says with \
              one record that it takes no mail, and with others that it does. Low; a name without an address is no way in while \
              its domain is somebody's.",
    benign: &["A server that is being moved may have no address for a while."],
    fix: "Name hosts that have A or AAAA records of their own, and take the other records away.",
    settings: &[],
    source: "RFC 5321 5.1; RFC 2181 10.3; RFC 7505 3",
    find: |view, found| {
        for exchange in &view.mail.exchanges {
            if exchange.fact.implicit {
                continue;
            }
            for fault in &exchange.fact.faults {
                let (title, detail) = match fault {
                    ExchangeFault::Alias => (
                        "A server of an MX record is an alias",
                        format!(
                            "{} leads on to {}",
                            exchange.fact.host,
                            exchange.fact.aliases.last().map_or("another name", String::as_str)
                        ),
                    ),
                    ExchangeFault::AddressLiteral => {
                        ("An MX record holds an address in place of a name", exchange.fact.host.clone())
                    }
                    ExchangeFault::NoAddress => {
                        ("A server of an MX record has no address", exchange.fact.host.clone())
                    }
                    ExchangeFault::NotAHostName => {
                        ("An MX record holds what is no host name", exchange.fact.host.clone())
                    }
                };
                found.at(&exchange.fact.host).title(title).see(exchange.id, super::support::short(&detail));
            }
        }
        if let Some((seen, records)) = view.mail.mx_records()
            && records.len() > 1
            && records.iter().any(|record| record.exchange == ".")
        {
            found
                .at(&seen.fact.name)
                .title("One MX record says that the domain takes no mail, and others name servers")
                .see(seen.id, format!("{} records, of which one is \".\"", records.len()));
        }
    },
};

#[cfg(test)]
mod tests {
    use midwatch_model::{MxRecord, Outcome};

    use super::*;
    use crate::testing::*;

    #[test]
    fn each_fault_has_a_finding() {
        assert!(Scene::mail().find(CHECK.id).is_empty());
        for fault in [
            ExchangeFault::Alias,
            ExchangeFault::AddressLiteral,
            ExchangeFault::NoAddress,
            ExchangeFault::NotAHostName,
        ] {
            let scene = Scene::mail().change_exchanges(|one| one.faults = vec![fault]);
            assert_eq!(scene.severities(CHECK.id), [Severity::Low; 2], "{fault:?}");
        }
    }

    #[test]
    fn no_mail_beside_servers_is_a_contradiction() {
        assert!(Scene::mail_null().find(CHECK.id).is_empty());
        let both = Scene::mail().change_mx(|mx| {
            if let Outcome::Seen { value } = &mut mx.records {
                value.push(MxRecord { preference: 0, exchange: ".".into() });
            }
        });
        assert_eq!(both.severities(CHECK.id), [Severity::Low]);
    }
}
