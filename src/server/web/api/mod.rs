//! `/api/v1`: the same console for programs. One table says what there is; the router and the OpenAPI document are made from it.

mod aftercare;
mod commands;
mod documents;
mod lists;
mod openapi;
mod preflights;
mod table;

pub use table::router;
