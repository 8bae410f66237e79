//! The OpenAPI 3.1 document, made from the table of routes and the types.

use super::table::{Answers, PREFIX, ROUTES, Route};
use crate::server::web::ErrorBody;
use crate::server::web::health::Health;
use axum::Json;
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

pub async fn document() -> Json<Value> {
    Json(make())
}

fn make() -> Value {
    // Component schemas are of JSON Schema 2020-12, which is what OpenAPI 3.1 takes.
    let mut settings = SchemaSettings::draft2020_12();
    settings.definitions_path = "/components/schemas".into();
    settings.meta_schema = None;
    let mut generator = settings.into_generator();
    let error = generator.subschema_for::<ErrorBody>();
    let mut paths: Map<String, Value> = Map::new();
    for route in ROUTES {
        let path = paths.entry(format!("{PREFIX}{}", route.path)).or_insert_with(|| json!({}));
        path[route.method] = operation(route, &mut generator);
    }
    let health = generator.subschema_for::<Health>();
    paths.insert("/healthz".to_owned(), json!({ "get": {
        "operationId": "getHealth",
        "summary": "Whether the console and its state answer",
        "security": [],
        "responses": { "200": content("The console is well", "application/json", &health), "default": refusal() },
    }}));
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Kneeboard",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "The console for programs: the same commands, the same refusals as its pages.",
        },
        "servers": [{ "url": "/" }],
        "security": [{ "token": [] }, { "session": [] }],
        "paths": paths,
        "components": {
            "schemas": generator.take_definitions(true),
            "responses": { "Refused": content("Refused or failed: why, and what to do", "application/json", &error) },
            "securitySchemes": {
                "token": { "type": "http", "scheme": "bearer", "description": "Made with `kneeboard token add`" },
                "session": { "type": "apiKey", "in": "cookie", "name": crate::server::web::identify::cookie(false) },
            },
        },
    })
}

fn operation(route: &Route, generator: &mut SchemaGenerator) -> Value {
    let (status, answer) = match &route.answers {
        Answers::Json(status, schema) => (*status, content("Done", "application/json", &schema(generator))),
        Answers::Events(schema) => {
            (200, content("As long as it lasts", "text/event-stream", &schema(generator)))
        }
        Answers::Text => (200, content("Done", "text/plain", &json!({ "type": "string" }))),
    };
    let mut operation = json!({
        "operationId": route.id,
        "summary": route.summary,
        "parameters": parameters(route),
        "responses": { status.to_string(): answer, "default": refusal() },
    });
    if let Some(takes) = route.takes {
        let schema = takes(generator);
        operation["requestBody"] =
            json!({ "required": true, "content": { "application/json": { "schema": schema } } });
    }
    operation
}

fn parameters(route: &Route) -> Vec<Value> {
    let in_path = route.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let in_path = in_path.map(|name| {
        let schema = if name == "n" {
            json!({ "type": "integer", "minimum": 1 })
        } else {
            json!({ "type": "string" })
        };
        json!({ "name": name, "in": "path", "required": true, "schema": schema })
    });
    let in_query = route.query.iter().map(|(name, meaning)| {
        json!({ "name": name, "in": "query", "description": meaning, "schema": { "type": "string" } })
    });
    in_path.chain(in_query).collect()
}

fn content(description: &str, kind: &str, schema: &impl serde::Serialize) -> Value {
    json!({ "description": description, "content": { kind: { "schema": schema } } })
}

fn refusal() -> Value {
    json!({ "$ref": "#/components/responses/Refused" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn references<'a>(value: &'a Value, found: &mut BTreeSet<&'a str>) {
        match value {
            Value::Object(map) => {
                found.extend(map.get("$ref").and_then(Value::as_str));
                map.values().for_each(|value| references(value, found));
            }
            Value::Array(values) => values.iter().for_each(|value| references(value, found)),
            _ => {}
        }
    }

    #[test]
    fn every_reference_leads_somewhere() {
        let document = make();
        let mut found = BTreeSet::new();
        references(&document, &mut found);
        assert!(found.len() > 20, "{found:?}");
        for reference in found {
            let pointer = reference.strip_prefix('#').unwrap();
            assert!(document.pointer(pointer).is_some(), "{reference}");
        }
    }

    #[test]
    fn every_operation_has_a_name_of_its_own_and_declares_its_path() {
        let ids: BTreeSet<_> = ROUTES.iter().map(|route| route.id).collect();
        assert_eq!(ids.len(), ROUTES.len());
        let document = make();
        let attempt = format!("{PREFIX}/runs/{{id}}/steps/{{step}}/attempts/{{n}}/log.txt");
        let names: Vec<_> = document["paths"][&attempt]["get"]["parameters"]
            .as_array()
            .unwrap()
            .iter()
            .map(|parameter| parameter["name"].as_str().unwrap())
            .collect();
        assert_eq!(names, ["id", "step", "n"]);
    }
}
