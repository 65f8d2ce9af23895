use std::fmt::Display;

/// The first few of a list, in English and in French: "`a`, `b`, `c` and 9 more".
pub(super) fn some_of<I: Display>(ids: &[I]) -> (String, String) {
    const SHOWN: usize = 3;
    let shown: Vec<String> = ids.iter().take(SHOWN).map(|id| format!("`{id}`")).collect();
    let shown = shown.join(", ");
    match ids.len().saturating_sub(SHOWN) {
        0 => (shown.clone(), shown),
        more => (format!("{shown} and {more} more"), format!("{shown} et {more} autres")),
    }
}
