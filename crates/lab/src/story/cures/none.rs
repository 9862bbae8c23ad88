//! Nothing: what comes is believed.

use super::About;
use crate::story::attack::Attack;

pub(crate) static ABOUT: About = About {
    id: "none",
    name: "nothing",
    title: "Nothing is verified",
    what: "Elizabeth and David take the keys that come. They encrypt well, and to the wrong person: encryption says that a \
           letter is for the owner of a key, and not who that is.",
    fails: "Whoever is in the middle when the keys are exchanged reads and changes everything, and both are content. It \
            stops whoever only listens, and whoever changes letters without having swapped the keys.",
    shown: &[Attack::SwapFirst, Attack::Flip],
};
