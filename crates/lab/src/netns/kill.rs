use model::id::RoomId;

use super::error::LabError;
use super::plan::{Lab, Place};
use super::processes;
use super::progress::Progress;
use crate::journal::Kill;
use crate::twin_room::{KILLS_FILE, PowerJournal};

/// Kills everything in a room without warning, and stamps the moment once nothing executes there
/// any more: its journals can't tell by themselves that its VMs have ended.
pub async fn kill(lab: &Lab, room: &str, progress: &Progress) -> Result<Kill, LabError> {
    let room: RoomId = lab.room(room)?;
    lab.must_be_up()?;
    let killed = processes::kill_all(&Place::Room(room.clone()).namespace()).await?;
    let hosts = lab.estate.hosts_in(&room).map(|(id, _)| id.clone());
    let kill = PowerJournal::new(&lab.journal(), KILLS_FILE)
        .stamp(hosts)
        .map_err(LabError::file(lab.journal().join(KILLS_FILE)))?;
    progress.say(
        &format!("room {room} killed: {killed} processes"),
        &format!("salle {room} tuée : {killed} processus"),
    );
    Ok(kill)
}

impl Lab {
    /// An error unless the lab is up.
    pub(super) fn must_be_up(&self) -> Result<(), LabError> {
        let all = self.places().iter().all(|place| processes::path(&place.namespace()).exists());
        if self.is_marked() && all {
            Ok(())
        } else {
            Err(LabError::NoLab { dir: self.dir.clone() })
        }
    }
}
