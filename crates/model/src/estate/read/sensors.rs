use crate::diagnostic::say;
use crate::id::SensorId;
use crate::text::Text;
use crate::yaml::{Fields, Node, Reader, Value};

use super::probe::probe;
use super::{Draft, Shape, each_entry};
use crate::estate::places::Section;
use crate::estate::{Celsius, Measures, Sensor};

const SHAPE: Shape = Shape {
    key: "sensors",
    section: Section::Sensors,
    known: &["title", "room", "measures", "warning", "critical", "topic", "probe"],
};

pub(super) fn read<'t>(reader: &mut Reader<'t>, spec: &Fields<'t>, draft: &mut Draft) {
    let sensors = &mut draft.estate.sensors;
    each_entry(reader, spec, None, &mut draft.places, &SHAPE, |r, fields, names| {
        let title = fields.optional(r, "title", None, |r, node| r.title(node).map(Some));
        let (Some(sensor), Some(title)) = (sensor(r, fields), title) else { return };
        for name in names {
            let mut sensor = sensor.clone();
            sensor.title = title.clone().unwrap_or_else(|| Text::Same(name.clone()));
            sensors.insert(SensorId(name), sensor);
        }
    });
}

/// All but its title, which may be its id.
fn sensor<'t>(r: &mut Reader<'t>, fields: &Fields<'t>) -> Option<Sensor> {
    let room = fields.required(r, "room", Reader::id);
    let measures = fields.required(r, "measures", |r, node| r.choice(node, &Measures::ALL));
    let warning = fields.optional(r, "warning", None, |r, node| celsius(r, node).map(Some));
    let critical = fields.optional(r, "critical", None, |r, node| celsius(r, node).map(Some));
    let topic = fields.optional(r, "topic", None, |r, node| r.text(node).map(Some));
    let probe = fields.optional(r, "probe", None, |r, node| probe(r, node).map(Some));
    Some(Sensor {
        title: Text::default(),
        room: room?,
        measures: measures?,
        warning: warning?,
        critical: critical?,
        topic: topic?,
        probe: probe?,
    })
}

fn celsius(r: &mut Reader<'_>, node: &Node) -> Option<Celsius> {
    let text = match &node.value {
        // The unit is missing: said as such, not as a wrong kind of value.
        Value::Int(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        _ => r.text(node)?,
    };
    let degrees = text.parse().ok();
    if degrees.is_none() {
        r.bad_value(
            node.span,
            say!("`{text}` is not a temperature", "`{text}` n'est pas une température"),
            say!(
                "write whole degrees Celsius with their unit, from -40C to 120C: `30C`",
                "écrire des degrés Celsius entiers avec leur unité, de -40C à 120C : `30C`"
            ),
        );
    }
    degrees
}
