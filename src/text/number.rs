//! Counts and factors as people read them.

/// A count with its thousands apart: `99,498`.
pub fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// How many of something: `1 step`, `1,204 events`.
pub fn counted(n: usize, one: &str, many: &str) -> String {
    format!("{} {}", grouped(n as u64), if n == 1 { one } else { many })
}

/// A number of rows: whole ones grouped, an average per loop (PostgreSQL 18 gives two decimals) as `0.25`.
pub fn rows(n: f64) -> String {
    if !n.is_finite() || n < 0.0 {
        return "?".to_owned();
    }
    if n.fract() < 0.005 || n >= 100.0 { grouped(n.round() as u64) } else { format!("{n:.2}") }
}

/// A number to three digits at least: `203`, `2,030`, `14.6`, `1.32`, `0.04`.
pub fn short(n: f64) -> String {
    match n {
        n if !n.is_finite() => "?".to_owned(),
        n if n < 0.0 => format!("-{}", short(-n)),
        n if n >= 99.95 => grouped(n.round() as u64),
        n if n >= 9.995 => format!("{n:.1}"),
        n => format!("{n:.2}"),
    }
}

/// How many times as much, at least 1: `203`, `14.6`, `2.4`, `2`.
pub fn factor(n: f64) -> String {
    if n.is_finite() && n < 99.95 {
        let tenths = format!("{n:.1}");
        tenths.strip_suffix(".0").unwrap_or(&tenths).to_owned()
    } else {
        short(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_000), "1,000");
        assert_eq!(grouped(12_345_678), "12,345,678");
    }

    #[test]
    fn rows_keep_their_decimals_only_where_they_mean_something() {
        assert_eq!(rows(1.0), "1");
        assert_eq!(rows(0.25), "0.25");
        assert_eq!(rows(99_498.0), "99,498");
        assert_eq!(rows(f64::NAN), "?");
    }

    #[test]
    fn factors_are_short() {
        assert_eq!(short(203.4), "203");
        assert_eq!(short(14.63), "14.6");
        assert_eq!(short(1.0), "1.00");
        assert_eq!(short(f64::INFINITY), "?");
        let factors = [2.0, 2.41, 14.63, 99.96, f64::INFINITY].map(factor);
        assert_eq!(factors, ["2", "2.4", "14.6", "100", "?"]);
    }
}
