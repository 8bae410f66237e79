//! Query plans to look at: one as a tree, two side by side. Pure views of `crate::plan`, complete without scripts.

mod beside;
mod name;
mod shown;
mod tree;

pub use beside::PlanComparison;
pub use tree::PlanTree;

#[cfg(test)]
mod tests;
