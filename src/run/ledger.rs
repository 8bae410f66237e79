//! The ledger of claims: what the document promises beside what this run has measured. The two never mix: a promise that was not measured
//! says so, and what is measured comes from the recorded results of steps alone.

use super::RunState;
use super::reading::{Figure, IndexState, Reading, Unit};
use super::state::Attempt;
use crate::runbook::{Action, Better, Claim, Claimed, Faster, FigureOf, Given, Id, Leaves, Measure};
use crate::text::number::{grouped, rows};
use crate::text::{duration, size};
use serde::{Deserialize, Serialize};

/// A claim and what became of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Entry {
    pub id: Id,
    /// The document's words, and where they stand in it.
    pub text: String,
    pub source: String,
    /// The promise in numbers; empty where there is none.
    pub claimed: String,
    /// What was measured in this run, or why nothing was.
    pub measured: String,
    /// How it was measured, a line each.
    pub details: Vec<String>,
    pub standing: Standing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    Holds,
    /// For some of what was measured.
    Partly,
    DoesNotHold,
    /// Measured, and about something else than the claim; or nothing was claimed.
    NotCompared,
    NotYetMeasured,
    CannotBeMeasured,
}

impl Standing {
    pub fn word(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Partly => "holds in part",
            Self::DoesNotHold => "does not hold",
            Self::NotCompared => "not compared",
            Self::NotYetMeasured => "not measured yet",
            Self::CannotBeMeasured => "cannot be measured here",
        }
    }
}

/// What was measured for one claim.
struct Measured {
    unit: Unit,
    values: Vec<f64>,
    details: Vec<String>,
}

impl RunState {
    /// Every claim of the runbook, in its order.
    pub fn ledger(&self) -> Vec<Entry> {
        self.runbook.claims.iter().map(|claim| self.entry(claim)).collect()
    }

    fn entry(&self, claim: &Claim) -> Entry {
        let unit = self.unit(&claim.measure);
        let claimed = claim.claimed.map(|claimed| range(claimed.at_least, claimed.at_most, unit));
        let entry = |measured: String, details, standing| Entry {
            id: claim.id.clone(),
            text: claim.text.clone(),
            source: claim.source.clone(),
            claimed: claimed.unwrap_or_default(),
            measured,
            details,
            standing,
        };
        if let Measure::Cannot(why) = &claim.measure {
            return entry(why.clone(), Vec::new(), Standing::CannotBeMeasured);
        }
        let Some(measured) = self.measured(&claim.measure) else {
            return entry(self.lacks(&claim.measure), Vec::new(), Standing::NotYetMeasured);
        };
        let least = measured.values.iter().copied().fold(f64::INFINITY, f64::min);
        let most = measured.values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let told = range(least, most, measured.unit);
        let (told, standing) = match (self.not_given(claim.given.as_ref()), &claim.claimed) {
            (Some(why), _) => (format!("{told}, {why}"), Standing::NotCompared),
            (None, None) => (told, Standing::NotCompared),
            (None, Some(claimed)) => (told, standing(claimed, &measured.values)),
        };
        entry(told, measured.details, standing)
    }

    fn unit(&self, measure: &Measure) -> Unit {
        match measure {
            Measure::Faster(_) | Measure::Cannot(_) => Unit::Percent,
            Measure::IndexBytes(_) => Unit::Bytes,
            Measure::Figure(figure) => self.figure(figure).map_or(figure_unit(figure), |figure| figure.unit),
        }
    }

    fn measured(&self, measure: &Measure) -> Option<Measured> {
        match measure {
            Measure::Faster(faster) => self.faster(faster),
            Measure::IndexBytes(of) => self.index_bytes(of.table.as_deref()),
            Measure::Figure(of) => {
                let figure = self.figure(of)?;
                let details = vec![format!("measured by \"{}\"", self.title(&of.step))];
                Some(Measured { unit: figure.unit, values: vec![figure.value], details })
            }
            Measure::Cannot(_) => None,
        }
    }

