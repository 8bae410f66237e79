//! The rows of a query as text, and their judgement by what a runbook expects of them.

use crate::runbook::{Check, Comparison, Expect, Otherwise, Value};
use crate::text::grid;
use crate::text::number::grouped;
use crate::verdict::{Finding, Verdict};
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Table {
    pub columns: Vec<Column>,
    /// NULL is none.
    pub rows: Vec<Vec<Option<String>>>,
    /// How many rows the query gave. More than `rows` holds, where they were too many to keep.
    pub total_rows: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Column {
    pub name: String,
    /// PostgreSQL's name of the type, in capitals: `INT8`, `TEXT`, `TIMESTAMPTZ`.
    pub kind: String,
}

impl Column {
    pub fn is_number(&self) -> bool {
        matches!(
            self.kind.as_str(),
            "INT2" | "INT4" | "INT8" | "FLOAT4" | "FLOAT8" | "NUMERIC" | "OID" | "MONEY"
        )
    }
}

impl Table {
    /// For a terminal or as evidence: at most `rows` rows, cells of at most `width` characters, then the count.
    pub fn lines(&self, rows: usize, width: usize) -> Vec<String> {
        let headings: Vec<_> =
            self.columns.iter().map(|c| grid::Heading { text: &c.name, right: c.is_number() }).collect();
        let shown = self.rows.iter().take(rows);
        let mut lines =
            grid::lines(&headings, shown.map(|row| row.iter().map(Option::as_deref).collect()), width);
        let left_out = self.total_rows.saturating_sub(self.rows.len().min(rows) as u64);
        let more = if left_out > 0 {
            format!(", of which {} are not shown", grouped(left_out))
        } else {
            String::new()
        };
        lines.push(format!("({}{more})", count(self.total_rows)));
        lines
    }

    pub fn is_cut(&self) -> bool {
        self.total_rows > self.rows.len() as u64
    }
}

/// Judges rows as they come, so that also those are judged that are too many to keep.
pub struct Judge<'a> {
    expect: &'a Expect,
    checks: Vec<Tally<'a>>,
    rows: u64,
}

/// One check over all rows.
struct Tally<'a> {
    check: &'a Check,
    /// Position of its column, where there is one.
    column: Option<usize>,
    /// How many rows do not hold, and the first of them: what came, and what that means.
    broken: u64,
    first: Option<(Verdict, String)>,
}

impl<'a> Judge<'a> {
    pub fn new(expect: &'a Expect, columns: &[Column]) -> Self {
        let checks = expect.every.iter().map(|check| Tally {
            check,
            column: columns.iter().position(|column| column.name == check.column),
            broken: 0,
            first: None,
        });
        Self { expect, checks: checks.collect(), rows: 0 }
    }

    pub fn row(&mut self, row: &[Option<String>]) {
        self.rows += 1;
        for tally in &mut self.checks {
            let Some(cell) = tally.column.and_then(|at| row.get(at)) else { continue };
            let Some(broken) = tally.check.broken_by(cell.as_deref()) else { continue };
            tally.broken += 1;
            let worse = tally.first.as_ref().is_none_or(|(verdict, _)| broken.0 > *verdict);
            if worse {
                tally.first = Some(broken);
            }
        }
    }

    /// One finding an expectation; none where nothing is expected.
    pub fn finish(self) -> Vec<Finding> {
        let counted = self.counted();
        counted
            .into_iter()
            .chain(self.checks.iter().map(|tally| tally.finding(self.rows, self.expect)))
            .collect()
    }

    fn counted(&self) -> Option<Finding> {
        let (least, most) = (self.expect.min_rows, self.expect.max_rows);
        let wanted = match (least, most) {
            (None, None) => return None,
            (Some(least), Some(most)) if least == most => grouped(least),
            (Some(least), None) => format!("at least {}", grouped(least)),
            (None, Some(most)) => format!("at most {}", grouped(most)),
            (Some(least), Some(most)) => format!("{} to {}", grouped(least), grouped(most)),
        };
        let fits = least.is_none_or(|least| self.rows >= least) && most.is_none_or(|most| self.rows <= most);
        let reason = if fits {
            format!("{} as expected", count(self.rows))
        } else {
            format!("{} where {wanted} were expected", count(self.rows))
        };
        let verdict = if fits { Verdict::Pass } else { Verdict::Fail };
        Some(Finding { subject: "rows".to_owned(), verdict, reason })
    }
}

impl Tally<'_> {
    fn finding(&self, total: u64, expect: &Expect) -> Finding {
        let check = self.check;
        let subject = format!("{} {} {}", check.column, check.is.word(), shown(&check.value));
        let (verdict, reason) = match &self.first {
            _ if self.column.is_none() && total > 0 => {
                (Verdict::Inconclusive, format!("the result has no column {}", check.column))
            }
            // Nothing to hold in is no proof, unless the runbook says that there may be nothing.
            _ if total == 0 && expect.min_rows != Some(0) && expect.max_rows != Some(0) => {
                (Verdict::Inconclusive, "no rows, so nothing was checked".to_owned())
            }
            None => (Verdict::Pass, format!("holds in {}", count(total))),
            Some((verdict, came)) if total == 1 => (*verdict, came.clone()),
            Some((verdict, came)) => {
                (*verdict, format!("{came}; in {} of {}", grouped(self.broken), count(total)))
            }
        };
        Finding { subject, verdict, reason }
    }
}

