//! Tokens.

use model::era::{Epoch, Era, Token};

use super::ConvertError;
use crate::peer;

/// The message of a token.
pub fn token_to(token: Token) -> peer::Token {
    peer::Token { era: token.era.0, epoch: token.epoch.0 }
}

/// The token of a message.
pub fn token_from(message: peer::Token) -> Token {
    Token { era: Era(message.era), epoch: Epoch(message.epoch) }
}

/// The token of a message that must have one: nothing is ordered without.
pub fn require_token(message: Option<peer::Token>) -> Result<Token, ConvertError> {
    message.map(token_from).ok_or(ConvertError::Missing { field: "token" })
}
