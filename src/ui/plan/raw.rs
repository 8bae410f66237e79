//! A plan as text or JSON, to read and to copy: by hand without scripts, by a button with them.

use leptos::html::Pre;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{HtmlDocument, HtmlPreElement};

/// The text is focusable, since it scrolls sideways.
#[component]
pub fn Raw(label: &'static str, text: String) -> impl IntoView {
    let pre = NodeRef::<Pre>::new();
    let scripts = RwSignal::new(false);
    let told = RwSignal::new("");
    Effect::new(move |_| scripts.set(true));
    let press = move |_| {
        if let Some(pre) = pre.get_untracked() {
            told.set(if copy(&pre).is_some() { "Copied." } else { "It is selected: copy it by Ctrl+C." });
        }
    };
    let button = move || {
        scripts.get().then(|| {
            view! {
                <button class="small" type="button" on:click=press>
                    "Copy"
                    <span class="unseen">": "{label}</span>
                </button>
            }
        })
    };
    view! {
        <details class="plan-raw">
            <summary>{label}</summary>
            <p class="plan-copy">{button} <span class="quiet" role="status">{move || told.get()}</span></p>
            <pre node_ref=pre tabindex="0" role="region" aria-label=label>{text}</pre>
        </details>
    }
}

/// By selection and `execCommand`: the newer Clipboard interface is there over HTTPS and on this machine only, and a
/// console may be reached otherwise.
fn copy(pre: &HtmlPreElement) -> Option<()> {
    let window = web_sys::window()?;
    window.get_selection().ok()??.select_all_children(pre).ok()?;
    let document: HtmlDocument = window.document()?.dyn_into().ok()?;
    document.exec_command("copy").ok()?.then_some(())
}
