//! Questions to a resolver, and our own proof of its answers.

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use domain::base::{Message, Rtype};
use domain::dnssec::validator::context::{ValidationContext, ValidationState};
use midwatch_model::{ExtendedError, Outcome, Reason, ReasonKind, Security};

use super::message::{Ask, Data, Reply, extended, question, words};
use super::upstream::{Upstream, Via};
use super::{DnsOptions, ResolverSpec};
use super::{doh, resolv_conf, tls};
use crate::net::Net;

/// How long the proof of one answer may take in all, as a multiple of one step.
const PROOF_STEPS: u32 = 3;

/// One resolver, with what it has proved so far. Clones share it.
#[derive(Clone)]
pub(super) struct Resolver {
    net: Net,
    upstream: Upstream,
    context: Arc<ValidationContext<Upstream>>,
    /// Who is asked, for people.
    pub(super) name: String,
    anchor: String,
}

impl Resolver {
    /// The resolver that the user chose, else the system's.
    pub(super) fn new(net: &Net, options: &DnsOptions) -> Self {
        let (via, name) = match &options.resolver {
            None => match resolv_conf::servers(Path::new("/etc/resolv.conf")) {
                Ok(servers) => {
                    let name = servers.first().map(ToString::to_string).unwrap_or_default();
                    (Via::Plain(servers), name)
                }
                Err(why) => (Via::Nowhere(why), "/etc/resolv.conf".to_owned()),
            },
            Some(spec) => {
                let via = match spec {
                    ResolverSpec::Plain(address) => Ok(Via::Plain(vec![*address])),
                    ResolverSpec::Tls { address, name } => {
                        tls::Line::new(*address, name.as_deref(), &options.stores)
                            .map(|line| Via::Tls(Box::new(line)))
                    }
                    ResolverSpec::Https(url) => {
                        doh::Line::new(url, &options.stores).map(|line| Via::Https(Box::new(line)))
                    }
                };
                (via.unwrap_or_else(Via::Nowhere), spec.to_string())
            }
        };
        let upstream = Upstream::new(net, via);
        let context = Arc::new(ValidationContext::new(options.anchors.build(), upstream.clone()));
        let anchor = options.anchors.owner().to_owned();
        Resolver { net: net.clone(), upstream, context, name, anchor }
    }

    /// Asks, and reads the answer.
    ///
    /// # Errors
    /// Why there is none.
    pub(super) async fn ask(&self, name: &str, rtype: Rtype, ask: Ask) -> Result<Reply, Reason> {
        // Boxed: the ways to a resolver are large futures, and many are joined above.
        let request = question(name, rtype, ask)?;
        Reply::read(Box::pin(self.upstream.ask(&request)).await?)
    }

    /// As [`Resolver::ask`] without the resolver's checks, for an answer that says something of the name.
    ///
    /// # Errors
    /// Also where the code says that something failed.
    pub(super) async fn look(&self, name: &str, rtype: Rtype) -> Result<Reply, Reason> {
        let reply = self.ask(name, rtype, Ask::Unchecked).await?;
        match reply.failure(&format!("{name} {rtype}")) {
            Some(why) => Err(why),
            None => Ok(reply),
        }
    }

    /// What DNSSEC proves of an answer.
    pub(super) async fn prove(&self, reply: &Reply) -> Outcome<Security> {
        let found = match self.validate(reply.message.clone()).await {
            Err(why) => return why.into(),
            Ok(found) => found,
        };
        let (state, error) = found;
        match state {
            ValidationState::Secure => Outcome::seen(Security::Secure),
            ValidationState::Insecure => {
                let why = error.as_ref().map_or_else(|| "a zone on the way is not signed".into(), words);
                Outcome::seen(Security::Insecure { why })
            }
            ValidationState::Indeterminate => {
                let none = || format!("no trust anchor covers the name (anchors begin at {})", self.anchor);
                let why = error.as_ref().map_or_else(none, words);
                Outcome::seen(Security::Indeterminate { why })
            }
            ValidationState::Bogus => self.bogus(error).await,
        }
    }

    /// A resolver that passes no signatures on makes everything look forged. That says nothing of the zone.
    async fn bogus(&self, error: Option<ExtendedError>) -> Outcome<Security> {
        if self.strips().await == Some(true) {
            let why = format!("{} passes no signatures on, not even those of {}", self.name, self.anchor);
            return Outcome::seen(Security::Indeterminate { why });
        }
        if let Some(why) = self.upstream.lost() {
            return why.into();
        }
        let why =
            error.as_ref().map_or_else(|| "a signature that has to be there does not hold".into(), words);
        Outcome::seen(Security::Bogus { why, extended: error })
    }

    /// Whether the keys that the anchors vouch for come without signatures; none where that was not answered.
    pub(super) async fn strips(&self) -> Option<bool> {
        let reply = self.look(&self.anchor, Rtype::DNSKEY).await.ok()?;
        Some(reply.data(Rtype::RRSIG).next().is_none())
    }

    async fn validate(
        &self,
        mut message: Message<Bytes>,
    ) -> Result<(ValidationState, Option<ExtendedError>), Reason> {
        let context = self.context.clone();
        // In a task of its own: should the validator give up on some message, the audit goes on.
        let mut task = Abort(tokio::spawn(async move {
            // Boxed: its state is large, and would be moved over the stack.
            let (state, error) = Box::pin(context.validate_msg::<Bytes, Vec<u8>>(&mut message))
                .await
                .map_err(|error| Reason::new(ReasonKind::Other, format!("the proof failed: {error}")))?;
            Ok((state, error.map(|error| extended(&error))))
        }));
        let limit = self.net.step_timeout() * PROOF_STEPS;
        let result = self.net.within(limit, "following the signatures", &mut task.0).await?;
        result.unwrap_or_else(|_| {
            Err(Reason::new(ReasonKind::Protocol, "the validator gave up on the answer's records"))
        })
    }

    /// Addresses of a name, by A and AAAA, without a proof.
    ///
    /// # Errors
    /// Where neither question had an answer.
    pub(super) async fn addresses(&self, name: &str) -> Result<Addresses, Reason> {
        let (a, aaaa) = tokio::join!(self.look(name, Rtype::A), self.look(name, Rtype::AAAA));
        if let (Err(why), Err(_)) = (&a, &aaaa) {
            return Err(why.clone());
        }
        let mut found = Addresses { list: Vec::new(), no_such_name: false };
        for (reply, rtype) in [(a, Rtype::A), (aaaa, Rtype::AAAA)] {
            let Ok(reply) = reply else { continue };
            found.no_such_name |= reply.is_no_such_name();
            found.list.extend(reply.data(rtype).filter_map(|data| match data {
                Data::Address(ip) => Some(*ip),
                _ => None,
            }));
        }
        Ok(found)
    }
}

/// Addresses of a name.
#[derive(Clone, Debug)]
pub(super) struct Addresses {
    pub(super) list: Vec<std::net::IpAddr>,
    pub(super) no_such_name: bool,
}

/// A task that ends when nobody waits for it any more.
struct Abort<T>(tokio::task::JoinHandle<T>);

impl<T> Drop for Abort<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}
