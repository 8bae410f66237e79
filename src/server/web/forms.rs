//! Forms that start a run or command one: they work with scripts off. Done, the browser goes to the run; refused, it gets the same page
//! with the reason.

use super::{AppError, Web, pages};
use crate::run::event::Pace;
use crate::run::refusal::{Code, Refusal};
use crate::run::{Command, Envelope, RunId};
use crate::runbook::Id;
use crate::server::auth::Identity;
use crate::server::console::{Problem, StartRun};
use crate::ui::{Fields, Refused};
use axum::extract::{Form, FromRequest, Path, Request, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// `POST /runs/{id}`: the fields `kind`, `command_id`, `expected_seq`, those of the [`Command`] of that kind, and `code`, of a second factor.
pub async fn command(
    State(web): State<Web>,
    Path(run): Path<RunId>,
    request: Request,
) -> Result<Response, AppError> {
    let page = format!("/runs/{run}");
    commanded(web, run, page, request).await
}

/// `POST /sign/{id}`: the same from the page of one decision, which is shown again.
pub async fn sign(
    State(web): State<Web>,
    Path(run): Path<RunId>,
    request: Request,
) -> Result<Response, AppError> {
    let page = format!("/sign/{run}");
    commanded(web, run, page, request).await
}

async fn commanded(web: Web, run: RunId, page: String, request: Request) -> Result<Response, AppError> {
    let (parts, mut fields) = match read(request).await {
        Ok(form) => form,
        Err(rejection) => return Ok(rejection),
    };
    let identity = signed_in(&parts)?;
    // It does not come back with a form that is refused: it is good once.
    let code = fields.remove("code").unwrap_or_default();
    let done = match envelope(fields.clone()) {
        Ok(envelope) => web.command(&run, envelope, &code, &identity).await.map(|_| ()),
        Err(refusal) => Err(Problem::Refused(refusal)),
    };
    answer(&web, parts, done.map(|()| page.clone()), &page, fields).await
}

/// `POST /runbooks/{slug}/preflight`: the field `target`. Done, or after a while, the browser goes to the page that shows it.
pub async fn preflight(
    State(web): State<Web>,
    Path(runbook): Path<Id>,
    request: Request,
) -> Result<Response, AppError> {
    let (parts, mut fields) = match read(request).await {
        Ok(form) => form,
        Err(rejection) => return Ok(rejection),
    };
    let identity = signed_in(&parts)?;
    let page = format!("/runbooks/{runbook}/preflight");
    let target =
        take(&mut fields, "target").and_then(|target| Id::parse(&target).map_err(|error| unclear(&error)));
    let target = match target {
        Ok(target) => target,
        Err(refusal) => {
            return answer(&web, parts, Err(Problem::Refused(refusal)), &page, Fields::new()).await;
        }
    };
    let page = format!("{page}?target={target}");
    let made = web.console.compile(&runbook, &target, &identity.actor).await;
    answer(&web, parts, made.map(|_| page.clone()), &page, Fields::new()).await
}

/// `POST /runbooks/{slug}`: the fields `command_id`, `target`, `pace`, `despite` and `param.<name>`. An empty parameter is not given.
pub async fn start(
    State(web): State<Web>,
    Path(runbook): Path<Id>,
    request: Request,
) -> Result<Response, AppError> {
    let (parts, fields) = match read(request).await {
        Ok(form) => form,
        Err(rejection) => return Ok(rejection),
    };
    let identity = signed_in(&parts)?;
    let page = format!("/runbooks/{runbook}");
    let started = match start_run(runbook, fields.clone()) {
        Ok(ask) => web.start(ask, &identity.actor).await,
        Err(refusal) => Err(Problem::Refused(refusal)),
    };
    answer(&web, parts, started.map(|run| format!("/runs/{run}")), &page, fields).await
}

async fn read(request: Request) -> Result<(Parts, Fields), Response> {
    let (parts, body) = request.into_parts();
    let form = Form::<Fields>::from_request(Request::from_parts(parts.clone(), body), &()).await;
    form.map(|Form(fields)| (parts, fields)).map_err(IntoResponse::into_response)
}

fn signed_in(parts: &Parts) -> Result<Identity, AppError> {
    parts.extensions.get().cloned().ok_or_else(AppError::signed_out)
}

async fn answer(
    web: &Web,
    parts: Parts,
    done: Result<String, Problem>,
    page: &str,
    fields: Fields,
) -> Result<Response, AppError> {
    match done {
        Ok(next) => Ok(Redirect::to(&next).into_response()),
        Err(Problem::Refused(refusal)) => {
            let page = Uri::try_from(page).map_err(AppError::internal)?;
            let refused = Refused { refusal, fields };
            Ok(pages::refuse(web, parts, page, StatusCode::CONFLICT, refused).await)
        }
        Err(other) => Err(other.into()),
    }
}

fn envelope(mut fields: Fields) -> Result<Envelope, Refusal> {
    let command_id = take(&mut fields, "command_id")?;
    let expected_seq = take(&mut fields, "expected_seq")?;
    let expected_seq = expected_seq.parse().map_err(|_| unclear("expected_seq is not a number"))?;
    let command: Command = from_fields(fields)?;
    Ok(Envelope { command_id, expected_seq, command })
}

fn start_run(runbook: Id, mut fields: Fields) -> Result<StartRun, Refusal> {
    let id = |text: String| Id::parse(&text).map_err(|error| unclear(&error));
    let target = id(take(&mut fields, "target")?)?;
    let command_id = Some(take(&mut fields, "command_id")?);
    let pace = match fields.remove("pace") {
        Some(word) => from_value::<Pace>(Value::String(word))?,
        None => Pace::StepByStep,
    };
    let despite = fields.remove("despite").unwrap_or_default();
    let mut parameters = BTreeMap::new();
    for (field, text) in fields {
        let name =
            field.strip_prefix("param.").ok_or_else(|| unclear(&format!("unknown field `{field}`")))?;
        if !text.trim().is_empty() {
            parameters.insert(id(name.to_owned())?, text);
        }
    }
    Ok(StartRun { command_id, runbook, target, parameters, pace, despite })
}

fn take(fields: &mut Fields, name: &str) -> Result<String, Refusal> {
    fields.remove(name).ok_or_else(|| unclear(&format!("missing field `{name}`")))
}

fn from_fields<T: DeserializeOwned>(fields: Fields) -> Result<T, Refusal> {
    let map: Map<String, Value> = fields.into_iter().map(|(name, text)| (name, text.into())).collect();
    from_value(Value::Object(map))
}

fn from_value<T: DeserializeOwned>(value: Value) -> Result<T, Refusal> {
    serde_json::from_value(value).map_err(|error| unclear(&error))
}

fn unclear(why: &(impl std::fmt::Display + ?Sized)) -> Refusal {
    Refusal::new(
        Code::Invalid,
        format!("The form could not be read: {why}."),
        "Reload the page and try again.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(pairs: &[(&str, &str)]) -> Fields {
        pairs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
    }

    #[test]
    fn a_form_is_the_same_command_as_json() {
        let form = [
            ("kind", "answer_item"),
            ("command_id", "c1"),
            ("expected_seq", "7"),
            ("item", "ready"),
            ("answer", "not_applicable"),
            ("note", "no <b>"),
        ];
        let json = serde_json::json!({ "command_id": "c1", "expected_seq": 7, "command":
            { "kind": "answer_item", "item": "ready", "answer": "not_applicable", "note": "no <b>" } });
        assert_eq!(serde_json::to_value(envelope(fields(&form)).unwrap()).unwrap(), json);
    }

    #[test]
    fn a_field_too_few_or_too_many_is_named() {
        let refused = |pairs: &[(&str, &str)]| envelope(fields(pairs)).unwrap_err().why;
        let base = [("command_id", "c"), ("expected_seq", "1")];
        let with = |more: &[(&'static str, &'static str)]| [&base[..], more].concat();
        assert_eq!(refused(&[("kind", "note")]), "The form could not be read: missing field `command_id`.");
        assert!(refused(&with(&[("kind", "note")])).contains("missing field `text`"));
        assert!(refused(&with(&[("kind", "dance")])).contains("unknown variant `dance`"));
        assert!(
            refused(&with(&[("kind", "note"), ("text", "x"), ("by", "y")])).contains("unknown field `by`")
        );
        assert!(refused(&with(&[("kind", "probe"), ("item", "No Id")])).contains("expected an id"));
    }

    #[test]
    fn parameters_of_a_run_have_a_prefix_and_empty_ones_are_not_given() {
        let start_run = |form| start_run(Id::parse("hello").unwrap(), form);
        let form = [("command_id", "c1"), ("target", "shop"), ("pace", "continue")];
        let more = [("param.space", "5"), ("param.other", " ")];
        let ask = start_run(fields(&[&form[..], &more].concat())).unwrap();
        assert_eq!(ask.pace, Pace::Continue);
        assert_eq!(ask.parameters, BTreeMap::from([(Id::parse("space").unwrap(), "5".to_owned())]));
        assert!(start_run(fields(&[&form[..], &[("space", "5")]].concat())).is_err());
    }
}
