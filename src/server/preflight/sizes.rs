//! How large the new indexes will be.

use super::{Look, new_indexes};
use crate::preflight::catalogue::Catalogue;
use crate::preflight::index::{Index, Likeness};
use crate::preflight::report::NewIndex;
use crate::preflight::source::Source;
use crate::runbook::ExpectedIndex;
use crate::server::target::TargetError;
use crate::server::target::space::{Estimate, estimate};
use crate::server::target::sql::quoted;
use sqlx::postgres::PgConnection;

/// A new index as it is shown, and as a statement that makes it.
pub(super) struct Sized {
    pub shown: NewIndex,
    /// None: it is there already, or its table is not.
    pub definition: Option<String>,
}

/// Those that the statements make; where none of them can be read, those that the runbook expects.
pub(super) async fn all(
    look: &Look<'_>,
    session: &mut PgConnection,
    sources: &[Source],
    catalogue: &Catalogue,
) -> Result<Vec<Sized>, TargetError> {
    let made: Vec<Index> = new_indexes(sources).into_iter().map(|new| new.index.clone()).collect();
    let expected = look.subject.runbook.database.iter().flat_map(|database| &database.indexes);
    let expected = expected.filter_map(|expected| Index::parse(&expected.definition));
    let wanted: Vec<Index> = if made.is_empty() { expected.collect() } else { made };
    let mut sized: Vec<Sized> = Vec::new();
    for index in wanted {
        let table = catalogue.table(&index.table);
        let name =
            index.name.as_ref().map_or_else(|| "(chosen by PostgreSQL)".to_owned(), |name| name.name.clone());
        let shown = NewIndex { name: name.clone(), table: table.shown(), bytes: None, note: None };
        if sized
            .iter()
            .any(|other| index.name.is_some() && other.shown.name == name && other.shown.table == shown.table)
        {
            continue;
        }
        let there =
            catalogue.indexes.iter().find(|there| there.name.name == name && there.table.meets(&table));
        let same = |there: &&crate::preflight::catalogue::Existing| {
            there.whole && there.index.as_ref().is_some_and(|is| is.like(&index) == Likeness::Same)
        };
        if there.filter(same).is_some() {
            let shown = NewIndex { note: Some(NewIndex::THERE.to_owned()), ..shown };
            sized.push(Sized { shown, definition: None });
            continue;
        }
        let schema = table.schema.clone().unwrap_or_default();
        let definition =
            index.definition(&quoted(&name), &format!("{}.{}", quoted(&schema), quoted(&table.name)));
        let asked = ExpectedIndex { name, table: table.name.clone(), definition: definition.clone() };
        let (bytes, note) = match estimate(session, &schema, &asked).await? {
            Estimate::Bytes(bytes) => (Some(bytes as u64), None),
            Estimate::There(bytes) => (bytes.and_then(|bytes| u64::try_from(bytes).ok()), None),
            Estimate::Unknown(why) => (None, Some(why)),
        };
        sized.push(Sized { shown: NewIndex { bytes, note, ..shown }, definition: Some(definition) });
    }
    Ok(sized)
}
