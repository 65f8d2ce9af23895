use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;
use model::id::ControllerId;

/// How the controllers are reached, and as whom.
#[derive(Args, Clone, Debug)]
pub(crate) struct ReachArgs {
    /// The context to use, of those in the context file
    #[arg(long, env = "BASCULE_CONTEXT", value_name = "NAME")]
    pub(crate) context: Option<String>,
    /// The context file, by default ~/.config/bascule/config.yaml
    #[arg(long, env = "BASCULE_CONTEXT_FILE", value_name = "FILE")]
    pub(crate) context_file: Option<PathBuf>,
    /// A controller and its address, without a context; one for each controller
    #[arg(long = "controller", value_name = "NUMBER=HOST:PORT")]
    pub(crate) controllers: Vec<ControllerAt>,
    /// The folder of the person who asks, as `cluster init` made it
    #[arg(long, env = "BASCULE_TLS_DIR", value_name = "FOLDER")]
    pub(crate) tls_dir: Option<PathBuf>,
}

/// `1=10.0.0.1:7001`
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ControllerAt {
    pub(crate) controller: ControllerId,
    pub(crate) address: String,
}

/// Why a text is not a controller with its address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a controller with its address; write for example `1=10.0.0.1:7001`")]
pub(crate) struct NotAController(String);

impl FromStr for ControllerAt {
    type Err = NotAController;

    fn from_str(text: &str) -> Result<Self, NotAController> {
        let wrong = || NotAController(text.to_owned());
        let (number, address) = text.split_once('=').ok_or_else(wrong)?;
        let controller = ControllerId(number.trim().parse().map_err(|_| wrong())?);
        let port = address.rsplit_once(':').and_then(|(_, port)| port.parse::<u16>().ok());
        match port {
            Some(_) => Ok(Self { controller, address: address.trim().to_owned() }),
            None => Err(wrong()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_controller_is_its_number_and_address() {
        let at = "2=[::1]:7001".parse();
        assert_eq!(
            at,
            Ok(ControllerAt { controller: ControllerId(2), address: "[::1]:7001".to_owned() })
        );
        for wrong in ["", "1", "1=", "1=host", "x=host:1", "1=host:x", "1=host:70000"] {
            assert!(wrong.parse::<ControllerAt>().is_err(), "{wrong}");
        }
    }
}
