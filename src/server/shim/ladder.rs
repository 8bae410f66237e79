//! The timeout's ladder of signals as a small clockwork. Pure: it is told the time and says what is due.

use std::time::{Duration, Instant};

use super::spec::Rung;

/// SIGINT when the time is up, then SIGTERM, then SIGKILL, a grace apart.
pub struct Ladder {
    next: Option<(Instant, Rung)>,
    grace: Duration,
    begun: bool,
}

impl Ladder {
    /// A ladder that begins `timeout` after `start`, or never.
    pub fn new(start: Instant, timeout: Option<Duration>, grace: Duration) -> Self {
        // A timeout beyond what the clock can say is no timeout.
        let next = timeout.and_then(|t| start.checked_add(t)).map(|at| (at, Rung::Interrupt));
        Self { next, grace, begun: false }
    }

    /// When to ask again.
    pub fn wake(&self) -> Option<Instant> {
        self.next.map(|(at, _)| at)
    }

    /// Whether the time was up.
    pub fn begun(&self) -> bool {
        self.begun
    }

    /// The rung to send now. Each comes once.
    pub fn due(&mut self, now: Instant) -> Option<Rung> {
        let (_, rung) = self.next.filter(|(at, _)| *at <= now)?;
        self.begun = true;
        self.next = rung.next().and_then(|next| Some((now.checked_add(self.grace)?, next)));
        Some(rung)
    }

    /// The child has ended: nothing more is due.
    pub fn stop(&mut self) {
        self.next = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rung_comes_once_and_a_grace_apart() {
        let start = Instant::now();
        let at = |s| start + Duration::from_secs(s);
        let mut ladder = Ladder::new(start, Some(Duration::from_secs(10)), Duration::from_secs(5));
        assert_eq!(ladder.due(at(9)), None);
        assert!(!ladder.begun());
        assert_eq!(ladder.due(at(10)), Some(Rung::Interrupt));
        assert_eq!(ladder.due(at(14)), None);
        assert_eq!(ladder.due(at(15)), Some(Rung::Terminate));
        assert_eq!(ladder.due(at(20)), Some(Rung::Kill));
        assert_eq!((ladder.due(at(999)), ladder.wake()), (None, None));
    }

    #[test]
    fn a_late_wake_up_still_gives_each_rung_its_grace() {
        let start = Instant::now();
        let mut ladder = Ladder::new(start, Some(Duration::ZERO), Duration::from_secs(5));
        let late = start + Duration::from_secs(60);
        assert_eq!(ladder.due(late), Some(Rung::Interrupt));
        assert_eq!(ladder.due(late), None);
    }
}
