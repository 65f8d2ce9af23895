use std::process::ExitCode;

use clap::Args;
use model::id::IncidentId;
use model::text::Lang;
use server::query::IncidentView;
use state_machine::Command;

use crate::client::ReachArgs;
use crate::commands::orders;
use crate::failure::Failure;
use crate::output::OutputArgs;
use crate::words::incident;
use crate::words::orders::APPROVED;

#[derive(Args)]
pub(crate) struct ApproveArgs {
    /// Its id, as the list shows it
    #[arg(value_parser = incident_id)]
    id: IncidentId,
    #[command(flatten)]
    reach: ReachArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// `bascule incident approve`
pub(super) fn run(args: &ApproveArgs, lang: Lang) -> Result<ExitCode, Failure> {
    let about = format!("incident/{}", args.id);
    orders::give_and_tell(
        &args.reach,
        args.output,
        lang,
        (&about, APPROVED),
        async |_| Ok(Command::IncidentApproved { incident: args.id }),
        async |client| {
            let id = args.id.to_string();
            let view: IncidentView = client.query_now("incidents", Some(&id)).await.ok()?;
            view.approval.map(|approval| incident::approved(&approval, lang))
        },
    )
}

/// `12` or `incident-12`.
fn incident_id(text: &str) -> Result<IncidentId, String> {
    let digits = text.strip_prefix("incident-").unwrap_or(text);
    digits
        .parse()
        .map(IncidentId)
        .map_err(|_| format!("`{text}` is not an incident; write for example `incident-12`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_incident_is_named_by_its_number_or_in_full() {
        assert_eq!(incident_id("12"), Ok(IncidentId(12)));
        assert_eq!(incident_id("incident-12"), Ok(IncidentId(12)));
        assert!(incident_id("run-12").is_err());
    }
}
