//! Stopping one session that is not the console's: the very one that was meant, and only where the console may mean it at all.

use super::connect::Target;
use super::error::{TargetError, code};
use super::sighting::find;
use crate::watch::{Backend, Force};
use sqlx::postgres::PgConnection;
use std::time::Duration;

/// The start is compared again with the signal, so that a pid that was given anew is never hit.
const CANCEL: &str = "
    SELECT pg_cancel_backend(pid) FROM pg_stat_activity
    WHERE pid = $1 AND (extract(epoch FROM backend_start) * 1000000)::int8 = $2";
const TERMINATE: &str = "
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE pid = $1 AND (extract(epoch FROM backend_start) * 1000000)::int8 = $2";

/// For so long what comes of it is waited for.
const LOOKS: u32 = 30;
const BETWEEN: Duration = Duration::from_millis(100);

/// Sends it and looks what comes of it, told in one sentence. `application_name` is that of the step, whose own sessions are spared.
pub async fn stop(target: &Target, application_name: &str, backend: Backend, how: Force) -> String {
    match try_stop(target, application_name, backend, how).await {
        Ok(came) => came,
        Err(error) if error.code().as_deref() == Some(code::INSUFFICIENT_PRIVILEGE) => {
            let user = &target.settings().user;
            format!(
                "not permitted: {user} lacks pg_signal_backend ({error}). GRANT pg_signal_backend TO {user};"
            )
        }
        Err(error) => format!("the target could not be asked: {error}"),
    }
}

async fn try_stop(
    target: &Target,
    application_name: &str,
    backend: Backend,
    how: Force,
) -> Result<String, TargetError> {
    let mut session = target.session().await?;
    let Some(met) = find(&mut session, application_name, backend).await? else {
        session.done();
        return Ok("not sent: that session has ended already".to_owned());
    };
    let who = met.who();
    if let Some(why) = met.spared() {
        session.done();
        return Ok(format!("not sent to {who}. {why}"));
    }
    let statement = match how {
        Force::Cancel => CANCEL,
        Force::Terminate => TERMINATE,
    };
    let sent = sqlx::query_scalar(statement).bind(backend.pid).bind(backend.started);
    let sent: Option<bool> = sent.fetch_optional(&mut *session).await?;
    let came = match sent {
        Some(true) => outcome(&mut session, application_name, backend, how).await?,
        _ => "it had ended before the signal",
    };
    session.done();
    let did = met.query.unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ");
    let did: String = did.chars().take(200).collect();
    let state = met.state.unwrap_or_default();
    Ok(format!("{} to {who} ({state}: {did}): {came}", how.word()))
}

async fn outcome(
    session: &mut PgConnection,
    application_name: &str,
    backend: Backend,
    how: Force,
) -> Result<&'static str, TargetError> {
    for _ in 0..LOOKS {
        let Some(met) = find(session, application_name, backend).await? else {
            return Ok("the session is gone");
        };
        match (how, met.state.as_deref()) {
            (Force::Cancel, Some("idle in transaction")) => {
                return Ok(
                    "it does nothing, so there was no statement to cancel; its transaction stays open",
                );
            }
            (Force::Cancel, Some(state)) if state != "active" => return Ok("its statement has ended"),
            _ => tokio::time::sleep(BETWEEN).await,
        }
    }
    Ok("it has not reacted yet")
}
