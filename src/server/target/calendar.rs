//! When a target may be changed: windows that come every week, and freezes that come once. Both are civil times of a named zone, so that a
//! window that opens at ten in the evening does so on either side of a change of the clocks.

use crate::run::Ms;
use crate::run::window::Window as Standing;
use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan, Zoned};
use serde::Deserialize;
use std::ops::Range;

/// How far ahead a window is looked for, in days: behind the longest freeze that anybody would call one.
const AHEAD: i64 = 100;

#[derive(Clone, Debug, Default)]
pub struct Calendar {
    windows: Vec<Window>,
    freezes: Vec<Freeze>,
}

/// As the targets file has it. `to` not behind `from` is on the next day.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WindowEntry {
    /// The days on which it opens; every day where none is named.
    #[serde(default)]
    days: Vec<String>,
    from: String,
    to: String,
    zone: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FreezeEntry {
    from: String,
    to: String,
    zone: String,
    why: String,
}

#[derive(Clone, Debug)]
struct Window {
    days: Vec<Weekday>,
    from: Time,
    to: Time,
    zone: TimeZone,
}

#[derive(Clone, Debug)]
struct Freeze {
    span: Range<Timestamp>,
    zone: TimeZone,
    why: String,
}

impl Calendar {
    /// # Errors
    /// What was expected and what came, for the first thing that cannot be read.
    pub fn read(windows: Vec<WindowEntry>, freezes: Vec<FreezeEntry>) -> Result<Self, String> {
        let windows = windows.into_iter().map(Window::read).collect::<Result<_, _>>()?;
        let freezes = freezes.into_iter().map(Freeze::read).collect::<Result<_, _>>()?;
        Ok(Self { windows, freezes })
    }

    /// What it says at a moment; none where it has neither windows nor freezes.
    pub fn standing(&self, now: Ms) -> Option<Standing> {
        let now = Timestamp::from_millisecond(now).ok()?;
        if self.windows.is_empty() && self.freezes.is_empty() {
            return None;
        }
        if let Some(freeze) = self.freezes.iter().find(|freeze| freeze.span.contains(&now)) {
            let says = format!("it is frozen until {}: {}", said(freeze.span.end, &freeze.zone), freeze.why);
            return Some(Standing { open: false, until: Some(freeze.span.end.as_millisecond()), says });
        }
        let next_freeze = self.freezes.iter().filter(|freeze| freeze.span.start > now);
        let next_freeze = next_freeze.min_by_key(|freeze| freeze.span.start);
        if self.windows.is_empty() {
            let until = next_freeze.map(|freeze| freeze.span.start);
            let says = next_freeze.map_or_else(
                || "no freeze is foreseen".to_owned(),
                |freeze| format!("until {}, when it is frozen", said(freeze.span.start, &freeze.zone)),
            );
            return Some(Standing { open: true, until: until.map(Timestamp::as_millisecond), says });
        }
        Some(self.by_windows(now, next_freeze))
    }

    fn by_windows(&self, now: Timestamp, next_freeze: Option<&Freeze>) -> Standing {
        let spans =
            || self.windows.iter().flat_map(|window| window.spans(now).map(move |span| (span, &window.zone)));
        if let Some((span, zone)) =
            spans().filter(|(span, _)| span.contains(&now)).max_by_key(|(span, _)| span.end)
        {
            let frozen = next_freeze.filter(|freeze| freeze.span.start < span.end);
            let (end, zone) = frozen.map_or((span.end, zone), |freeze| (freeze.span.start, &freeze.zone));
            let why = if frozen.is_some() { ", when it is frozen" } else { "" };
            let says = format!("until {}{why}", said(end, zone));
            return Standing { open: true, until: Some(end.as_millisecond()), says };
        }
        let thawed = |at: &Timestamp| !self.freezes.iter().any(|freeze| freeze.span.contains(at));
        let next = spans()
            .filter(|(span, _)| span.start > now && thawed(&span.start))
            .min_by_key(|(span, _)| span.start);
        match next {
            Some((span, zone)) => {
                let says = format!("its next window opens on {}", said(span.start, zone));
                Standing { open: false, until: Some(span.start.as_millisecond()), says }
            }
            None => {
                let says = format!("none of its windows opens within {AHEAD} days");
                Standing { open: false, until: None, says }
            }
        }
    }
}

