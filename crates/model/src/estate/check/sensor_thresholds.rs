//! Only a temperature has thresholds, and the warning comes first.

use crate::diagnostic::say;
use crate::estate::Measures;
use crate::estate::places::Section;

use super::Checker;

pub(super) fn check(c: &mut Checker<'_, '_>) {
    for (id, sensor) in &c.estate.sensors {
        let written = [("warning", sensor.warning), ("critical", sensor.critical)];
        let written = written.into_iter().find(|(_, threshold)| threshold.is_some());
        if let Some((key, _)) = written
            && sensor.measures != Measures::Temperature
        {
            c.findings.error(
                "estate.threshold-without-degrees",
                c.places.field(Section::Sensors, id.as_str(), key),
                say!(
                    "sensor `{id}` measures no temperature, so it never reaches a threshold in degrees",
                    "le capteur `{id}` ne mesure pas de température : il n'atteint jamais un seuil en degrés"
                ),
                say!("not for this sensor", "pas pour ce capteur"),
                say!(
                    "take `{key}` out, or write `measures: temperature`",
                    "retirer `{key}`, ou écrire `measures: temperature`"
                ),
            );
        }
        if let (Some(warning), Some(critical)) = (sensor.warning, sensor.critical)
            && critical <= warning
        {
            c.findings.error(
                "estate.thresholds-in-wrong-order",
                c.places.field(Section::Sensors, id.as_str(), "warning"),
                say!(
                    "sensor `{id}` warns at {warning}, not before it is critical at {critical}: nobody would have time to act",
                    "le capteur `{id}` avertit à {warning}, pas avant le seuil critique de {critical} : personne n'aurait le temps d'agir"
                ),
                say!("not below {critical}", "pas sous {critical}"),
                say!(
                    "put `warning` some degrees below `critical`",
                    "mettre `warning` quelques degrés sous `critical`"
                ),
            );
        }
    }
}
