//! The running sandbox's memory: the state, what it was, faults and records; every change goes through `World::change`.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use super::faults::{Action, Faults};
use super::identifiers;
use super::persist::Store;
use super::recorder::Record;
use super::search_state::Millis;
use super::state::{EarlierAccounts, State};

const HISTORY: usize = 64;
const MAX_RECORDS: usize = 100_000;

/// Shared by all connections.
#[derive(Debug)]
pub(super) struct World {
    inner: Mutex<Inner>,
}

/// What the lock guards.
#[derive(Debug)]
pub(super) struct Inner {
    state: Arc<State>,
    /// When the present state came to be, in milliseconds by the sandbox's clock.
    since: Millis,
    /// Earlier states and when each came to be, the newest last; only in memory.
    history: VecDeque<(Millis, Arc<State>)>,
    store: Option<Store>,
    pub faults: Faults,
    pub records: Vec<Record>,
    requests: u64,
    /// How many of them were writes, forgotten ones too.
    pub writes: u64,
    /// Tells this run's request ids from those of others: nanoseconds since the epoch.
    run: u128,
    /// The port that is served.
    pub port: u16,
}

impl World {
    /// A world that begins with a state.
    pub(super) fn new(state: State, store: Option<Store>, port: u16) -> Self {
        let inner = Inner {
            since: state.now_millis(),
            state: Arc::new(state),
            history: VecDeque::new(),
            store,
            faults: Faults::default(),
            records: Vec::new(),
            requests: 0,
            writes: 0,
            run: SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map_or(0, |since| since.as_nanos()),
            port,
        };
        Self {
            inner: Mutex::new(inner),
        }
    }

    /// Locks the world; a panic of another request does not poison it, since states are replaced whole.
    pub(super) fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    /// Returns the state as it is.
    pub(super) fn state(&self) -> Arc<State> {
        Arc::clone(&self.state)
    }

    /// Returns the number of this request, from 1.
    pub(super) fn next_request(&mut self) -> u64 {
        self.requests += 1;
        self.requests
    }

    /// Returns the id that the service gives request `n`.
    pub(super) fn request_id(&self, n: u64) -> String {
        identifiers::request_id(self.run, n)
    }

    /// Keeps a record and returns its place.
    pub(super) fn keep(&mut self, record: Record) -> u64 {
        let n = record.n;
        self.writes += u64::from(record.write);
        if self.records.len() < MAX_RECORDS {
            self.records.push(record);
        }
        n
    }

    /// Writes the status of a record.
    pub(super) fn settle(&mut self, n: u64, status: u16) {
        if let Some(record) = self.records.iter_mut().rev().find(|record| record.n == n) {
            record.status = status;
        }
    }

    /// Runs `act` on a copy of the state and keeps the copy when it differs; an error is the state file's.
    pub(super) fn change<T>(
        &mut self,
        act: impl FnOnce(&mut State) -> T,
    ) -> Result<T, std::io::Error> {
        let mut next = State::clone(&self.state);
        let answer = act(&mut next);
        if next != *self.state {
            self.keep_earlier_accounts(&mut next);
            if let Some(store) = &self.store {
                store.save(&next)?;
            }
            let since = std::mem::replace(&mut self.since, next.now_millis());
            let before = std::mem::replace(&mut self.state, Arc::new(next));
            self.history.push_back((since, before));
            if self.history.len() > HISTORY {
                self.history.pop_front();
            }
        }
        Ok(answer)
    }

    /// Runs `act` on a copy of the state of some writes ago and forgets the copy.
    pub(super) fn look_back<T>(&self, writes: usize, act: impl FnOnce(&mut State) -> T) -> T {
        let place = self.history.len().checked_sub(writes);
        let seen = match place {
            Some(place) => self.history.get(place),
            None => self.history.front(),
        };
        act(&mut State::clone(
            seen.map_or(&self.state, |(_, state)| state),
        ))
    }

    /// Returns the earlier states that are remembered and the present one, the oldest first, each with the moment when it came to be.
    pub(super) fn states(&self) -> Vec<(Millis, Arc<State>)> {
        let present = (self.since, self.state());
        self.history.iter().cloned().chain([present]).collect()
    }

    /// Forgets the earlier states.
    pub(super) fn forget_states(&mut self) {
        self.history.clear();
    }

    /// Takes the fault that hits a request.
    pub(super) fn fault(&mut self, operation: &str, target: &str) -> Option<Action> {
        self.faults.next(operation, target)
    }

    fn keep_earlier_accounts(&self, next: &mut State) {
        if next.iam_delay_seconds <= 0 {
            next.earlier_accounts.clear();
            return;
        }
        let now = next.now();
        let horizon = now.saturating_sub(next.iam_delay_seconds);
        next.earlier_accounts
            .retain(|earlier| earlier.until > horizon);
        if next.accounts != self.state.accounts {
            next.earlier_accounts.push(EarlierAccounts {
                until: now,
                accounts: self.state.accounts.clone(),
            });
        }
    }
}
