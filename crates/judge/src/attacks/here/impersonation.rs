//! Forged certificates, met from this computer.

use midwatch_model::{AttackId, Station};

use crate::attack::{by_severity, link};
use crate::view::trust::public_store;
use crate::words;
use crate::{Attack, Scope};

pub(crate) static ATTACK: Attack = Attack {
    id: AttackId::Impersonation,
    about: "Somebody between this computer and the internet opens TLS and shows certificates of their own. The browser \
            warns, or says nothing because their root was added to this computer.",
    gain: "To read and change everything, behind a padlock that looks right or a warning that gets clicked away.",
    from: &[Station::You, Station::Wifi, Station::Router, Station::Network],
    decided: "Exposed where a public site shows a certificate here that only this computer trusts, or nobody, or that is in no \
              log of Certificate Transparency, or where an \
              echo received another ClientHello than was sent. Partly where a certificate is refused behind a captive portal, the logs \
              could not all be looked for, or where a Chromium here is past ten weeks, and \
              takes a certificate that no log has seen. Unknown where no public site could be met (--sites). \
              Protected where every site that was met shows a certificate of a public programme; most certain with an \
              echo (--echo), which cannot be fooled by certificates.",
    defence: "Do not click warnings away, and remove roots that nobody added on purpose.",
    scope: Scope::Here,
    weigh: by_severity,
    exposed: "so somebody between reads what goes through TLS, or waits for a warning to be clicked away",
    partly: "so there is a way in for a forged certificate",
    gaps: |view| {
        let met = view.here.chains.iter().any(|seen| !seen.fact.trust.is_empty());
        let echoed = view.here.echoes.iter().any(|seen| seen.fact.hello.is_seen());
        if met || echoed {
            return Vec::new();
        }
        vec![link("no public site was met from here, and no echo was asked which ClientHello arrived", &[])]
    },
    reasons: |view| {
        let mut all = Vec::new();
        let public: Vec<_> =
            view.here.chains.iter().filter(|seen| public_store(seen.fact).is_some()).collect();
        let mut hosts: Vec<String> = public.iter().map(|seen| seen.fact.host.to_string()).collect();
        hosts.dedup();
        if !hosts.is_empty() {
            let ids: Vec<&str> = public.iter().map(|seen| seen.id).collect();
            let text = format!("{} show certificates of public authorities here", words::and(&hosts));
            all.push(link(text, &ids));
        }
        for seen in &view.here.echoes {
            let same = seen.fact.hello.value().is_some_and(|hello| {
                !hello.answered_by_another && hello.received.as_ref() == Some(&hello.sent)
            });
            if same {
                let text =
                    format!("the ClientHello that {} received is the one that was sent", seen.fact.endpoint);
                all.push(link(text, &[seen.id]));
            }
        }
        all
    },
    remains: |view| {
        let mut all = vec!["Ways to other sites than those that were met may differ.".to_owned()];
        if view.here.echoes.is_empty() {
            all.push(
                "Whether TLS is opened by somebody with a public certificate was not asked (--echo).".into(),
            );
        }
        all
    },
};
