//! squawk's rules on exactly the SQL that will run. Left out are those on style, and those that the console answers itself:
//! timeouts come from the step, CONCURRENTLY in a transaction and IF NOT EXISTS have rules of their own here.

use super::report::{Remark, Weight};
use super::source::Source;
use squawk_linter::{Linter, Rule, Version, Violation};
use squawk_syntax::SourceFile;

const LEFT_OUT: [Rule; 13] = [
    Rule::BanCharField,
    Rule::PreferBigintOverInt,
    Rule::PreferBigintOverSmallint,
    Rule::PreferIdentity,
    Rule::PreferRepack,
    // It asks for IF NOT EXISTS, which passes over an INVALID index.
    Rule::PreferRobustStmts,
    Rule::PreferTextField,
    Rule::PreferTimestampTz,
    Rule::UnusedIgnore,
    Rule::BanConcurrentIndexCreationInTransaction,
    Rule::RequireLockTimeout,
    // Every step's sessions have one.
    Rule::RequireStatementTimeout,
    Rule::RequireEnumValueOrdering,
];

/// What cannot be had back without a backup.
const DESTROYS: [Rule; 5] = [
    Rule::BanDropTable,
    Rule::BanDropColumn,
    Rule::BanDropSchema,
    Rule::BanDropDatabase,
    Rule::BanTruncateCascade,
];

/// `version`: the target's `server_version_num`.
pub fn remarks(source: &Source, version: i32) -> Vec<Remark> {
    let mut linter = Linter::with_rules(&[], &LEFT_OUT);
    linter.settings.assume_in_transaction = source.in_transaction;
    if let Ok(version) = format!("{}.{}", version / 10_000, version % 10_000).parse::<Version>() {
        linter.settings.pg_version = version;
    }
    let violations = linter.lint(&SourceFile::parse(&source.text), &source.text);
    let mut found: Vec<(Remark, usize)> = Vec::new();
    for violation in violations {
        // A rule is told once for a step, with how often it was broken: twenty equal sentences hide the one that differs.
        let remark = remark(source, &violation);
        match found.iter_mut().find(|(earlier, _)| earlier.rule == remark.rule) {
            Some((_, times)) => *times += 1,
            None => found.push((remark, 1)),
        }
    }
    found
        .into_iter()
        .map(|(remark, times)| match times {
            1 => remark,
            times => Remark {
                reason: format!("{} So do {} more of this step.", remark.reason, times - 1),
                ..remark
            },
        })
        .collect()
}

fn remark(source: &Source, violation: &Violation) -> Remark {
    let destroys = DESTROYS.contains(&violation.code);
    let statement =
        source.statements.iter().find(|read| read.range.contains(&usize::from(violation.text_range.start())));
    let subject =
        statement.map_or_else(|| one_line(&source.text[violation.text_range]), |read| one_line(&read.sql));
    let reason = if destroys && source.rendered {
        format!("The migration destroys data: {}", sentence(&violation.message))
    } else {
        sentence(&violation.message)
    };
    let remark = Remark::new(
        weight(source, destroys),
        &format!("squawk/{}", violation.code),
        &source.place,
        subject,
        reason,
    );
    match &violation.help {
        Some(help) => remark.remedy(help.trim()),
        None => remark,
    }
}

/// What the runbook itself says in so many words was meant, and is signed with it. What only the rendering shows was perhaps never seen.
fn weight(source: &Source, destroys: bool) -> Weight {
    if destroys && source.rendered { Weight::Fail } else { Weight::Warn }
}

fn sentence(message: &str) -> String {
    let message = message.trim();
    if message.ends_with('.') { message.to_owned() } else { format!("{message}.") }
}

fn one_line(sql: &str) -> String {
    sql.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str, rendered: bool) -> Vec<String> {
        let source = Source { rendered, ..Source::of(text, false) };
        remarks(&source, 150_018)
            .into_iter()
            .map(|r| format!("{} {}: {} | {}", r.weight.word(), r.rule, r.subject, r.reason))
            .collect()
    }

    #[test]
    fn a_concurrent_migration_has_nothing_to_remark() {
        assert_eq!(
            told(
                "BEGIN;\nCOMMIT;\nCREATE INDEX CONCURRENTLY i ON s.t USING btree (a);\nBEGIN;\nUPDATE v SET n = '1' WHERE n = '0';\nCOMMIT;",
                true
            ),
            [""; 0]
        );
    }

    #[test]
    fn a_plain_build_blocks_writes_and_is_told_once() {
        let found = told("CREATE INDEX i ON s.t (a);\nCREATE INDEX j ON s.t (b);", true);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(
            found[0]
                .starts_with("warning squawk/require-concurrent-index-creation: CREATE INDEX i ON s.t (a) |"),
            "{found:?}"
        );
        assert!(found[0].ends_with("So do 1 more of this step."), "{found:?}");
    }

    #[test]
    fn what_a_migration_destroys_is_a_failure_and_what_the_runbook_says_itself_was_meant() {
        assert!(told("DROP TABLE s.t;", true)[0].starts_with("fail squawk/ban-drop-table: DROP TABLE s.t |"));
        assert!(told("DROP TABLE s.t;", false)[0].starts_with("warning squawk/ban-drop-table"));
    }
}
