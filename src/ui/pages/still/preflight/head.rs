//! What was looked at, when, and the one word on it; and the form that looks again.

use crate::api::still::{PreflightPage, TargetChoice};
use crate::preflight::Report;
use crate::run::Permission;
use crate::runbook::Id;
use crate::text::duration;
use crate::ui::parts::{Sign, environment, when};
use crate::verdict::Verdict;
use leptos::prelude::*;

pub fn head(page: &PreflightPage) -> AnyView {
    let chosen = page.target.as_ref();
    let body = match (chosen, &page.looked.report) {
        (None, _) => view! { <p>"Choose a target above."</p> }.into_any(),
        (Some(target), None) => unseen(page, target),
        (Some(target), Some(report)) => seen(page, target, report),
    };
    view! {
        <header class="stack">
            <h1>"Preflight: "<a href=format!("/runbooks/{}", page.slug)>{page.title.clone()}</a></h1>
            <p class="quiet">"What a run would do and where it would fail, asked of the target itself. Nothing is changed there."</p>
            <nav aria-label="Target"><ul class="row">{page.targets.iter().map(|target| choice(page, target)).collect_view()}</ul></nav>
        </header>
        {body}
    }
    .into_any()
}

fn choice(page: &PreflightPage, target: &TargetChoice) -> AnyView {
    let here = page.target.as_ref() == Some(&target.name);
    let href = format!("/runbooks/{}/preflight?target={}", page.slug, target.name);
    view! {
        <li class="row">
            <a href=href aria-current=here.then_some("page")>{target.name.to_string()}</a>
            {environment::environment(&target.environment)}
        </li>
    }
    .into_any()
}

fn unseen(page: &PreflightPage, target: &Id) -> AnyView {
    let said = if page.looked.since.is_some() {
        ""
    } else {
        "Nobody has looked yet since this console was started."
    };
    view! {
        <section class="card stack" aria-label="Result">
            {(!said.is_empty()).then(|| view! { <p>{said}</p> })}
            {running(page)}
            {again(page, target, "Look now")}
        </section>
    }
    .into_any()
}

fn seen(page: &PreflightPage, target: &Id, report: &Report) -> AnyView {
    let verdict = report.verdict();
    let word = match verdict {
        Verdict::Pass => "A run may be started",
        Verdict::Inconclusive => "A run may be started, and not everything could be looked at",
        Verdict::Fail => "A run would fail or do harm: its start is refused without a reason",
    };
    let tone = match verdict {
        Verdict::Pass => "card stack result pass",
        Verdict::Inconclusive => "card stack result ask",
        Verdict::Fail => "card stack result fail",
    };
    let server = report.facts.as_ref().map(|facts| {
        format!(
            "PostgreSQL {} · {} on {} as {}",
            facts.server_version, facts.database, facts.host, facts.user
        )
    });
    let outdated = page.looked.outdated.then(|| {
        view! {
            <p class="notice">"The runbook's file has changed since: look again."</p>
        }
    });
    view! {
        <section class=tone aria-label="Result">
            <p class="in-a-word">{Sign::from(verdict).with(word)}</p>
            <p>{capital(&report.sentence())}". "{report.prepared}" statements prepared by the server."</p>
            <p class="quiet small">
                "Looked at "{when::on(report.at)}" in "{duration::words(report.took_ms)}
                {server.map(|server| view! { " · "{server} })}
                " · version "<span class="mono">{report.sha256.chars().take(12).collect::<String>()}</span>
            </p>
            {outdated}
            {running(page)}
            {again(page, target, "Look again")}
        </section>
    }
    .into_any()
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn running(page: &PreflightPage) -> Option<AnyView> {
    let since = page.looked.since?;
    let address =
        page.target.as_ref().map(|target| format!("/runbooks/{}/preflight?target={target}", page.slug));
    Some(
        view! {
            <p class="notice" role="status">
                {Sign::NOW.with("Being looked at")}" for "{duration::words(page.now - since)}". "
                <a href=address>"Reload"</a>" to see whether it is done."
            </p>
        }
        .into_any(),
    )
}

fn again(page: &PreflightPage, target: &Id, label: &'static str) -> AnyView {
    let may = page.actor.may_somewhere(Permission::Operator);
    let why = (!may).then(|| {
        format!(
            "{} may not look anew: it starts programs, which takes the permission operator.",
            page.actor.name
        )
    });
    view! {
        <form method="post" action=format!("/runbooks/{}/preflight", page.slug)>
            <input type="hidden" name="target" value=target.to_string()/>
            <button type="submit" aria-disabled=why.is_some().then_some("true") aria-describedby=why.is_some().then_some("again-why")>{label}</button>
            {why.map(|why| view! { <p class="why" id="again-why">{why}</p> })}
        </form>
    }
    .into_any()
}
