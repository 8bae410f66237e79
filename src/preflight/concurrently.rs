//! Rules on CONCURRENTLY, and on locks that are waited for.

use super::catalogue::Catalogue;
use super::report::{Remark, Weight};
use super::source::Source;
use super::statement::{Does, Read};
use crate::verdict::Verdict;

pub fn remarks(source: &Source, catalogue: &Catalogue) -> Vec<Remark> {
    let mut found = Vec::new();
    for read in source.statements.iter().filter(|read| read.alone && read.in_transaction) {
        let reason = "The server refuses it inside of a transaction.";
        let remedy = if source.rendered {
            "Put it into op.get_context().autocommit_block()."
        } else {
            "Leave out transaction = true."
        };
        found.push(
            Remark::new(Weight::Fail, "concurrently-in-transaction", &source.place, &read.sql, reason)
                .remedy(remedy),
        );
    }
    let Some(first) = source.statements.iter().find(|read| read.is_concurrent()) else {
        found.extend(unlimited_wait(source));
        return found;
    };
    let remark =
        |weight, rule: &str, reason: String| Remark::new(weight, rule, &source.place, &first.sql, reason);
    if source.statements.iter().any(builds) && (140_000..=140_003).contains(&catalogue.version) {
        let reason =
            "PostgreSQL 14.0 to 14.3 may corrupt an index that is built CONCURRENTLY, without a word.";
        found.push(
            remark(Weight::Fail, "concurrently-on-14.0-14.3", reason.to_owned())
                .remedy("Update the server to 14.4 or later first."),
        );
    }
    if let Some((verdict @ (Verdict::Fail | Verdict::Inconclusive), why)) = &catalogue.direct {
        let weight = if *verdict == Verdict::Fail { Weight::Fail } else { Weight::Warn };
        let remedy = "Name the server's own address in the targets file.";
        found.push(remark(weight, "concurrently-through-pooler", why.clone()).remedy(remedy));
    }
    if source.lock_timeout {
        let reason = "A lock_timeout ends a concurrent build in its wait for older transactions, also those on other tables, and leaves an INVALID index.";
        let remedy =
            "Leave lock_timeout out of this step and limit statement_timeout: this wait blocks nobody.";
        found.push(remark(Weight::Warn, "lock-timeout-on-concurrently", reason.to_owned()).remedy(remedy));
    }
    let skips = |read: &Read| matches!(&read.does, Does::CreateIndex(index) if index.concurrently && index.if_not_exists);
    if source.statements.iter().any(skips) && !source.proven {
        let reason =
            "After a build that was stopped, IF NOT EXISTS passes over the INVALID index that it left."
                .to_owned();
        let remedy = "Leave IF NOT EXISTS out, or let the step say leaves = \"applied\", so that validity is looked at.";
        found.push(remark(Weight::Warn, "if-not-exists-unproven", reason).remedy(remedy));
    }
    found.extend(unlimited_wait(source));
    found
}

fn builds(read: &Read) -> bool {
    read.is_concurrent() && matches!(read.does, Does::CreateIndex(_) | Does::Reindex { .. })
}

/// Who waits for a strong lock makes all others wait behind it. The linter asks this of the first statement only, and of CONCURRENTLY as
/// well, where a limit does harm; so it is asked here.
fn unlimited_wait(source: &Source) -> Option<Remark> {
    let waits = |read: &&Read| read.lock.is_some_and(|lock| lock.blocks_writes()) && !read.is_concurrent();
    let read = source.statements.iter().find(waits).filter(|_| !source.lock_timeout)?;
    let lock = read.lock?;
    let reason = format!(
        "It waits for {} without a limit, and while it waits behind one open transaction everybody else's {} wait behind it.",
        lock.word(),
        lock.blocks()
    );
    Some(
        Remark::new(Weight::Warn, "no-lock-timeout", &source.place, &read.sql, reason)
            .remedy("Give the step lock_timeout = \"5s\" and start it again where that strikes."),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: &str, in_transaction: bool) -> Source {
        Source::of(text, in_transaction)
    }

    fn rules(source: &Source, catalogue: &Catalogue) -> Vec<String> {
        remarks(source, catalogue)
            .into_iter()
            .map(|remark| format!("{} {}", remark.weight.word(), remark.rule))
            .collect()
    }

    const BUILD: &str = "CREATE INDEX CONCURRENTLY i ON t (a)";

    fn on(version: i32) -> Catalogue {
        Catalogue { version, ..Catalogue::default() }
    }

    #[test]
    fn a_concurrent_build_wants_a_good_server_and_no_pooler() {
        assert_eq!(rules(&source(BUILD, false), &on(150_018)), [""; 0]);
        assert_eq!(rules(&source(BUILD, false), &on(140_003)), ["fail concurrently-on-14.0-14.3"]);
        assert_eq!(rules(&source("DROP INDEX CONCURRENTLY i", false), &on(140_003)), [""; 0]);
        let pooled = Catalogue { direct: Some((Verdict::Fail, "a pooler".into())), ..on(150_018) };
        assert_eq!(rules(&source(BUILD, false), &pooled), ["fail concurrently-through-pooler"]);
    }

    #[test]
    fn it_wants_no_transaction_and_no_lock_timeout() {
        assert_eq!(rules(&source(BUILD, true), &on(150_018)), ["fail concurrently-in-transaction"]);
        assert_eq!(
            rules(&source(&format!("BEGIN;\n{BUILD};\nCOMMIT;"), false), &on(150_018)),
            ["fail concurrently-in-transaction"]
        );
        assert_eq!(rules(&source("VACUUM t", true), &on(150_018)), ["fail concurrently-in-transaction"]);
        let limited = Source { lock_timeout: true, ..source(BUILD, false) };
        assert_eq!(rules(&limited, &on(150_018)), ["warning lock-timeout-on-concurrently"]);
        let skipping = source("CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON t (a)", false);
        assert_eq!(rules(&skipping, &on(150_018)), ["warning if-not-exists-unproven"]);
        assert_eq!(rules(&Source { proven: true, ..skipping }, &on(150_018)), [""; 0]);
    }

    #[test]
    fn a_strong_lock_is_not_waited_for_without_a_limit() {
        let plain = source(&format!("{BUILD}; DROP INDEX j"), false);
        assert_eq!(rules(&plain, &on(150_018)), ["warning no-lock-timeout"]);
        assert_eq!(rules(&source("ANALYZE t; UPDATE t SET a = 1", false), &on(150_018)), [""; 0]);
    }
}
