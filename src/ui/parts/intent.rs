//! What a signature stands for, part by part, and what is no longer as it was signed.

use super::{Sign, when};
use crate::run::intent::{Difference, Line, Part};
use crate::run::state::{Moved, Resolved};
use crate::verdict::Verdict;
use leptos::prelude::*;

/// So much of a hash tells two apart at a glance; the whole is in the events.
const SHOWN: usize = 12;

/// Folded: the page around it says the same in words.
pub fn intent(resolved: &Resolved) -> AnyView {
    let parts = Part::ALL.into_iter().filter_map(|part| {
        let lines: Vec<&Line> = resolved.intent.of(part).collect();
        (!lines.is_empty()).then(|| of_part(part, &lines))
    });
    view! {
        <details class="more intent">
            <summary>"What exactly is signed"</summary>
            <p class="quiet small">"Looked at "{when::at_utc(resolved.at)}", SHA-256 "<span class="mono">{head(&resolved.sha256)}</span>". It is looked at again before anything behind the signatures is started; if a line differs, they are void."</p>
            {parts.collect_view()}
        </details>
    }
    .into_any()
}

fn of_part(part: Part, lines: &[&Line]) -> AnyView {
    let line = |line: &&Line| {
        let value = match part {
            Part::File => view! { <span class="mono">{head(&line.value)}</span> }.into_any(),
            Part::Sql => view! { <pre tabindex="0">{line.value.clone()}</pre> }.into_any(),
            Part::Step => view! { <code>{line.value.clone()}</code> }.into_any(),
            _ => view! { <span>{line.value.clone()}</span> }.into_any(),
        };
        let seen =
            (!line.seen.is_empty()).then(|| view! { <small class="quiet">{line.seen.clone()}</small> });
        view! { <div><dt>{line.name.clone()}</dt><dd>{value}{seen}</dd></div> }
    };
    let count = lines.len();
    // Few lines are read, many are looked up.
    let open = count <= 8 && !matches!(part, Part::Sql | Part::File);
    view! {
        <details open=open>
            <summary>{part.word()}" "<span class="quiet">{count}</span></summary>
            <dl>{lines.iter().map(line).collect_view()}</dl>
        </details>
    }
    .into_any()
}

/// Why signatures fell, line by line.
pub fn moved(moved: &Moved) -> AnyView {
    let differences = moved.differences.iter().map(difference).collect_view();
    let reason = moved.differences.is_empty().then(|| view! { <p>{moved.reason.clone()}</p> });
    view! {
        <div class="notice moved" role="status">
            <p>{Sign::from(Verdict::Inconclusive).mark()}" "<strong>"What was signed has moved"</strong>" "{when::at_utc(moved.at)}". The signatures are void: look, and sign again."</p>
            {reason}
            <ul>{differences}</ul>
        </div>
    }
    .into_any()
}

fn difference(difference: &Difference) -> AnyView {
    let hash = difference.part == Part::File;
    let shown = |text: &String| if hash { head(text) } else { text.clone() };
    let before = difference.before.as_ref().map(shown).unwrap_or_else(|| "not there".to_owned());
    let after = difference.after.as_ref().map(shown).unwrap_or_else(|| "gone".to_owned());
    view! {
        <li>
            <b>{difference.part.word()}" "{difference.name.clone()}</b>
            <span class="then"><span class="quiet">"signed "</span><del>{before}</del></span>
            <span class="then"><span class="quiet">"now "</span><ins>{after}</ins></span>
        </li>
    }
    .into_any()
}

fn head(hash: &str) -> String {
    hash.chars().take(SHOWN).collect()
}
