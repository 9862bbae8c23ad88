//! An echo that everything reaches as it was sent.

use midwatch_model::{Echo, Fact, HelloEcho, Outcome, PlainEcho};

use super::{About, Scene};

impl Scene {
    /// An echo, changed.
    pub fn echo(change: impl Fn(&mut Echo)) -> Self {
        let hello = HelloEcho {
            server_name: "a.midwatch-echo.invalid".into(),
            sent: "ab".into(),
            received: Some("ab".into()),
            answered_by_another: false,
        };
        let mut echo = Echo {
            endpoint: "echo.example:8080".into(),
            request: Outcome::seen(PlainEcho::default()),
            odd_request: Outcome::seen(PlainEcho::default()),
            hello: Outcome::seen(hello),
        };
        change(&mut echo);
        let mut scene = Scene { about: About::Here, ..Scene::empty() };
        scene.facts.push(Fact::Echo(Box::new(echo)));
        scene
    }
}
