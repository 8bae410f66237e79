//! The line being written: cells that `\r`, backspace and erasing may overwrite, as on a terminal.

use crate::text::ansi::{Op, Span, Style};

/// No more of a line than this many bytes is shown; the rest is in the download.
pub const SHOWN_BYTES: usize = 16 * 1024;

#[derive(Debug, Clone, Default)]
pub struct Row {
    cells: Vec<(char, Style)>,
    cursor: usize,
    /// Bytes written to the right of what is kept, and the column up to which they were counted.
    beyond: u64,
    end: usize,
}

impl Row {
    pub fn apply(&mut self, op: Op, style: Style) {
        match op {
            Op::Print(c) => self.print(c, style),
            Op::Column(column) => self.cursor = usize::from(column).min(SHOWN_BYTES),
            Op::Backspace => self.cursor = self.cursor.saturating_sub(1),
            Op::EraseToEnd => self.truncate(self.cursor),
            Op::EraseLine => self.truncate(0),
            Op::EraseToCursor => {
                let upto = self.cells.len().min(self.cursor + 1);
                self.cells[..upto].fill((' ', Style::default()));
            }
            Op::Newline => {}
        }
    }

    fn print(&mut self, c: char, style: Style) {
        if self.cursor >= SHOWN_BYTES {
            if self.cursor >= self.end {
                self.beyond += c.len_utf8() as u64;
            }
        } else {
            if self.cells.len() <= self.cursor {
                self.cells.resize(self.cursor + 1, (' ', Style::default()));
            }
            self.cells[self.cursor] = (c, style);
        }
        self.cursor += 1;
        self.end = self.end.max(self.cursor);
    }

    fn truncate(&mut self, column: usize) {
        self.cells.truncate(column);
        if column < SHOWN_BYTES {
            self.beyond = 0;
            self.end = column;
        }
    }

    /// What is shown, and the whole length in bytes where that is more.
    pub fn shown(&self) -> (Vec<Span>, Option<u64>) {
        let mut spans: Vec<Span> = Vec::new();
        let mut last = None;
        let (mut shown, mut whole) = (0, 0);
        for (c, style) in &self.cells {
            whole += c.len_utf8() as u64;
            if whole > SHOWN_BYTES as u64 {
                continue;
            }
            shown = whole;
            match spans.last_mut() {
                Some(span) if last == Some(*style) => span.text.push(*c),
                _ => spans.push(Span { class: style.class(), text: c.to_string() }),
            }
            last = Some(*style);
        }
        whole += self.beyond;
        (spans, (whole > shown).then_some(whole))
    }
}
