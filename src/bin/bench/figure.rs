//! A figure with its aim, and how figures are shown.

use serde::Serialize;
use std::time::Duration;

#[derive(Serialize)]
pub struct Figure {
    pub what: String,
    pub unit: &'static str,
    pub value: f64,
    /// What it should be: at most, or for rates at least.
    pub aim: Option<f64>,
    #[serde(skip)]
    more_is_better: bool,
}

impl Figure {
    pub fn new(what: impl Into<String>, unit: &'static str, value: f64) -> Self {
        Self { what: what.into(), unit, value, aim: None, more_is_better: false }
    }

    pub fn ms(what: impl Into<String>, value: Duration) -> Self {
        Self::new(what, "ms", value.as_secs_f64() * 1e3)
    }

    /// At most so much.
    pub fn aim(self, aim: f64) -> Self {
        Self { aim: Some(aim), ..self }
    }

    /// At least so much.
    pub fn aim_for(self, aim: f64) -> Self {
        Self { aim: Some(aim), more_is_better: true, ..self }
    }

    fn verdict(&self) -> &'static str {
        match self.aim {
            None => "",
            Some(aim) if (self.value >= aim) == self.more_is_better || self.value == aim => "met",
            Some(_) => "missed",
        }
    }
}

pub fn print_table(machine: &str, figures: &[Figure]) {
    println!("{machine}\n");
    println!("| what | figure | aim | |\n| --- | ---: | ---: | --- |");
    for figure in figures {
        let aim = figure.aim.map_or_else(String::new, |aim| format!("{} {}", shown(aim), figure.unit));
        println!(
            "| {} | {} {} | {aim} | {} |",
            figure.what,
            shown(figure.value),
            figure.unit,
            figure.verdict()
        );
    }
}

pub fn print_json(machine: &str, figures: &[Figure]) {
    println!("{}", serde_json::json!({ "machine": machine, "figures": figures }));
}

/// Three digits that count, as many as anybody can use.
fn shown(value: f64) -> String {
    let digits = match value.abs() {
        value if value < 10.0 => 2,
        value if value < 100.0 => 1,
        _ => 0,
    };
    let text = format!("{value:.digits$}");
    text.strip_suffix(&format!(".{}", "0".repeat(digits))).map_or(text.clone(), str::to_owned)
}

/// The value below which so many of a hundred lie.
pub fn percentile(values: &mut [Duration], of_hundred: usize) -> Duration {
    values.sort_unstable();
    let at = (values.len() * of_hundred).div_ceil(100).max(1) - 1;
    values[at.min(values.len() - 1)]
}

pub fn median(values: &mut [Duration]) -> Duration {
    percentile(values, 50)
}
