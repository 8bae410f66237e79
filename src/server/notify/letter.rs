//! What is queued and sent: a notification with the address of its page, in the words of a chat, of a mail and of a program.

use crate::run::Ms;
use crate::run::notification::Notification;
use crate::runbook::Id;
use crate::text::clock;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// As it is stored; what is made of it is the same at every try.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    pub told: Notification,
    /// The whole address of the page to look at.
    pub url: String,
}

/// One message to one receiver.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// The same at every try.
    pub id: String,
    pub at: Ms,
    /// `run.` and the kind, or `test`.
    pub topic: String,
    /// One line.
    pub subject: String,
    /// One line each; the address of the page stands in the last.
    pub lines: Vec<String>,
    /// For programs.
    pub data: Value,
    /// What belongs together in a mailbox.
    pub thread: Option<String>,
}

impl Letter {
    /// The id of what this receiver is told of this event.
    pub fn id(&self, receiver: &Id) -> String {
        format!("msg_{}_{}_{receiver}", self.told.run, self.told.seq)
    }

    pub fn message(&self, receiver: &Id) -> Message {
        let told = &self.told;
        let where_ = format!("{} ({})", told.target, told.environment);
        let when = clock::date_and_time(told.at);
        let note = Some(told.note.clone()).filter(|note| !note.is_empty());
        let facts = format!("{} on {where_}, {when}, by {}", told.runbook, told.who);
        Message {
            id: self.id(receiver),
            at: told.at,
            topic: format!("run.{}", told.kind.word()),
            subject: format!("{where_}: {}", told.title),
            lines: note.into_iter().chain([facts, self.url.clone()]).collect(),
            data: json!({
                "run": told.run,
                "seq": told.seq,
                "kind": told.kind,
                "title": told.title,
                "note": told.note,
                "who": told.who,
                "runbook": told.runbook,
                "target": told.target,
                "environment": told.environment,
                "url": self.url,
            }),
            thread: Some(told.run.to_string()),
        }
    }
}

impl Message {
    /// To try a receiver.
    pub fn test(receiver: &Id, id: &str, now: Ms) -> Self {
        Self {
            id: format!("msg_test_{id}_{receiver}"),
            at: now,
            topic: "test".to_owned(),
            subject: format!("Kneeboard: a test of the receiver {receiver}"),
            lines: vec![format!(
                "Sent by `kneeboard notify test` at {}. Nothing has happened.",
                clock::date_and_time(now)
            )],
            data: json!({ "receiver": receiver }),
            thread: None,
        }
    }

    /// The body of a webhook. `text` is what Slack, and what takes its messages, shows of it.
    pub fn json(&self) -> String {
        let lines: Vec<String> = self.lines.iter().map(|line| for_chat(line)).collect();
        let text = format!("*{}*\n{}", for_chat(&self.subject), lines.join("\n"));
        json!({ "text": text, "type": self.topic, "timestamp": clock::iso(self.at), "data": self.data })
            .to_string()
    }

    /// The body of a mail.
    pub fn plain(&self) -> String {
        let lines = self.lines.join("\n\n");
        format!("{}\n\n{lines}\n", self.subject)
    }
}

/// Words of people in a chat: they open no link, call nobody and end no emphasis. Slack wants `&`, `<` and `>` escaped
/// (<https://docs.slack.dev/messaging/formatting-message-text>); what takes its messages may also read Markdown and `@channel`.
fn for_chat(line: &str) -> String {
    let escaped = line.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    escaped.replace('@', "@\u{200b}").replace("](", "] (").replace('*', "∗").replace('`', "'")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::RunId;
    use crate::run::notification::Kind;

    fn letter(note: &str) -> Letter {
        let told = Notification {
            kind: Kind::BreakGlass,
            title: "olga asked to break the glass".into(),
            note: note.into(),
            who: "olga".into(),
            at: 1_746_065_500_123,
            run: RunId::parse(&"a".repeat(32)).unwrap(),
            seq: 7,
            runbook: "Small".into(),
            target: Id::parse("shop").unwrap(),
            environment: "production".into(),
            named: Vec::new(),
            page: String::new(),
        };
        Letter { told, url: "https://kneeboard.example/runs/a".into() }
    }

    fn message(note: &str) -> Message {
        letter(note).message(&Id::parse("oncall").unwrap())
    }

    #[test]
    fn a_message_says_what_where_when_by_whom_and_has_the_link_last() {
        assert_eq!(
            message("a long sale").plain(),
            "shop (production): olga asked to break the glass\n\na long sale\n\n\
             Small on shop (production), 2025-05-01 02:11:40 UTC, by olga\n\nhttps://kneeboard.example/runs/a\n"
        );
        let body: Value = serde_json::from_str(&message("").json()).unwrap();
        assert_eq!(body["type"], "run.break_glass");
        assert_eq!(body["timestamp"], "2025-05-01T02:11:40.123Z");
        assert_eq!(body["data"]["kind"], "break_glass");
        assert_eq!(body["text"].as_str().unwrap().lines().count(), 3, "{body}");
    }

    #[test]
    fn a_note_calls_nobody_and_forges_no_link_and_is_whole_for_programs() {
        let note = "<!channel> <https://a.example|Sign> @here [x](https://a.example) *bold* `code` & more";
        let body: Value = serde_json::from_str(&message(note).json()).unwrap();
        let text = body["text"].as_str().unwrap();
        assert!(text.contains("&lt;!channel&gt;") && text.contains("&amp; more"), "{text}");
        for forged in ["<", ">", "@here", "](", "`"] {
            assert!(!text.contains(forged), "{forged} in {text}");
        }
        assert_eq!(text.matches('*').count(), 2, "only those of the subject: {text}");
        assert_eq!(body["data"]["note"], note);
    }

    #[test]
    fn the_id_is_the_same_at_every_try_and_another_for_each_receiver_and_event() {
        let id = |name: &str| letter("").id(&Id::parse(name).unwrap());
        assert_eq!(id("oncall"), format!("msg_{}_7_oncall", "a".repeat(32)));
        assert_ne!(id("oncall"), id("chat"));
    }
}
