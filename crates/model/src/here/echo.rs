//! What became of requests on the way to a far end that says what reached it.

use serde::{Deserialize, Serialize};

use crate::Outcome;

/// What an echo (`midwatch lab --echo`) says of what was sent to it from here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Echo {
    /// Where it is: `HOST:PORT` of its plain service.
    pub endpoint: String,
    /// An ordinary request over plain http.
    pub request: Outcome<PlainEcho>,
    /// A request line that no server has to understand, which programs between that read HTTP rewrite or refuse.
    pub odd_request: Outcome<PlainEcho>,
    /// A TLS ClientHello.
    pub hello: Outcome<HelloEcho>,
}

/// One request over plain http.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PlainEcho {
    /// Lines that were sent and did not arrive so, at most 50.
    pub lost: Vec<String>,
    /// Lines that arrived and were not sent, at most 50.
    pub added: Vec<String>,
    /// Lines that arrived with letters of another case, in the request or in its answer, as they arrived, at most 50.
    pub rewritten: Vec<String>,
    /// All lines arrived, in another order.
    pub reordered: bool,
    /// Header lines of the answer that the far end did not send, at most 50.
    pub answer_added: Vec<String>,
    /// The body of the answer is not the one that the far end sent.
    pub answer_changed: bool,
}

impl PlainEcho {
    /// Everything arrived as it was sent.
    pub fn is_untouched(&self) -> bool {
        *self == PlainEcho::default()
    }
}

/// A ClientHello, and the one that reached the far end for the same name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct HelloEcho {
    /// The name that it was for, which nobody else uses.
    pub server_name: String,
    /// SHA-256 of what was sent, in hexadecimal.
    pub sent: String,
    /// SHA-256 of what arrived; none where nothing arrived for that name.
    pub received: Option<String>,
    /// A handshake was begun in answer, which the far end never does.
    pub answered_by_another: bool,
}

impl HelloEcho {
    /// True where another hello arrived than was sent, or another answered: somebody between opens TLS.
    pub fn is_opened(&self) -> bool {
        self.answered_by_another || self.received.as_ref().is_some_and(|received| *received != self.sent)
    }
}
