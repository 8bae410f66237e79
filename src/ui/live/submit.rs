//! Sends a command's form without leaving the page.

use crate::run::Refusal;
use crate::run::refusal::Code;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{FormData, Headers, HtmlFormElement, RequestInit, Response, SubmitEvent};

/// What became of a command.
#[derive(Clone, Debug, PartialEq)]
pub enum Sent {
    Done,
    Refused(Refusal),
}

/// The console's answer to a command that it did not carry out.
#[derive(Deserialize)]
struct Answer {
    message: String,
    #[serde(default)]
    hint: String,
}

/// The form, if it is one of a command, and the key by which a refusal finds it.
pub fn command_form(event: &SubmitEvent) -> Option<(HtmlFormElement, String)> {
    let form: HtmlFormElement = event.target()?.dyn_into().ok()?;
    let key = form.get_attribute("data-ask")?;
    Some((form, key))
}

/// Whether a form of this key is on the page.
pub fn has_form(key: &str) -> bool {
    let document = web_sys::window().and_then(|window| window.document());
    document.is_some_and(|document| {
        matches!(document.query_selector(&format!("form[data-ask=\"{key}\"]")), Ok(Some(_)))
    })
}

/// Posts the fields of a form as a command to `address`. A form that is under way is not sent again.
pub async fn send(form: &HtmlFormElement, address: &str) -> Option<Sent> {
    if form.has_attribute("aria-busy") {
        return None;
    }
    let _ = form.set_attribute("aria-busy", "true");
    let sent = post(form, address).await;
    let _ = form.remove_attribute("aria-busy");
    Some(sent.unwrap_or_else(|_| unreachable_console()))
}

async fn post(form: &HtmlFormElement, address: &str) -> Result<Sent, JsValue> {
    let body = envelope(&FormData::new_with_form(form)?)?;
    let headers = Headers::new()?;
    headers.set("content-type", "application/json")?;
    headers.set("accept", "application/json")?;
    let init = RequestInit::new();
    init.set_method("POST");
    init.set_headers(&headers);
    init.set_body(&JsValue::from_str(&body.to_string()));
    let window = web_sys::window().ok_or(JsValue::NULL)?;
    let response: Response =
        JsFuture::from(window.fetch_with_str_and_init(address, &init)).await?.dyn_into()?;
    if response.ok() {
        return Ok(Sent::Done);
    }
    let text = JsFuture::from(response.text()?).await?.as_string().unwrap_or_default();
    let refusal = match serde_json::from_str::<Answer>(&text) {
        Ok(answer) => Refusal::new(Code::NotNow, answer.message, answer.hint),
        Err(_) => {
            let why = format!("The console answered with status {}.", response.status());
            Refusal::new(Code::NotNow, why, "Reload the page to see how the run stands.")
        }
    };
    Ok(Sent::Refused(refusal))
}

/// The flat fields of the form as the console's JSON.
fn envelope(data: &FormData) -> Result<Value, JsValue> {
    let mut command = Map::new();
    let entries = js_sys::try_iter(data)?.ok_or(JsValue::NULL)?;
    for entry in entries {
        let entry: js_sys::Array = entry?.dyn_into()?;
        if let (Some(name), Some(value)) = (entry.get(0).as_string(), entry.get(1).as_string()) {
            command.insert(name, Value::String(value));
        }
    }
    let command_id = command.remove("command_id");
    let seq = command.remove("expected_seq").and_then(|seq| seq.as_str()?.parse::<u64>().ok());
    let code = command.remove("code").unwrap_or_default();
    let code = code.as_str().unwrap_or_default();
    Ok(json!({ "command_id": command_id, "expected_seq": seq, "command": command, "code": code }))
}

fn unreachable_console() -> Sent {
    let hint = "Nobody knows whether it arrived. Press again: the same command is carried out once.";
    Sent::Refused(Refusal::new(Code::NotNow, "The console could not be reached.", hint))
}
