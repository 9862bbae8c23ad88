//! A site met from this computer.

use midwatch_model::{CertificateChain, Fact};

use super::{About, Scene, chain};

impl Scene {
    /// The chain of a public site, sound, changed.
    pub fn met_here(change: impl Fn(&mut CertificateChain)) -> Self {
        let mut met = chain();
        change(&mut met);
        let mut scene = Scene { about: About::Here, ..Scene::empty() };
        scene.facts.push(Fact::CertificateChain(Box::new(met)));
        scene
    }
}
