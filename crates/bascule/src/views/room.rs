use model::observation::Status;
use model::text::Lang;
use server::query::RoomView;

use super::{fields, joined};
use crate::output::{Column, Listed, Shown, always, wide};
use crate::words::{columns, states};

fn each_seen<T: std::fmt::Display>(all: &[(T, Status)], lang: Lang) -> String {
    joined(all.iter().map(|(id, seen)| format!("{id} {}", states::status(*seen).in_lang(lang))))
}

impl Listed for RoomView {
    fn columns() -> Vec<Column> {
        vec![
            always(columns::ROOM),
            always(columns::ROLE),
            always(columns::CONTROLLER),
            always(columns::HOSTS),
            always(columns::ARRAYS),
            always(columns::VMS),
            wide(columns::TITLE),
        ]
    }

    fn cells(&self, lang: Lang) -> Vec<String> {
        let (controller, seen) = &self.controller;
        vec![
            self.room.to_string(),
            states::role(self.role).in_lang(lang).to_owned(),
            format!("{} {}", controller.0, states::status(*seen).in_lang(lang)),
            each_seen(&self.hosts, lang),
            each_seen(&self.arrays, lang),
            self.vms.to_string(),
            self.title.in_lang(lang).to_owned(),
        ]
    }

    fn name(&self) -> String {
        format!("room/{}", self.room)
    }
}

impl Shown for RoomView {
    fn page(&self, lang: Lang, _wide: bool) -> String {
        let titles = [
            columns::ROOM,
            columns::ROLE,
            columns::CONTROLLER,
            columns::HOSTS,
            columns::ARRAYS,
            columns::VMS,
            columns::TITLE,
        ];
        let pairs: Vec<_> =
            titles.iter().map(|title| title.in_lang(lang)).zip(self.cells(lang)).collect();
        fields(&pairs)
    }

    fn name(&self) -> String {
        Listed::name(self)
    }
}
