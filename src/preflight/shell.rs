//! What a command line calls, also through `sh -c`, and the traps of psql and pg_dump in it. A text for a shell is read as far as
//! simple commands go; what it computes is not.

use super::report::{Place, Remark, Weight};
use std::path::Path;

/// One program with its words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Call {
    pub words: Vec<String>,
    /// `< FILE`
    pub reads: Option<String>,
    /// `> FILE`
    pub writes: Option<String>,
    /// The shell goes on, or ends, without looking at how this one ended.
    pub unwatched: bool,
}

impl Call {
    pub fn program(&self) -> &str {
        let first = self.words.first().map_or("", String::as_str);
        Path::new(first).file_name().and_then(|name| name.to_str()).unwrap_or(first)
    }

    /// As it was written, with the files that it reads and writes.
    pub fn shown(&self) -> String {
        let mut shown = self.words.join(" ");
        for (sign, file) in [("<", &self.reads), (">", &self.writes)] {
            if let Some(file) = file {
                shown.push_str(&format!(" {sign} {file}"));
            }
        }
        shown
    }

    /// Values of an option that may be repeated: `-c SQL`, `--command SQL`, `--command=SQL`.
    pub fn values(&self, short: &str, long: &str) -> Vec<&str> {
        let mut found = Vec::new();
        for (at, word) in self.words.iter().enumerate() {
            if word == short || word == long {
                found.extend(self.words.get(at + 1).map(String::as_str));
            } else if let Some(value) = word.strip_prefix(long).and_then(|rest| rest.strip_prefix('=')) {
                found.push(value);
            }
        }
        found
    }
}

/// The programs that an argument list starts.
pub fn calls(argv: &[String]) -> Vec<Call> {
    let alone = Call { words: argv.to_vec(), ..Call::default() };
    let shell = ["sh", "bash", "dash", "zsh", "ksh"].contains(&alone.program());
    let script =
        argv.iter().position(|word| word.starts_with('-') && !word.starts_with("--") && word.ends_with('c'));
    match script.and_then(|at| Some((argv[at].as_str(), argv.get(at + 1)?))).filter(|_| shell) {
        Some((options, text)) => script_calls(text, options.contains('e')),
        None => vec![alone],
    }
}

fn script_calls(text: &str, stops: bool) -> Vec<Call> {
    let mut calls = vec![Call::default()];
    let mut stops = stops;
    let mut tokens = tokens(text).into_iter().peekable();
    while let Some(token) = tokens.next() {
        let Some(call) = calls.last_mut() else { break };
        match token {
            Token::Word(word) => call.words.push(word),
            Token::Sign('<') => call.reads = next_word(&mut tokens),
            Token::Sign('>') => call.writes = next_word(&mut tokens),
            Token::Sign(sign) => {
                let sets = call.words.first().is_some_and(|word| word == "set");
                stops |= sets && call.words.iter().any(|word| word.starts_with('-') && word.contains('e'));
                call.unwatched = sign == '|' || sign == '&' || (sign == ';' && !stops);
                calls.push(Call::default());
            }
        }
    }
    calls.retain(|call| !call.words.is_empty());
    calls
}

fn next_word(tokens: &mut std::iter::Peekable<impl Iterator<Item = Token>>) -> Option<String> {
    match tokens.next_if(|token| matches!(token, Token::Word(_)))? {
        Token::Word(word) => Some(word),
        Token::Sign(_) => None,
    }
}

enum Token {
    Word(String),
    /// `<`, `>`, `;` (also a line's end), `|`, `&` (in the background), and `+` for `&&`, whose left side is looked at.
    Sign(char),
}

fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut word: Option<String> = None;
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\'' | '"' => {
                let inside = word.get_or_insert_default();
                while let Some(next) = letters.next().filter(|next| *next != letter) {
                    match next {
                        '\\' if letter == '"' => inside.extend(letters.next()),
                        next => inside.push(next),
                    }
                }
            }
            '\\' => word.get_or_insert_default().extend(letters.next().filter(|next| *next != '\n')),
            '<' | '>' if letters.peek() == Some(&'&') => {
                // `2>&1` joins streams and names no file.
                while letters.next_if(|next| *next == '&' || next.is_ascii_digit()).is_some() {}
                word = word.filter(|word| !is_descriptor(word));
            }
            '<' | '>' | ';' | '|' | '&' | '\n' => {
                let left = word.take().filter(|word| !(matches!(letter, '<' | '>') && is_descriptor(word)));
                tokens.extend(left.map(Token::Word));
                let double = letters.next_if_eq(&letter).is_some();
                tokens.push(Token::Sign(match letter {
                    '&' | '|' if double => '+',
                    '\n' => ';',
                    letter => letter,
                }));
            }
            letter if letter.is_whitespace() => tokens.extend(word.take().map(Token::Word)),
            letter => word.get_or_insert_default().push(letter),
        }
    }
    tokens.extend(word.map(Token::Word));
    tokens
}

