//! The viewer's own clock.

use crate::run::Ms;
use js_sys::Date;

/// The viewer's clock, Unix milliseconds.
pub fn now_ms() -> Ms {
    Date::now() as Ms
}
