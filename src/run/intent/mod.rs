//! What a signature stands for: everything that decides what will run, as named lines, and where two such lists differ. Who reads
//! files and asks the target is `server::intent`.

mod of_run;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// What a line speaks of, in the order in which it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// The definition and the parameters of the run.
    Runbook,
    /// Which database it is.
    Target,
    /// Where the migration tool says that the database stands.
    Revision,
    /// What each step runs, as the runbook says it.
    Step,
    /// What is sent to the database, as written or as rendered by the migration tool.
    Sql,
    /// What the linter says of it.
    Lint,
    /// A file that the runbook's programs are made of, by its SHA-256.
    File,
    /// How long steps and ways back took in the rehearsal.
    Estimate,
    /// Answers, probes and results that the signer had on the screen.
    Evidence,
}

impl Part {
    pub const ALL: [Self; 9] = [
        Self::Runbook,
        Self::Target,
        Self::Revision,
        Self::Step,
        Self::Sql,
        Self::Lint,
        Self::File,
        Self::Estimate,
        Self::Evidence,
    ];

    pub fn word(self) -> &'static str {
        match self {
            Self::Runbook => "runbook",
            Self::Target => "target",
            Self::Revision => "revision",
            Self::Step => "step",
            Self::Sql => "SQL",
            Self::Lint => "lint",
            Self::File => "file",
            Self::Estimate => "estimate",
            Self::Evidence => "evidence",
        }
    }

    /// False for what the run itself moves once it has passed the gate: the change it makes is no breach of its own signatures.
    pub fn fixed(self) -> bool {
        !matches!(self, Self::Revision | Self::Estimate | Self::Evidence)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Line {
    pub part: Part,
    /// Unique within its part.
    pub name: String,
    /// What is bound. May have several lines of text.
    pub value: String,
    /// What was seen with it and may change without changing what it means, as the figures of a probe that passes again.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub seen: String,
}

impl Line {
    pub fn new(part: Part, name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { part, name: name.into(), value: value.into(), seen: String::new() }
    }
}

/// The whole of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Intent {
    lines: Vec<Line>,
}

/// One thing that is not as it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Difference {
    pub part: Part,
    pub name: String,
    /// Of a longer text only the lines that differ; none where it was not there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

impl Difference {
    /// In one line.
    pub fn sentence(&self) -> String {
        let (part, name) = (self.part.word(), &self.name);
        let file = self.part == Part::File;
        match (&self.before, &self.after) {
            (None, _) => format!("{part} {name} is new"),
            (_, None) => format!("{part} {name} is gone"),
            (Some(_), Some(_)) if file => format!("{part} {name} has other content"),
            (Some(before), Some(after)) if short(before) && short(after) => {
                format!("{part} {name} was \"{before}\" and is \"{after}\"")
            }
            _ => format!("{part} {name} has changed"),
        }
    }
}

fn short(text: &str) -> bool {
    text.len() <= 80 && !text.contains('\n')
}

impl Intent {
    /// In the order given. Of lines with the same name in the same part, the values stand below each other.
    pub fn new(lines: impl IntoIterator<Item = Line>) -> Self {
        let mut all: Vec<Line> = Vec::new();
        for line in lines {
            match all.iter_mut().find(|other| other.part == line.part && other.name == line.name) {
                Some(other) => {
                    other.value.push('\n');
                    other.value.push_str(&line.value);
                }
                None => all.push(line),
            }
        }
        Self { lines: all }
    }

    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    pub fn of(&self, part: Part) -> impl Iterator<Item = &Line> {
        self.lines.iter().filter(move |line| line.part == part)
    }

    /// One JSON array of part, name and value a line, sorted: two intents that differ in nothing have the same text.
    pub fn canonical(&self) -> String {
        let line = |((part, name), value): (&(Part, &str), &&str)| {
            serde_json::json!([part.word(), name, value]).to_string()
        };
        self.keyed().iter().map(line).collect::<Vec<_>>().join("\n")
    }

    /// SHA-256 of the canonical form, in hexadecimal.
    pub fn sha256(&self) -> String {
        Sha256::digest(self.canonical()).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// What is in `other` not as it is here, line by line.
    pub fn differences(&self, other: &Self) -> Vec<Difference> {
        let (before, after) = (self.keyed(), other.keyed());
        let mut keys: Vec<_> = before.keys().chain(after.keys()).copied().collect();
        keys.sort_unstable();
        keys.dedup();
        let differs = keys.into_iter().filter(|key| before.get(key) != after.get(key));
        differs
            .map(|key| {
                let (before, after) = match (before.get(&key), after.get(&key)) {
                    (Some(before), Some(after)) => {
                        let (before, after) = narrowed(before, after);
                        (Some(before), Some(after))
                    }
                    (before, after) => (before.map(ToString::to_string), after.map(ToString::to_string)),
                };
                Difference { part: key.0, name: key.1.to_owned(), before, after }
            })
            .collect()
    }

    fn keyed(&self) -> BTreeMap<(Part, &str), &str> {
        self.lines.iter().map(|line| ((line.part, line.name.as_str()), line.value.as_str())).collect()
    }
}

/// The lines between what two texts have in common at their beginnings and at their ends.
fn narrowed(before: &str, after: &str) -> (String, String) {
    let (before, after): (Vec<&str>, Vec<&str>) = (before.split('\n').collect(), after.split('\n').collect());
    let most = before.len().min(after.len());
    let head = before.iter().zip(&after).take_while(|(a, b)| a == b).count();
    let tails = before.iter().rev().zip(after.iter().rev());
    let tail = tails.take(most - head).take_while(|(a, b)| a == b).count();
    let middle = |lines: &[&str]| lines[head..lines.len() - tail].join("\n");
    (middle(&before), middle(&after))
}
