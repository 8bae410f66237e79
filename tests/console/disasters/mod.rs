//! Disasters in the middle of TextLoom's own steps, while `pgbench` writes. In each the console's last word on the database is what the
//! database says to whoever asks it afresh, no row that the application was promised is lost, and nothing is left behind.
//! docs/disasters.md is the table of them.

mod backup;
mod clock;
mod disk;
mod locks;
mod struck;
mod textloom;
mod writer;
