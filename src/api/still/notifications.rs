//! Who is told what happens in runs, and what of it has not come to them.

use crate::api::Trouble;
use crate::api::caller::{caller, problem};
use crate::run::Actor;
use crate::server::notify::{Board, Notify};
use leptos::prelude::use_context;

#[derive(Clone, Debug, PartialEq)]
pub struct NotificationsPage {
    pub actor: Actor,
    pub board: Board,
}

pub async fn read_notifications() -> Result<NotificationsPage, Trouble> {
    let notify = use_context::<Notify>();
    let (console, actor) = caller()?;
    let notify =
        notify.ok_or_else(|| Trouble::Failed("Nothing that notifies stands behind this page.".into()))?;
    let board = notify.board(Some(&console)).await.map_err(|error| problem(error.into()))?;
    Ok(NotificationsPage { actor, board })
}
