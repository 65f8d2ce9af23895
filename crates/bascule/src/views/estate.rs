use model::estate::summary::{Balance, Summary};
use model::estate::{LinkKind, Measures};
use model::text::Lang;

use super::{in_days, joined, or_dash, section};
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

fn power(summary: &Summary, lang: Lang) -> String {
    let mut table = Table::new(vec![
        always(estate::FEED),
        always(columns::ROOM),
        always(estate::BATTERY),
        always(estate::DARK),
    ]);
    for feed in &summary.power_feeds {
        let hosts = feed.dark.hosts.iter().map(ToString::to_string);
        table.row(vec![
            feed.feed.to_string(),
            feed.room.to_string(),
            or_dash(feed.battery),
            joined(hosts.chain(feed.dark.arrays.iter().map(ToString::to_string))),
        ]);
    }
    table.draw(lang, false)
}

fn sensors(summary: &Summary, lang: Lang, is_wide: bool) -> String {
    let mut table = Table::new(vec![
        always(estate::SENSOR),
        always(columns::ROOM),
        always(estate::MEASURES),
        always(estate::WARNING),
        always(estate::CRITICAL),
        always(estate::TOPIC),
        wide(columns::TITLE),
    ]);
    for sensor in &summary.sensors {
        table.row(vec![
            sensor.sensor.to_string(),
            sensor.room.to_string(),
            match sensor.measures {
                Measures::Temperature => estate::TEMPERATURE,
                Measures::Water => estate::WATER,
                Measures::Smoke => estate::SMOKE,
                Measures::Door => estate::DOOR,
            }
            .in_lang(lang)
            .to_owned(),
            or_dash(sensor.warning),
            or_dash(sensor.critical),
            or_dash(sensor.topic.as_ref()),
            sensor.title.in_lang(lang).to_owned(),
        ]);
    }
    table.draw(lang, is_wide)
}

fn data_tiers(summary: &Summary, lang: Lang) -> String {
    let mut table = Table::new(vec![
        always(estate::TURN),
        always(estate::DATA_TIER),
        always(estate::REACHES_BACK),
        always(columns::TITLE),
        always(estate::VOLUMES_COLUMN),
    ]);
    for tier in &summary.data_tiers {
        table.row(vec![
            tier.turn.to_string(),
            tier.tier.to_string(),
            or_dash(tier.reaches_back.map(in_days)),
            tier.title.in_lang(lang).to_owned(),
            joined(&tier.volumes),
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
        // What an estate may leave out takes no place when it does.
        for (any, title, body) in [
            (!self.power_feeds.is_empty(), estate::POWER, power(self, lang)),
            (!self.sensors.is_empty(), estate::SENSORS, sensors(self, lang, wide)),
            (!self.data_tiers.is_empty(), estate::DATA_TIERS, data_tiers(self, lang)),
        ] {
            if any {
                page.push_str(&section(title, lang, &body));
            }
        }
        page
    }

    fn name(&self) -> String {
        format!("estate/{}", self.name)
    }
}
