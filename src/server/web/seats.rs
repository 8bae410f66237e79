//! How many connections one network may hold at once, so that nobody takes the places of all.

use crate::server::auth::network;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

/// A quarter of all; a browser opens six, and a team may sit behind one address.
const MOST: u32 = 200;

/// Cheap to clone; clones share the count.
#[derive(Clone, Default)]
pub struct Seats(Arc<Mutex<HashMap<u128, u32>>>);

/// Given back when it is dropped.
pub struct Seat {
    seats: Seats,
    network: u128,
}

impl Seats {
    /// None where this network holds as many as one may.
    pub fn take(&self, address: IpAddr) -> Option<Seat> {
        let network = network(address);
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let held = taken.entry(network).or_default();
        if *held >= MOST {
            return None;
        }
        *held += 1;
        Some(Seat { seats: self.clone(), network })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.seats.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Entry::Occupied(mut held) = taken.entry(self.network) {
            *held.get_mut() -= 1;
            if *held.get() == 0 {
                held.remove();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_holds_so_many_and_leaves_nothing_behind() {
        let (seats, one, other) = (Seats::default(), [192, 0, 2, 1].into(), [192, 0, 2, 2].into());
        let held: Vec<_> = (0..MOST).map_while(|_| seats.take(one)).collect();
        assert_eq!(held.len(), 200);
        assert!(seats.take(one).is_none());
        assert!(seats.take(other).is_some(), "another network is not asked to wait");
        drop(held);
        assert!(seats.take(one).is_some());
        assert!(seats.0.lock().unwrap().is_empty());
    }
}