impl Window {
    fn read(entry: WindowEntry) -> Result<Self, String> {
        let days = entry.days.iter().map(|day| weekday(day)).collect::<Result<_, _>>()?;
        Ok(Self { days, from: time(&entry.from)?, to: time(&entry.to)?, zone: zone(&entry.zone)? })
    }

    /// Its spans around a moment, from the one that may have begun a day ago.
    fn spans(&self, now: Timestamp) -> impl Iterator<Item = Range<Timestamp>> {
        let today = now.to_zoned(self.zone.clone()).date();
        (-1..=AHEAD).filter_map(move |days| {
            let date = today.checked_add(days.days()).ok()?;
            let opens = self.days.is_empty() || self.days.contains(&date.weekday());
            let next = if self.to > self.from { date } else { date.tomorrow().ok()? };
            let span = self.at(date, self.from)?..self.at(next, self.to)?;
            opens.then_some(span)
        })
    }

    /// A time that the clocks leave out is the one behind the gap; one that comes twice, its first.
    fn at(&self, date: Date, time: Time) -> Option<Timestamp> {
        date.to_datetime(time).to_zoned(self.zone.clone()).ok().map(|at| at.timestamp())
    }
}

impl Freeze {
    fn read(entry: FreezeEntry) -> Result<Self, String> {
        let zone = zone(&entry.zone)?;
        let at = |text: &str| {
            let expected = || format!("expected a time such as 2026-12-18 18:00, came `{text}`");
            let civil: DateTime = text.parse().map_err(|_| expected())?;
            let at = civil.to_zoned(zone.clone()).map_err(|_| expected())?;
            Ok::<_, String>(at.timestamp())
        };
        let span = at(&entry.from)?..at(&entry.to)?;
        if span.is_empty() {
            return Err(format!(
                "expected a freeze to end behind its begin, came {} to {}",
                entry.from, entry.to
            ));
        }
        if entry.why.trim().is_empty() || entry.why.chars().count() > 200 {
            return Err("expected why it is frozen, in at most 200 characters".to_owned());
        }
        Ok(Self { span, zone, why: entry.why.trim().trim_end_matches('.').to_owned() })
    }
}

fn weekday(text: &str) -> Result<Weekday, String> {
    Ok(match text {
        "monday" => Weekday::Monday,
        "tuesday" => Weekday::Tuesday,
        "wednesday" => Weekday::Wednesday,
        "thursday" => Weekday::Thursday,
        "friday" => Weekday::Friday,
        "saturday" => Weekday::Saturday,
        "sunday" => Weekday::Sunday,
        _ => return Err(format!("expected a day such as saturday, came `{text}`")),
    })
}

fn time(text: &str) -> Result<Time, String> {
    text.parse().map_err(|_| format!("expected a time of day such as 22:00, came `{text}`"))
}

fn zone(name: &str) -> Result<TimeZone, String> {
    TimeZone::get(name).map_err(|_| format!("expected a zone such as Europe/Berlin or UTC, came `{name}`"))
}

