//! What somebody would try, at every address that the router has. The addresses come from the router itself, so a new one is tried too.

mod addresses;
mod doors;
mod flood;
mod injection;
mod logins;
mod roles;
mod second_person;
