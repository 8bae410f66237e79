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
            Op::Print(c) => self.print_one(c, style),
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

    /// Text without control characters.
    pub fn print(&mut self, text: &str, style: Style) {
        let at_end = self.cursor == self.cells.len() && self.cursor + text.len() <= SHOWN_BYTES;
        if !at_end {
            text.chars().for_each(|c| self.print_one(c, style));
            return;
        }
        self.cells.extend(text.chars().map(|c| (c, style)));
        self.cursor = self.cells.len();
        self.end = self.end.max(self.cursor);
    }

    /// Ready for the next line; what was allocated is kept.
    pub fn clear(&mut self) {
        self.cells.clear();
        (self.cursor, self.beyond, self.end) = (0, 0, 0);
    }

    fn print_one(&mut self, c: char, style: Style) {
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
        let bytes: usize = self.cells.iter().map(|(c, _)| c.len_utf8()).sum();
        let mut room = SHOWN_BYTES;
        let fits = self.cells.iter().take_while(|(c, _)| {
            let fits = c.len_utf8() <= room;
            room = room.saturating_sub(c.len_utf8());
            fits
        });
        let shown = if bytes <= SHOWN_BYTES { self.cells.len() } else { fits.count() };
        let spans = self.cells[..shown]
            .chunk_by(|(_, a), (_, b)| a == b)
            .map(|cells| Span { class: cells[0].1.class(), text: cells.iter().map(|(c, _)| c).collect() });
        let whole = bytes as u64 + self.beyond;
        (spans.collect(), (whole > SHOWN_BYTES as u64).then_some(whole))
    }
}
