//! A command as a form. The same value is asked of `decide` beforehand, fills the hidden fields, and comes back to the server.

use crate::run::{Actor, Command, Refusal, RunState};
use leptos::prelude::*;

/// What a part of the page looks at.
pub struct Seen<'a> {
    pub state: &'a RunState,
    pub actor: &'a Actor,
    /// The last refusal, and the key of the form that it answers.
    pub refused: Option<&'a (String, Refusal)>,
}

/// A text that the person writes into the command.
pub struct Field {
    /// The command's field.
    pub name: &'static str,
    pub label: String,
    pub hint: String,
    pub required: bool,
}

impl Field {
    pub fn required(name: &'static str, label: impl Into<String>) -> Self {
        Self { name, label: label.into(), hint: String::new(), required: true }
    }

    pub fn optional(name: &'static str, label: impl Into<String>) -> Self {
        Self { required: false, ..Self::required(name, label) }
    }

    pub fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: hint.into(), ..self }
    }

    fn view(self, key: &str) -> AnyView {
        let hint_id = format!("{key}-{}-hint", self.name);
        let described = (!self.hint.is_empty()).then(|| hint_id.clone());
        view! {
            <label class="field">
                <span>{self.label}{(!self.required).then_some(" (optional)")}</span>
                <input name=self.name required=self.required maxlength="4000" autocomplete="off" aria-describedby=described.clone()/>
            </label>
            {described.map(|id| view! { <small class="quiet" id=id>{self.hint}</small> })}
        }
        .into_any()
    }
}

/// One command with its button. Any text stands in the fields that are still to be written.
pub struct Ask {
    command: Command,
    label: String,
    /// What the button is about, for those who hear it by itself.
    of: Option<String>,
    look: &'static str,
    fields: Vec<Field>,
    /// The element that says already why this person may not; so that it is not said in every line.
    said: Option<&'static str>,
    /// Tells the same command in two places of a page apart.
    place: &'static str,
}

impl Ask {
    pub fn new(command: Command, label: impl Into<String>) -> Self {
        Self { command, label: label.into(), of: None, look: "", fields: Vec::new(), said: None, place: "" }
    }

    /// Class of the button.
    pub fn look(self, look: &'static str) -> Self {
        Self { look, ..self }
    }

    pub fn of(self, what: impl Into<String>) -> Self {
        Self { of: Some(what.into()), ..self }
    }

    pub fn field(mut self, field: Field) -> Self {
        self.fields.push(field);
        self
    }

    pub fn said(self, id: Option<&'static str>) -> Self {
        Self { said: id, ..self }
    }

    pub fn place(self, place: &'static str) -> Self {
        Self { place, ..self }
    }

    /// The command's fields that nobody writes, in order; `kind` is the first.
    fn fixed(&self) -> Vec<(String, String)> {
        let json = serde_json::to_value(&self.command).unwrap_or_default();
        let fields = json.as_object().cloned().unwrap_or_default().into_iter();
        fields
            .filter(|(name, _)| !self.fields.iter().any(|field| field.name == name))
            .map(|(name, value)| (name, value.as_str().unwrap_or_default().to_owned()))
            .filter(|(_, value)| !value.is_empty())
            .collect()
    }

    pub fn view(self, seen: &Seen<'_>) -> AnyView {
        let fixed = self.fixed();
        let names = fixed.iter().map(|(_, value)| value.as_str());
        let key = [self.place]
            .into_iter()
            .filter(|place| !place.is_empty())
            .chain(names)
            .collect::<Vec<_>>()
            .join("-");
        let why = seen.state.would_refuse(self.command, seen.actor);
        let why_id = format!("{key}-why");
        let described = why.is_some().then(|| self.said.map_or_else(|| why_id.clone(), str::to_owned));
        let shown = why.as_ref().filter(|_| self.said.is_none()).map(|refusal| refusal.why.clone());
        let refused = seen.refused.filter(|(form, _)| *form == key).map(|(_, refusal)| refusal.clone());
        let hidden = |(name, value): (String, String)| view! { <input type="hidden" name=name value=value/> };
        view! {
            <form class="command" method="post" action=format!("/runs/{}", seen.state.run) data-ask=key.clone()>
                {fixed.into_iter().map(hidden).collect_view()}
                <input type="hidden" name="command_id" value=uuid::Uuid::new_v4().simple().to_string()/>
                <input type="hidden" name="expected_seq" value=seen.state.seq.to_string()/>
                {self.fields.into_iter().map(|field| field.view(&key)).collect_view()}
                <button class=self.look type="submit" aria-disabled=why.is_some().then_some("true") aria-describedby=described>
                    {self.label}
                    {self.of.map(|of| view! { <span class="unseen">": "{of}</span> })}
                </button>
                {shown.map(|why| view! { <p class="why" id=why_id>{why}</p> })}
                {refused.map(|refusal| view! { <super::Notice refusal/> })}
            </form>
        }
        .into_any()
    }
}
