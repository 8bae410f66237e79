//! Lengths of time, in milliseconds, as people read them.

use super::number::grouped;

/// To the precision that matters: `0.36 ms`, `73 ms`, `1.2 s`, `1 m 40 s`, `2 h 05 m`, `3 d 4 h`.
pub fn exact(ms: f64) -> String {
    if !ms.is_finite() {
        return "?".to_owned();
    }
    match ms {
        ms if ms < 0.0 => format!("-{}", exact(-ms)),
        0.0 => "0 ms".to_owned(),
        ms if ms < 0.0995 => format!("{ms:.3} ms"),
        ms if ms < 0.995 => format!("{ms:.2} ms"),
        ms if ms < 9.95 => format!("{ms:.1} ms"),
        ms if ms < 999.5 => format!("{ms:.0} ms"),
        ms if ms < 9_950.0 => format!("{:.1} s", ms / 1_000.0),
        ms if ms < 59_500.0 => format!("{:.0} s", ms / 1_000.0),
        ms => long((ms / 1_000.0).round() as u64),
    }
}

/// Whole milliseconds, as events and attempts have them.
pub fn words(ms: i64) -> String {
    exact(ms as f64)
}

/// A running clock: `0:31`, `12:05`, `1:02:03`.
pub fn clock(ms: i64) -> String {
    let seconds = ms.max(0) / 1_000;
    let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

fn long(seconds: u64) -> String {
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    match (days, seconds / 3_600) {
        (0, 0) => format!("{minutes} m {:02} s", seconds % 60),
        (0, _) => format!("{hours} h {minutes:02} m"),
        _ => format!("{} d {hours} h", grouped(days)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_of_time_keeps_the_digits_that_matter() {
        let expected = [
            (0.0, "0 ms"),
            (0.012, "0.012 ms"),
            (0.36, "0.36 ms"),
            (4.12, "4.1 ms"),
            (340.2, "340 ms"),
            (1_240.0, "1.2 s"),
            (31_000.0, "31 s"),
            (100_000.0, "1 m 40 s"),
            (7_500_000.0, "2 h 05 m"),
            (273_600_000.0, "3 d 4 h"),
            (-0.5, "-0.50 ms"),
            (f64::NAN, "?"),
        ];
        for (ms, text) in expected {
            assert_eq!(exact(ms), text);
        }
        assert_eq!(words(340), "340 ms");
    }

    #[test]
    fn a_clock_runs_in_minutes_and_seconds() {
        assert_eq!(clock(31_900), "0:31");
        assert_eq!(clock(725_000), "12:05");
        assert_eq!(clock(3_723_000), "1:02:03");
        assert_eq!(clock(-5), "0:00");
    }
}
