//! Another provider by which people may sign in, as the login page names it.

/// Put into the context where there is one.
#[derive(Clone, Debug)]
pub struct Provider {
    pub name: String,
}
