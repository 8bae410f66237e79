//! What can be done about an index: a form for each remedy that fits what the database says. Nothing is done by itself.

use crate::run::Command;
use crate::run::reading::{IndexSays, IndexState, Says};
use crate::runbook::{How, Leaves};
use crate::ui::parts::{Ask, Field, Seen, Sign};
use crate::verdict::Verdict;
use leptos::prelude::*;

pub fn remedies(seen: &Seen<'_>, says: &Says) -> Option<AnyView> {
    let state = seen.state;
    let database = state.runbook.database.as_ref()?;
    let hoped = if state.aim() == Leaves::Applied { IndexState::Ok } else { IndexState::Missing };
    let wrong: Vec<&IndexSays> = says.indexes.iter().filter(|index| index.state != hoped).collect();
    // While a step is under way, what is not there yet may still be coming.
    if state.ended.is_some() || state.live_attempt().is_some() {
        return None;
    }
    let left = says.strays.iter().map(|stray| {
        let by_hand = "It is invalid and no index of this runbook: look whose it is.";
        let told = "An interrupted rebuild has left it: it costs every write and serves no query.";
        let told = if stray.is_left_by_rebuild(database) { told } else { by_hand };
        one(seen, says, &stray.name, Sign::from(Verdict::Inconclusive), "left behind", told)
    });
    let wrong_ones = wrong.iter().map(|index| {
        one(seen, says, &index.name, Sign::from(index.state), index.state.word(), means(index.state))
    });
    let any = !wrong.is_empty() || !says.strays.is_empty();
    let view = view! {
        {any.then(|| view! {
            <details class="more" open=state.aim() == Leaves::Applied>
                <summary>"Not as it should be: "{wrong.len() + says.strays.len()}</summary>
                <ul class="remedies">{wrong_ones.collect_view()}{left.collect_view()}</ul>
            </details>
        })}
        {another(seen, says)}
    };
    Some(view.into_any())
}

fn means(state: IndexState) -> &'static str {
    match state {
        IndexState::Ok => "It is still there.",
        IndexState::Building => "A session is building it: wait for its end, or cancel it.",
        IndexState::Missing => "No index of that name exists.",
        IndexState::Invalid => "A stopped build has left it: it costs every write and serves no query.",
        IndexState::Different => "It is valid, and not what the runbook defines.",
        IndexState::NameTaken => {
            "Its name belongs to something that is no index: rename or remove that by hand, then build it."
        }
    }
}

fn one(
    seen: &Seen<'_>,
    says: &Says,
    index: &str,
    sign: Sign,
    word: &'static str,
    told: &'static str,
) -> AnyView {
    let forms = seen.state.remedies(says, index).into_iter().map(|how| {
        let command = Command::Remedy { index: index.to_owned(), how, reason: "…".to_owned() };
        let ask = Ask::new(command, how.word()).of(index.to_owned()).look("small");
        ask.field(Field::required("reason", does(how))).view(seen)
    });
    view! {
        <li>
            <details name="remedy">
                <summary>{sign.with(word)}" "<code>{index.to_owned()}</code></summary>
                <p class="quiet">{told}</p>
                {forms.collect_view()}
            </details>
        </li>
    }
    .into_any()
}

/// What the button does, and the question that comes with it.
fn does(how: How) -> &'static str {
    match how {
        How::Build => "Build it concurrently. Why",
        How::Rebuild => "Rebuild it concurrently (REINDEX). Why",
        How::Replace => "Drop it and build it as defined, both concurrently. Why",
        How::Drop => "Drop it concurrently. Why",
    }
}

/// For an index that is as it should be, and may yet not be wanted.
fn another(seen: &Seen<'_>, says: &Says) -> Option<AnyView> {
    let good =
        says.indexes.iter().find(|index| index.state == IndexState::Ok && index.constraint.is_none())?;
    let form = |how: How| {
        let command = Command::Remedy { index: good.name.clone(), how, reason: "…".to_owned() };
        let ask = Ask::new(command, how.word()).of("an index that is ok").look("small").place("another");
        ask.field(Field::required("index", "Type the index's name"))
            .field(Field::required("reason", does(how)))
    };
    let offered = seen.state.remedies(says, &good.name).into_iter();
    let view = view! {
        <details class="more">
            <summary>"Rebuild or drop one that is ok…"</summary>
            <p class="quiet">"The index inventory says what would be lost by dropping it."</p>
            {offered.map(|how| form(how).view(seen)).collect_view()}
        </details>
    };
    Some(view.into_any())
}
