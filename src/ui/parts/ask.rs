//! A command as a form. The same value is asked of `decide` beforehand, fills the hidden fields, and comes back to the server.

use super::factor;
use crate::api::Fields;
use crate::run::{Actor, Command, Refusal, RunState};
use leptos::prelude::*;

/// What a part of the page looks at.
#[derive(Clone, Copy)]
pub struct Seen<'a> {
    pub state: &'a RunState,
    pub actor: &'a Actor,
    /// Why this person may only look, which is said once, in the element `WATCHING`, and not at every control.
    pub watching: Option<&'a str>,
    /// The last refusal, and the key of the form that it answers.
    pub refused: Option<&'a (String, Refusal)>,
    /// The form that was refused where the page is the answer to it; empty otherwise.
    pub sent: &'a Fields,
    /// Which page of the run takes its commands and is shown again afterwards: `runs` or `sign`.
    pub at: &'static str,
}

/// Id of the element that says why this person may only look.
pub const WATCHING: &str = "watching";

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

    fn view(self, key: &str, value: Option<String>) -> AnyView {
        let hint_id = format!("{key}-{}-hint", self.name);
        let described = (!self.hint.is_empty()).then(|| hint_id.clone());
        view! {
            <label class="field">
                <span>{self.label}{(!self.required).then_some(" (optional)")}</span>
                <input name=self.name value=value required=self.required maxlength="4000" autocomplete="off" aria-describedby=described.clone()/>
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
    /// Tells the same command in two places of a page apart.
    place: &'static str,
}

impl Ask {
    pub fn new(command: Command, label: impl Into<String>) -> Self {
        Self { command, label: label.into(), of: None, look: "", fields: Vec::new(), place: "" }
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

    pub fn fields(self, fields: impl IntoIterator<Item = Field>) -> Self {
        fields.into_iter().fold(self, Self::field)
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

    /// Whether the page answers this form, sent without scripts.
    pub fn was_sent(&self, seen: &Seen<'_>) -> bool {
        !seen.sent.is_empty() && self.fixed().iter().all(|(name, value)| seen.sent.get(name) == Some(value))
    }

    /// Behind a line to be opened, as what is rarely wanted is.
    pub fn folded(self, line: impl IntoView + 'static, seen: &Seen<'_>) -> AnyView {
        let open = self.was_sent(seen);
        view! { <details class="more" open=open><summary>{line}</summary>{self.view(seen)}</details> }
            .into_any()
    }

    pub fn view(self, seen: &Seen<'_>) -> AnyView {
        let sent = Some(seen.sent).filter(|_| self.was_sent(seen));
        let fixed = self.fixed();
        let names = fixed.iter().map(|(_, value)| value.as_str());
        let key = [self.place]
            .into_iter()
            .filter(|place| !place.is_empty())
            .chain(names)
            .collect::<Vec<_>>()
            .join("-");
        let action = format!("/{}/{}", seen.at, seen.state.run);
        let why = seen.state.would_refuse(self.command.clone(), seen.actor);
        let factor = why.is_none().then(|| factor(seen, &self.command)).flatten();
        let why_id = format!("{key}-why");
        let said = why.as_ref().is_some_and(|refusal| seen.watching == Some(refusal.why.as_str()));
        let described = why.is_some().then(|| if said { WATCHING.to_owned() } else { why_id.clone() });
        let shown = why.as_ref().filter(|_| !said).map(|refusal| refusal.why.clone());
        let refused = seen.refused.filter(|(form, _)| *form == key).map(|(_, refusal)| refusal.clone());
        let hidden = |(name, value): (String, String)| view! { <input type="hidden" name=name value=value/> };
        view! {
            <form class="command" method="post" action=action data-ask=key.clone()>
                {fixed.into_iter().map(hidden).collect_view()}
                <input type="hidden" name="command_id" value=uuid::Uuid::new_v4().simple().to_string()/>
                <input type="hidden" name="expected_seq" value=seen.state.seq.to_string()/>
                {self.fields.into_iter().map(|field| {
                    let value = sent.and_then(|sent| sent.get(field.name).cloned());
                    field.view(&key, value)
                }).collect_view()}
                {factor}
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::tests::{actor, id, state};
    use crate::run::{Permission, refusal::Code};

    fn html(ask: Ask, permission: Permission, refused: Option<&(String, Refusal)>) -> String {
        let (state, actor, sent) = (state([]), actor("ann", &[permission]), Fields::new());
        let seen = Seen { state: &state, actor: &actor, watching: None, refused, sent: &sent, at: "runs" };
        Owner::new().with(|| ask.view(&seen).to_html())
    }

    fn skip() -> Ask {
        let command = Command::SkipStep { step: id("dump"), reason: "…".into() };
        Ask::new(command, "Skip").field(Field::required("reason", "Why"))
    }

    #[test]
    fn a_command_is_a_form_with_its_fields_flat() {
        let html = html(skip(), Permission::Operator, None);
        assert!(
            html.contains(
                r#"<form method="post" action="/runs/00000000000000000000000000000000" data-ask="skip_step-dump" class="command">"#
            ),
            "{html}"
        );
        for field in [
            r#"name="kind" value="skip_step""#,
            r#"name="step" value="dump""#,
            r#"name="expected_seq" value="1""#,
        ] {
            assert!(html.contains(field), "{field} in {html}");
        }
        assert!(html.contains(r#"<input name="reason" required"#), "{html}");
        assert!(!html.contains("aria-disabled"), "{html}");
        assert_eq!(html.matches("name=\"command_id\"").count(), 1);
    }

    #[test]
    fn who_may_not_sees_the_button_and_why() {
        let html = html(skip(), Permission::Viewer, None);
        assert!(html.contains(r#"aria-disabled="true" aria-describedby="skip_step-dump-why""#), "{html}");
        assert!(html.contains(r#"id="skip_step-dump-why" class="why">ann may not do this"#), "{html}");
    }

    #[test]
    fn a_refusal_stands_in_the_form_that_it_answers_and_in_no_other() {
        let refusal = Refusal::new(Code::Stale, "ben changed the run.", "Look again.");
        let refused = ("skip_step-dump".to_owned(), refusal);
        assert!(html(skip(), Permission::Operator, Some(&refused)).contains("ben changed the run."));
        let other = Ask::new(Command::Probe { item: id("window") }, "Ask");
        assert!(!html(other, Permission::Operator, Some(&refused)).contains("ben changed the run."));
    }

    #[test]
    fn a_form_that_was_refused_without_scripts_is_open_and_as_it_was_written() {
        let (state, actor) = (state([]), actor("ann", &[Permission::Operator]));
        let sent = [("kind", "skip_step"), ("step", "dump"), ("reason", "It is \"done\".")];
        let sent = sent.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let seen =
            Seen { state: &state, actor: &actor, watching: None, refused: None, sent: &sent, at: "runs" };
        let html = |ask: Ask| Owner::new().with(|| ask.folded("Skip…", &seen).to_html());
        let shown = html(skip());
        assert!(shown.contains("<details open") && shown.contains("It is &quot;done&quot;."), "{shown}");
        let other = Command::SkipStep { step: id("up"), reason: "…".into() };
        let shown = html(Ask::new(other, "Skip").field(Field::required("reason", "Why")));
        assert!(!shown.contains("<details open") && !shown.contains("&quot;done"), "{shown}");
    }
}
