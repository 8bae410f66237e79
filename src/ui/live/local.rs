//! The viewer's own clock and zone.

use crate::run::Ms;
use js_sys::Date;
use wasm_bindgen::JsValue;

/// The viewer's clock, Unix milliseconds.
pub fn now_ms() -> Ms {
    Date::now() as Ms
}

/// `02:58`, in the zone of the viewer.
pub fn local_time(ms: Ms) -> String {
    let date = Date::new(&JsValue::from_f64(ms as f64));
    format!("{:02}:{:02}", date.get_hours(), date.get_minutes())
}
