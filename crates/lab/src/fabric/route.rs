use std::net::SocketAddr;

use model::estate::Link;
use model::id::{LinkId, PathId, RoomId};

use super::weather::{PathKey, Weather};

/// From one room to one endpoint of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The room from which it is used.
    pub from: RoomId,
    /// The room of the endpoint.
    pub to: RoomId,
    /// The endpoint itself.
    pub upstream: SocketAddr,
    /// What it needs.
    pub over: Over,
}

/// Which paths a route needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Over {
    /// Any one of these paths carries it.
    AnyOf(Vec<PathKey>),
    /// This one path, as light in a fibre.
    Path(PathKey),
}

impl Over {
    /// Any path of these links.
    pub fn links<'a>(links: impl IntoIterator<Item = (&'a LinkId, &'a Link)>) -> Self {
        let paths = links.into_iter().flat_map(|(id, link)| {
            link.paths.iter().map(move |path| (id.clone(), path.id.clone()))
        });
        Self::AnyOf(paths.collect())
    }

    /// One path.
    pub fn path(link: &LinkId, path: &PathId) -> Self {
        Self::Path((link.clone(), path.clone()))
    }

    fn carries(&self, weather: &Weather) -> bool {
        match self {
            Self::AnyOf(paths) => paths.iter().any(|path| !weather.down.contains(path)),
            Self::Path(path) => !weather.down.contains(path),
        }
    }
}

/// What a relay does with connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Passage {
    /// They pass.
    Open,
    /// They hang.
    Hanging,
    /// They are refused: the room lives and nobody listens.
    Refusing,
}

impl Route {
    /// Whether bytes pass.
    pub(super) fn carries(&self, weather: &Weather) -> bool {
        !weather.silent.contains(&self.upstream)
            && !weather.dead.contains(&self.to)
            && !weather.dead.contains(&self.from)
            && self.over.carries(weather)
    }

    /// Whether one of its ends has no power: what closes there is not seen from the other end.
    pub(super) fn has_dead_end(&self, weather: &Weather) -> bool {
        weather.dead.contains(&self.to) || weather.dead.contains(&self.from)
    }

    /// What becomes of a new connection.
    pub(super) fn passage(&self, weather: &Weather, listened: bool) -> Passage {
        if !self.carries(weather) {
            Passage::Hanging
        } else if listened {
            Passage::Open
        } else {
            Passage::Refusing
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn route(over: Over) -> Route {
        Route { from: "a".into(), to: "b".into(), upstream: "127.0.0.1:9".parse().unwrap(), over }
    }

    fn key(path: &str) -> PathKey {
        ("ab".into(), path.into())
    }

    #[test]
    fn one_path_of_two_carries_a_link_and_a_cut_room_hangs_whoever_listens() {
        let link = route(Over::AnyOf(vec![key("1"), key("2")]));
        let mut weather = Weather::default();
        assert_eq!(link.passage(&weather, true), Passage::Open);
        assert_eq!(link.passage(&weather, false), Passage::Refusing);
        weather.down.insert(key("1"));
        assert_eq!(link.passage(&weather, true), Passage::Open);
        assert_eq!(route(Over::Path(key("1"))).passage(&weather, true), Passage::Hanging);
        weather.down.insert(key("2"));
        assert_eq!(link.passage(&weather, true), Passage::Hanging);
        assert_eq!(link.passage(&weather, false), Passage::Hanging);
    }

    #[test]
    fn a_silent_endpoint_hangs_and_others_of_its_room_answer() {
        let link = route(Over::AnyOf(vec![key("1")]));
        let mut weather = Weather { silent: [link.upstream].into(), ..Weather::default() };
        assert_eq!(link.passage(&weather, true), Passage::Hanging);
        weather.silent = ["127.0.0.1:10".parse().unwrap()].into();
        assert_eq!(link.passage(&weather, true), Passage::Open);
    }

    #[test]
    fn a_dead_room_hangs_in_both_directions() {
        let link = route(Over::AnyOf(vec![key("1")]));
        for dead in ["a", "b"] {
            let weather = Weather { dead: [dead.into()].into(), ..Weather::default() };
            assert_eq!(link.passage(&weather, true), Passage::Hanging, "{dead}");
        }
    }
}
