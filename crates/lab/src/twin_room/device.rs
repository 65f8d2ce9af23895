//! What the room's devices answer: management controllers, arrays, switch, and stage directions.

use std::sync::Arc;

use contracts::error::DriverError;
use model::id::{ArrayId, HostId, VolumeId};
use tonic::{Request, Response, Status};
use wire::convert::order_error;
use wire::identity::{Identity, peer_identity};
use wire::twin::device_server::Device;
use wire::twin::{
    ArrayReply, ArrayRequest, Change, CopyReply, CopyRequest, DirectReply, DirectRequest,
    HeartbeatReply, HeartbeatRequest, HostRequest, LightReply, LightRequest, MappingReply,
    MappingRequest, PathsReply, PathsRequest, PortReply, PortRequest, PowerReply, SetPowerRequest,
    TieBreakReply, TieBreakRequest,
};

use super::room::{Room, lock};

/// The devices of a room.
#[derive(Clone, Debug)]
pub(super) struct Devices(pub(super) Arc<Room>);

/// Who may call what.
enum Caller {
    Controller,
    Device,
    Director,
}

fn admit<T>(request: &Request<T>, expected: Caller) -> Result<(), Status> {
    let caller = peer_identity(request)?;
    let fits = match expected {
        Caller::Controller => matches!(caller, Identity::Controller(..) | Identity::Person { .. }),
        Caller::Device => matches!(caller, Identity::Device(_)),
        Caller::Director => matches!(caller, Identity::Person { .. }),
    };
    if fits {
        Ok(())
    } else {
        Err(Status::permission_denied(format!("{caller} may not ask this of a device")))
    }
}

#[tonic::async_trait]
impl Device for Devices {
    async fn read_power(
        &self,
        request: Request<HostRequest>,
    ) -> Result<Response<PowerReply>, Status> {
        admit(&request, Caller::Controller)?;
        let host = HostId::from(request.into_inner().host);
        Ok(Response::new(self.power(&host)))
    }

    async fn set_power(
        &self,
        request: Request<SetPowerRequest>,
    ) -> Result<Response<PowerReply>, Status> {
        admit(&request, Caller::Controller)?;
        let request = request.into_inner();
        let host = HostId::from(request.host);
        if let Some(machine) = self.0.machines.get(&host) {
            let changed =
                if request.on { machine.power_on().await } else { machine.power_off().await };
            if let Err(error) = changed {
                let error = order_error(&Err(DriverError::Failed { reason: error }));
                return Ok(Response::new(PowerReply { error, ..PowerReply::default() }));
            }
        }
        Ok(Response::new(self.power(&host)))
    }

    async fn observe_array(
        &self,
        request: Request<ArrayRequest>,
    ) -> Result<Response<ArrayReply>, Status> {
        admit(&request, Caller::Controller)?;
        let array = ArrayId::from(request.into_inner().array);
        let status = self.0.array_status(&array).ok_or_else(|| dead(&array))?;
        let status = serde_json::to_vec(&status)
            .map_err(|error| Status::internal(format!("the status cannot be written: {error}")))?;
        Ok(Response::new(ArrayReply { status, error: String::new() }))
    }

    async fn copy(&self, request: Request<CopyRequest>) -> Result<Response<CopyReply>, Status> {
        admit(&request, Caller::Controller)?;
        let request = request.into_inner();
        let volume = VolumeId::from(request.volume);
        let open = !request.open_for.is_empty();
        let Some(status) = self.0.copy(&volume, open) else {
            let reason = format!("room {} keeps no copy of volume {volume}", self.0.id);
            let error = order_error(&Err(DriverError::Failed { reason }));
            return Ok(Response::new(CopyReply { error, ..CopyReply::default() }));
        };
        if open {
            tracing::warn!(%volume, host = request.open_for, "the copy is open");
        }
        let status = serde_json::to_vec(&status)
            .map_err(|error| Status::internal(format!("the status cannot be written: {error}")))?;
        Ok(Response::new(CopyReply { status, error: String::new() }))
    }

    async fn mapping(
        &self,
        request: Request<MappingRequest>,
    ) -> Result<Response<MappingReply>, Status> {
        admit(&request, Caller::Controller)?;
        let request = request.into_inner();
        let (change, host) = (request.change(), HostId::from(request.host));
        let array = ArrayId::from(request.array);
        let mut arrays = lock(&self.0.arrays);
        let unit =
            arrays.get_mut(&array).filter(|unit| unit.is_on()).ok_or_else(|| dead(&array))?;
        match change {
            Change::Read => {}
            Change::Take => {
                unit.unmapped.insert(host.clone());
            }
            Change::Give => {
                unit.unmapped.remove(&host);
            }
        }
        let mapped = !unit.unmapped.contains(&host);
        Ok(Response::new(MappingReply { mapped, error: String::new() }))
    }

