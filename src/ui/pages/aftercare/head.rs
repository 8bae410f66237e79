//! Which run this is about, from when on is counted, how old the figures are, and what is worth a look.

use crate::aftercare::{Look, Report};
use crate::text::duration;
use crate::ui::parts::{Sign, environment, when};
use leptos::prelude::*;

pub fn head(report: &Report) -> AnyView {
    let error = report.error.clone().map(|error| {
        let last = match &report.look {
            Some(look) => {
                format!("Below is what it said {} ago.", duration::words((report.now - look.taken).max(0)))
            }
            None => "It has not answered since the console was started.".to_owned(),
        };
        view! {
            <div class="notice" role="status">
                <p><strong>"The target does not answer now. "</strong>{last}</p>
                <pre>{error}</pre>
            </div>
        }
    });
    view! {
        <div class="stack">
            <h1>"Aftercare: "{report.title.clone()}</h1>
            <p class="row">
                <b>{report.target.to_string()}</b>
                {environment::environment(&report.environment)}
                <a href=format!("/runs/{}", report.run)>"run "<span class="mono">{report.run.short().to_owned()}</span></a>
            </p>
            {report.look.as_ref().map(|look| counted(report, look))}
            {error}
        </div>
    }
    .into_any()
}

fn counted(report: &Report, look: &Look) -> AnyView {
    let since = &look.since;
    let from = since.from.map(|from| {
        let long = duration::words(since.elapsed().unwrap_or_default());
        view! { " since "{when::on(from)}" ("{long}")" }
    });
    let begun = match &report.behind {
        _ if since.reset => " The statistics were reset after the change: what was counted before is lost, and counting begins there.".to_owned(),
        Some(step) => format!(" Counting begins behind the step \"{step}\", so what the change itself scanned is not in it."),
        None => " There is no reading from the change yet, so everything is in it since the statistics began.".to_owned(),
    };
    let lacks = report.lacks.as_ref().map(|lacks| format!(" No reading {lacks}."));
    view! {
        <p>"Counted"{from}"."{begun}{lacks}</p>
        <p class="quiet small">"Asked at "{when::at(look.taken)}", and every 10 seconds while this page is open and scripts run. Otherwise reload."</p>
    }
    .into_any()
}

pub fn concerns(report: &Report) -> AnyView {
    let concerns = report.concerns();
    if concerns.is_empty() {
        return view! { <p class="calm">{Sign::PASS.with("Nothing that was seen is worth a warning.")}</p> }
            .into_any();
    }
    let lines = concerns.into_iter().map(|concern| {
        view! {
            <li>
                {Sign::from(concern.level).mark()}
                <p><b>{concern.level.word()}</b>": "<span class="mono">{concern.subject}</span>", "{concern.said}</p>
            </li>
        }
    });
    view! {
        <section aria-labelledby="worth" class="card stack">
            <h2 id="worth">"Worth a look"</h2>
            <ul class="findings">{lines.collect_view()}</ul>
        </section>
    }
    .into_any()
}
