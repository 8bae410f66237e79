//! Who has the controls, and the forms that pass them.

use crate::run::controls::HandOver;
use crate::run::{Command, Permission};
use crate::ui::parts::{Ask, Field, Seen, WATCHING, when};
use leptos::prelude::*;

/// Nothing where the run is over: there is nothing to control.
pub fn controls(seen: &Seen<'_>) -> Option<AnyView> {
    let state = seen.state;
    if state.ended.is_some() {
        return None;
    }
    let pilot = &state.controls.pilot;
    let flies = state.flies(&seen.actor.name);
    let target = &state.target;
    let operates = seen.actor.at(&target.name, &target.environment).may(Permission::Operator);
    let who = if flies { "You have".to_owned() } else { format!("{} has", pilot.who) };
    let taken = state.controls.taken.clone().map(|why| view! { <p>"Taken over: "{why}</p> });
    let tone = if taken.is_some() { "pilot notice" } else { "pilot" };
    let rest = if flies { "" } else { " Every other operator monitors, and may cancel or take a way back." };
    let asked = state.controls.asked.as_ref().map(|asked| pending(seen, asked));
    let pass = operates.then(|| if flies { offer(seen) } else { take(seen) });
    let watching = (operates && !flies).then_some(WATCHING);
    Some(
        view! {
            <div class=tone id="controls">
                <p id=watching><b>{who}" the controls"</b>" since "{when::at(pilot.at)}"."<span class="quiet">{rest}</span></p>
                {taken}
                {asked}
                {pass}
            </div>
        }
        .into_any(),
    )
}

/// Control that has not passed yet, with the button of whoever has to accept.
fn pending(seen: &Seen<'_>, asked: &HandOver) -> AnyView {
    let name = &seen.actor.name;
    let says = if asked.offered() {
        format!("{} offers the controls to {}, who has still to accept.", asked.by.who, asked.to)
    } else {
        format!("{} asks for the controls.", asked.to)
    };
    let accepts = if asked.offered() { asked.to == *name } else { seen.state.flies(name) };
    let label =
        if asked.offered() { "Accept the controls".to_owned() } else { format!("Hand over to {}", asked.to) };
    let accept = Ask::new(Command::AcceptHandOver { to: asked.to.clone() }, label).look("go");
    view! {
        <div class="notice" role="status">
            <p>{says}</p>
            {accepts.then(|| accept.view(seen))}
        </div>
    }
    .into_any()
}

fn offer(seen: &Seen<'_>) -> AnyView {
    let ask = Ask::new(Command::AskHandOver { to: "…".to_owned() }, "Offer the controls");
    let who = Field::required("to", "To whom, by the name they log in with");
    ask.look("small")
        .field(who.hint("They have them once they accept; until then they are yours."))
        .folded("Hand over…", seen)
}

fn take(seen: &Seen<'_>) -> AnyView {
    let ask =
        Ask::new(Command::AskHandOver { to: seen.actor.name.clone() }, "Ask for the controls").look("small");
    let take = Ask::new(Command::TakeControls { reason: "…".to_owned() }, "Take the controls").look("stop");
    let why = Field::required("reason", "Why you do not wait to be handed them");
    let take = take.field(why.hint("It stands on everybody's page and in the report."));
    view! { {ask.view(seen)}{take.folded("Take over…", seen)} }.into_any()
}
