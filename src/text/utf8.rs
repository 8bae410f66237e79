//! Bytes to text where not every byte need be UTF-8. One byte that is none becomes one U+FFFD, so that the
//! length in bytes can still be counted from the text.

/// The text of `bytes`, and how many of them it took: fewer than all when they end within a character whose
/// other bytes may still come (at most 3 are left).
pub fn decode(bytes: &[u8]) -> (String, usize) {
    let mut text = String::with_capacity(bytes.len());
    let mut rest = bytes;
    loop {
        match std::str::from_utf8(rest) {
            Ok(valid) => {
                text.push_str(valid);
                return (text, bytes.len());
            }
            Err(error) => {
                let (valid, broken) = rest.split_at(error.valid_up_to());
                text.push_str(&String::from_utf8_lossy(valid));
                let Some(invalid) = error.error_len() else {
                    return (text, bytes.len() - broken.len());
                };
                text.extend(std::iter::repeat_n(char::REPLACEMENT_CHARACTER, invalid));
                rest = &broken[invalid..];
            }
        }
    }
}

/// The text of all of `bytes`: also what ends within a character, when nothing more will come.
pub fn decode_all(bytes: &[u8]) -> String {
    let (mut text, used) = decode(bytes);
    text.extend(std::iter::repeat_n(char::REPLACEMENT_CHARACTER, bytes.len() - used));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_that_is_no_text_becomes_one_replacement() {
        assert_eq!(decode(b"a\xff\xfeb"), ("a\u{fffd}\u{fffd}b".to_owned(), 4));
        assert_eq!(decode_all(b"a\xe2\x82"), "a\u{fffd}\u{fffd}");
    }

    #[test]
    fn a_character_cut_in_two_waits_for_its_end() {
        assert_eq!(decode(b"1 \xe2\x82"), ("1 ".to_owned(), 2));
        assert_eq!(decode("1 €".as_bytes()), ("1 €".to_owned(), 5));
    }
}
