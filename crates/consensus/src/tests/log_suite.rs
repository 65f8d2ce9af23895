//! openraft's own suite for log stores and state machines.

use std::sync::Arc;

use openraft::StorageError;
use openraft::testing::log::{StoreBuilder, Suite};
use redb::StorageBackend;
use redb::backends::{FileBackend, InMemoryBackend};
use tempfile::TempDir;
use tokio::sync::mpsc;

use super::identity;
use crate::disk::Store;
use crate::host::{self, Host, Hosted};
use crate::log_store::LogStore;
use crate::runtime::{Production, Runtime};
use crate::simulation::{self, Seeded, SimulatedDisk};
use crate::types::Config;

fn parts<RT: Runtime, B: StorageBackend>(backend: B) -> (LogStore<RT>, Host<RT>) {
    let store = Store::for_log_suite(backend, identity(0)).unwrap();
    let loaded = host::load(&store.disk, state_machine::APPLY_VERSIONS).unwrap();
    let hosted = Arc::new(Hosted::new(loaded.state, None));
    let (events, _) = mpsc::unbounded_channel();
    let versions = state_machine::APPLY_VERSIONS;
    let host =
        Host::new(Arc::clone(&store.disk), versions, hosted, loaded.applied, events).unwrap();
    (LogStore::new(Arc::clone(&store.disk)), host)
}

struct InMemory;

impl<RT: Runtime> StoreBuilder<Config<RT>, LogStore<RT>, Host<RT>> for InMemory {
    async fn build(&self) -> Result<((), LogStore<RT>, Host<RT>), StorageError<Config<RT>>> {
        let (log, host) = parts(InMemoryBackend::new());
        Ok(((), log, host))
    }
}

struct OnSimulatedDisk;

impl<RT: Runtime> StoreBuilder<Config<RT>, LogStore<RT>, Host<RT>> for OnSimulatedDisk {
    async fn build(&self) -> Result<((), LogStore<RT>, Host<RT>), StorageError<Config<RT>>> {
        let (log, host) = parts(SimulatedDisk::default().insert());
        Ok(((), log, host))
    }
}

struct InFile;

impl<RT: Runtime> StoreBuilder<Config<RT>, LogStore<RT>, Host<RT>, TempDir> for InFile {
    async fn build(&self) -> Result<(TempDir, LogStore<RT>, Host<RT>), StorageError<Config<RT>>> {
        let folder = tempfile::tempdir().unwrap();
        let file = std::fs::OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(folder.path().join("log"))
            .unwrap();
        let (log, host) = parts(FileBackend::new(file).unwrap());
        Ok((folder, log, host))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_store_in_memory_passes_openrafts_suite() {
    Suite::<Config<Production>, _, _, _, _>::test_all(InMemory).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_store_in_a_file_passes_openrafts_suite() {
    Suite::<Config<Production>, _, _, _, _>::test_all(InFile).await.unwrap();
}

#[test]
fn the_store_on_the_simulated_disk_and_runtime_passes_openrafts_suite() {
    simulation::run(1, async {
        Suite::<Config<Seeded>, _, _, _, _>::test_all(OnSimulatedDisk).await.unwrap();
    });
}
