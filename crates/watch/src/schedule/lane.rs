//! Targets that are due, a queue for each host, and the hosts in turn.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

/// Queues by host. A number that is no longer its target's is passed over when its turn comes.
#[derive(Clone, Debug, Default)]
pub(super) struct Lane {
    queues: HashMap<Arc<str>, VecDeque<(u64, Arc<str>)>>,
    /// Hosts with something in their queue, whose turn it is in this order.
    turns: VecDeque<Arc<str>>,
    /// Hosts with something in their queue that had no place when it was their turn.
    full: HashSet<Arc<str>>,
}

impl Lane {
    /// Puts a target at the end of its host's queue.
    pub(super) fn push(&mut self, host: Arc<str>, number: u64, id: Arc<str>) {
        let queue = self.queues.entry(host.clone()).or_default();
        queue.push_back((number, id));
        if queue.len() == 1 && !self.full.contains(&host) {
            self.turns.push_back(host);
        }
    }

    /// The next target of the next host that has a place.
    pub(super) fn pop(
        &mut self,
        is_ready: &dyn Fn(&str, u64) -> bool,
        is_free: &dyn Fn(&str) -> bool,
    ) -> Option<Arc<str>> {
        while let Some(host) = self.turns.pop_front() {
            let Some(queue) = self.queues.get_mut(&host) else { continue };
            while queue.front().is_some_and(|(number, id)| !is_ready(id, *number)) {
                queue.pop_front();
            }
            if queue.is_empty() {
                self.queues.remove(&host);
                continue;
            }
            if !is_free(&host) {
                self.full.insert(host);
                continue;
            }
            let found = queue.pop_front();
            if queue.is_empty() {
                self.queues.remove(&host);
            } else {
                self.turns.push_back(host);
            }
            return found.map(|(_, id)| id);
        }
        None
    }

    /// A place of this host has become free.
    pub(super) fn wake(&mut self, host: &str) {
        if let Some(host) = self.full.take(host) {
            self.turns.push_back(host);
        }
    }

    /// The number of places may have changed.
    pub(super) fn wake_all(&mut self) {
        self.turns.extend(self.full.drain());
    }

    /// Whether it is some host's turn.
    pub(super) fn has_turns(&self) -> bool {
        !self.turns.is_empty()
    }
}