    fn faster(&self, faster: &Faster) -> Option<Measured> {
        let (mut values, mut details) = (Vec::new(), Vec::new());
        for query in &faster.queries {
            let of = |step: &Id, what: &str| {
                self.figure(&FigureOf { step: step.clone(), name: format!("{query}.{what}") })
                    .map(|f| f.value)
            };
            let (before, after) = (of(&faster.before, "ms")?, of(&faster.after, "ms")?);
            let saved = if before > 0.0 { 100.0 * (1.0 - after / before) } else { 0.0 };
            let pages = of(&faster.before, "pages").zip(of(&faster.after, "pages"));
            let pages = pages.map(|(before, after)| format!(", {} to {} pages", rows(before), rows(after)));
            let title = self.query_title(&faster.after, query);
            let (before, after) = (duration::exact(before), duration::exact(after));
            details.push(format!(
                "{title}: {before} to {after}, {:.0} % {}{}",
                saved.abs(),
                if saved < 0.0 { "more" } else { "less" },
                pages.unwrap_or_default()
            ));
            values.push(saved);
        }
        (!values.is_empty()).then_some(Measured { unit: Unit::Percent, values, details })
    }

    /// As the database says now, once the change was made.
    fn index_bytes(&self, table: Option<&str>) -> Option<Measured> {
        let Some(Reading::Says(says)) = &self.database else { return None };
        let of = says.indexes.iter().filter(|index| table.is_none_or(|table| index.table == table));
        let there: Vec<i64> =
            of.filter(|index| index.state == IndexState::Ok).filter_map(|i| i.bytes).collect();
        let details = vec![format!("{} indexes, as the database says", there.len())];
        let bytes = there.iter().sum::<i64>() as f64;
        let built = self.aim() == Leaves::Applied && !there.is_empty();
        built.then(|| Measured { unit: Unit::Bytes, values: vec![bytes], details })
    }

    /// A figure that the last attempt of a step has left.
    fn figure(&self, of: &FigureOf) -> Option<&Figure> {
        let good = |attempt: &&Attempt| attempt.step == of.step && attempt.judged.is_some();
        let attempt = self.attempts.iter().rev().find(good)?;
        attempt.judged.as_ref()?.shown.figures.iter().find(|figure| figure.name == of.name)
    }

    /// Why claim and measurement are about different things.
    fn not_given(&self, given: Option<&Given>) -> Option<String> {
        let given = given?;
        match self.figure(&given.figure) {
            None => Some(format!("but claimed for {}, and nobody counted here", given.about)),
            Some(here) if here.value < given.at_least || here.value > given.at_most => {
                Some(format!("but claimed for {}; here it is {}", given.about, told(here.value, here.unit)))
            }
            Some(_) => None,
        }
    }

    fn lacks(&self, measure: &Measure) -> String {
        let open = measure.steps().into_iter().find(|step| {
            !self.attempts.iter().any(|attempt| attempt.step == **step && attempt.judged.is_some())
        });
        match open {
            Some(step) => format!("not measured yet: \"{}\" does it", self.title(step)),
            None => "not measured: the step left no such figure".to_owned(),
        }
    }

    fn title(&self, step: &Id) -> &str {
        self.runbook.step(step).map_or("", |(_, step)| &step.title)
    }

    fn query_title(&self, step: &Id, query: &Id) -> String {
        let Some(Action::Explain(explain)) = self.runbook.step(step).map(|(_, step)| &step.run) else {
            return query.to_string();
        };
        let found = explain.queries.iter().find(|known| known.id == *query);
        found.map_or_else(|| query.to_string(), |query| query.title.clone())
    }
}

/// What a figure is counted in before it is there.
fn figure_unit(figure: &FigureOf) -> Unit {
    match figure.name.rsplit('.').next() {
        Some("ms") => Unit::Ms,
        Some("bytes") => Unit::Bytes,
        Some("percent") => Unit::Percent,
        _ => Unit::Count,
    }
}

fn standing(claimed: &Claimed, values: &[f64]) -> Standing {
    let holds = |value: &&f64| {
        let enough = **value >= claimed.at_least || claimed.better == Some(Better::Less);
        let little = **value <= claimed.at_most || claimed.better == Some(Better::More);
        enough && little
    };
    match values.iter().filter(holds).count() {
        0 => Standing::DoesNotHold,
        all if all == values.len() => Standing::Holds,
        _ => Standing::Partly,
    }
}

fn range(least: f64, most: f64, unit: Unit) -> String {
    let (from, to) = (told(least, unit), told(most, unit));
    if from == to { from } else { format!("{from} to {to}") }
}

