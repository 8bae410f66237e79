//! One line of the page: what it is, a drawing, and the words that say the same. And what stands there where nothing can be seen.

use crate::aftercare::judge::Judged;
use crate::ui::parts::Sign;
use leptos::prelude::*;

pub fn figure(
    of: String,
    detail: Option<String>,
    drawing: Option<AnyView>,
    judged: Vec<(&'static str, Judged)>,
) -> AnyView {
    let said = judged.into_iter().map(|(label, (level, said))| {
        let label = (!label.is_empty()).then(|| view! { <span class="label">{label}</span>" " });
        view! { <li>{Sign::from(level).mark()}<span class="unseen">{level.word()}": "</span><span>{label}{said}</span></li> }
    });
    view! {
        <li class="figure">
            <div class="of"><p class="mono">{of}</p>{detail.map(|detail| view! { <p class="quiet small">{detail}</p> })}</div>
            <div class="drawn">{drawing}</div>
            <ul class="said">{said.collect_view()}</ul>
        </li>
    }
    .into_any()
}

/// What this role cannot see, and what would change that.
pub fn cannot_see(why: &str, remedy: &str) -> AnyView {
    let remedy = (!remedy.is_empty()).then(|| view! { <pre class="cmd">{remedy.to_owned()}</pre> });
    view! {
        <div class="notice stack">
            <p><strong>"Cannot see. "</strong>{why.to_owned()}</p>
            {remedy}
        </div>
    }
    .into_any()
}
