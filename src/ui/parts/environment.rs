//! The environment of a target as a badge. Production is told by word and shape, not only by colour.

pub use crate::run::reading::is_production;
use leptos::prelude::*;

pub fn environment(word: &str) -> AnyView {
    if is_production(word) {
        let word = word.to_uppercase();
        view! { <strong class="environment production"><span aria-hidden="true">"▲ "</span>{word}</strong> }
            .into_any()
    } else {
        view! { <strong class="environment">{word.to_owned()}</strong> }.into_any()
    }
}
