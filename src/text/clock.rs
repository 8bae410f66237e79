//! Points in time, given in Unix milliseconds and always shown in UTC: operators of one night may sit in
//! different zones.

use time::OffsetDateTime;

/// `02:11:40`
pub fn time_of_day(ms: i64) -> String {
    let at = utc(ms);
    format!("{:02}:{:02}:{:02}", at.hour(), at.minute(), at.second())
}

/// `02:11:40 UTC`, for sentences: beside them may stand times in the reader's zone.
pub fn time_utc(ms: i64) -> String {
    format!("{} UTC", time_of_day(ms))
}

/// `02:11:40.123`
pub fn time_of_day_ms(ms: i64) -> String {
    format!("{}.{:03}", time_of_day(ms), utc(ms).millisecond())
}

/// `2025-05-01`
pub fn date(ms: i64) -> String {
    let at = utc(ms);
    format!("{:04}-{:02}-{:02}", at.year(), u8::from(at.month()), at.day())
}

/// `2025-05-01 02:11:40 UTC`
pub fn date_and_time(ms: i64) -> String {
    format!("{} {} UTC", date(ms), time_of_day(ms))
}

/// `2025-05-01T02:11:40.123Z` (RFC 3339), for `<time datetime>` and JSON.
pub fn iso(ms: i64) -> String {
    format!("{}T{}.{:03}Z", date(ms), time_of_day(ms), utc(ms).millisecond())
}

/// Beyond the years that a calendar date is defined for, the nearest one that is.
fn utc(ms: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(ms) * 1_000_000).unwrap_or(if ms < 0 {
        OffsetDateTime::UNIX_EPOCH.replace_year(-9999).unwrap_or(OffsetDateTime::UNIX_EPOCH)
    } else {
        OffsetDateTime::UNIX_EPOCH.replace_year(9999).unwrap_or(OffsetDateTime::UNIX_EPOCH)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_utc() {
        let at = 1_746_065_500_123;
        assert_eq!(time_of_day(at), "02:11:40");
        assert_eq!(time_utc(at), "02:11:40 UTC");
        assert_eq!(time_of_day_ms(at), "02:11:40.123");
        assert_eq!(date(at), "2025-05-01");
        assert_eq!(date_and_time(at), "2025-05-01 02:11:40 UTC");
        assert_eq!(iso(at), "2025-05-01T02:11:40.123Z");
        assert_eq!(date_and_time(-1), "1969-12-31 23:59:59 UTC");
    }

    #[test]
    fn no_number_is_beyond_it() {
        assert_eq!(iso(i64::MAX), "9999-01-01T00:00:00.000Z");
        assert_eq!(date(i64::MIN), "-9999-01-01");
    }
}
