//! The form that starts a run: target, parameters, pace.

use crate::api::Fields;
use crate::api::still::{RunbookPage, TargetChoice};
use crate::run::Permission;
use crate::runbook::{Id, Parameter, ParameterType};
use crate::ui::parts::environment::is_production;
use leptos::prelude::*;

/// Posts `command_id`, `target`, `pace`, `despite` and `param.<name>` to the page's own address.
pub fn start(page: &RunbookPage) -> AnyView {
    let may = page.actor.may_somewhere(Permission::Operator);
    let why =
        (!may).then(|| format!("{} may not start a run: it takes the permission operator.", page.actor.name));
    let why = why.or_else(|| page.targets.is_empty().then(|| "No target is configured.".to_owned()));
    let described = why.is_some().then_some("start-why");
    let only = page.targets.iter().filter(|target| target.busy.is_none()).count() == 1;
    let none = Fields::new();
    let sent = page.refused.as_ref().map_or(&none, |refused| &refused.fields);
    let by_itself = sent.get("pace").is_some_and(|pace| pace == "continue");
    let (sampled, asked): (Vec<_>, Vec<_>) =
        page.runbook.parameters.iter().partition(|(_, parameter)| parameter.sample.is_some());
    let fields = |of: Vec<(&Id, &Parameter)>| {
        of.into_iter().map(|(name, parameter)| field(name, parameter, sent)).collect_view()
    };
    let count = sampled.len();
    let open = sampled.iter().any(|(name, _)| sent.get(&given(name)).is_some_and(|text| !text.is_empty()));
    view! {
        <section class="card start" aria-labelledby="start-title">
            <h2 id="start-title">"Start a run"</h2>
            <form class="stack" method="post" action=format!("/runbooks/{}", page.runbook.slug)>
                <input type="hidden" name="command_id" value=uuid::Uuid::new_v4().simple().to_string()/>
                <fieldset>
                    <legend>"Target"</legend>
                    {page.targets.iter().map(|target| choice(target, only, sent)).collect_view()}
                </fieldset>
                <fieldset>
                    <legend>"Pace"</legend>
                    <label class="pick"><input type="radio" name="pace" value="step_by_step" checked=!by_itself/>
                        <span>"One step at a time"<small>"A person starts every step."</small></span></label>
                    <label class="pick"><input type="radio" name="pace" value="continue" checked=by_itself/>
                        <span>"On by itself"<small>"To the next gate, failure or inconclusive verdict."</small></span></label>
                </fieldset>
                {fields(asked)}
                {(count > 0).then(|| view! {
                    <details class="more" open=open>
                        <summary>"Values to query for ("{count}")"</summary>
                        <p class="quiet small">"Each is taken from the target when the run starts, unless it is given here."</p>
                        <div class="stack">{fields(sampled)}</div>
                    </details>
                })}
                {preflight(page, sent)}
                <button class="go" type="submit" aria-disabled=why.is_some().then_some("true") aria-describedby=described>"Start the run"</button>
                {why.map(|why| view! { <p class="why" id="start-why">{why}</p> })}
            </form>
        </section>
    }
    .into_any()
}

/// A start whose preflight fails is refused, except for a reason.
fn preflight(page: &RunbookPage, sent: &Fields) -> AnyView {
    let despite = sent.get("despite").cloned();
    let link = |target: &TargetChoice| {
        let href = format!("/runbooks/{}/preflight?target={}", page.runbook.slug, target.name);
        view! { <li><a href=href>"Preflight on "{target.name.to_string()}</a></li> }
    };
    view! {
        <fieldset class="stack">
            <legend>"Preflight"</legend>
            <ul class="links">{page.targets.iter().map(link).collect_view()}</ul>
            <label class="field">
                <span>"Start although it fails, because (optional)"</span>
                <input name="despite" value=despite maxlength="4000" autocomplete="off" aria-describedby="despite-hint"/>
            </label>
            <small class="quiet" id="despite-hint">"A start whose preflight fails is refused without a reason. The reason is kept with the run."</small>
        </fieldset>
    }
    .into_any()
}

/// A target that has a run already leads there instead.
fn choice(target: &TargetChoice, only: bool, sent: &Fields) -> AnyView {
    let busy = target.busy.clone();
    let production = is_production(&target.environment);
    let word = if production {
        format!("▲ {}", target.environment.to_uppercase())
    } else {
        target.environment.clone()
    };
    let free = busy.is_none();
    let chosen = sent.get("target").map_or(only, |sent| sent == target.name.as_str());
    view! {
        <label class="pick" class:production=production>
            <input type="radio" name="target" value=target.name.to_string() required disabled=!free checked=chosen && free/>
            <span>
                {target.name.to_string()}" "<strong>{word}</strong>
                {busy.map(|run| view! { <small>"has a live run: "<a href=format!("/runs/{run}")>{run.short().to_owned()}</a></small> })}
            </span>
        </label>
    }
    .into_any()
}

fn field(name: &Id, parameter: &Parameter, sent: &Fields) -> AnyView {
    let default = parameter.default.as_ref().map(ToString::to_string);
    let hint = match (&default, &parameter.sample) {
        (_, Some(_)) => String::new(),
        (Some(default), None) => format!("Empty: {default}."),
        (None, None) => String::new(),
    };
    let name = given(name);
    let value = sent.get(&name).cloned();
    let required = parameter.sample.is_none() && parameter.default.is_none();
    let kind = match parameter.kind {
        ParameterType::Integer | ParameterType::Number => "decimal",
        _ => "text",
    };
    view! {
        <label class="field">
            <span>{parameter.title.clone()}</span>
            <input name=name value=value placeholder=default.unwrap_or_default() inputmode=kind required=required autocomplete="off"/>
            {(!hint.is_empty()).then(|| view! { <small>{hint}</small> })}
        </label>
    }
    .into_any()
}

/// The form's field of a parameter.
fn given(name: &Id) -> String {
    format!("param.{name}")
}
