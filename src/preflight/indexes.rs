//! Rules on new indexes that only the target's catalogue and the runbook's own expectations can answer: names that are taken, definitions
//! that drifted, indexes that others make superfluous.

use super::catalogue::{Catalogue, Existing};
use super::index::{Index, Likeness};
use super::name::Name;
use super::report::{Place, Remark, Weight};
use crate::runbook::ExpectedIndex;

/// An index that a step is to make.
#[derive(Clone, Copy, Debug)]
pub struct New<'a> {
    pub index: &'a Index,
    pub place: &'a Place,
}

impl New<'_> {
    /// An index lives in the schema of its table.
    fn name(&self, catalogue: &Catalogue) -> Option<Name> {
        let name = self.index.name.as_ref()?;
        Some(Name { schema: catalogue.table(&self.index.table).schema, name: name.name.clone() })
    }

    fn shown(&self) -> String {
        self.index
            .name
            .as_ref()
            .map_or_else(|| format!("the index on {}", self.index.table.shown()), |name| name.name.clone())
    }

    fn remark(&self, weight: Weight, rule: &str, reason: impl Into<String>) -> Remark {
        Remark::new(weight, rule, self.place, self.shown(), reason)
    }
}

pub fn remarks(new: &[New<'_>], catalogue: &Catalogue) -> Vec<Remark> {
    let mut found: Vec<Remark> = new.iter().filter_map(|new| name_taken(new, catalogue)).collect();
    found.extend(new.iter().filter_map(|one| superfluous(one, new, catalogue)));
    found
}

fn name_taken(new: &New<'_>, catalogue: &Catalogue) -> Option<Remark> {
    let name = new.name(catalogue)?;
    if let Some(taken) = catalogue.taken.iter().find(|taken| name.meets(&taken.name)) {
        let reason = format!("The name belongs to a {} of this schema.", taken.kind);
        return Some(
            new.remark(Weight::Fail, "name-collision", reason)
                .remedy("Choose another name, or rename what has it."),
        );
    }
    let there = catalogue.index(&name)?;
    if there.building {
        let reason = "Some session is building it right now.";
        return Some(
            new.remark(Weight::Fail, "name-collision", reason).remedy("Wait for that build, or cancel it."),
        );
    }
    match there.index.as_ref().map(|index| index.like(new.index)) {
        Some(Likeness::Same) if there.whole => {
            let reason = "It is there already, valid and with this definition: the statement as it stands would fail, or do nothing.";
            Some(new.remark(Weight::Warn, "index-there-already", reason))
        }
        Some(Likeness::Same) => Some(invalid(new, there)),
        Some(Likeness::Unsure) => {
            let reason = format!(
                "The name is taken by an index whose expressions read differently: {}",
                there.definition
            );
            Some(new.remark(Weight::Unknown, "definition-drift", reason))
        }
        Some(Likeness::Different) | None => {
            let reason = format!("The name is taken by another index: {}", there.definition);
            let remark = new.remark(Weight::Fail, "definition-drift", reason);
            Some(remark.remedy("Find out who made it. Rename or drop it, or give the new one another name."))
        }
    }
}

fn invalid(new: &New<'_>, there: &Existing) -> Remark {
    let (rule, reason) = if new.index.if_not_exists {
        (
            "if-not-exists-over-invalid",
            "It is there and INVALID, and IF NOT EXISTS would pass over it: it costs every write and serves no query.",
        )
    } else {
        (
            "invalid-index-in-the-way",
            "It is there and INVALID, left by a build that was stopped: the name is taken.",
        )
    };
    let name = there.name.schema.as_ref().map_or_else(
        || quoted(&there.name.name),
        |schema| format!("{}.{}", quoted(schema), quoted(&there.name.name)),
    );
    new.remark(Weight::Fail, rule, reason).remedy(format!("DROP INDEX CONCURRENTLY {name};"))
}

fn quoted(name: &str) -> String {
    let plain = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if plain { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}

/// Another index of the same table serves every query that this one could.
fn superfluous(one: &New<'_>, new: &[New<'_>], catalogue: &Catalogue) -> Option<Remark> {
    let table = catalogue.table(&one.index.table);
    let own = one.name(catalogue);
    let there = catalogue.indexes.iter().filter(|existing| existing.whole && table.meets(&existing.table));
    let there = there.filter(|existing| own.as_ref() != Some(&existing.name));
    let there =
        there.filter_map(|existing| Some((existing.name.name.clone(), existing.index.as_ref()?, true)));
    let beside =
        new.iter().filter(|other| !std::ptr::eq(other.index, one.index) && other.name(catalogue) != own);
    let beside = beside.filter(|other| catalogue.table(&other.index.table).meets(&table));
    let beside = beside.map(|other| (other.shown(), other.index, false));
    there.chain(beside).find_map(|(name, other, exists)| {
        let (rule, reason) = why_superfluous(one.index, other, &name, exists)?;
        Some(
            one.remark(Weight::Warn, rule, reason).remedy(
                "Leave it out: it costs every write. Keep it only where it is measured to be needed.",
            ),
        )
    })
}

fn why_superfluous(one: &Index, other: &Index, name: &str, exists: bool) -> Option<(&'static str, String)> {
    let keys = one.keys.join(", ");
    if one.unique || (other.predicate.is_some() && other.predicate != one.predicate) {
        return None;
    }
    if other.unique && one.keys == other.keys {
        return Some(("duplicate-of-unique", format!("{name}, which is UNIQUE, finds ({keys}) already.")));
    }
    if one.method != "btree" || other.method != "btree" {
        let twin = one.method == other.method && one.keys == other.keys && exists;
        return twin.then(|| ("duplicate-index", format!("{name} is the same index under another name.")));
    }
    let covers = other.keys.starts_with(&one.keys)
        && one.includes.iter().all(|column| other.keys.contains(column) || other.includes.contains(column));
    match (covers, other.keys.len() > one.keys.len()) {
        (true, true) => Some((
            "redundant-left-prefix",
            format!(
                "({keys}) is the left part of {name} ({}), which serves the same queries.",
                other.keys.join(", ")
            ),
        )),
        (true, false) if exists => Some(("duplicate-index", format!("{name} has the same columns already."))),
        _ => None,
    }
}

/// What the steps make against what the runbook says will be there.
pub fn against_expected(
    new: &[New<'_>],
    expected: &[ExpectedIndex],
    place: impl Fn(usize) -> Place,
) -> Vec<Remark> {
    if new.is_empty() || expected.is_empty() {
        return Vec::new();
    }
    let made =
        |name: &str| new.iter().find(|new| new.index.name.as_ref().is_some_and(|made| made.name == name));
    let mut found = Vec::new();
    for (at, expected) in expected.iter().enumerate() {
        let Some(made) = made(&expected.name) else {
            let reason = "The runbook expects it, and none of the statements that can be read here makes it.";
            found.push(Remark::new(
                Weight::Warn,
                "expected-index-not-made",
                &place(at),
                &expected.name,
                reason,
            ));
            continue;
        };
        let Some(wanted) = Index::parse(&expected.definition) else {
            let reason = format!("Its definition is no CREATE INDEX: {}", expected.definition);
            found.push(Remark::new(Weight::Fail, "definition-drift", &place(at), &expected.name, reason));
            continue;
        };
        let likeness = made.index.like(&wanted);
        if likeness == Likeness::Same && made.index.table.meets(&wanted.table) {
            continue;
        }
        let reason = format!(
            "The step makes another index than [[database.indexes]] expects: {}",
            made.index.definition(&expected.name, &made.index.table.shown())
        );
        let weight = if likeness == Likeness::Unsure { Weight::Unknown } else { Weight::Fail };
        found.push(Remark::new(weight, "definition-drift", &place(at), &expected.name, reason));
    }
    let unwatched = new.iter().filter(|new| {
        new.index.name.as_ref().is_some_and(|name| expected.iter().all(|expected| expected.name != name.name))
    });
    found.extend(unwatched.map(|new| {
        let reason =
            "It is made, and [[database.indexes]] does not name it: nobody will look whether it is valid.";
        new.remark(Weight::Warn, "index-not-expected", reason)
    }));
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preflight::catalogue::{Table, Taken};

    fn place() -> Place {
        Place { file: "r.toml".into(), line: 1, column: 1, part: "step upgrade".into() }
    }

    fn index(text: &str) -> Index {
        Index::parse(text).unwrap()
    }

    fn existing(definition: &str, whole: bool) -> Existing {
        let index = index(definition);
        let name = Name { schema: Some("s".into()), name: index.name.clone().unwrap().name };
        Existing {
            name,
            table: index.table.clone(),
            definition: definition.into(),
            index: Some(index),
            whole,
            building: false,
        }
    }

    fn catalogue(indexes: Vec<Existing>) -> Catalogue {
        let found = Name::parse("s.t");
        let tables = ["t", "s.t"].map(|name| Table {
            written: Name::parse(name).unwrap(),
            found: found.clone(),
            rows: 10.0,
        });
        Catalogue { version: 150_000, tables: tables.into(), indexes, ..Catalogue::default() }
    }

    fn rules(new: &[&str], catalogue: &Catalogue) -> Vec<String> {
        let (place, made): (Place, Vec<Index>) = (place(), new.iter().map(|text| index(text)).collect());
        let new: Vec<New> = made.iter().map(|index| New { index, place: &place }).collect();
        remarks(&new, catalogue)
            .into_iter()
            .map(|r| format!("{} {} {}", r.weight.word(), r.subject, r.rule))
            .collect()
    }

    #[test]
    fn a_name_that_is_taken_is_told_by_what_has_it() {
        let mut target = catalogue(vec![
            existing("CREATE INDEX other ON s.t USING btree (b)", true),
            existing("CREATE INDEX same ON s.t USING hash (a)", true),
            existing("CREATE INDEX half ON s.t USING hash (c)", false),
        ]);
        target.taken.push(Taken { name: Name::parse("s.v").unwrap(), kind: "view".into() });
        let found = rules(
            &[
                "CREATE INDEX other ON t USING hash (d)",
                "CREATE INDEX same ON s.t USING hash (a)",
                "CREATE INDEX half ON s.t USING hash (c)",
                "CREATE INDEX v ON s.t USING hash (e)",
                "CREATE INDEX fine ON s.t USING hash (f)",
            ],
            &target,
        );
        let expected = [
            "fail other definition-drift",
            "warning same index-there-already",
            "fail half invalid-index-in-the-way",
            "fail v name-collision",
        ];
        assert_eq!(found, expected);
        assert_eq!(
            rules(&["CREATE INDEX CONCURRENTLY IF NOT EXISTS half ON s.t USING hash (c)"], &target),
            ["fail half if-not-exists-over-invalid"]
        );
    }

    #[test]
    fn an_index_that_another_one_covers_is_superfluous() {
        let target = catalogue(vec![existing("CREATE UNIQUE INDEX u ON s.t USING btree (a)", true)]);
        let found = rules(
            &[
                "CREATE INDEX h ON s.t USING hash (a)",
                "CREATE INDEX p ON s.t (b)",
                "CREATE INDEX q ON t (b, c)",
                "CREATE INDEX r ON s.t (c, b)",
                "CREATE INDEX part ON s.t (c) WHERE d IS NULL",
                "CREATE UNIQUE INDEX own ON s.t (b)",
            ],
            &target,
        );
        assert_eq!(
            found,
            [
                "warning h duplicate-of-unique",
                "warning p redundant-left-prefix",
                "warning part redundant-left-prefix"
            ]
        );
    }

    #[test]
    fn what_is_made_is_what_the_runbook_expects() {
        let (place, made) = (
            place(),
            ["CREATE INDEX i ON s.t (a)", "CREATE INDEX j ON s.t (b)", "CREATE INDEX k ON s.t (c)"]
                .map(index),
        );
        let new: Vec<New> = made.iter().map(|index| New { index, place: &place }).collect();
        let expected = |name: &str, rest: &str| ExpectedIndex {
            name: name.into(),
            table: "t".into(),
            definition: format!("CREATE INDEX {name} ON s.t USING {rest}"),
        };
        let expected = [expected("i", "btree (a)"), expected("j", "hash (b)"), expected("gone", "btree (z)")];
        let found = against_expected(&new, &expected, |_| place.clone());
        let told: Vec<String> = found.into_iter().map(|r| format!("{} {}", r.subject, r.rule)).collect();
        assert_eq!(told, ["j definition-drift", "gone expected-index-not-made", "k index-not-expected"]);
    }
}
