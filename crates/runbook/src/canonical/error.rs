/// Why a file has no canonical form.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CanonicalError {
    /// It can't be read at all.
    #[error("this is not a runbook that can be read: {message}")]
    Unreadable {
        /// The reader's words.
        message: String,
    },
    /// It holds something that the canonical form has no place for.
    #[error("line {line} holds {what}, which can't be kept: write it out")]
    NoPlace {
        /// What.
        what: &'static str,
        /// The line, from 1.
        line: usize,
    },
    /// What was written would not mean the same. This would be a fault of this program.
    #[error("the canonical form would not mean the same as the file: nothing was changed")]
    MeaningLost,
    /// A comment would be lost. This would be a fault of this program.
    #[error("a comment would be lost: nothing was changed")]
    CommentsLost,
}
