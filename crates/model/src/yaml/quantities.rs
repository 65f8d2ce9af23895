//! Quantities of data and of roads, read with what to write instead.

use std::str::FromStr;

use crate::diagnostic::say;
use crate::units::{DataRate, DataSize, Kilometres, RoadSpeed};

use super::{Node, Reader};

/// What a kind of quantity is called, and how it is written.
struct Kind {
    en: &'static str,
    fr: &'static str,
    units: &'static str,
    example: &'static str,
}

impl Reader<'_> {
    /// An amount of data as `2TiB`.
    pub fn data_size(&mut self, node: &Node) -> Option<DataSize> {
        self.quantity(
            node,
            &Kind {
                en: "an amount of data",
                fr: "une quantité de données",
                units: "GiB, TiB, GB, TB…",
                example: "2TiB",
            },
        )
    }

    /// A rate of data as `1Gbit/s`.
    pub fn data_rate(&mut self, node: &Node) -> Option<DataRate> {
        self.quantity(
            node,
            &Kind {
                en: "a rate of data above nought",
                fr: "un débit de données non nul",
                units: "Mbit/s, Gbit/s, MB/s…",
                example: "1Gbit/s",
            },
        )
    }

    /// A distance by road as `60km`.
    pub fn distance(&mut self, node: &Node) -> Option<Kilometres> {
        self.quantity(
            node,
            &Kind {
                en: "a distance by road",
                fr: "une distance par la route",
                units: "km",
                example: "60km",
            },
        )
    }

    /// A speed on the road as `50km/h`.
    pub fn road_speed(&mut self, node: &Node) -> Option<RoadSpeed> {
        self.quantity(
            node,
            &Kind {
                en: "a speed above nought",
                fr: "une vitesse non nulle",
                units: "km/h",
                example: "50km/h",
            },
        )
    }

    fn quantity<T: FromStr>(&mut self, node: &Node, kind: &Kind) -> Option<T> {
        let Kind { en, fr, units, example } = kind;
        let (expected_en, expected_fr) =
            (format!("{en} such as `{example}`"), format!("{fr}, par exemple `{example}`"));
        let text = self.raw(node, (&expected_en, &expected_fr))?;
        let quantity = text.parse::<T>().ok();
        if quantity.is_none() {
            self.bad_value(
                node.span,
                say!("`{text}` is not {en}", "`{text}` n'est pas {fr}"),
                say!(
                    "write a whole number and its unit ({units}): `{example}`",
                    "écrire un nombre entier et son unité ({units}) : `{example}`"
                ),
            );
        }
        quantity
    }
}
