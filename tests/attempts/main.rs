//! Attempts as real processes under a real shim: what they leave on disk, and what their viewers get.
#![cfg(feature = "ssr")]

mod adoption;
mod full_disk;
mod pages;
mod reading;
mod shim;
mod streams;
mod support;
