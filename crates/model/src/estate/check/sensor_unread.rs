//! What a sensor says can be heard.

use crate::diagnostic::say;
use crate::estate::places::Section;

use super::Checker;

pub(super) fn check(c: &mut Checker<'_, '_>) {
    for (id, sensor) in &c.estate.sensors {
        if sensor.topic.is_some() || sensor.probe.is_some() {
            continue;
        }
        c.findings.warning(
            "estate.sensor-unread",
            c.key(Section::Sensors, id.as_str()),
            say!(
                "sensor `{id}` has neither a topic nor a probe: what it measures reaches nobody",
                "le capteur `{id}` n'a ni sujet ni sonde : ce qu'il mesure ne parvient à personne"
            ),
            say!("not read", "pas lu"),
            say!(
                "add the MQTT `topic` on which it speaks, or the `probe` that asks it",
                "ajouter le sujet MQTT (`topic`) sur lequel il parle, ou la sonde (`probe`) qui l'interroge"
            ),
        );
    }
}
