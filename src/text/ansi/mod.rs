//! Terminal output, character by character: what a character does to the line it arrives on. Colours become
//! CSS classes, never inline styles, which the page's Content-Security-Policy forbids.

mod palette;
mod sgr;

pub use sgr::Style;

/// A stretch of text in one style. `class` is empty or space-separated CSS classes: `b` bold, `dim`, `i` italic,
/// `u` underline, `s` strike-through, `inv` inverse, `fg-0` to `fg-15`, `bg-0` to `bg-15`.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Span {
    pub class: String,
    pub text: String,
}

/// What one character asks of the line it arrives on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    Print(char),
    Newline,
    /// The cursor goes to this column, counted from 0.
    Column(u16),
    Backspace,
    EraseToEnd,
    EraseToCursor,
    EraseLine,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum State {
    #[default]
    Ground,
    Escape,
    /// `ESC ( B` and its like: intermediates until a final character.
    Intermediate,
    Csi,
    /// OSC, DCS, SOS, PM or APC: text for the terminal, up to BEL or ST.
    Text,
    /// ESC seen inside such a text: `\` would end it.
    TextEscape,
}

/// A sequence's parameters beyond this many characters are of no use to anybody.
const MAX_PARAMS: usize = 128;

/// The terminal's state between characters, so that output may be fed in any pieces.
#[derive(Debug, Clone, Default)]
pub struct Parser {
    state: State,
    params: String,
    style: Style,
}

impl Parser {
    /// The style of what is printed next.
    pub fn style(&self) -> Style {
        self.style
    }

    /// True when no escape sequence is under way.
    pub fn is_ground(&self) -> bool {
        self.state == State::Ground
    }

    /// Takes one character; escape sequences other than colours and erasing within the line are swallowed.
    pub fn advance(&mut self, c: char) -> Option<Op> {
        match c {
            // A broken sequence ends with its line, or one stray byte would swallow the rest of a log.
            '\n' => {
                self.state = State::Ground;
                Some(Op::Newline)
            }
            '\x18' | '\x1a' => {
                self.state = State::Ground;
                None
            }
            '\x1b' => {
                self.state = match self.state {
                    State::Text => State::TextEscape,
                    _ => State::Escape,
                };
                None
            }
            _ => self.step(c),
        }
    }

    fn step(&mut self, c: char) -> Option<Op> {
        match self.state {
            State::Ground => ground(c),
            State::Escape => {
                self.state = match c {
                    '[' => {
                        self.params.clear();
                        State::Csi
                    }
                    ']' | 'P' | 'X' | '^' | '_' => State::Text,
                    ' '..='/' => State::Intermediate,
                    _ => State::Ground,
                };
                None
            }
            State::Intermediate => {
                if !matches!(c, ' '..='/') {
                    self.state = State::Ground;
                }
                None
            }
            State::Csi => self.csi(c),
            State::Text => {
                if c == '\x07' {
                    self.state = State::Ground;
                }
                None
            }
            State::TextEscape => {
                self.state = State::Ground;
                if c == '\\' {
                    return None;
                }
                self.state = State::Escape;
                self.step(c)
            }
        }
    }

    fn csi(&mut self, c: char) -> Option<Op> {
        match c {
            '@'..='~' => {
                self.state = State::Ground;
                self.dispatch(c)
            }
            ' '..='?' => {
                if self.params.len() < MAX_PARAMS {
                    self.params.push(c);
                }
                None
            }
            // Control characters act as they do outside a sequence (ECMA-48, 5.5).
            '\0'..='\x1f' => ground(c),
            _ => {
                self.state = State::Ground;
                ground(c)
            }
        }
    }

    fn dispatch(&mut self, end: char) -> Option<Op> {
        match end {
            'm' => {
                self.style.select(&self.params);
                None
            }
            'K' => match self.params.as_str() {
                "" | "0" => Some(Op::EraseToEnd),
                "1" => Some(Op::EraseToCursor),
                "2" => Some(Op::EraseLine),
                _ => None,
            },
            'G' => Some(Op::Column(self.params.parse::<u16>().unwrap_or(1).saturating_sub(1))),
            _ => None,
        }
    }
}

fn ground(c: char) -> Option<Op> {
    match c {
        '\n' => Some(Op::Newline),
        '\r' => Some(Op::Column(0)),
        '\x08' => Some(Op::Backspace),
        '\t' => Some(Op::Print(c)),
        c if c.is_control() => None,
        c => Some(Op::Print(c)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(text: &str) -> String {
        let mut parser = Parser::default();
        text.chars()
            .filter_map(|c| match parser.advance(c) {
                Some(Op::Print(c)) => Some(c),
                Some(Op::Newline) => Some('\n'),
                _ => None,
            })
            .collect()
    }

    #[test]
    fn sequences_other_than_text_are_swallowed() {
        assert_eq!(printed("a\x1b[2Jb\x1b[10;20Hc\x1b(Bd\x1b=e\x1b[?25lf"), "abcdef");
        assert_eq!(printed("\x1b]8;;https://example.org\x1b\\link\x1b]8;;\x07 after"), "link after");
        assert_eq!(printed("\x1bPq#0;2\x1b\\x\x07y"), "xy");
    }

    #[test]
    fn a_broken_sequence_ends_with_its_line() {
        assert_eq!(printed("\x1b]0;title never closed\nnext\x1b[31\nlast"), "\nnext\nlast");
    }

    #[test]
    fn an_escape_inside_a_title_that_is_not_its_end_starts_a_new_sequence() {
        assert_eq!(printed("\x1b]0;title\x1b[31mred"), "red");
    }
}
