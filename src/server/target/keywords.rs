//! Connection parameters by libpq's names (<https://www.postgresql.org/docs/current/libpq-connect.html>), and the two texts
//! they are read from: a connection URL and a section of a service file.

use std::collections::BTreeMap;
use url::Url;

/// By libpq's keyword. Later layers fill only what earlier ones left out.
pub type Keywords = BTreeMap<String, String>;

/// What the console honours and gives on to the tools it starts.
pub const KNOWN: [&str; 10] =
    ["host", "port", "dbname", "user", "password", "passfile", "sslmode", "sslrootcert", "sslcert", "sslkey"];

/// Without meaning for which server, database and role is reached. All others are refused: `options` could name another role.
const IGNORED: [&str; 12] = [
    "application_name",
    "fallback_application_name",
    "client_encoding",
    "connect_timeout",
    "keepalives",
    "keepalives_idle",
    "keepalives_interval",
    "keepalives_count",
    "tcp_user_timeout",
    "channel_binding",
    "gssencmode",
    "target_session_attrs",
];

fn keep(found: &mut Keywords, key: &str, value: &str) -> Result<(), String> {
    if IGNORED.contains(&key) {
        return Ok(());
    }
    if !KNOWN.contains(&key) {
        return Err(format!("expected one of {}, came `{key}`", KNOWN.join(", ")));
    }
    if matches!(key, "host" | "port") && value.contains(',') {
        return Err(format!("expected one {key}, came several: a run is about one server"));
    }
    found.insert(key.to_owned(), value.to_owned());
    Ok(())
}

/// `postgres://user:password@host:port/database?sslmode=require`; `host` may be a socket directory, percent-encoded.
///
/// # Errors
/// What was expected; never the URL itself, which may hold a password.
pub fn from_url(text: &str) -> Result<Keywords, String> {
    let form = "expected a URL such as postgres://user@host:5432/database";
    let url = Url::parse(text).map_err(|error| format!("{form}, came something else ({error})"))?;
    if !matches!(url.scheme(), "postgres" | "postgresql") {
        return Err(format!("{form}, came the scheme `{}`", url.scheme()));
    }
    let mut found = Keywords::new();
    let port = url.port().map(|port| port.to_string());
    let parts = [
        ("host", url.host_str().map(|host| host.trim_start_matches('[').trim_end_matches(']'))),
        ("port", port.as_deref()),
        ("user", Some(url.username())),
        ("password", url.password()),
        ("dbname", Some(url.path().trim_start_matches('/'))),
    ];
    for (key, part) in parts {
        let Some(part) = part.filter(|part| !part.is_empty()) else { continue };
        let value = percent_decode(part).ok_or_else(|| format!("{form}, came a {key} that is not UTF-8"))?;
        keep(&mut found, key, &value)?;
    }
    for (key, value) in url.query_pairs() {
        keep(&mut found, &key, &value)?;
    }
    Ok(found)
}

/// The section `[name]` of a `pg_service.conf`. None where the file has no such section.
///
/// # Errors
/// The first line of the section that is no `keyword=value` the console knows.
pub fn from_service(text: &str, name: &str) -> Result<Option<Keywords>, String> {
    let mut found: Option<Keywords> = None;
    for (number, line) in text.lines().map(str::trim).enumerate() {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(section) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            // libpq stops at the end of the first section of that name.
            if found.is_some() {
                break;
            }
            found = (section == name).then(Keywords::new);
        } else if let Some(found) = &mut found {
            let at = |message: String| format!("line {}: {message}", number + 1);
            let (key, value) =
                line.split_once('=').ok_or_else(|| at("expected keyword=value, came none".to_owned()))?;
            keep(found, key.trim(), value.trim()).map_err(at)?;
        }
    }
    Ok(found)
}

fn percent_decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let hex = tail.get(..2).filter(|_| first == b'%').and_then(|hex| std::str::from_utf8(hex).ok());
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            None => {
                bytes.push(first);
                rest = tail;
            }
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(found: &Keywords) -> String {
        found.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_url_gives_its_parts_decoded() {
        let tcp = from_url("postgres://o%27neil:p%40ss%2Fword@db.example:6432/text%20loom?sslmode=require")
            .unwrap();
        assert_eq!(
            shown(&tcp),
            "dbname=text loom host=db.example password=p@ss/word port=6432 sslmode=require user=o'neil"
        );
        let socket = from_url("postgresql:///shop?host=/run/postgresql&user=me&connect_timeout=3").unwrap();
        assert_eq!(shown(&socket), "dbname=shop host=/run/postgresql user=me");
        assert_eq!(shown(&from_url("postgres://%2Frun%2Fpg/x").unwrap()), "dbname=x host=/run/pg");
        assert_eq!(shown(&from_url("postgres://[::1]:5433/x").unwrap()), "dbname=x host=::1 port=5433");
    }

    #[test]
    fn a_url_that_is_refused_is_not_repeated() {
        for url in ["mysql://me:hunter2@h/x", "hunter2", "postgres://me:hunter2@a/x?options=-crole=admin"] {
            assert!(!from_url(url).unwrap_err().contains("hunter2"), "{url}");
        }
        assert!(from_url("postgres://me@h/x?host=a,b").unwrap_err().contains("one server"));
    }

    #[test]
    fn a_service_is_the_first_section_of_its_name() {
        let text = "# services\n[other]\nhost=a\n\n[shop]\nhost = b\n port=5433\nuser=me\n[shop]\nhost=c\n";
        assert_eq!(shown(&from_service(text, "shop").unwrap().unwrap()), "host=b port=5433 user=me");
        assert_eq!(from_service(text, "nobody"), Ok(None));
        assert!(from_service("[s]\nhost=h\nldap://x", "s").unwrap_err().starts_with("line 3: expected"));
    }
}
