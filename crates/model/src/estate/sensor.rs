use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::Probe;
use crate::id::RoomId;
use crate::text::Text;

/// What a sensor measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Measures {
    /// Heat, in degrees.
    Temperature,
    /// Water on the floor.
    Water,
    /// Smoke.
    Smoke,
    /// Whether a door, or a cabinet, is open.
    Door,
}

impl Measures {
    /// Every one, as it is written.
    pub const ALL: [(&'static str, Self); 4] = [
        ("temperature", Self::Temperature),
        ("water", Self::Water),
        ("smoke", Self::Smoke),
        ("door", Self::Door),
    ];
}

/// A temperature in whole degrees Celsius. Written `30C`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Celsius(pub i16);

impl fmt::Display for Celsius {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} °C", self.0)
    }
}

/// Why a text is not a temperature.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a temperature; write for example `30C`, from -40C to 120C")]
pub struct CelsiusError {
    /// What was written.
    pub text: String,
}

impl FromStr for Celsius {
    type Err = CelsiusError;

    fn from_str(text: &str) -> Result<Self, CelsiusError> {
        let wrong = || CelsiusError { text: text.to_owned() };
        let degrees = text.trim().strip_suffix('C').ok_or_else(wrong)?;
        let degrees = degrees.strip_suffix('°').unwrap_or(degrees).trim_end();
        let degrees: i16 = degrees.parse().map_err(|_| wrong())?;
        // Beyond what any sensor of a room shows: a slip of the pen.
        if (-40..=120).contains(&degrees) { Ok(Self(degrees)) } else { Err(wrong()) }
    }
}

/// A sensor of a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sensor {
    /// For people.
    pub title: Text,
    /// Where it hangs.
    pub room: RoomId,
    /// What it measures.
    pub measures: Measures,
    /// From here on people are warned; for a temperature.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warning: Option<Celsius>,
    /// From here on the room is about to stop by itself; for a temperature.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub critical: Option<Celsius>,
    /// The MQTT topic on which it speaks, if it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
    /// How it is asked, if it can be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probe: Option<Probe>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn temperatures_read_back_what_they_write() {
        for text in ["30C", "-5C", "27 °C", "0C"] {
            let degrees: Celsius = text.parse().expect(text);
            assert_eq!(degrees.to_string().parse::<Celsius>().expect(text), degrees);
        }
    }

    #[test]
    fn a_bare_number_and_what_no_room_reaches_are_refused() {
        for text in ["30", "C", "86F", "121C", "-41C", "99999C", "3O C"] {
            let error = text.parse::<Celsius>().expect_err(text);
            assert!(error.to_string().contains("is not a temperature"), "{error}");
        }
    }
}
