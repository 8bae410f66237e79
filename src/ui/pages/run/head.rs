//! What this run is, what it wants now, and its pace.

use crate::run::Command;
use crate::run::event::Pace;
use crate::run::wants::Want;
use crate::ui::parts::{Ask, Seen, WATCHING, when};
use leptos::prelude::*;

pub fn head(seen: &Seen<'_>) -> AnyView {
    let state = seen.state;
    let book = format!("/runbooks/{}", state.runbook.slug);
    let aftercare = state.runbook.database.as_ref().map(|_| {
        view! { " · "<a href=format!("/runs/{}/aftercare", state.run)>"aftercare"</a> }
    });
    view! {
        <div class="head">
            <div>
                <h1>{state.runbook.title.clone()}</h1>
                <p class="quiet">
                    "run "<span class="mono">{state.run.short().to_owned()}</span>" · "
                    <a href=book>"runbook "<span class="mono">{state.runbook_sha256.chars().take(8).collect::<String>()}</span></a>
                    {aftercare}
                    // A still page: the browser goes there itself.
                    " · "<a href=format!("/runs/{}/report", state.run) rel="external">"report"</a>
                    " · started by "{state.started.who.clone()}" "{when::on(state.started.at)}
                </p>
            </div>
            {pace(seen)}
        </div>
        {wanted(seen)}
        {seen.watching.filter(|why| state.monitors(&seen.actor.name).as_deref() != Some(why)).map(|_| view! {
            <p class="why" id=WATCHING>{seen.actor.name.clone()}" is no operator: what only operators do is shown here, and refused."</p>
        })}
    }
    .into_any()
}

fn pace(seen: &Seen<'_>) -> Option<AnyView> {
    if seen.state.ended.is_some() {
        return None;
    }
    let (words, other, label) = match seen.state.pace {
        Pace::StepByStep => ("One step at a time.", Pace::Continue, "Let it go on by itself"),
        Pace::Continue => ("Goes on by itself to the next gate.", Pace::StepByStep, "One step at a time"),
    };
    let command = Command::SetPace { pace: other };
    // A form of one button, unless a code belongs to it.
    let folds = seen.state.takes_factor(&command);
    let ask = Ask::new(command, label).look("small");
    let ask = if folds { ask.folded(format!("{label}…"), seen) } else { ask.view(seen) };
    Some(view! { <div class="pace"><span class="quiet">{words}</span>{ask}</div> }.into_any())
}

/// The one sentence that is read first.
fn wanted(seen: &Seen<'_>) -> AnyView {
    let state = seen.state;
    if let Some(ended) = &state.ended {
        let note = (!ended.note.is_empty()).then(|| format!(" {}", ended.note));
        return view! {
            <p class="wanted over" role="status">
                <strong>"This run has ended: "{ended.ending.word()}"."</strong>
                " By "{ended.by.who.clone()}" "{when::on(ended.by.at)}"."{note}
            </p>
        }
        .into_any();
    }
    let want = state.want();
    let (sentence, target) = match &want {
        Want::Patience => (under_way(seen), "#step"),
        Want::Window(_) => (want.sentence(), "#window"),
        Want::Lines(_) => (want.sentence(), "#checklist"),
        Want::Sign(_) => (want.sentence(), "#sign-offs"),
        Want::End => (want.sentence(), "#end"),
        _ => (want.sentence(), "#step"),
    };
    let tone = match want {
        Want::Choose(_) => "wanted bad",
        Want::Settle(_) | Want::Window(_) => "wanted asks",
        _ => "wanted",
    };
    view! { <p class=tone role="status"><a href=target>{sentence}</a></p> }.into_any()
}

fn under_way(seen: &Seen<'_>) -> String {
    let state = seen.state;
    let step = state.live_attempt().and_then(|attempt| state.runbook.step(&attempt.step));
    match step {
        Some((_, step)) => format!("\"{}\" is {}.", step.title, state.step_status(&step.id).word()),
        None => "Probes are being asked.".to_owned(),
    }
}
