use clap::{Args, ValueEnum};

/// A form of output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    #[default]
    Table,
    /// For people with wide terminals
    Wide,
    /// For programs
    Json,
    /// For programs
    Yaml,
    /// One `noun/id` a line, for scripts
    Name,
}

/// The form of a command's output.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct OutputArgs {
    /// The form of the output
    #[arg(short, long, value_enum, value_name = "FORM", default_value_t)]
    pub(crate) output: Format,
}
