//! Points in time. The text is UTC: operators of one night may sit in different zones. Where scripts run, the viewer's own time stands
//! before it (`public/zone.js`).

use crate::run::Ms;
use crate::text::clock;
use leptos::prelude::*;

/// The time of day; the whole date stands in the title.
pub fn at(ms: Ms) -> AnyView {
    view! { <time datetime=clock::iso(ms) title=clock::date_and_time(ms)>{clock::time_of_day(ms)}</time> }
        .into_any()
}

/// The same in the middle of a sentence, with its zone.
pub fn at_utc(ms: Ms) -> AnyView {
    view! { <time datetime=clock::iso(ms) title=clock::date_and_time(ms)>{clock::time_utc(ms)}</time> }
        .into_any()
}

/// Date and time, for what may be long ago.
pub fn on(ms: Ms) -> AnyView {
    view! { <time datetime=clock::iso(ms)>{clock::date_and_time(ms)}</time> }.into_any()
}
