//! Messages to and from the model. Bytes from outside are never trusted: what can't be read is a
//! typed error.

mod driver_error;
mod renewal;
mod standing;
mod token;
mod vm_status;

pub use driver_error::{driver_error_of_status, order_error, order_result};
pub use renewal::{Grant, Renewal, RenewalAnswer};
pub use standing::{standing_from, standing_to};
pub use token::{require_token, token_from, token_to};
pub use vm_status::{HostReport, key_from, key_to, vm_from, vm_to};

/// Why a message can't be understood.
#[derive(Debug, thiserror::Error)]
pub enum ConvertError {
    /// A part that must be there is not.
    #[error("the message has no `{field}`: the other side is of another version or damaged")]
    Missing {
        /// Which part.
        field: &'static str,
    },
    /// A part in JSON can't be read.
    #[error(
        "the message's `{field}` cannot be read: the other side is of another version or damaged"
    )]
    Json {
        /// Which part.
        field: &'static str,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
}

impl From<ConvertError> for tonic::Status {
    fn from(error: ConvertError) -> Self {
        match &error {
            ConvertError::Json { source, .. } => {
                Self::invalid_argument(format!("{error}: {source}"))
            }
            ConvertError::Missing { .. } => Self::invalid_argument(error.to_string()),
        }
    }
}

pub(crate) fn from_json<T: serde::de::DeserializeOwned>(
    field: &'static str,
    bytes: &[u8],
) -> Result<T, ConvertError> {
    serde_json::from_slice(bytes).map_err(|source| ConvertError::Json { field, source })
}
