//! One room, played by one process that dies with it: hosts with their agents, arrays, the
//! tie-break, management controllers, the switch, and the services that its VMs offer.

mod array_unit;
mod config;
mod copy_unit;
mod device;
mod light;
mod machine;
mod power_journal;
mod room;
mod run;
mod seat;
mod service_ports;
mod storage_link;

pub use config::{Config, ConfigError, HostConfig};
pub use power_journal::{KILLS_FILE, PowerJournal, power_file};
pub use run::{RunError, run};
