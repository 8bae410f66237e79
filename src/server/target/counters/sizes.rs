//! Sizes by oid. Reading one waits for whoever drops or rewrites the relation, and that is not worth the reading.

use crate::server::target::error::{TargetError, code};
use sqlx::postgres::PgConnection;
use sqlx::postgres::types::Oid;

/// In the order of `oids`, bytes without and of the relation's indexes; none where they cannot be read now.
pub async fn sizes(
    session: &mut PgConnection,
    oids: &[Oid],
) -> Result<Vec<(Option<i64>, Option<i64>)>, TargetError> {
    let sizes = sqlx::query_as(
        "SELECT pg_table_size(oid), pg_indexes_size(oid)
         FROM unnest($1::oid[]) WITH ORDINALITY AS e(oid, place) ORDER BY place",
    )
    .bind(oids)
    .fetch_all(session)
    .await;
    match sizes.map_err(TargetError::from) {
        Err(error)
            if matches!(error.code().as_deref(), Some(code::LOCK_NOT_AVAILABLE | code::QUERY_CANCELED)) =>
        {
            Ok(vec![(None, None); oids.len()])
        }
        sizes => sizes,
    }
}
