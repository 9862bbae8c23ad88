use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::*;

fn jessica(attack: Attack) -> Jessica {
    let log = Log::default();
    let authority = Arc::new(Authority::new("nobody's").expect("an authority"));
    Jessica::new(attack, Cure::None, authority, log, Random::seeded(b"jessica")).expect("a key")
}

/// What arrives at David's of what somebody sends to Jessica, and how she ends.
async fn arrives(sent: &[u8]) -> (Vec<u8>, io::Result<Jessica>) {
    let david = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = Address::new(david.local_addr().expect("an address")).expect("on loopback");
    let door = Door::open().await.expect("a free port");
    let mut stream =
        TcpStream::connect(door.address().expect("an address").get()).await.expect("a connection");
    let relay = tokio::spawn(jessica(Attack::SwapFirst).relay(door, address, None));
    stream.write_all(sent).await.expect("sent");
    stream.shutdown().await.expect("the end");
    let (mut far, _) = david.accept().await.expect("a connection");
    let mut came = Vec::new();
    let read = timeout(Duration::from_secs(30), far.read_to_end(&mut came));
    read.await.expect("she closes").expect("read");
    (came, relay.await.expect("no panic"))
}

#[tokio::test]
async fn she_passes_on_nothing_but_the_story_s_messages() {
    for other in [
        &b"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n"[..],
        b"SSH-2.0-OpenSSH_9.9\r\n",
        &[22, 3, 1, 0, 5, 1, 0, 0, 1, 3],
        b"MWS\x02\x04\x00\x00",
        b"MWS\x01\x09\x00\x00",
    ] {
        let (came, ended) = arrives(other).await;
        assert_eq!(came, b"", "{other:?}");
        let error = ended.err().map(|error| error.kind());
        assert_eq!(error, Some(io::ErrorKind::InvalidData), "{other:?}");
    }
    // The control: what is of the story arrives.
    let (came, ended) = arrives(&Message::Exchange(vec![1, 2]).encode()).await;
    assert!(!came.is_empty() && ended.is_ok());
}

#[tokio::test]
async fn what_is_not_that_person_s_turn_is_no_message_of_the_story() {
    let key = Secret::new(&mut Random::seeded(b"turn")).expect("a key").public();
    let introduction = crate::story::letter::Introduction { key, certificate: None };
    let (came, ended) = arrives(&Message::Key(introduction).encode()).await;
    assert_eq!(came, b"", "Elizabeth sends no answer");
    assert!(ended.is_err());
}