fn is_descriptor(word: &str) -> bool {
    word.chars().all(|letter| letter.is_ascii_digit())
}

/// The traps in one call.
pub fn traps(call: &Call, place: &Place) -> Vec<Remark> {
    let mut found = Vec::new();
    let subject = call.shown();
    let stops =
        call.words.iter().filter_map(|word| word.split_once("ON_ERROR_STOP=")).any(|(_, value)| value != "0");
    let file = call.reads.as_deref().or_else(|| call.values("-f", "--file").first().copied());
    if call.program() == "psql" && file.is_some() && !stops {
        let reason = "psql goes on after an error and ends with exit code 0: over a live schema a dump restores nothing, and looks as if it had.";
        let remark = Remark::new(Weight::Fail, "psql-goes-on", place, &subject, reason);
        found.push(remark.remedy(
            "Restore an archive with pg_restore -1, or at least give psql -X -1 -v ON_ERROR_STOP=1.",
        ));
    }
    if matches!(call.program(), "pg_dump" | "pg_dumpall") && call.writes.is_some() {
        let (weight, what) = if call.unwatched {
            (
                Weight::Fail,
                "Where pg_dump fails it leaves an empty file, and the next command runs all the same.",
            )
        } else {
            (Weight::Warn, "Where pg_dump fails it leaves an empty or torn file that looks like a dump.")
        };
        let remark = Remark::new(weight, "dump-by-redirection", place, &subject, what);
        found.push(remark.remedy("Write an archive with -Fd -f or -Fc -f in a step of its own, then read it with pg_restore -f /dev/null."));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn script(text: &str) -> Vec<Call> {
        calls(&["sh".to_owned(), "-c".to_owned(), text.to_owned()])
    }

    fn rules(text: &str) -> Vec<(Weight, String)> {
        let place = Place { file: String::new(), line: 1, column: 1, part: String::new() };
        let remarks = script(text).iter().flat_map(|call| traps(call, &place)).collect::<Vec<_>>();
        remarks.into_iter().map(|remark| (remark.weight, remark.rule)).collect()
    }

    #[test]
    fn simple_commands_of_a_script_are_told_apart() {
        let calls = script("cd app && psql -c \"ANALYZE; SELECT 'a b'\" | tee log;\nalembic upgrade head");
        let words: Vec<String> = calls.iter().map(|call| call.words.join(" ")).collect();
        assert_eq!(words, ["cd app", "psql -c ANALYZE; SELECT 'a b'", "tee log", "alembic upgrade head"]);
        assert_eq!(calls[1].values("-c", "--command"), ["ANALYZE; SELECT 'a b'"]);
    }

    #[test]
    fn streams_are_no_words() {
        let calls = script("psql -f a 2> errors >&2 && ls 2>&1 | tee");
        assert_eq!(
            calls.iter().map(|call| call.words.join(" ")).collect::<Vec<_>>(),
            ["psql -f a", "ls", "tee"]
        );
        assert_eq!(calls[0].writes.as_deref(), Some("errors"));
        assert_eq!(calls[0].shown(), "psql -f a > errors");
    }

    #[test]
    fn a_program_without_a_shell_is_one_call() {
        let argv = ["psql", "-c", "SELECT 1"].map(str::to_owned);
        assert_eq!(calls(&argv)[0].words, argv);
        assert_eq!(calls(&["bash".to_owned(), "-ceu".to_owned()]).len(), 1);
    }

    #[test]
    fn psql_that_reads_a_file_must_stop_at_an_error() {
        let fails = vec![(Weight::Fail, "psql-goes-on".to_owned())];
        assert_eq!(rules("psql textloom < backup.sql"), fails);
        assert_eq!(rules("psql -f backup.sql"), fails);
        assert_eq!(rules("psql -v ON_ERROR_STOP=0 -f backup.sql"), fails);
        assert!(rules("psql -X -v ON_ERROR_STOP=1 -f backup.sql").is_empty());
        assert!(rules("psql -c 'SELECT 1'").is_empty());
    }

    #[test]
    fn a_dump_by_redirection_leaves_an_empty_file() {
        let dump = |weight| vec![(weight, "dump-by-redirection".to_owned())];
        assert_eq!(rules("pg_dump -n s > backup.sql; alembic upgrade abc"), dump(Weight::Fail));
        assert_eq!(rules("set -e; pg_dump > backup.sql; ls"), dump(Weight::Warn));
        assert_eq!(rules("pg_dump > backup.sql && ls"), dump(Weight::Warn));
        assert!(rules("pg_dump -Fc -f backup").is_empty());
    }
}
