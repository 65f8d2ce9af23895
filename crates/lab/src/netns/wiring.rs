//! Namespaces and the cables between them.

use super::command::ip;
use super::error::LabError;
use super::plan::{Cable, End, Lab};

impl Lab {
    /// Makes the namespaces and the cables. A cable's cards are made inside the namespaces, so
    /// that nothing is ever seen of them outside, and they go when the namespaces go.
    pub(super) async fn wire(&self) -> Result<(), LabError> {
        for place in self.places() {
            let namespace = place.namespace();
            ip(&format!("netns add {namespace}")).await?;
            ip(&format!("-n {namespace} link set lo up")).await?;
        }
        for cable in &self.cables {
            lay(cable).await?;
        }
        Ok(())
    }
}

async fn lay(cable: &Cable) -> Result<(), LabError> {
    let [one, other] = &cable.ends;
    ip(&format!(
        "link add {} netns {} type veth peer name {} netns {}",
        one.interface,
        one.place.namespace(),
        other.interface,
        other.place.namespace()
    ))
    .await?;
    for end in &cable.ends {
        let namespace = end.place.namespace();
        ip(&format!("-n {namespace} addr add {}/30 dev {}", end.address, end.interface)).await?;
        plug(end, true).await?;
    }
    Ok(())
}

/// Plugs a card in, or pulls it out. Its address stays.
pub(super) async fn plug(end: &End, in_: bool) -> Result<(), LabError> {
    let state = if in_ { "up" } else { "down" };
    ip(&format!("-n {} link set {} {state}", end.place.namespace(), end.interface)).await.map(drop)
}
