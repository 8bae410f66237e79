//! Query plans to look at: one as a tree, two side by side. Pure views of `crate::plan`, complete without scripts.

mod beside;
mod name;
mod raw;
mod shown;
mod tree;
mod walk;

pub use beside::{Captured, PlanComparison};
pub use tree::PlanTree;

#[cfg(test)]
mod tests;
