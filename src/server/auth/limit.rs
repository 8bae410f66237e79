//! How often something may be tried, by key, in bounded memory: the generic cell rate algorithm (ITU-T I.371), which keeps one point
//! in time a key.

use crate::run::Ms;
use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, RandomState};
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Keys remembered at most: some 400 kB.
const MOST: usize = 10_000;

/// So many at once, then one in each interval.
#[derive(Clone, Copy, Debug)]
pub struct Rate {
    pub burst: u32,
    /// In milliseconds.
    pub interval: Ms,
}

/// Counts tries against a rate.
pub struct Limiter {
    rate: Rate,
    /// When a key will have all its tries again. Keys are hashed with a secret seed: a long name takes no more room than a short one.
    whole_again: Mutex<HashMap<u64, Ms>>,
    hasher: RandomState,
}

impl Limiter {
    pub fn new(rate: Rate) -> Self {
        Self { rate, whole_again: Mutex::default(), hasher: RandomState::new() }
    }

    /// Takes one try.
    ///
    /// # Errors
    /// None is left: in how many milliseconds the next one is.
    pub fn take(&self, key: &impl Hash, now: Ms) -> Result<(), Ms> {
        let mut whole_again = self.lock();
        let key = self.hasher.hash_one(key);
        // Later than any try can make it: the clock was set back, and the key is whole.
        let latest = now + self.rate.interval * Ms::from(self.rate.burst);
        let at = whole_again.get(&key).copied().filter(|at| *at <= latest).unwrap_or(now).max(now);
        let earliest = at - self.rate.interval * (Ms::from(self.rate.burst) - 1);
        if earliest > now {
            return Err(earliest - now);
        }
        if whole_again.len() >= MOST {
            forget(&mut whole_again, now);
        }
        whole_again.insert(key, at + self.rate.interval);
        Ok(())
    }

    /// Gives a try back: it was a good one.
    pub fn give_back(&self, key: &impl Hash) {
        if let Some(at) = self.lock().get_mut(&self.hasher.hash_one(key)) {
            *at -= self.rate.interval;
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<u64, Ms>> {
        self.whole_again.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Makes room: keys that are whole again say nothing; if that is not enough, the half goes that has tried least.
fn forget(whole_again: &mut HashMap<u64, Ms>, now: Ms) {
    whole_again.retain(|_, at| *at > now);
    if whole_again.len() < MOST {
        return;
    }
    let mut times: Vec<Ms> = whole_again.values().copied().collect();
    let (_, middle, _) = times.select_nth_unstable(MOST / 2);
    let middle = *middle;
    whole_again.retain(|_, at| *at > middle);
}

/// What one household or attacker has at least: of IPv6 the /64 that every host can roam in.
pub fn network(address: IpAddr) -> u128 {
    match address.to_canonical() {
        IpAddr::V4(v4) => u128::from(v4.to_bits()),
        IpAddr::V6(v6) => v6.to_bits() >> 64 << 64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate { burst: 3, interval: 1_000 };

    #[test]
    fn a_burst_is_allowed_then_one_in_each_interval() {
        let limiter = Limiter::new(RATE);
        for _ in 0..3 {
            assert_eq!(limiter.take(&"anna", 0), Ok(()));
        }
        assert_eq!(limiter.take(&"anna", 0), Err(1_000));
        assert_eq!(limiter.take(&"anna", 400), Err(600));
        assert_eq!(limiter.take(&"ben", 400), Ok(()));
        assert_eq!(limiter.take(&"anna", 1_000), Ok(()));
        assert_eq!(limiter.take(&"anna", 1_000), Err(1_000));
        assert_eq!(limiter.take(&"anna", 60_000), Ok(()));
    }

    #[test]
    fn a_clock_that_is_set_back_locks_nobody_out() {
        let limiter = Limiter::new(RATE);
        for _ in 0..3 {
            limiter.take(&"anna", 10_000_000).unwrap();
        }
        assert!(limiter.take(&"anna", 10_000_000).is_err());
        assert_eq!(limiter.take(&"anna", 0), Ok(()));
    }

    #[test]
    fn a_good_try_costs_nothing() {
        let limiter = Limiter::new(RATE);
        for _ in 0..100 {
            assert_eq!(limiter.take(&"anna", 0), Ok(()));
            limiter.give_back(&"anna");
        }
    }

    #[test]
    fn memory_is_bounded_and_those_who_try_most_are_remembered() {
        let limiter = Limiter::new(RATE);
        for _ in 0..3 {
            limiter.take(&"anna", 0).unwrap();
        }
        for stranger in 0..5 * MOST {
            limiter.take(&stranger, 0).unwrap();
        }
        assert!(limiter.lock().len() <= MOST);
        assert!(limiter.take(&"anna", 0).is_err());
    }
}