/// In the zone of the calendar, with UTC beside.
fn said(at: Timestamp, zone: &TimeZone) -> String {
    let local: Zoned = at.to_zoned(zone.clone());
    let name = zone.iana_name().unwrap_or("local time");
    let written = |at: &Zoned| at.strftime("%Y-%m-%d %H:%M").to_string();
    if name == "UTC" {
        return format!("{} UTC", local.strftime("%A %Y-%m-%d %H:%M"));
    }
    let utc = at.to_zoned(TimeZone::UTC);
    format!("{} {} {name} ({} UTC)", local.strftime("%A"), written(&local), written(&utc))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calendar(text: &str) -> Result<Calendar, String> {
        #[derive(Deserialize)]
        struct File {
            #[serde(default)]
            windows: Vec<WindowEntry>,
            #[serde(default)]
            freezes: Vec<FreezeEntry>,
        }
        let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
        Calendar::read(file.windows, file.freezes)
    }

    fn at(calendar: &Calendar, utc: &str) -> (bool, String) {
        let now: Timestamp = format!("{utc}:00Z").parse().unwrap();
        let standing = calendar.standing(now.as_millisecond()).unwrap();
        // What it foresees does come at that moment, and nothing sooner.
        if let Some(until) = standing.until {
            assert_eq!(calendar.standing(until - 1).unwrap().open, standing.open);
            assert_eq!(calendar.standing(until - 1).unwrap().until, standing.until);
            assert_ne!(calendar.standing(until).unwrap(), standing);
        }
        (standing.open, standing.says)
    }

    const NIGHTS: &str = r#"
        [[windows]]
        days = ["saturday", "sunday"]
        from = "22:00"
        to = "04:00"
        zone = "Europe/Berlin"
    "#;

    #[test]
    fn a_night_belongs_to_the_day_on_which_it_opens() {
        let nights = calendar(NIGHTS).unwrap();
        let (open, says) = at(&nights, "2026-11-28T20:59");
        assert!(!open);
        assert_eq!(
            says,
            "its next window opens on Saturday 2026-11-28 22:00 Europe/Berlin (2026-11-28 21:00 UTC)"
        );
        let (open, says) = at(&nights, "2026-11-29T02:59");
        assert!(open);
        assert_eq!(says, "until Sunday 2026-11-29 04:00 Europe/Berlin (2026-11-29 03:00 UTC)");
        assert!(!at(&nights, "2026-11-29T03:00").0);
        assert!(at(&nights, "2026-11-30T02:00").0, "Sunday's");
        assert!(!at(&nights, "2026-11-30T22:00").0, "Monday's");
    }

    #[test]
    fn the_clocks_may_change_within_a_window() {
        let nights = calendar(NIGHTS).unwrap();
        // Forward in the night to 2026-03-29: 04:00 is 02:00 UTC then.
        assert!(at(&nights, "2026-03-28T21:00").0);
        assert!(at(&nights, "2026-03-29T01:59").0);
        assert!(!at(&nights, "2026-03-29T02:00").0);
        // Back in the night to 2026-10-25: 22:00 is 20:00 UTC, 04:00 is 03:00 UTC.
        assert!(at(&nights, "2026-10-24T20:00").0);
        assert!(at(&nights, "2026-10-25T02:59").0);
        assert!(!at(&nights, "2026-10-25T03:00").0);
        // The time at which it opens is left out that night.
        let gap = NIGHTS.replace("22:00", "02:30").replace("[\"saturday\", \"sunday\"]", "[]");
        let gap = calendar(&gap).unwrap();
        assert!(!at(&gap, "2026-03-29T01:29").0);
        assert!(at(&gap, "2026-03-29T01:30").0);
    }

    #[test]
    fn a_freeze_is_stronger_than_a_window() {
        let freeze = r#"
            [[freezes]]
            from = "2026-11-28 23:00"
            to = "2026-12-06 00:00"
            zone = "Europe/Berlin"
            why = "a sale."
        "#;
        let both = calendar(&format!("{NIGHTS}{freeze}")).unwrap();
        let (open, says) = at(&both, "2026-11-28T21:30");
        assert!(open);
        assert_eq!(
            says,
            "until Saturday 2026-11-28 23:00 Europe/Berlin (2026-11-28 22:00 UTC), when it is frozen"
        );
        let (open, says) = at(&both, "2026-11-29T00:00");
        assert!(!open);
        assert_eq!(
            says,
            "it is frozen until Sunday 2026-12-06 00:00 Europe/Berlin (2026-12-05 23:00 UTC): a sale"
        );
        // Its end lies in a window.
        assert!(at(&both, "2026-12-05T23:00").0);
        let alone = calendar(freeze).unwrap();
        assert!(at(&alone, "2026-11-24T12:00").0);
        assert_eq!(at(&alone, "2027-01-01T00:00"), (true, "no freeze is foreseen".to_owned()));
        assert!(!at(&alone, "2026-11-30T12:00").0);
    }

    #[test]
    fn a_mistake_says_what_was_expected() {
        let says = |from: &str, to: &str| calendar(&NIGHTS.replace(from, to)).unwrap_err();
        assert_eq!(says("saturday", "Samstag"), "expected a day such as saturday, came `Samstag`");
        assert_eq!(says("22:00", "25:00"), "expected a time of day such as 22:00, came `25:00`");
        assert_eq!(
            says("Europe/Berlin", "Berlin"),
            "expected a zone such as Europe/Berlin or UTC, came `Berlin`"
        );
        let backwards = "[[freezes]]\nfrom = '2026-12-06'\nto = '2026-12-05'\nzone = 'UTC'\nwhy = 'x'";
        assert!(calendar(backwards).unwrap_err().starts_with("expected a freeze to end behind its begin"));
        assert_eq!(calendar("").unwrap().standing(0), None);
    }
}
