//! Which database it is: host, name, version, the cluster's own identifier.

use super::connect::Target;
use super::error::{TargetError, code};
use crate::run::reading::TargetFacts;
use sqlx::postgres::PgConnection;

/// # Errors
/// The target cannot be reached, and why.
pub async fn facts(target: &Target) -> Result<TargetFacts, TargetError> {
    let mut session = target.session().await?;
    let facts = look(&mut session, target).await?;
    session.done();
    Ok(facts)
}

pub(super) async fn look(session: &mut PgConnection, target: &Target) -> Result<TargetFacts, TargetError> {
    // The first word: distributions append their own package's version.
    let (database, user, server_version) = sqlx::query_as(
        "SELECT current_database()::text, current_user::text, split_part(current_setting('server_version'), ' ', 1)",
    )
    .fetch_one(&mut *session)
    .await?;
    Ok(TargetFacts {
        name: target.name().clone(),
        environment: target.environment_name().to_owned(),
        host: format!("{}:{}", target.settings().host, target.settings().port),
        database,
        user,
        server_version,
        system_identifier: system_identifier(session).await?,
        step_up: target.care().step_up,
    })
}

/// Tells two clusters apart that answer to the same name. Some managed services keep it to themselves.
async fn system_identifier(session: &mut PgConnection) -> Result<Option<String>, TargetError> {
    let asked = sqlx::query_scalar("SELECT system_identifier::text FROM pg_control_system()")
        .fetch_one(session)
        .await
        .map_err(TargetError::from);
    match asked {
        Ok(identifier) => Ok(Some(identifier)),
        Err(error) if error.code().as_deref() == Some(code::INSUFFICIENT_PRIVILEGE) => Ok(None),
        Err(error) => Err(error),
    }
}
