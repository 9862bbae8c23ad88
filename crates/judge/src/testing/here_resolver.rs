//! A resolver that behaves, and says what the chosen one says.

use midwatch_model::{Fact, NameAnswers, Outcome, ResolverAnswers};

use super::{About, Scene};

impl Scene {
    /// What the system's resolver answers, changed.
    pub fn resolver(change: impl Fn(&mut ResolverAnswers)) -> Self {
        let addresses = || Outcome::seen(vec!["203.0.113.7".parse().expect("an address")]);
        let mut answers = ResolverAnswers {
            resolver: "192.0.2.53:53".into(),
            faults: Outcome::seen(vec![]),
            chosen: Some("tls://198.51.100.53:853".into()),
            names: vec![NameAnswers {
                name: "shop.example".into(),
                system: addresses(),
                chosen: addresses(),
            }],
        };
        change(&mut answers);
        let mut scene = Scene { about: About::Here, ..Scene::empty() };
        scene.facts.push(Fact::ResolverAnswers(Box::new(answers)));
        scene
    }
}
