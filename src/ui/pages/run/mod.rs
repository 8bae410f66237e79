//! The page of a run: the heart of the console.

mod board;
mod checklist;
mod choices;
mod controls;
mod database;
mod doing;
mod finish;
mod following;
mod head;
mod item;
mod just_ended;
mod ledger;
mod log;
mod output;
mod page;
mod phases;
mod present;
mod rail;
mod remedies;
mod results;
mod sign_offs;
mod step;
mod strip;
mod timeline;
mod watch;
mod way_back;
mod window;

use crate::api::{Trouble, read_run};
use crate::run::RunId;
use crate::run::choice::Choice;
use crate::ui::parts::trouble;
use board::Board;
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};
use page::Page;

/// `/runs/{id}`, with what is looked at in the query.
#[component]
pub fn RunPage() -> impl IntoView {
    let (params, query) = (use_params_map(), use_query_map());
    let id = Memo::new(move |_| params.read().get("id").unwrap_or_default());
    let choice = Memo::new(move |_| {
        let query = query.read();
        Choice::read(|name| query.get_str(name))
    });
    let data = Resource::new_blocking(
        move || id.get(),
        move |id| {
            let choice = choice.get_untracked();
            async move {
                let run = RunId::parse(&id).map_err(|error| Trouble::NotFound(error.to_string()))?;
                read_run(run, choice).await
            }
        },
    );
    view! {
        <Suspense>
            {move || Suspend::new(async move {
                match data.await {
                    Ok(data) => {
                        let refused = data.refused.as_ref().map(|refused| refused.refusal.clone());
                        match Page::new(data, choice) {
                            Some(page) => view! { <Board page refused/> }.into_any(),
                            None => trouble(&Trouble::Failed("The events of this run do not begin with its start.".into())),
                        }
                    }
                    Err(why) => trouble(&why),
                }
            })}
        </Suspense>
    }
}