/// A value with its unit, as people read it.
pub fn told(value: f64, unit: Unit) -> String {
    match unit {
        Unit::Percent => format!("{value:.0} %"),
        Unit::Bytes => size::bytes(value.max(0.0) as u64),
        Unit::Ms => duration::exact(value),
        Unit::Count => grouped(value.max(0.0) as u64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::event::Known;
    use crate::run::reading::{Outcome, StepFindings, Verdict};
    use crate::run::tests::{events_of, id};

    const RUNBOOK: &str = r#"{
      "slug": "small", "title": "Small", "summary": "",
      "phases": [{"id": "verify", "title": "Verify", "kind": "verify", "steps": [
        {"id": "before", "title": "Before", "timeout": "1m", "run": {"explain": {"queries_of": "after"}}},
        {"id": "after", "title": "After", "timeout": "1m", "run": {"explain": {"baseline": "before", "queries": [
          {"id": "q", "title": "A query", "sql": "SELECT 1"}, {"id": "r", "title": "Another", "sql": "SELECT 2"}]}}},
        {"id": "copy", "title": "On a copy", "timeout": "1m", "run": {"command": {"argv": ["true"]}}}]}],
      "claims": [
        {"id": "faster", "text": "60-80% faster", "source": "p. 1", "claimed": {"at_least": 60, "at_most": 80, "better": "more"},
         "measure": {"faster": {"before": "before", "after": "after", "queries": ["q", "r"]}}},
        {"id": "writes", "text": "+2-4%", "source": "p. 2", "claimed": {"at_least": 2, "at_most": 4, "better": "less"},
         "measure": {"figure": {"step": "copy", "name": "insert.percent"}},
         "given": {"figure": {"step": "copy", "name": "rows"}, "at_least": 90, "at_most": 110, "about": "100 rows"}},
        {"id": "load", "text": "40% more", "source": "p. 3", "measure": {"cannot": "Nobody makes load."}}
      ]
    }"#;

    fn left(step: &str, figures: &[(&str, f64, Unit)]) -> Vec<Known> {
        let (step, attempt) = (id(step), 1);
        let figure = |(name, value, unit): &(&str, f64, Unit)| Figure {
            name: (*name).to_owned(),
            value: *value,
            unit: *unit,
        };
        let shown = StepFindings { figures: figures.iter().map(figure).collect(), ..StepFindings::default() };
        let outcome = Outcome::Exited { code: 0 };
        let (duration_ms, log_bytes, lost_bytes) = (5, 0, 0);
        let (verdict, reason) = (Verdict::Pass, String::new());
        vec![
            Known::AttemptQueued { step: step.clone(), attempt, reason: String::new() },
            Known::AttemptEnded {
                step: step.clone(),
                attempt,
                outcome,
                duration_ms,
                log_bytes,
                lost_bytes,
                files: None,
            },
            Known::AttemptJudged { step, attempt, verdict, reason, shown, database: None },
        ]
    }

    fn ledger(known: Vec<Known>) -> Vec<(String, String, Standing)> {
        let state = RunState::fold(&events_of(RUNBOOK, known)).unwrap();
        state.ledger().into_iter().map(|entry| (entry.claimed, entry.measured, entry.standing)).collect()
    }

    fn line(claimed: &str, measured: &str, standing: Standing) -> (String, String, Standing) {
        (claimed.to_owned(), measured.to_owned(), standing)
    }

    #[test]
    fn what_was_not_measured_says_so() {
        let pending = Standing::NotYetMeasured;
        let expected = [
            line("60 % to 80 %", "not measured yet: \"Before\" does it", pending),
            line("2 % to 4 %", "not measured yet: \"On a copy\" does it", pending),
            line("", "Nobody makes load.", Standing::CannotBeMeasured),
        ];
        assert_eq!(ledger(Vec::new()), expected);
    }

    #[test]
    fn what_was_measured_stands_beside_what_is_claimed() {
        let before = left("before", &[("q.ms", 10.0, Unit::Ms), ("r.ms", 10.0, Unit::Ms)]);
        let after = left("after", &[("q.ms", 0.5, Unit::Ms), ("r.ms", 9.0, Unit::Ms)]);
        let copy = left("copy", &[("insert.percent", 129.4, Unit::Percent), ("rows", 100.0, Unit::Count)]);
        let entries = ledger([before, after, copy].concat());
        assert_eq!(entries[0], line("60 % to 80 %", "10 % to 95 %", Standing::Partly));
        assert_eq!(entries[1], line("2 % to 4 %", "129 %", Standing::DoesNotHold));
    }

    #[test]
    fn a_claim_about_something_else_is_not_compared() {
        let copy = left("copy", &[("insert.percent", 3.0, Unit::Percent), ("rows", 10.0, Unit::Count)]);
        let told = "3 %, but claimed for 100 rows; here it is 10";
        assert_eq!(ledger(copy)[1], line("2 % to 4 %", told, Standing::NotCompared));
    }
}
