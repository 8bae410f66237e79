//! The pure rooms by themselves, by their paths: as a dependency the package would bring its pages and their framework,
//! all to be built anew with the fuzzer's instruments.

#[path = "../../src/plan/mod.rs"]
pub mod plan;
#[path = "../../src/runbook/mod.rs"]
pub mod runbook;
#[path = "../../src/text/mod.rs"]
pub mod text;
#[path = "../../src/verdict.rs"]
pub mod verdict;
