//! A log that grows on the page: chunks of lines, appended once a frame, the oldest dropped while the tail is followed.

use super::dom;
use crate::text::lines::{Chunk, Fed, Line, Lines};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use web_sys::Element;

/// Lines in one chunk: what the browser lays out, or leaves out, at once.
const CHUNK: usize = 200;
/// Chunks kept on the page while its tail is followed; four times as many while somebody reads further up.
const KEPT: usize = 50;
/// Nobody reads more than this in one frame; what came before it can be paged back to.
const MOST_IN_A_FRAME: usize = 4_000;

pub struct LogView {
    /// Scrolls; its content is laid out from the bottom, so that it stays at the tail by itself.
    scroller: Element,
    /// Holds the chunks, and behind them the lines that have not ended.
    body: Element,
    open: Element,
    lines: RefCell<Lines>,
    waiting: RefCell<VecDeque<Line>>,
    chunks: RefCell<VecDeque<Part>>,
    drawing: Cell<bool>,
}

/// A chunk on the page.
struct Part {
    element: Element,
    lines: usize,
    from: u64,
}

impl Part {
    /// A full chunk no longer changes: out of sight it need not be laid out.
    fn settle(&self) {
        if self.lines >= CHUNK {
            self.element.set_class_name("chunk full");
        }
    }
}

thread_local! {
    static ATTACHED: RefCell<Option<Rc<LogView>>> = const { RefCell::new(None) };
}

/// Makes this the log that grows. There is one on a page.
pub fn attach(view: Rc<LogView>) {
    ATTACHED.set(Some(view));
}

pub fn detach() {
    ATTACHED.set(None);
}

pub fn attached() -> Option<Rc<LogView>> {
    ATTACHED.with_borrow(Clone::clone)
}

impl LogView {
    /// Takes over what the server rendered: the first chunk with `shown` lines from `from` on, and `lines` behind it.
    pub fn new(scroller: Element, lines: Lines, shown: usize, from: u64) -> Option<Rc<Self>> {
        let body = scroller.first_element_child()?;
        let first = body.first_element_child()?;
        let open = body.last_element_child()?;
        let chunks = VecDeque::from([Part { element: first, lines: shown, from }]);
        Some(Rc::new(Self {
            scroller,
            body,
            open,
            lines: RefCell::new(lines),
            waiting: RefCell::default(),
            chunks: RefCell::new(chunks),
            drawing: Cell::new(false),
        }))
    }

    /// The offset of the first byte that is not known yet.
    pub fn next(&self) -> u64 {
        self.lines.borrow().next()
    }

    /// Where the oldest line on the page begins.
    pub fn first(&self) -> u64 {
        self.chunks.borrow().front().map_or(0, |part| part.from)
    }

    pub fn at_tail(&self) -> bool {
        // Laid out from the bottom: 0 is the tail, what is above it is negative.
        self.scroller.scroll_top() > -24
    }

    /// The oldest line on the page is in sight, or nearly.
    pub fn at_head(&self) -> bool {
        let above =
            self.scroller.scroll_height() - self.scroller.client_height() + self.scroller.scroll_top();
        above < 24
    }

    pub fn to_tail(&self) {
        self.scroller.set_scroll_top(0);
    }

    /// Takes what the stream brings. False: bytes are missing before it, the log must be read anew.
    pub fn feed(self: &Rc<Self>, chunk: &Chunk) -> bool {
        match self.lines.borrow_mut().feed(chunk) {
            Fed::Gap => return false,
            Fed::Lines(lines) => self.waiting.borrow_mut().extend(lines),
        }
        self.draw_soon();
        true
    }

    /// No more will come: what was open is a line too.
    pub fn finish(self: &Rc<Self>) {
        let last = self.lines.borrow_mut().finish();
        self.waiting.borrow_mut().extend(last);
        self.draw_soon();
    }

    /// Puts older lines, the first of which begins at `from`, above all others.
    pub fn prepend(&self, older: &[Line], from: u64) {
        let Some(part) = self.part(older, from, older.len()) else { return };
        let _ = self.body.insert_before(&part.element, self.body.first_child().as_ref());
        self.chunks.borrow_mut().push_front(part);
    }

    /// Forgets everything on the page and begins with this part.
    pub fn restart(self: &Rc<Self>, chunk: &Chunk) {
        self.clear();
        self.waiting.borrow_mut().clear();
        self.lines.replace(Lines::starting_at(chunk.from));
        self.feed(chunk);
    }

    fn clear(&self) {
        for part in self.chunks.borrow_mut().drain(..) {
            part.element.remove();
        }
    }

    fn draw_soon(self: &Rc<Self>) {
        if !self.drawing.replace(true) {
            let view = Rc::clone(self);
            leptos::prelude::request_animation_frame(move || {
                view.drawing.set(false);
                view.draw();
            });
        }
    }

    fn draw(&self) {
        let following = self.at_tail();
        let mut waiting = self.waiting.take();
        if waiting.len() > MOST_IN_A_FRAME && following {
            waiting.drain(..waiting.len() - MOST_IN_A_FRAME);
            self.clear();
        }
        let lines: Vec<Line> = waiting.into();
        let mut rest = lines.as_slice();
        while !rest.is_empty() {
            let taken = self.fill_last(rest);
            rest = &rest[taken..];
        }
        self.draw_open();
        self.drop_oldest(if following { KEPT } else { 4 * KEPT });
    }

    /// Appends to the last chunk, or begins one; how many lines that took.
    fn fill_last(&self, lines: &[Line]) -> usize {
        let mut chunks = self.chunks.borrow_mut();
        let room = chunks.back().map_or(0, |part| CHUNK.saturating_sub(part.lines));
        let take = lines.len().min(if room > 0 { room } else { CHUNK });
        let Some(part) = self.part(&lines[..take], lines[0].from, take) else { return lines.len() };
        match chunks.back_mut().filter(|_| room > 0) {
            Some(last) => {
                while let Some(line) = part.element.first_child() {
                    if last.element.append_child(&line).is_err() {
                        break;
                    }
                }
                last.lines += take;
                last.settle();
            }
            None => {
                let _ = self.body.insert_before(&part.element, Some(&self.open));
                chunks.push_back(part);
            }
        }
        take
    }

    fn part(&self, lines: &[Line], from: u64, count: usize) -> Option<Part> {
        let document = dom::document()?;
        let element = dom::element(&document, "div", "chunk")?;
        for line in lines.iter().filter_map(|line| dom::line(&document, line)) {
            element.append_child(&line).ok()?;
        }
        let part = Part { element, lines: count, from };
        part.settle();
        Some(part)
    }

    fn draw_open(&self) {
        let Some(document) = dom::document() else { return };
        self.open.set_text_content(None);
        for line in self.lines.borrow().open() {
            if let Some(line) = dom::line(&document, &line) {
                let _ = self.open.append_child(&line);
            }
        }
    }

    fn drop_oldest(&self, kept: usize) {
        let mut chunks = self.chunks.borrow_mut();
        while chunks.len() > kept {
            if let Some(part) = chunks.pop_front() {
                part.element.remove();
            }
        }
    }
}
