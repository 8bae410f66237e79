//! Everything that is asked of a target database: which there are, what they say, what a role may do there, and how a step's
//! sessions are stopped. Changing a target is the steps' business; the console's own sessions are read-only.

pub mod backends;
pub mod bind;
pub mod blocker;
pub mod calendar;
pub mod capability;
pub mod child;
pub mod config;
pub mod connect;
pub mod counters;
pub mod error;
pub mod estimate;
pub mod facts;
pub mod index_definition;
pub mod keywords;
mod passfile;
pub mod probe;
mod probe_command;
pub mod program;
pub mod reading;
pub mod rows;
pub mod sample;
mod secret;
pub mod settings;
pub mod sighting;
pub mod space;
pub mod sql;
mod surroundings;

pub use backends::application_name;
pub use capability::capability;
pub use config::Targets;
pub use connect::Target;
pub use error::TargetError;
pub use facts::facts;
pub use reading::read;
pub use sample::sample;
pub use secret::Secret;
