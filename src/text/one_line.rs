//! Words of others where only one line is wanted: in a subject, in a message to a chat.

/// The text without line breaks, control characters and marks that turn the direction of writing, and at most `most` characters long.
/// What was left out at its end is shown by `…`.
pub fn one_line(text: &str, most: usize) -> String {
    let seen = |c: char| !c.is_control() && !turns(c);
    let words = text.split(char::is_whitespace).map(|word| word.chars().filter(|c| seen(*c)).collect());
    let words: Vec<String> = words.filter(|word: &String| !word.is_empty()).collect();
    let line = words.join(" ");
    match line.char_indices().nth(most) {
        None => line,
        Some(_) => line.chars().take(most.saturating_sub(1)).chain(['…']).collect(),
    }
}

/// Unicode's explicit directional formatting characters (UAX #9, 2) and those that are not seen at all.
fn turns(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_look_like_a_line_of_ours_becomes_part_of_one() {
        assert_eq!(one_line("all well\r\n\r\nTarget:\tnone\u{2028}x", 100), "all well Target: none x");
        assert_eq!(one_line("\u{202e}dlrow\u{0} \u{7} \u{200b}", 100), "dlrow");
    }

    #[test]
    fn what_is_too_long_is_cut_between_characters_and_says_so() {
        assert_eq!(one_line("größer", 6), "größer");
        assert_eq!(one_line("größer", 4), "grö…");
        assert_eq!(one_line("x", 0), "…");
    }
}
