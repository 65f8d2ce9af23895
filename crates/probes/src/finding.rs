use model::observation::Status;

/// What a probe found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Up, down or unknown.
    pub status: Status,
    /// The probe's words, at most 200 characters.
    pub says: String,
}

impl Finding {
    /// It answers and is well.
    pub fn up(says: impl Into<String>) -> Self {
        Self::new(Status::Up, says)
    }

    /// Something that knows says that it is down.
    pub fn down(says: impl Into<String>) -> Self {
        Self::new(Status::Down, says)
    }

    /// Nothing was heard.
    pub fn unknown(says: impl Into<String>) -> Self {
        Self::new(Status::Unknown, says)
    }

    fn new(status: Status, says: impl Into<String>) -> Self {
        // Evidence enters the replicated log: a chatty plugin must not fill it.
        let says: String = says.into();
        Self { status, says: says.chars().filter(|c| !c.is_control()).take(200).collect() }
    }
}
