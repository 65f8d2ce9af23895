use std::process::ExitCode;

use model::id::VmId;
use model::text::Lang;
use state_machine::{Command, Intended};

use super::IntendedArgs;
use crate::commands::orders;
use crate::failure::Failure;
use crate::words::orders::STARTED;

/// `bascule vm start`
pub(super) fn run(args: &IntendedArgs, lang: Lang) -> Result<ExitCode, Failure> {
    let about = format!("vm/{}", args.vm);
    orders::give(&args.reach, args.output, lang, (&about, STARTED), async |_| {
        Ok(Command::VmIntended {
            vm: VmId::from(args.vm.as_str()),
            intended: Intended::Running,
            reason: args.reason.clone(),
        })
    })
}
