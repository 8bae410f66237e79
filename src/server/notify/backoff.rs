//! When something that a receiver did not take is tried again, and when it is given up.

use crate::run::Ms;
use std::time::Duration;

/// Between the tries, in seconds; the last one for all that follow.
const STEPS: [u64; 5] = [5, 15, 60, 300, 900];

/// The longest time between two tries.
pub const LONGEST: Duration = Duration::from_secs(STEPS[STEPS.len() - 1]);

/// Older than this, it is given up.
pub const PATIENCE: Duration = Duration::from_secs(24 * 60 * 60);

/// How long to wait after so many tries, counted from 1. A receiver that says how long it wants to be left alone is left alone, up to the
/// longest time.
pub fn wait(tries: u32, asked: Option<Duration>) -> Duration {
    let step = usize::try_from(tries.saturating_sub(1)).unwrap_or(usize::MAX).min(STEPS.len() - 1);
    let own = Duration::from_secs(STEPS[step]);
    asked.map_or(own, |asked| asked.clamp(own, LONGEST))
}

pub fn ms(duration: Duration) -> Ms {
    Ms::try_from(duration.as_millis()).unwrap_or(Ms::MAX)
}

/// How long until something is due that is to be tried at `at`. A time later than any try can be is of a clock that was set back since:
/// then it is due now.
pub fn until(at: Ms, now: Ms, longest: Duration) -> Duration {
    let left = at.saturating_sub(now);
    if left > ms(longest) { Duration::ZERO } else { Duration::from_millis(u64::try_from(left).unwrap_or(0)) }
}

/// Whether something that was queued then is to be given up.
pub fn too_old(queued_at: Ms, now: Ms) -> bool {
    now.saturating_sub(queued_at) >= ms(PATIENCE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_try_waits_longer_up_to_a_quarter_of_an_hour() {
        let seconds: Vec<u64> = (1..=7).map(|tries| wait(tries, None).as_secs()).collect();
        assert_eq!(seconds, [5, 15, 60, 300, 900, 900, 900]);
        assert_eq!(wait(0, None).as_secs(), 5);
    }

    #[test]
    fn a_receiver_may_ask_for_more_time_but_not_for_all_of_it() {
        let asked = |seconds| wait(2, Some(Duration::from_secs(seconds))).as_secs();
        assert_eq!([asked(1), asked(30), asked(86_400)], [15, 30, 900]);
    }

    #[test]
    fn a_clock_that_was_set_back_delays_nothing() {
        let now = 1_000_000_000;
        assert_eq!(until(now - 1, now, LONGEST), Duration::ZERO);
        assert_eq!(until(now + 5_000, now, LONGEST), Duration::from_secs(5));
        assert_eq!(until(now + ms(LONGEST) + 1, now, LONGEST), Duration::ZERO);
        assert!(!too_old(now + 1, now) && !too_old(now, now) && too_old(now - ms(PATIENCE), now));
    }
}
