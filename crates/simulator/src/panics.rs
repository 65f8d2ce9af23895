//! Panics of a run. A task that panics ends without a word, and whoever waits for it may take that
//! for a crash; so every panic is caught where it begins, with its place, and noted as a violation.

use std::cell::RefCell;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::sync::Once;

thread_local! {
    /// The panics of the run on this thread that nobody has taken note of; none outside of runs.
    static SEEN: RefCell<Option<Vec<String>>> = const { RefCell::new(None) };
}

fn words(info: &PanicHookInfo<'_>) -> String {
    let what = info.payload_as_str().unwrap_or("it does not say why");
    match info.location() {
        Some(place) => format!("{what} ({}:{})", place.file(), place.line()),
        None => what.to_owned(),
    }
}

/// Looks at all panics of this process: those of runs are kept, all others go where they went.
fn install() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let kept = SEEN.try_with(|seen| match seen.try_borrow_mut() {
                Ok(mut seen) => seen.as_mut().map(|seen| seen.push(words(info))).is_some(),
                Err(_) => false,
            });
            if !kept.unwrap_or(false) {
                before(info);
            }
        }));
    });
}

/// Runs something whose panics are kept; gives its result, if it had one, and the panics of which
/// nobody took note meanwhile.
pub(crate) fn caught<T>(run: impl FnOnce() -> T) -> (Option<T>, Vec<String>) {
    install();
    SEEN.with_borrow_mut(|seen| *seen = Some(Vec::new()));
    let result = panic::catch_unwind(AssertUnwindSafe(run)).ok();
    let left = SEEN.with_borrow_mut(Option::take).unwrap_or_default();
    (result, left)
}

/// The panics since the last look.
pub(crate) fn take() -> Vec<String> {
    SEEN.with_borrow_mut(|seen| seen.as_mut().map(std::mem::take)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_kept_with_its_place_and_taken_once() {
        let (result, left) = caught(|| {
            let inner = panic::catch_unwind(|| panic!("in a task"));
            assert!(inner.is_err());
            let taken = take();
            assert!(taken[0].starts_with("in a task (") && taken[0].contains("panics.rs"));
            assert!(take().is_empty());
            7
        });
        assert_eq!((result, left.len()), (Some(7), 0));
        let (result, left) = caught(|| -> u8 { panic!("at the top") });
        assert!(result.is_none() && left[0].starts_with("at the top"), "{left:?}");
    }
}
