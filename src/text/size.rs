//! Sizes in bytes, in decimal units: 1 kB is 1,000 bytes. PostgreSQL writes kB for 1,024 bytes; what it reports
//! so is turned to bytes first.

/// `812 B`, `3.1 MB`, `531 MB`.
pub fn bytes(n: u64) -> String {
    const UNITS: [&str; 6] = ["kB", "MB", "GB", "TB", "PB", "EB"];
    if n < 1_000 {
        return format!("{n} B");
    }
    let mut value = n as f64 / 1_000.0;
    let mut unit = 0;
    // 999.5 would be rounded to 1000 of its unit.
    while value >= 999.5 && unit + 1 < UNITS.len() {
        value /= 1_000.0;
        unit += 1;
    }
    if value < 99.95 { format!("{value:.1} {}", UNITS[unit]) } else { format!("{value:.0} {}", UNITS[unit]) }
}

/// PostgreSQL's kB, as in `work_mem` or the memory of a sort: 1,024 bytes each.
pub fn postgres_kb(n: f64) -> String {
    bytes((n * 1_024.0).max(0.0) as u64)
}

/// Pages of 8 kB, the block size that PostgreSQL is built with unless somebody chose another.
pub fn blocks(n: f64) -> String {
    bytes((n * 8_192.0).max(0.0) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_a_unit_that_fits() {
        assert_eq!(bytes(0), "0 B");
        assert_eq!(bytes(999), "999 B");
        assert_eq!(bytes(1_000), "1.0 kB");
        assert_eq!(bytes(3_100_000), "3.1 MB");
        assert_eq!(bytes(531_000_000), "531 MB");
        assert_eq!(bytes(999_999), "1.0 MB");
        assert_eq!(bytes(u64::MAX), "18.4 EB");
    }

    #[test]
    fn postgresql_counts_in_powers_of_two() {
        assert_eq!(postgres_kb(36.0), "36.9 kB");
        assert_eq!(blocks(1.0), "8.2 kB");
        assert_eq!(blocks(-1.0), "0 B");
    }
}
