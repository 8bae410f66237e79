//! Select Graphic Rendition (ECMA-48, 8.3.117): the style of text, and its CSS classes.

use super::palette;

/// The style in force. Colours are indexes into the sixteen of a terminal, `None` the page's own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Style {
    fg: Option<u8>,
    bg: Option<u8>,
    bold: bool,
    dim: bool,
    italic: bool,
    underline: bool,
    strike: bool,
    inverse: bool,
}

impl Style {
    /// The CSS classes, empty for plain text. Concealed text is not hidden: a log tells everything.
    pub fn class(&self) -> String {
        if *self == Self::default() {
            return String::new();
        }
        let flags = [
            (self.bold, "b"),
            (self.dim, "dim"),
            (self.italic, "i"),
            (self.underline, "u"),
            (self.strike, "s"),
            (self.inverse, "inv"),
        ];
        let (fg, bg) = if self.inverse { (self.bg, self.fg) } else { (self.fg, self.bg) };
        let mut classes: Vec<String> =
            flags.iter().filter(|(on, _)| *on).map(|(_, class)| (*class).to_owned()).collect();
        classes.extend(fg.map(|n| format!("fg-{n}")));
        classes.extend(bg.map(|n| format!("bg-{n}")));
        classes.join(" ")
    }

    /// Applies the parameters of one `CSI ... m`, such as `1;38;5;208`. What is unknown is passed over.
    pub(super) fn select(&mut self, params: &str) {
        // Private sequences (`CSI > 4 ; 2 m` sets key modifiers) are none of the text's business.
        if params.starts_with(['<', '=', '>', '?']) {
            return;
        }
        let mut params = params.split(';');
        while let Some(param) = params.next() {
            let mut parts = param.split(':').map(|part| part.parse::<u16>().unwrap_or(0));
            let code = parts.next().unwrap_or(0);
            if !matches!(code, 38 | 48 | 58) {
                self.apply(code, parts.next());
                continue;
            }
            let colour = if param.contains(':') {
                sub_colour(&parts.collect::<Vec<_>>())
            } else {
                extended_colour(&mut params.by_ref().map(|part| part.parse().unwrap_or(0)))
            };
            match code {
                38 => self.fg = colour.or(self.fg),
                48 => self.bg = colour.or(self.bg),
                _ => {}
            }
        }
    }

    fn apply(&mut self, code: u16, sub: Option<u16>) {
        let colour = |base: u16| u8::try_from(code - base).ok();
        match code {
            0 => *self = Self::default(),
            1 => self.bold = true,
            2 => self.dim = true,
            3 => self.italic = true,
            4 => self.underline = sub != Some(0),
            7 => self.inverse = true,
            9 => self.strike = true,
            21 => self.underline = true,
            22 => (self.bold, self.dim) = (false, false),
            23 => self.italic = false,
            24 => self.underline = false,
            27 => self.inverse = false,
            29 => self.strike = false,
            30..=37 => self.fg = colour(30),
            39 => self.fg = None,
            40..=47 => self.bg = colour(40),
            49 => self.bg = None,
            90..=97 => self.fg = colour(82),
            100..=107 => self.bg = colour(92),
            _ => {}
        }
    }
}

/// `38:5:n`, `38:2:r:g:b` and `38:2:colourspace:r:g:b`, without the leading 38.
fn sub_colour(parts: &[u16]) -> Option<u8> {
    match parts {
        [5, n, ..] => palette::indexed(*n),
        [2, r, g, b] | [2, _, r, g, b, ..] => palette::nearest([*r, *g, *b]),
        _ => None,
    }
}

/// `38;5;n` and `38;2;r;g;b`, the parameters after the 38.
fn extended_colour(rest: &mut impl Iterator<Item = u16>) -> Option<u8> {
    match rest.next()? {
        5 => palette::indexed(rest.next()?),
        2 => palette::nearest([rest.next()?, rest.next()?, rest.next()?]),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(sequences: &[&str]) -> String {
        let mut style = Style::default();
        for params in sequences {
            style.select(params);
        }
        style.class()
    }

    #[test]
    fn the_sixteen_colours_have_classes() {
        assert_eq!(class(&["1;31"]), "b fg-1");
        assert_eq!(class(&["97;104"]), "fg-15 bg-12");
        assert_eq!(class(&["1;31", "22;39"]), "");
        assert_eq!(class(&["3;4;9;42", ""]), "");
    }

    #[test]
    fn other_colours_become_the_nearest_of_the_sixteen() {
        assert_eq!(class(&["38;5;196"]), "fg-9");
        assert_eq!(class(&["38;2;10;10;12;1"]), "b fg-0");
        assert_eq!(class(&["48:2::255:255:250"]), "bg-15");
        assert_eq!(class(&["38:5:244"]), "fg-8");
    }

    #[test]
    fn inverse_swaps_the_colours() {
        assert_eq!(class(&["31;47;7"]), "inv fg-7 bg-1");
    }

    #[test]
    fn what_is_unknown_changes_nothing() {
        assert_eq!(class(&["31", ">4;2", "99", "58;5;3", "38;5", "38;7;1"]), "b fg-1");
    }
}
