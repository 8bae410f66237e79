//! What makes the page move: the run's stream, the clock, what is looked at, and commands sent without a reload.

use super::log::catch_up;
use super::page::Page;

use crate::api::{LogPart, StepPage, read_run, read_step};
use crate::run::Seq;
use crate::run::choice::Look;
use crate::run::state::Stage;
use crate::text::lines::Chunk;
use crate::ui::live::{self, Handlers, Link, Sent};
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::time::Duration;
use web_sys::SubmitEvent;

/// Starts all that in the browser; gives what answers a submitted form.
pub fn following(page: Page) -> impl Fn(SubmitEvent) + 'static {
    Effect::new(move |_| {
        keep_time(page);
        follow(page);
    });
    on_cleanup(live::stop);
    look_where_chosen(page);
    look_again_when_judged(page);
    keep_refusal_in_sight(page);
    move |event| submit(page, &event)
}

/// The console's clock goes on by the viewer's.
fn keep_time(page: Page) {
    let ahead = page.now.get_untracked() - live::now_ms();
    let tick = move || page.now.set(live::now_ms() + ahead);
    if let Ok(handle) = set_interval_with_handle(tick, Duration::from_secs(1)) {
        on_cleanup(move || handle.clear());
    }
}

fn follow(page: Page) {
    let (run, seq, over) = {
        let state = page.state.read_untracked();
        (state.run.clone(), state.seq, state.ended.is_some())
    };
    if over {
        page.link.set(Link::Over);
        return;
    }
    let cursor = cursor(page, seq);
    let handlers = Handlers {
        run: Box::new(move |event| {
            if !page.take(event) {
                read_anew(page);
            }
        }),
        log: Box::new(move |heard| {
            if is_looked_at(page, &heard.step, heard.attempt)
                && let Some(view) = live::attached()
                && !view.feed(&heard.into_chunk())
            {
                catch_up(page);
            }
        }),
        end: Box::new(move |ended| {
            if is_looked_at(page, &ended.step, ended.attempt)
                && let Some(view) = live::attached()
            {
                if view.next() < ended.to { catch_up(page) } else { view.finish() }
            }
        }),
        watch: Box::new(move |watch| page.watch.set(Some(watch))),
        reading: Box::new(move |reading| page.reading.set(Some(reading))),
        link: Box::new(move |link| {
            if page.link.get_untracked() != link {
                page.link.set(link);
            }
        }),
    };
    live::follow(format!("/runs/{run}/live"), cursor, handlers);
}

/// Where the server's rendering ended: behind its events, and behind what is known of the last attempt's log.
fn cursor(page: Page, seq: Seq) -> String {
    let (state, part) = (page.state.read_untracked(), page.part.read_untracked());
    let Some(last) = state.attempts.last() else { return seq.to_string() };
    let shown = part.as_ref().filter(|part| part.step == last.step && part.attempt == last.number);
    let offset = shown.map_or(last.log_bytes, |part| part.log.length);
    format!("{seq}/{}.{}@{offset}", last.step, last.number)
}

fn is_looked_at(page: Page, step: &crate::runbook::Id, attempt: u32) -> bool {
    untrack(|| page.looked())
        .is_some_and(|(at, number, look)| at == *step && number == attempt && look.at_tail())
}

/// Events were missed: the server's word is taken instead.
fn read_anew(page: Page) {
    let (run, choice) = (page.state.read_untracked().run.clone(), page.choice.get_untracked());
    spawn_local(async move {
        if let Ok(data) = read_run(run, choice).await {
            for event in data.events {
                page.take(event);
            }
        }
    });
}

/// Another step, another attempt or another part of the output.
fn look_where_chosen(page: Page) {
    let looked = Memo::new(move |_| page.looked());
    Effect::new(move |before: Option<()>| {
        let now = looked.get();
        if before.is_none() {
            return;
        }
        let Some((step, attempt, look)) = now else {
            page.part.set(None);
            page.result.set(None);
            return;
        };
        let run = page.state.read_untracked().run.clone();
        let begun = page.choice.read_untracked().attempt(&page.state.read_untracked()).map(|a| a.stage);
        if matches!(begun, Some(Stage::Queued | Stage::Starting)) {
            // Nothing is written yet: the stream brings all of it.
            let chunk = Chunk { from: 0, to: 0, records: Vec::new() };
            let log = Some(LogPart { chunk, length: 0, long: None, found: None });
            page.show(StepPage { step, attempt, log, result: None }, Look::default());
            return;
        }
        spawn_local(async move {
            let shown = read_step(run, step.clone(), attempt, look.clone()).await;
            let still = looked.get_untracked() == Some((step, attempt, look.clone()));
            if let (Ok(shown), true) = (shown, still) {
                page.show(shown, look);
            }
        });
    });
}

/// A step leaves its result when it ends.
fn look_again_when_judged(page: Page) {
    let judged = Memo::new(move |_| {
        let (state, choice) = (page.state.read(), page.choice.read());
        choice.attempt(&state).filter(|attempt| !attempt.live()).map(|a| (a.step.clone(), a.number))
    });
    Effect::new(move |before: Option<()>| {
        let (Some((step, attempt)), Some(())) = (judged.get(), before) else { return };
        let run = page.state.read_untracked().run.clone();
        spawn_local(async move {
            if let Ok(shown) = read_step(run, step, attempt, Look::default()).await {
                page.result.set(shown.result);
            }
        });
    });
}

/// The form that a refusal answers may be gone, because somebody else did what it asked for: then nothing holds the refusal but the page.
fn keep_refusal_in_sight(page: Page) {
    Effect::new(move |_| {
        page.state.track();
        let Some((key, _)) = page.refused.get().filter(|(key, _)| !key.is_empty()) else { return };
        // The page is drawn anew before the next frame.
        request_animation_frame(move || {
            if !live::has_form(&key) {
                page.refused.update(|refused| refused.iter_mut().for_each(|(key, _)| key.clear()));
            }
        });
    });
}

fn submit(page: Page, event: &SubmitEvent) {
    let Some((form, key)) = live::command_form(event) else { return };
    event.prevent_default();
    let address = format!("/api/v1/runs/{}/commands", page.state.read_untracked().run);
    spawn_local(async move {
        match live::send(&form, &address).await {
            None => {}
            Some(Sent::Done) => {
                form.reset();
                page.refused.set(None);
                close_around(&form);
            }
            Some(Sent::Refused(refusal)) => page.refused.set(Some((key, refusal))),
        }
        if page.link.get_untracked() != Link::Live {
            read_anew(page);
        }
    });
}

/// What was opened to write a reason is closed again.
fn close_around(form: &web_sys::HtmlFormElement) {
    if let Ok(Some(details)) = form.closest("details.more") {
        let _ = details.remove_attribute("open");
    }
}
