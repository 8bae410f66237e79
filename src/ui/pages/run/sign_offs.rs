//! The signatures under a phase: who must sign, who did, and the controls for it.

use crate::run::Command;
use crate::run::state::SignOff;
use crate::run::view::Wanted;
use crate::runbook::{Id, Phase};
use crate::ui::parts::{Ask, Field, Seen, Sign, delegate, intent, moved, passed_on, when};
use crate::verdict::Verdict;
use leptos::prelude::*;

pub fn sign_offs(seen: &Seen<'_>, phase: &Phase) -> Option<AnyView> {
    let gate = phase.gate.as_ref()?;
    let state = seen.state;
    let lacks = state.gate_lacks(phase);
    let rules = state.wanted(phase).into_iter().map(|wanted| rule(seen, phase, &wanted));
    let fallen = state.sign_offs.iter().filter(|s| s.phase == phase.id && (s.void.is_some() || !s.given));
    let fell = state.moved.get(&phase.id).filter(|_| !state.signed(phase));
    let resolved = state.intents.get(&phase.id);
    let (sign, word) = if state.gate_open(phase) {
        (Sign::from(Verdict::Pass), "The gate is open".to_owned())
    } else {
        (Sign::WAITING, format!("The gate is closed: {lacks}"))
    };
    let view = view! {
        <section class="card sign-offs" id="sign-offs" aria-labelledby="sign-offs-title">
            <h2 id="sign-offs-title">{phase.title.clone()}": sign-off"</h2>
            <blockquote>{gate.statement.clone()}</blockquote>
            {fell.map(moved)}
            <p>{sign.with(word)}</p>
            <ul>{rules.collect_view()}</ul>
            {resolved.map(intent)}
            <p class="small"><a href=format!("/sign/{}", state.run)>"This decision on a page of its own"</a>", for a phone"</p>
            {history(fallen.collect())}
        </section>
    };
    Some(view.into_any())
}

fn rule(seen: &Seen<'_>, phase: &Phase, wanted: &Wanted<'_>) -> AnyView {
    let (rule, given) = (wanted.rule, wanted.given.len());
    let enough = given >= usize::from(rule.people);
    let sign = if enough { Sign::from(Verdict::Pass) } else { Sign::WAITING };
    let count = if rule.people > 1 { format!(" ({given} of {})", rule.people) } else { String::new() };
    let given = wanted.given.iter().map(|given| line(seen, given, phase));
    let controls = (!enough && seen.state.ended.is_none()).then(|| controls(seen, phase, &rule.role));
    view! {
        <li>
            <p>{sign.mark()}" "<b>{rule.role.to_string()}</b>{count}</p>
            {given.collect_view()}
            {passed_on(seen, &rule.role)}
            {controls}
        </li>
    }
    .into_any()
}

fn line(seen: &Seen<'_>, signed: &SignOff, phase: &Phase) -> AnyView {
    let until = seen.state.good_until(signed);
    let own = signed.is_of(&seen.actor.name) && seen.state.ended.is_none();
    let withdraw = || {
        let command = withdraw(phase, &signed.role);
        let ask = Ask::new(command, "Withdraw").look("small").field(Field::optional("note", "Note"));
        ask.folded("Withdraw…", seen)
    };
    view! {
        <p class="answer">
            "signed · "{signed.signer()}" "{when::at(signed.by.at)}
            {until.map(|until| view! { ", good until "{when::on(until)} })}
            {(!signed.note.is_empty()).then(|| view! { <span class="note">{signed.note.clone()}</span> })}
        </p>
        {own.then(withdraw)}
    }
    .into_any()
}

fn controls(seen: &Seen<'_>, phase: &Phase, role: &Id) -> AnyView {
    let (phase_id, role_id) = (phase.id.clone(), role.clone());
    let sign = Command::SignOff { phase: phase_id.clone(), role: role_id.clone(), note: "…".to_owned() };
    let refuse = Command::RefuseSignOff { phase: phase_id, role: role_id, note: "…".to_owned() };
    let own_refusal = seen.state.refused(&phase.id).is_some_and(|refusal| refusal.by.who == seen.actor.name);
    let sign = Ask::new(sign, format!("Sign as {role}")).look("go").field(Field::optional("note", "Note"));
    let second = if own_refusal {
        Ask::new(withdraw(phase, role), "Take the refusal back").look("small").folded("You refused…", seen)
    } else {
        let field = Field::required("note", "Why you refuse");
        Ask::new(refuse, "Refuse to sign").look("small").field(field).folded("Refuse…", seen)
    };
    view! { {sign.view(seen)}{second}{delegate(seen, role)} }.into_any()
}

fn withdraw(phase: &Phase, role: &Id) -> Command {
    Command::WithdrawSignOff { phase: phase.id.clone(), role: role.clone(), note: String::new() }
}

/// Refusals, and signatures that no longer count.
fn history(fallen: Vec<&SignOff>) -> Option<AnyView> {
    let line = |s: &&SignOff| {
        let word = if s.given { "signed" } else { "refused" };
        let why = s.void.clone().map(|why| format!("no longer counts: {why}"));
        let sign = if s.void.is_some() { Sign::WAITING } else { Sign::from(Verdict::Fail) };
        view! {
            <li class="answer">
                {sign.mark()}" "{word}" as "{s.role.to_string()}" · "{s.signer()}" "{when::at(s.by.at)}
                <span class="note">{s.note.clone()}" "{why}</span>
            </li>
        }
    };
    (!fallen.is_empty())
        .then(|| view! { <ul class="fallen">{fallen.iter().map(line).collect_view()}</ul> }.into_any())
}