    async fn paths(&self, request: Request<PathsRequest>) -> Result<Response<PathsReply>, Status> {
        admit(&request, Caller::Controller)?;
        let paths = serde_json::to_vec(&self.0.paths())
            .map_err(|error| Status::internal(format!("the paths cannot be written: {error}")))?;
        Ok(Response::new(PathsReply { paths }))
    }

    async fn port(&self, request: Request<PortRequest>) -> Result<Response<PortReply>, Status> {
        admit(&request, Caller::Controller)?;
        let request = request.into_inner();
        let (change, host) = (request.change(), HostId::from(request.host));
        match change {
            Change::Read => {}
            Change::Take => self.0.set_closed(&host, true),
            Change::Give => self.0.set_closed(&host, false),
        }
        let closed = self.0.is_closed(&host);
        Ok(Response::new(PortReply { closed, error: String::new() }))
    }

    async fn heartbeat(
        &self,
        request: Request<HeartbeatRequest>,
    ) -> Result<Response<HeartbeatReply>, Status> {
        admit(&request, Caller::Device)?;
        let asked = request.into_inner().array;
        // To no array: the sign of life of the tie-break.
        if asked.is_empty() {
            return Ok(Response::new(HeartbeatReply::default()));
        }
        let array = ArrayId::from(asked);
        let arrays = lock(&self.0.arrays);
        let says = arrays
            .get(&array)
            .and_then(|unit| unit.stretched.as_ref())
            .and_then(|part| part.side.says())
            .ok_or_else(|| dead(&array))?;
        Ok(Response::new(HeartbeatReply {
            array: array.to_string(),
            serving: says.serving,
            generation: says.generation,
        }))
    }

    async fn tie_break(
        &self,
        request: Request<TieBreakRequest>,
    ) -> Result<Response<TieBreakReply>, Status> {
        admit(&request, Caller::Device)?;
        let request = request.into_inner();
        let room = request.room.into();
        let winner = lock(&self.0.tie_break).ask(&request.layer.into(), &room, request.generation);
        Ok(Response::new(TieBreakReply { won: winner == room, winner: winner.to_string() }))
    }

    async fn light(&self, request: Request<LightRequest>) -> Result<Response<LightReply>, Status> {
        admit(&request, Caller::Device)?;
        Ok(Response::new(LightReply {}))
    }

    async fn direct(
        &self,
        request: Request<DirectRequest>,
    ) -> Result<Response<DirectReply>, Status> {
        admit(&request, Caller::Director)?;
        let request = request.into_inner();
        tracing::info!(what = request.what, target = request.target, "stage direction");
        let reply = match self.direction(&request.what, &request.target).await {
            Ok(says) => DirectReply { error: String::new(), says },
            Err(error) => DirectReply { error, says: String::new() },
        };
        Ok(Response::new(reply))
    }
}

fn dead(array: &ArrayId) -> Status {
    Status::unavailable(format!("array {array} does not answer"))
}

impl Devices {
    fn power(&self, host: &HostId) -> PowerReply {
        match self.0.machines.get(host) {
            Some(machine) if machine.is_powered() => {
                PowerReply { on: true, says: "Power is On".to_owned(), error: String::new() }
            }
            Some(_) => {
                PowerReply { on: false, says: "Power is Off".to_owned(), error: String::new() }
            }
            None => {
                let reason = format!("room {} has no host {host}", self.0.id);
                let error = order_error(&Err(DriverError::Failed { reason }));
                PowerReply { error, ..PowerReply::default() }
            }
        }
    }

    /// `cut-power HOST`, `array-off ARRAY`, `array-on ARRAY`, `start VM@HOST` (past every guard),
    /// `shut-down VM@HOST` (its administrator, from inside).
    async fn direction(&self, what: &str, target: &str) -> Result<String, String> {
        let machine = |host: &str| {
            self.0
                .machines
                .get(&HostId::from(host))
                .ok_or_else(|| format!("room {} has no host {host}", self.0.id))
        };
        let vm_and_machine = || {
            let (vm, host) =
                target.split_once('@').ok_or_else(|| format!("`{target}` is not VM@HOST"))?;
            Ok::<_, String>((vm.into(), machine(host)?))
        };
        match what {
            "cut-power" => machine(target)?.power_off().await.map(|()| "no power".to_owned()),
            "array-off" | "array-on" => {
                let now = self.0.now();
                let mut arrays = lock(&self.0.arrays);
                let unit = arrays
                    .get_mut(&ArrayId::from(target))
                    .ok_or_else(|| format!("room {} has no array {target}", self.0.id))?;
                unit.power(what == "array-on", now);
                Ok("done".to_owned())
            }
            "start" => {
                let (vm, machine) = vm_and_machine()?;
                machine.start_past_every_guard(&vm).map(|()| "started".to_owned())
            }
            "shut-down" => {
                let (vm, machine) = vm_and_machine()?;
                machine.shut_down_from_inside(&vm).map(|()| "shut down".to_owned())
            }
            _ => Err(format!("`{what}` is no stage direction")),
        }
    }
}
