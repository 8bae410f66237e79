//! What is running now, what can be started, what ended.

use crate::api::{Broken, Home, Offer, read_home};
use crate::run::event::Ending;
use crate::run::{Ms, RunSummary};
use crate::text::duration;
use crate::ui::parts::{Sign, environment, masthead, trouble, when};
use crate::verdict::Verdict;
use leptos::prelude::*;
use leptos_meta::Title;
use std::time::Duration;

/// `/`
#[component]
pub fn HomePage() -> impl IntoView {
    let data = Resource::new_blocking(|| (), |()| read_home());
    Effect::new(move |_| {
        if let Ok(handle) = set_interval_with_handle(move || data.refetch(), Duration::from_secs(5)) {
            on_cleanup(move || handle.clear());
        }
    });
    view! {
        <Title text="Runs"/>
        <Transition>
            {move || Suspend::new(async move {
                match data.await {
                    Ok(home) => shown(&home),
                    Err(why) => trouble(&why),
                }
            })}
        </Transition>
    }
}

fn shown(home: &Home) -> AnyView {
    let (live, ended): (Vec<_>, Vec<_>) = home.runs.iter().partition(|run| run.ending.is_none());
    let want = |run: &RunSummary| {
        home.wants.iter().find(|(id, _)| id == run.run.as_str()).map(|(_, want)| want.clone())
    };
    view! {
        {masthead(&home.actor)}
        <main class="page" id="main">
            <h1 class="unseen">"Runs and runbooks"</h1>
            {unreached(&home.unreached)}
            <section aria-labelledby="now">
                <h2 id="now">"Running now"</h2>
                {live.is_empty().then(|| view! { <p class="quiet">"Nothing runs."</p> })}
                <ul class="runs">{live.iter().map(|run| running(run, want(run), home.to_sign.iter().any(|id| id == run.run.as_str()), home.now)).collect_view()}</ul>
            </section>
            <section aria-labelledby="start">
                <h2 id="start">"Can be started"</h2>
                {home.offers.is_empty().then(|| view! { <p class="quiet">"The folder of runbooks holds none."</p> })}
                <ul class="offers">{home.offers.iter().map(offer).collect_view()}</ul>
                {broken(&home.broken)}
            </section>
            <section aria-labelledby="ended">
                <h2 id="ended">"Ended"</h2>
                {ended.is_empty().then(|| view! { <p class="quiet">"None has ended yet."</p> })}
                {(!ended.is_empty()).then(|| past(&ended))}
            </section>
        </main>
    }
    .into_any()
}

fn running(run: &RunSummary, want: Option<String>, yours: bool, now: Ms) -> AnyView {
    let want = want.filter(|want| !want.is_empty());
    let (class, words) = match want {
        Some(want) => ("wanted", want),
        None => ("wanted calm", "A step is under way.".to_owned()),
    };
    let since = duration::words((now - run.started_at).max(0));
    view! {
        <li class="card">
            <p>{environment::environment(&run.environment)}" "{run.target.to_string()}</p>
            <h3><a href=format!("/runs/{}", run.run)>{run.title.clone()}</a></h3>
            <p class=class>{words}</p>
            {yours.then(|| view! { <p><a class="button go" href=format!("/sign/{}", run.run)>"Waits for you: sign"</a></p> })}
            <p class="quiet small">"run "<span class="mono">{run.run.short().to_owned()}</span>" · started by "{run.started_by.clone()}" "{when::on(run.started_at)}", "{since}" ago"</p>
        </li>
    }
    .into_any()
}

fn offer(offer: &Offer) -> AnyView {
    let count = |n: usize, one: &str| if n == 1 { format!("1 {one}") } else { format!("{n} {one}s") };
    let ways = match offer.ways_back {
        0 => "changes nothing to take back".to_owned(),
        1 => "1 way back".to_owned(),
        n => format!("{n} ways back"),
    };
    let parts = [count(offer.phases, "phase"), count(offer.lines, "line"), count(offer.steps, "step"), ways];
    view! {
        <li class="card">
            <h3><a href=format!("/runbooks/{}", offer.slug)>{offer.title.clone()}</a></h3>
            <p>{offer.summary.clone()}</p>
            <p class="quiet small">{parts.join(" · ")}</p>
        </li>
    }
    .into_any()
}

fn unreached(names: &[String]) -> Option<AnyView> {
    let said = match names {
        [] => return None,
        [one] => format!("The receiver {one} is not reached now, and is not told what happens. "),
        some => format!(
            "These receivers are not reached now, and are not told what happens: {}. ",
            some.join(", ")
        ),
    };
    Some(view! { <p class="notice">{said}<a href="/notifications">"Notifications"</a></p> }.into_any())
}

fn broken(files: &[Broken]) -> Option<AnyView> {
    let lines = files.iter().flat_map(|file| &file.mistakes).cloned().collect::<Vec<_>>().join("\n");
    (!files.is_empty()).then(|| {
        view! { <div class="notice"><p><strong>"These files are no runbooks"</strong></p><pre>{lines}</pre></div> }.into_any()
    })
}

fn past(runs: &[&RunSummary]) -> AnyView {
    let line = |run: &&RunSummary| {
        let (sign, word) = match run.ending {
            Some(Ending::Succeeded) => (Sign::from(Verdict::Pass), Ending::Succeeded.word()),
            Some(Ending::RolledBack) => (Sign::BACK, Ending::RolledBack.word()),
            Some(ending) => (Sign::from(Verdict::Fail), ending.word()),
            None => (Sign::NOW, "running"),
        };
        let took = run.ended_at.map(|ended| duration::words((ended - run.started_at).max(0)));
        view! {
            <tr>
                <td>{sign.with(word)}</td>
                <th scope="row"><a href=format!("/runs/{}", run.run)>{run.title.clone()}</a></th>
                <td>{run.target.to_string()}" "{environment::environment(&run.environment)}</td>
                <td>{run.started_by.clone()}</td>
                <td>{run.ended_at.map(when::on)}</td>
                <td class="num">{took}</td>
            </tr>
        }
    };
    view! {
        <div class="scroll card" tabindex="0" role="region" aria-label="Runs that ended">
            <table>
                <thead>
                    <tr>
                        <th scope="col">"End"</th><th scope="col">"Runbook"</th><th scope="col">"Target"</th>
                        <th scope="col">"Started by"</th><th scope="col">"Ended"</th><th scope="col" class="num">"Took"</th>
                    </tr>
                </thead>
                <tbody>{runs.iter().map(line).collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}
