//! What listens on a server: what was not seen of it, and what is in order.

use midwatch_model::{
    Because, Bound, ByNature, KnownService, ListeningService, Reach, ServiceKind, ServiceProtection,
};

use crate::View;
use crate::attack::link;
use crate::words;

/// Sockets that could not be listed.
pub(super) fn unread(view: &View<'_>) -> Vec<Because> {
    let Some(seen) = view.inside.listening else {
        return vec![link("what listens on this server was not looked at", &[])];
    };
    let why =
        seen.fact.sockets.why_not().map(|why| format!("what listens on this server is not known: {why}"));
    why.map(|text| link(text, &[seen.id])).into_iter().collect()
}

/// The same, and services of which it is not known whether they encrypt.
pub(super) fn unknown(view: &View<'_>) -> Vec<Because> {
    let mut all = unread(view);
    let Some(seen) = view.inside.listening else { return all };
    let open: Vec<String> = outward(view).filter(|one| !is_told(one)).map(place).collect();
    if !open.is_empty() {
        let text = format!("whether {} encrypt was not told", words::some(&open, 4));
        all.push(link(text, &[seen.id]));
    }
    all
}

/// Every service that others reach is encrypted, or can be.
pub(super) fn nothing_plain(view: &View<'_>) -> Vec<Because> {
    let Some(seen) = view.inside.listening else { return Vec::new() };
    let Some(sockets) = seen.fact.sockets.value() else { return Vec::new() };
    let outward = outward(view).count();
    let text = match outward {
        0 => format!("nobody else reaches any of {}", words::count(sockets.len(), "socket")),
        count => format!(
            "no service at {} that others reach takes a password in plain text",
            words::count(count, "socket")
        ),
    };
    vec![link(text, &[seen.id])]
}

/// Sockets of services with passwords that others may reach.
fn outward<'a>(view: &'a View<'_>) -> impl Iterator<Item = &'a ListeningService> {
    let all = view.inside.listening.into_iter().filter_map(|seen| seen.fact.sockets.value()).flatten();
    all.filter(|one| one.bound != Bound::Loopback && one.reach() != Reach::Nobody)
}

/// What it is follows from its answer, or from a protocol that is one or the other. Of a web server its sites tell, and
/// of what nobody knows no password is known either.
fn is_told(one: &ListeningService) -> bool {
    let Some(known) = one.service.as_deref().and_then(KnownService::of) else { return true };
    let answered = one.answer.value().is_some_and(|answer| answer.protection != ServiceProtection::Unknown);
    // Of mail the question is whether it takes passwords before TLS, which it does not always tell.
    let takes = one.answer.value().and_then(|answer| answer.plain_password);
    let is_tls = one.answer.value().is_some_and(|answer| answer.protection == ServiceProtection::Tls);
    if known.kind == ServiceKind::Mail && known.id != "smtp" && known.nature == ByNature::Either {
        return takes.is_some() || is_tls;
    }
    answered
        || known.nature != ByNature::Either
        || !known.secret
        || one.answer.is_refused()
        || known.kind == ServiceKind::Web
}

fn place(one: &ListeningService) -> String {
    format!("{} port {}", one.protocol, one.address.port())
}

#[cfg(test)]
mod tests {
    use midwatch_model::{AttackId, Fact, ListeningService, Outcome, ServiceProtection, Verdict};

    use crate::testing::*;

    fn of(services: Vec<ListeningService>) -> (Verdict, Verdict) {
        let scene = Scene::served(&[]).server_settings(|_| {}).listening(services);
        let judged = scene.judge();
        let verdict = |id| judged.attacks.iter().find(|attack| attack.id == id).expect("judged").verdict;
        (verdict(AttackId::Eavesdropping), verdict(AttackId::SessionHijacking))
    }

    fn answering(id: &str, protection: ServiceProtection, open: Option<bool>) -> ListeningService {
        listening_service(id, |one| {
            let mut answer = listening_answer("", "words", open);
            answer.protection = protection;
            one.answer = Outcome::seen(answer);
        })
    }

    #[test]
    fn what_listens_decides() {
        use ServiceProtection::*;
        assert_eq!(of(vec![answering("ssh", Other, Option::None)]).0, Verdict::Protected);
        assert_eq!(of(vec![answering("telnet", None, Option::None)]).0, Verdict::Exposed);
        assert_eq!(of(vec![answering("redis", None, Some(true))]).1, Verdict::Exposed);
        assert_eq!(of(vec![answering("ldap", Unknown, Option::None)]).0, Verdict::Unknown);
        assert_eq!(of(vec![listening_service("ldap", |_| {})]).0, Verdict::Unknown, "it was not asked");
        assert_eq!(of(vec![answering("imap", Upgrades, Option::None)]).0, Verdict::Unknown, "it did not say");
    }

    #[test]
    fn nobody_looked() {
        let judged = Scene::served(&[]).judge();
        let verdict =
            judged.attacks.iter().find(|attack| attack.id == AttackId::Eavesdropping).expect("judged");
        assert_eq!(verdict.verdict, Verdict::Unknown);
        assert!(verdict.because.iter().any(|one| one.text.contains("not looked at")), "{verdict:?}");
        let silent =
            Scene::served(&[]).listening(vec![]).without(|fact| matches!(fact, Fact::ServedSites(_)));
        let judged = silent.judge();
        let verdict =
            judged.attacks.iter().find(|attack| attack.id == AttackId::Eavesdropping).expect("judged");
        assert_eq!(verdict.verdict, Verdict::Unknown);
    }
}
