use model::text::Lang;
use planning::restore::{RestorePlan, SetPlan, Wins};

use super::about::{loses, size, span, when};
use super::named;
use crate::words::{restore, say};

pub(super) fn head(plan: &RestorePlan, lang: Lang) -> String {
    let (estate, sets) = (&plan.estate, plan.sets.len());
    if sets == 0 {
        return say!(lang, "Restore of {estate}\n", "Restauration de {estate}\n");
    }
    let amount = size(plan.whole.size, lang);
    say!(
        lang,
        "Restore of {estate}: {sets} set(s) of data, {amount}, the most important first\n",
        "Restauration de {estate} : {sets} jeu(x) de données, {amount}, les plus importants d'abord\n"
    )
}

/// The line over the table of a set.
pub(super) fn set(number: usize, set: &SetPlan, lang: Lang) -> String {
    let (id, title, tier, amount) =
        (&set.backup, set.title.in_lang(lang), set.tier, size(set.size, lang));
    let mut said = say!(
        lang,
        "{number}. {id}: {title} (tier {tier}, {amount}",
        "{number}. {id} : {title} (niveau {tier}, {amount}"
    );
    if let Some(to) = &set.to {
        said.push_str(&say!(lang, ", to {to}", ", vers {to}"));
    }
    if let (Some(rto), Some(rpo)) = (set.rto, set.rpo) {
        let (rto, rpo) = (span(rto, lang), span(rpo, lang));
        said.push_str(&say!(lang, "; RTO {rto}, RPO {rpo}", " ; RTO {rto}, PDMA {rpo}"));
    }
    said.push_str(")\n");
    said
}

/// What the courier loses and gains on the best way over links.
pub(super) fn crossover(set: &SetPlan, lang: Lang) -> Option<String> {
    let cross = set.crossover.as_ref()?;
    let courier = named(set, &cross.courier, lang);
    let link = named(set, &cross.link, lang);
    let later = span(cross.begins_later, lang);
    let (gains, costs) = (span(cross.gains, lang), span(cross.costs, lang));
    let begins = match cross.begins_later.as_millis() {
        0 => say!(
            lang,
            "{courier} begins no later than {link}",
            "{courier} ne commence pas plus tard que {link}"
        ),
        _ => say!(
            lang,
            "{courier} loses {later} at the start against {link}",
            "{courier} perd {later} au départ sur {link}"
        ),
    };
    let ends = match (cross.gains.as_millis(), cross.costs.as_millis()) {
        (0, 0) => say!(lang, "and ends with it", "et finit en même temps"),
        (0, _) => say!(lang, "and ends {costs} later", "et finit {costs} plus tard"),
        (_, _) => say!(lang, "and gains {gains}", "et gagne {gains}"),
    };
    let wins = match cross.wins {
        Wins::From(from) => {
            let from = size(from, lang);
            say!(lang, "it wins from {from} on", "il l'emporte à partir de {from}")
        }
        Wins::UpTo(to) => {
            let to = size(to, lang);
            say!(lang, "it wins up to {to}", "il l'emporte jusqu'à {to}")
        }
        Wins::Always => say!(lang, "it wins at any size", "il l'emporte quelle que soit la taille"),
        Wins::Never => say!(lang, "it wins at no size", "il ne l'emporte à aucune taille"),
    };
    Some(say!(lang, "Alone, {begins} {ends}; {wins}", "Seul, {begins} {ends} ; {wins}"))
}

/// What is left to a person.
pub(super) fn questions(plan: &RestorePlan, lang: Lang) -> String {
    if plan.questions.is_empty() {
        return String::new();
    }
    let mut page = format!("\n{}\n", restore::QUESTIONS.in_lang(lang));
    for question in &plan.questions {
        let Some(set) = plan.sets.iter().find(|set| set.backup == question.backup) else {
            continue;
        };
        let each: Vec<String> = question
            .answers
            .iter()
            .filter_map(|answer| {
                let choice = set.ways.iter().find(|choice| choice.name == answer.way)?;
                let way = restore::way(&choice.way.kind, lang);
                let (ready, loses) = (when(choice.way.ready, lang), loses(choice.way.lost, lang));
                let whole = when(answer.whole.ready, lang);
                Some(say!(
                    lang,
                    "    {way}: ready after {ready}, {loses}; then the whole after {whole}\n",
                    "    {way} : prêt après {ready}, {loses} ; alors le tout après {whole}\n"
                ))
            })
            .collect();
        let id = &set.backup;
        page.push_str(&say!(
            lang,
            "  {id}: sooner, or with less lost?\n",
            "  {id} : plus tôt, ou avec moins de pertes ?\n"
        ));
        page.push_str(&each.concat());
    }
    page.push_str(&format!("  {}\n", restore::UNTIL_ANSWERED.in_lang(lang)));
    page
}

/// The whole, and what couriers are good for.
pub(super) fn whole(plan: &RestorePlan, lang: Lang) -> String {
    if plan.sets.is_empty() {
        let nothing = if plan.backed_up == 0 { restore::NO_BACKUPS } else { restore::NOTHING_LOST };
        let nothing = nothing.in_lang(lang);
        return format!("{nothing}\n");
    }
    let whole = plan.whole;
    let (ready, loses) = (when(whole.ready, lang), loses(whole.lost, lang));
    let mut page = say!(
        lang,
        "\nThe whole: ready after {ready}, {loses}\n",
        "\nLe tout : prêt après {ready}, {loses}\n"
    );
    if let Some(without) = plan.without_couriers {
        let ready = when(without.whole.ready, lang);
        let (arrives, gains) = (span(without.arrives, lang), span(without.gains, lang));
        page.push_str(&say!(
            lang,
            "Without couriers: ready after {ready}. The courier loses {arrives} at the start and gains {gains}\n",
            "Sans coursier : prêt après {ready}. Le coursier perd {arrives} au départ et gagne {gains}\n"
        ));
    }
    if whole.without_a_way > 0 {
        let count = whole.without_a_way;
        page.push_str(&say!(
            lang,
            "{count} set(s) of data can't be had again\n",
            "{count} jeu(x) de données ne peuvent pas revenir\n"
        ));
    }
    page
}