impl Check {
    /// What a cell that does not hold means, and the sentence for it. None where it holds.
    fn broken_by(&self, cell: Option<&str>) -> Option<(Verdict, String)> {
        let Some(cell) = cell else {
            let said = self.says.clone().unwrap_or_else(|| "what cannot be seen is not judged".to_owned());
            return Some((Verdict::Inconclusive, format!("{} is NULL: {said}", self.column)));
        };
        let Some(order) = compare(cell, &self.value) else {
            let reason =
                format!("{} is `{cell}`, which does not compare with {}", self.column, shown(&self.value));
            return Some((Verdict::Inconclusive, reason));
        };
        if self.is.holds(order) {
            return None;
        }
        let verdict = match self.otherwise {
            Otherwise::Fail => Verdict::Fail,
            Otherwise::Inconclusive => Verdict::Inconclusive,
        };
        let came = format!("{} is {cell}", self.column);
        let reason = match &self.says {
            Some(says) => format!("{} ({came})", says.trim_end_matches('.')),
            None => format!("{came}, expected {} {}", self.is.word(), shown(&self.value)),
        };
        Some((verdict, reason))
    }
}

/// By the type of the runbook's value. None where the cell does not read as one.
fn compare(cell: &str, value: &Value) -> Option<Ordering> {
    match value {
        Value::Boolean(value) => match cell {
            "t" | "true" => Some(true.cmp(value)),
            "f" | "false" => Some(false.cmp(value)),
            _ => None,
        },
        Value::Integer(value) => match cell.parse::<i128>() {
            Ok(cell) => Some(cell.cmp(&i128::from(*value))),
            Err(_) => cell.parse::<f64>().ok()?.partial_cmp(&(*value as f64)),
        },
        Value::Number(value) => cell.parse::<f64>().ok()?.partial_cmp(value),
        Value::Text(value) => Some(cell.cmp(value)),
    }
}

impl Comparison {
    fn holds(self, order: Ordering) -> bool {
        match self {
            Self::Equal => order.is_eq(),
            Self::NotEqual => order.is_ne(),
            Self::Less => order.is_lt(),
            Self::AtMost => order.is_le(),
            Self::More => order.is_gt(),
            Self::AtLeast => order.is_ge(),
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "<>",
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::More => ">",
            Self::AtLeast => ">=",
        }
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Text(value) => format!("'{value}'"),
        value => value.to_string(),
    }
}

fn count(n: u64) -> String {
    if n == 1 { "1 row".to_owned() } else { format!("{} rows", grouped(n)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(column: &str, is: Comparison, value: Value) -> Check {
        Check { column: column.to_owned(), is, value, otherwise: Otherwise::Fail, says: None }
    }

    fn judged(expect: &Expect, cells: &[Option<&str>]) -> String {
        let columns = [Column { name: "n".to_owned(), kind: "INT8".to_owned() }];
        let mut judge = Judge::new(expect, &columns);
        for cell in cells {
            judge.row(&[cell.map(str::to_owned)]);
        }
        let told = judge.finish().into_iter();
        told.map(|f| format!("{} [{}] {}\n", f.verdict.word(), f.subject, f.reason)).collect()
    }

    fn every(check: Check) -> Expect {
        Expect { every: vec![check], ..Expect::default() }
    }

    #[test]
    fn every_row_must_hold_and_the_worst_one_is_told() {
        let expect = every(check("n", Comparison::AtMost, Value::Integer(10)));
        assert_eq!(judged(&expect, &[Some("1"), Some("10")]), "pass [n <= 10] holds in 2 rows\n");
        assert_eq!(
            judged(&expect, &[Some("1"), None, Some("12.5"), Some("99")]),
            "fail [n <= 10] n is 12.5, expected <= 10; in 3 of 4 rows\n"
        );
    }

    #[test]
    fn what_cannot_be_seen_is_not_judged() {
        let expect = every(check("n", Comparison::AtMost, Value::Integer(10)));
        assert!(judged(&expect, &[None]).starts_with("inconclusive [n <= 10] n is NULL"));
        assert!(judged(&expect, &[Some("many")]).starts_with("inconclusive"));
        assert!(judged(&expect, &[]).starts_with("inconclusive [n <= 10] no rows"));
        let typo = every(check("m", Comparison::AtMost, Value::Integer(10)));
        assert_eq!(judged(&typo, &[Some("1")]), "inconclusive [m <= 10] the result has no column m\n");
    }

    #[test]
    fn rows_are_counted() {
        let none = Expect { max_rows: Some(0), ..Expect::default() };
        assert_eq!(judged(&none, &[]), "pass [rows] 0 rows as expected\n");
        assert_eq!(judged(&none, &[Some("1")]), "fail [rows] 1 row where at most 0 were expected\n");
        let one = Expect { min_rows: Some(1), max_rows: Some(1), ..Expect::default() };
        assert_eq!(judged(&one, &[Some("1"), None]), "fail [rows] 2 rows where 1 were expected\n");
    }

    #[test]
    fn a_large_integer_is_compared_to_the_last_digit() {
        let expect = every(check("n", Comparison::Equal, Value::Integer(9_007_199_254_740_993)));
        assert!(judged(&expect, &[Some("9007199254740992")]).starts_with("fail"));
        assert!(judged(&expect, &[Some("9007199254740993")]).starts_with("pass"));
    }

    #[test]
    fn truth_is_read_in_either_spelling() {
        let expect = every(check("n", Comparison::Equal, Value::Boolean(true)));
        assert!(judged(&expect, &[Some("true"), Some("t")]).starts_with("pass"));
        assert!(judged(&expect, &[Some("false")]).starts_with("fail"));
    }
}
