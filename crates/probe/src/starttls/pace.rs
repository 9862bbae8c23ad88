//! How far apart connections to one server begin.

use std::time::Duration;

use tokio::time::Instant;

/// The least time between two connections to Exim, and to whoever has turned one away.
///
/// Exim forks for each connection and takes twenty at a time (`smtp_accept_max`). After a handshake that was not finished its
/// process sleeps for half a second before it ends, whatever the client does (`millisleep(500)` in the `tls-gnu.c` of Exim 4.96),
/// so that one every 26 ms is all that it can take. This leaves seven of the twenty to others.
const APART: Duration = Duration::from_millis(40);

/// The most time between two connections.
const FAR_APART: Duration = Duration::from_millis(500);

/// How long nobody connects once a server has turned a connection away that took them as they came: twice what Exim's processes
/// need to end.
const PAUSE: Duration = Duration::from_secs(1);

/// How far apart connections to one server begin. At first they begin as they come, since most servers take that.
#[derive(Debug)]
pub(super) struct Pace {
    next: Instant,
    apart: Duration,
    begun: u32,
    changes: u32,
}

impl Pace {
    pub(super) fn new() -> Self {
        Pace { next: Instant::now(), apart: Duration::ZERO, begun: 0, changes: 0 }
    }

    /// When the next connection may begin.
    pub(super) fn next(&self) -> Instant {
        self.next
    }

    /// None was turned away so far.
    pub(super) fn takes_all(&self) -> bool {
        self.changes == 0
    }

    /// One begins now. Returns how often the pace had been slowed down by then.
    pub(super) fn begins(&mut self, now: Instant) -> u32 {
        self.next = now + self.apart;
        self.begun = self.begun.saturating_add(1);
        self.changes
    }

    /// The server's greeting, in which Exim names itself unless it is told otherwise.
    pub(super) fn greeted(&mut self, greeting: &[String], now: Instant) {
        let is_exim = greeting.iter().any(|line| line.contains("Exim"));
        if is_exim && self.apart < APART {
            self.apart = APART;
            self.next = self.next.max(now + APART);
        }
    }

    /// A connection was turned away that began when the pace had been slowed down so often. Those that began before the last
    /// time tell nothing of the pace since, and neither does the only one that there was.
    pub(super) fn turned_away(&mut self, changes: u32, now: Instant) {
        if changes != self.changes || self.begun < 2 {
            return;
        }
        self.changes += 1;
        if self.apart.is_zero() {
            self.next = now + PAUSE;
        }
        self.apart = self.apart.saturating_mul(2).clamp(APART, FAR_APART);
    }

    /// A connection was taken: a tenth faster, where the pace is slower than it need be.
    pub(super) fn taken(&mut self) {
        if self.apart > APART {
            self.apart = (self.apart - self.apart / 10).max(APART);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_begin_as_they_come_until_one_is_turned_away() {
        let mut pace = Pace::new();
        let now = Instant::now();
        let began: Vec<u32> = (0..4).map(|_| pace.begins(now)).collect();
        pace.greeted(&["mail.example ESMTP Postfix".into()], now);
        assert_eq!((pace.next(), began), (now, vec![0; 4]));
        assert!(pace.takes_all());
        // All four are turned away, which is one thing to learn and not four.
        for changes in [0; 4] {
            pace.turned_away(changes, now);
        }
        assert_eq!((pace.next(), pace.apart, pace.takes_all()), (now + PAUSE, APART, false));
        let later = now + PAUSE;
        let began = pace.begins(later);
        assert_eq!(pace.next(), later + APART);
        pace.turned_away(began, later);
        assert_eq!(pace.apart, APART * 2);
        for _ in 0..20 {
            let began = pace.begins(later);
            pace.turned_away(began, later);
        }
        assert_eq!(pace.apart, FAR_APART);
        for _ in 0..100 {
            pace.taken();
        }
        assert_eq!(pace.apart, APART, "never again as fast as what was turned away");
    }

    #[test]
    fn the_only_connection_tells_nothing_of_the_pace() {
        let mut pace = Pace::new();
        let now = Instant::now();
        let began = pace.begins(now);
        pace.turned_away(began, now);
        assert!(pace.takes_all() && pace.apart.is_zero(), "{pace:?}");
        let began = pace.begins(now);
        pace.turned_away(began, now);
        assert!(!pace.takes_all() && pace.apart == APART, "{pace:?}");
    }

    #[test]
    fn exim_is_known_by_its_name() {
        let mut pace = Pace::new();
        let now = Instant::now();
        pace.begins(now);
        pace.greeted(&["mail.shop.example ESMTP Exim 4.96 Mon, 30 Nov 2026 12:00:00 +0000".into()], now);
        assert_eq!((pace.next(), pace.apart), (now + APART, APART));
        let began = pace.begins(now + APART);
        pace.turned_away(began, now + APART);
        assert_eq!(
            (pace.next(), pace.apart),
            (now + APART * 2, APART * 2),
            "it had no burst that has to end first"
        );
        // Hearing the name again changes nothing.
        pace.greeted(&["Exim".into()], now + APART);
        assert_eq!(pace.apart, APART * 2);
    }
}
