//! Times and sizes as a person says them: a plan is no finer.

use model::text::Lang;
use model::units::{DataSize, Span};

use crate::words::{restore, say};

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// A length of time in its two largest units: `3d 4h`, `2h 05m`, `12m`, `40s`.
pub(super) fn span(span: Span, lang: Lang) -> String {
    let day = match lang {
        Lang::En => "d",
        Lang::Fr => "j",
    };
    let round = |seconds: u64, to: u64| (seconds + to / 2) / to * to;
    let seconds = span.as_millis().div_ceil(1000);
    if round(seconds, MINUTE) < MINUTE {
        return format!("{seconds}s");
    }
    let minutes = round(seconds, MINUTE);
    if minutes < HOUR {
        return format!("{}m", minutes / MINUTE);
    }
    if minutes < DAY {
        return match minutes % HOUR / MINUTE {
            0 => format!("{}h", minutes / HOUR),
            rest => format!("{}h {rest:02}m", minutes / HOUR),
        };
    }
    let hours = round(seconds, HOUR);
    match hours % DAY / HOUR {
        0 => format!("{}{day}", hours / DAY),
        rest => format!("{}{day} {rest}h", hours / DAY),
    }
}

/// After how long.
pub(super) fn when(after: Span, lang: Lang) -> String {
    if after == Span::ZERO { restore::AT_ONCE.in_lang(lang).to_owned() } else { span(after, lang) }
}

/// How much of the most recent data is gone, at most.
pub(super) fn lost(at_most: Span, lang: Lang) -> String {
    match at_most {
        Span::ZERO => restore::NOTHING.in_lang(lang).to_owned(),
        _ => format!("≤ {}", span(at_most, lang)),
    }
}

/// The same as a sentence.
pub(super) fn loses(at_most: Span, lang: Lang) -> String {
    if at_most == Span::ZERO {
        return restore::LOSES_NOTHING.in_lang(lang).to_owned();
    }
    let at_most = span(at_most, lang);
    say!(lang, "loses up to {at_most}", "perd jusqu'à {at_most}")
}

/// An amount of data to three digits: `1.08 TB`, `44.4 TB`, `120 GB`.
pub(super) fn size(size: DataSize, lang: Lang) -> String {
    let units = [(1e12, "TB", "To"), (1e9, "GB", "Go"), (1e6, "MB", "Mo"), (1e3, "kB", "ko")];
    let bytes = size.0 as f64;
    let largest = units.iter().find(|(factor, ..)| bytes >= *factor);
    let (factor, en, fr) = largest.copied().unwrap_or((1.0, "B", "o"));
    let amount = bytes / factor;
    let decimals = if amount < 10.0 { 2 } else { usize::from(amount < 100.0) };
    let mut text = format!("{amount:.decimals$}");
    if text.contains('.') {
        text.truncate(text.trim_end_matches('0').trim_end_matches('.').len());
    }
    match lang {
        Lang::En => format!("{text} {en}"),
        Lang::Fr => format!("{} {fr}", text.replace('.', ",")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_said_in_two_units_and_sizes_in_three_digits() {
        let said = |seconds| span(Span::from_secs(seconds), Lang::Fr);
        assert_eq!([said(0), said(29), said(90), said(3599)], ["0s", "29s", "2m", "1h"]);
        assert_eq!(
            [said(2 * HOUR + 301), said(DAY - 1), said(3 * DAY + HOUR)],
            ["2h 05m", "1j", "3j 1h"]
        );
        let said = |bytes| size(DataSize(bytes), Lang::En);
        assert_eq!(said(1_080_000_000_000), "1.08 TB");
        assert_eq!(
            [said(44_420_000_000_000), said(120_000_000_000), said(12)],
            ["44.4 TB", "120 GB", "12 B"]
        );
        assert_eq!(size(DataSize(1_500_000_000), Lang::Fr), "1,5 Go");
    }
}
