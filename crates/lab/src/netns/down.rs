use super::command::ip;
use super::error::LabError;
use super::plan::{Lab, PREFIX};
use super::progress::Progress;
use super::{prerequisites, processes};

/// Removes the lab: its processes, namespaces with all that is in them, and its folder. Says
/// whether there was anything. It relies on nothing that `up` remembers, so it also removes what a
/// crash in the middle of `up`, or of an earlier `down`, has left.
pub async fn down(lab: &Lab, progress: &Progress) -> Result<bool, LabError> {
    prerequisites::root()?;
    let namespaces = processes::named(PREFIX);
    let mut killed = 0;
    for namespace in &namespaces {
        killed += processes::kill_all(namespace).await?;
    }
    for namespace in &namespaces {
        ip(&format!("netns del {namespace}")).await?;
    }
    killed += processes::kill_strays(&lab.dir)
        .map_err(|source| LabError::Processes { namespace: "the lab".to_owned(), source })?;
    let had_folder = lab.remove_dir()?;
    let any = had_folder || !namespaces.is_empty() || killed > 0;
    if any {
        progress.say(
            &format!("removed: {} namespaces, {killed} processes", namespaces.len()),
            &format!("retirés : {} espaces de noms, {killed} processus", namespaces.len()),
        );
    }
    Ok(any)
}
