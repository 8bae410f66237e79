//! What is wrong, not known, or has a price: the worst first.

use crate::preflight::{Remark, Report, Weight};
use crate::ui::parts::Sign;
use leptos::prelude::*;

pub fn remarks(report: &Report) -> AnyView {
    let groups = Weight::ALL.into_iter().map(|weight| {
        let of_weight: Vec<&Remark> =
            report.remarks.iter().filter(|remark| remark.weight == weight).collect();
        (!of_weight.is_empty()).then(|| group(weight, &of_weight))
    });
    view! { {groups.collect_view()} }.into_any()
}

fn group(weight: Weight, remarks: &[&Remark]) -> AnyView {
    let (id, title) = match weight {
        Weight::Fail => ("fails", "Would fail or do harm"),
        Weight::Unknown => ("unknown", "Could not be looked at"),
        Weight::Warn => ("warnings", "Works, at a price"),
    };
    view! {
        <section aria-labelledby=id>
            <h2 id=id>{title}" "<span class="quiet">{remarks.len()}</span></h2>
            <ul class="remarks">{remarks.iter().map(|remark| line(remark)).collect_view()}</ul>
        </section>
    }
    .into_any()
}

fn line(remark: &Remark) -> AnyView {
    let place = &remark.place;
    view! {
        <li class="card">
            {Sign::from(remark.weight).mark()}
            <div>
                <p class="about"><span class="unseen">{remark.weight.word()}": "</span><code>{remark.subject.clone()}</code></p>
                <p>{remark.reason.clone()}</p>
                {remark.remedy.clone().map(|remedy| view! { <p class="remedy"><b>"Instead: "</b>{remedy}</p> })}
                <p class="quiet small">
                    <span class="mono">{format!("{}:{}", place.file, place.line)}</span>" · "{place.part.clone()}" · "<span class="mono">{remark.rule.clone()}</span>
                </p>
            </div>
        </li>
    }
    .into_any()
}
