//! Every address of the router, with good values in its parameters, and every command of the API with what it must have.

use crate::house::House;
use kneeboard::server::web::{Entrance, Web, router};
use serde_json::{Map, Value, json};

/// What answers without a session: signing in and out, health, and files that are the same for everybody.
const PUBLIC: [&str; 6] =
    ["/login", "/login/oidc", "/login/oidc/callback", "/logout", "/healthz", "/pkg/{*name}"];

pub const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/// As axum writes them, from what the router says of itself.
pub fn routes(house: &House) -> Vec<String> {
    let told = format!("{:?}", router(Web::new(house.console.clone(), Entrance::default())));
    let mut routes: Vec<String> =
        told.split('"').filter(|part| part.starts_with('/')).map(str::to_owned).collect();
    routes.sort();
    routes.dedup();
    for known in ["/", "/runs/{id}/live", "/api/v1/runs/{id}/commands", "/login", "/sessions", "/api/ui/home"]
    {
        assert!(routes.iter().any(|route| route == known), "{known} is in {routes:?}");
    }
    routes
}

pub fn is_public(route: &str) -> bool {
    let at_root = route.strip_prefix('/').is_some_and(|file| !file.contains('/') && file.contains('.'));
    PUBLIC.contains(&route) || at_root
}

/// The route with these values in its parameters; good ones by default.
pub fn fill(house: &House, route: &str, bad: Option<(&str, &str)>) -> String {
    let good = |name: &str| match name {
        "id" => house.run.to_string(),
        "step" => "echo".to_owned(),
        "n" => "1".to_owned(),
        "slug" => "small".to_owned(),
        _ => "x".to_owned(),
    };
    parameters(route).into_iter().fold(route.to_owned(), |path, name| {
        let value = match bad {
            Some((bad, value)) if bad == name => value.to_owned(),
            _ => good(&name),
        };
        path.replace(&format!("{{{name}}}"), &value).replace(&format!("{{*{name}}}"), &value)
    })
}

pub fn parameters(route: &str) -> Vec<String> {
    let inside = route.split('{').skip(1).filter_map(|part| part.split('}').next());
    inside.map(|name| name.trim_start_matches('*').to_owned()).collect()
}

/// Every kind of command, filled from the API's own schema with the least that it takes; `text` where it takes any text.
pub async fn commands(house: &House, text: &str) -> Vec<Value> {
    let asked = house.browser("vera").await.get("/api/v1/openapi.json").send().await.unwrap();
    let document: Value = asked.json().await.unwrap();
    let kinds = document["components"]["schemas"]["Command"]["oneOf"].as_array().unwrap();
    assert!(kinds.len() > 15, "the schema names every command");
    kinds.iter().map(|kind| filled(&document, kind, text)).collect()
}

fn filled(document: &Value, schema: &Value, text: &str) -> Value {
    if let Some(reference) = schema["$ref"].as_str() {
        return filled(document, document.pointer(reference.trim_start_matches('#')).unwrap(), text);
    }
    if !schema["const"].is_null() {
        return schema["const"].clone();
    }
    let first = |of: &str| schema[of].as_array().and_then(|all| all.first()).cloned();
    if let Some(value) = first("enum") {
        return value;
    }
    if let Some(choice) = first("oneOf").or(first("anyOf")) {
        return filled(document, &choice, text);
    }
    match schema["type"].as_str() {
        Some("object") => {
            let fields = schema["properties"].as_object().cloned().unwrap_or_default();
            let filled = fields.iter().map(|(name, field)| (name.clone(), filled(document, field, text)));
            Value::Object(filled.collect::<Map<_, _>>())
        }
        Some("integer" | "number") => json!(1),
        Some("boolean") => json!(true),
        Some("array") => json!([]),
        _ => json!(text),
    }
}
