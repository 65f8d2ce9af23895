use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use model::id::{ControllerId, RoomId};
use model::text::Lang;
use model::units::Span;
use serde::Serialize;
use state_machine::Command;
use wire::ca::{CaError, issue_controller, new_token};

use crate::client::{Client, ReachArgs};
use crate::commands::orders;
use crate::failure::{Class, Failure};
use crate::output::{Format, OutputArgs, as_data, print};
use crate::runtime::wait_for;
use crate::words::cluster;

#[derive(Args)]
pub(crate) struct TokenArgs {
    /// The room whose controller is to be replaced
    #[arg(long)]
    room: String,
    /// The number of the new controller, which none ever had
    #[arg(long, value_name = "NUMBER")]
    id: u64,
    /// The folder that `cluster init` made, with the authority in it
    #[arg(long, value_name = "FOLDER")]
    authority: PathBuf,
    /// The folder to make for the new controller, to be carried to its machine
    #[arg(long, value_name = "FOLDER")]
    to: PathBuf,
    /// How long the token is good, as 1h; a day at the longest
    #[arg(long = "for", id = "for", value_name = "TIME", default_value = "1h")]
    lasts: Span,
    #[command(flatten)]
    reach: ReachArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// The token, shown once and kept nowhere.
#[derive(Serialize)]
struct Made<'a> {
    token: &'a str,
    controller: u64,
    room: &'a str,
    folder: String,
    committed: u64,
}

/// `bascule cluster token`
pub(super) fn run(args: &TokenArgs, lang: Lang) -> Result<ExitCode, Failure> {
    wait_for(async {
        let client = Client::open(&args.reach).await?;
        let token = new_token();
        let (controller, room) = (ControllerId(args.id), RoomId::from(args.room.as_str()));
        let until = orders::log_now(&client).await?.after(args.lasts);
        let hash = server::token_hash(&token);
        let command = Command::JoinTokenMade { hash, controller, room: room.clone(), until };
        // First the order: a certificate for an id that may not join is of no use to anybody.
        let committed = client.execute(&command).await?;
        issue_controller(&args.authority, controller, &room, &args.to).map_err(|error| {
            let class = match error {
                CaError::Exists { .. } => Class::Rejected,
                _ => Class::Input,
            };
            Failure::of(class, &error)
        })?;
        let folder = args.to.display().to_string();
        let made = Made { token: &token, controller: args.id, room: &args.room, folder, committed };
        let text = match args.output.output {
            Format::Json | Format::Yaml => as_data(&made, args.output.output)?,
            Format::Name => format!("{token}\n"),
            Format::Table | Format::Wide => {
                format!("{token}\n{}: {}\n", cluster::CARRY.in_lang(lang), made.folder)
            }
        };
        print(&text)?;
        Ok(ExitCode::SUCCESS)
    })
}
