//! What a page does in the browser once it is hydrated: it follows the run, sends commands without a reload, and grows its log.
//! Nothing here runs on the server, and no page needs it to be complete.

mod dom;
mod follow;
mod heard;
mod link;
mod local;
mod log_view;
mod submit;

pub use follow::{Handlers, follow, stop};
pub use link::Link;
pub use local::now_ms;
pub use log_view::{LogView, attach, attached, detach};
pub use submit::{Sent, command_form, has_form, send};
