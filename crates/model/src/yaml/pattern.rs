/// Why a pattern cannot be expanded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// `{` without `}` or the reverse.
    #[error("`{0}` has a brace without its other half")]
    Unbalanced(String),
    /// Not `{first..last}` nor `{one,two}`.
    #[error("`{{{0}}}` is neither a range `{{01..12}}` nor a choice `{{a,b}}`")]
    Group(String),
    /// A range that goes down.
    #[error("the range `{{{0}}}` goes down")]
    Backwards(String),
    /// Too many.
    #[error("`{0}` gives more than 100000 names")]
    TooMany(String),
}

const MOST: usize = 100_000;

/// The names that a pattern stands for, in order. `web-{01..03}` gives `web-01`, `web-02`,
/// `web-03` (the width of the first number is kept); `{a,b}{1..2}` gives `a1`, `a2`, `b1`, `b2`.
/// A text without braces stands for itself.
pub fn expand(pattern: &str) -> Result<Vec<String>, PatternError> {
    let Some(open) = pattern.find('{') else {
        return if pattern.contains('}') {
            Err(PatternError::Unbalanced(pattern.to_owned()))
        } else {
            Ok(vec![pattern.to_owned()])
        };
    };
    let close = pattern[open..]
        .find('}')
        .map(|at| open + at)
        .ok_or_else(|| PatternError::Unbalanced(pattern.to_owned()))?;
    let head = &pattern[..open];
    if head.contains('}') {
        return Err(PatternError::Unbalanced(pattern.to_owned()));
    }
    let tails = expand(&pattern[close + 1..])?;
    let choices = group(&pattern[open + 1..close])?;
    if choices.len().saturating_mul(tails.len()) > MOST {
        return Err(PatternError::TooMany(pattern.to_owned()));
    }
    Ok(choices
        .iter()
        .flat_map(|choice| tails.iter().map(move |tail| format!("{head}{choice}{tail}")))
        .collect())
}

fn group(inside: &str) -> Result<Vec<String>, PatternError> {
    let wrong = || PatternError::Group(inside.to_owned());
    if let Some((first, last)) = inside.split_once("..") {
        let number = |text: &str| -> Result<usize, PatternError> {
            if text.is_empty() || text.len() > 9 || !text.bytes().all(|b| b.is_ascii_digit()) {
                return Err(wrong());
            }
            text.parse().map_err(|_| wrong())
        };
        let (from, to, width) = (number(first)?, number(last)?, first.len());
        if from > to {
            return Err(PatternError::Backwards(inside.to_owned()));
        }
        if to - from >= MOST {
            return Err(PatternError::TooMany(inside.to_owned()));
        }
        return Ok((from..=to).map(|n| format!("{n:0width$}")).collect());
    }
    let choices: Vec<String> = inside.split(',').map(|choice| choice.trim().to_owned()).collect();
    if choices.len() < 2 || choices.iter().any(String::is_empty) || inside.contains('{') {
        return Err(wrong());
    }
    Ok(choices)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn patterns_stand_for_their_names_in_order() {
        assert_eq!(expand("dc").unwrap(), ["dc"]);
        assert_eq!(expand("web-{08..10}").unwrap(), ["web-08", "web-09", "web-10"]);
        assert_eq!(expand("{a,b}{1..2}").unwrap(), ["a1", "a2", "b1", "b2"]);
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        for text in ["a{", "a}", "a{1}", "a{2..1}", "a{x..y}", "{1..999999999}", "a{,}", "{{1,2}}"]
        {
            assert!(expand(text).is_err(), "{text}");
        }
    }
}
