use model::estate::LinkKind;
use model::estate::summary::{Balance, Summary};
use model::text::Lang;

use super::{joined, section};
use crate::output::{Shown, Table, always, wide};
use crate::words::{columns, estate, states};

fn balance<T: std::fmt::Display>(balance: &Balance<T>) -> String {
    format!("{} / {}", balance.needed, balance.capacity)
}

fn rooms(summary: &Summary, lang: Lang, is_wide: bool) -> String {
    let mut table = Table::new(vec![
        always(columns::ROOM),
        always(columns::ROLE),
        always(estate::TECHNOLOGY),
        always(columns::HOSTS),
        always(columns::VMS),
        always(estate::CPUS),
        always(estate::MEMORY),
        wide(columns::TITLE),
    ]);
    for room in &summary.rooms {
        table.row(vec![
            room.room.to_string(),
            states::role(room.role).in_lang(lang).to_owned(),
            format!("{:?}", room.technology).to_lowercase(),
            joined(&room.hosts),
            room.vms.to_string(),
            balance(&room.cpus),
            balance(&room.memory),
            room.title.in_lang(lang).to_owned(),
        ]);
    }
    table.draw(lang, is_wide)
}

fn links(summary: &Summary, lang: Lang) -> String {
    let mut table = Table::new(vec![
        always(estate::LINK),
        always(estate::KIND),
        always(estate::BETWEEN),
        always(estate::PATHS),
    ]);
    for link in &summary.links {
        table.row(vec![
            link.link.to_string(),
            match link.kind {
                LinkKind::Network => estate::NETWORK.in_lang(lang).to_owned(),
                LinkKind::Storage => estate::STORAGE.in_lang(lang).to_owned(),
            },
            joined(&link.between),
            link.paths.to_string(),
        ]);
    }
    table.draw(lang, false)
}

fn services(summary: &Summary, lang: Lang, is_wide: bool) -> String {
    let mut table = Table::new(vec![
        always(columns::SERVICE),
        always(columns::TIER),
        always(columns::VMS),
        always(columns::RTO),
        always(estate::PROBED),
        always(estate::DEPENDS_ON),
        wide(columns::TITLE),
    ]);
    for service in &summary.services {
        table.row(vec![
            service.service.to_string(),
            service.tier.to_string(),
            service.vms.to_string(),
            service.rto.to_string(),
            states::yes(service.probed).in_lang(lang).to_owned(),
            joined(&service.depends_on),
            service.title.in_lang(lang).to_owned(),
        ]);
    }
    table.draw(lang, is_wide)
}

fn losses(summary: &Summary, lang: Lang) -> String {
    let mut table = Table::new(vec![
        always(columns::ROOM),
        always(estate::FITS),
        always(estate::CPUS),
        always(estate::MEMORY),
        always(estate::STRANDED),
    ]);
    for loss in &summary.losses {
        table.row(vec![
            loss.room.to_string(),
            states::yes(loss.fits).in_lang(lang).to_owned(),
            balance(&loss.cpus),
            balance(&loss.memory),
            joined(&loss.stranded),
        ]);
    }
    table.draw(lang, false)
}

impl Shown for Summary {
    fn page(&self, lang: Lang, wide: bool) -> String {
        let counts = &self.counts;
        let mut page = format!(
            "{} {}: {} {}, {} {}, {} {}, {} {} ({} {}), {} {}\n",
            estate::ESTATE.in_lang(lang),
            self.name,
            counts.vms,
            estate::VMS.in_lang(lang),
            counts.hosts,
            estate::HOSTS.in_lang(lang),
            counts.arrays,
            estate::ARRAYS.in_lang(lang),
            counts.volumes,
            estate::VOLUMES.in_lang(lang),
            counts.stretched_volumes,
            estate::STRETCHED.in_lang(lang),
            counts.armed_hosts,
            estate::ARMED.in_lang(lang),
        );
        for (title, body) in [
            (estate::ROOMS, rooms(self, lang, wide)),
            (estate::LINKS, links(self, lang)),
            (estate::SERVICES, services(self, lang, wide)),
            (estate::LOSSES, losses(self, lang)),
        ] {
            page.push_str(&section(title, lang, &body));
        }
        page
    }

    fn name(&self) -> String {
        format!("estate/{}", self.name)
    }
}
