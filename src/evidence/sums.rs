//! The list of checksums of an evidence pack, in the form of `sha256sum`, so that `sha256sum -c` reads it too.

use std::collections::BTreeMap;
use std::fmt::Write;

/// SHA-256 in hexadecimal, by name of the file.
pub type Sums = BTreeMap<String, String>;

pub fn write(sums: &Sums) -> String {
    sums.iter().fold(String::new(), |mut text, (name, sum)| {
        // Writing into a string does not fail.
        let _ = writeln!(text, "{sum}  {name}");
        text
    })
}

/// # Errors
/// The number of the first line that is none of such a list, counted from 1, or that names a file a second time.
pub fn read(text: &str) -> Result<Sums, usize> {
    let mut sums = Sums::new();
    for (line, number) in text.lines().zip(1..) {
        let (sum, name) = line.split_once("  ").ok_or(number)?;
        let is_sum = sum.len() == 64 && sum.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if !is_sum || name.is_empty() || sums.insert(name.to_owned(), sum.to_owned()).is_some() {
            return Err(number);
        }
    }
    Ok(sums)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_list_is_read_as_it_was_written(names in prop::collection::btree_set("[a-z/.]{1,12}", 0..8)) {
            let sums: Sums = names.into_iter().map(|name| (name, "0a".repeat(32))).collect();
            prop_assert_eq!(read(&write(&sums)), Ok(sums));
        }
    }

    #[test]
    fn what_is_no_checksum_is_named_by_its_line() {
        let good = "0a".repeat(32);
        for bad in
            ["", "x  a", &format!("{}  a", good.to_uppercase()), &format!("{good} a"), &format!("{good}  b")]
        {
            assert_eq!(read(&format!("{good}  b\n{bad}\n")), Err(2), "{bad:?}");
        }
    }
}
