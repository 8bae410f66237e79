//! The databases that runs can be about, asked at this moment.

use super::awaited;
use crate::api::still::{TargetCard, TargetsPage as Data, read_targets};
use crate::run::capability::{Capability, CapabilityLine};
use crate::ui::parts::{Sign, environment, masthead};
use crate::verdict::Verdict;
use leptos::prelude::*;
use leptos_meta::Title;

/// `/targets`
#[component]
pub fn TargetsPage() -> impl IntoView {
    view! {
        <Title text="Targets"/>
        {awaited(read_targets(), shown)}
    }
}

fn shown(page: &Data) -> AnyView {
    let none = page.targets.is_empty().then(|| view! {
        <p>"No target is configured. Name one in the targets file, or as "<code>"KNEEBOARD_TARGET_NAME=postgres://…"</code>"."</p>
    });
    view! {
        {masthead(&page.actor)}
        <main class="page" id="main">
            <h1>"Targets"</h1>
            <p class="quiet">"Asked when this page was made. Reload to ask again. Who is told what happens to them: "<a href="/notifications">"Notifications"</a>"."</p>
            {none}
            {page.targets.iter().map(card).collect_view()}
        </main>
    }
    .into_any()
}

fn card(target: &TargetCard) -> AnyView {
    let body = match &target.answer {
        Ok(capability) => answered(capability),
        Err(error) => view! {
            <p>{Sign::from(Verdict::Fail).with("does not answer")}</p>
            <pre>{error.clone()}</pre>
        }
        .into_any(),
    };
    view! {
        <section class="card stack" aria-label=target.name.to_string()>
            <header class="row">
                <h2>{target.name.to_string()}</h2>
                {environment::environment(&target.environment)}
                <code class="quiet">{target.place.clone()}</code>
            </header>
            {body}
        </section>
    }
    .into_any()
}

fn answered(capability: &Capability) -> AnyView {
    let facts = &capability.facts;
    let line = |line: &CapabilityLine| {
        view! {
            <li>
                {Sign::from(line.verdict).mark()}
                <div>
                    <p><b>{line.subject.clone()}</b><span class="unseen">" ("{line.verdict.word()}")"</span>": "{line.says.clone()}</p>
                    {line.remedy.clone().map(|remedy| view! { <pre class="cmd">{remedy}</pre> })}
                </div>
            </li>
        }
    };
    view! {
        <p>{Sign::from(Verdict::Pass).with("answers")}" · PostgreSQL "{facts.server_version.clone()}" as "{facts.user.clone()}</p>
        <ul class="findings">{capability.lines.iter().map(line).collect_view()}</ul>
    }
    .into_any()
}
