//! Rooms and sites alike.

use super::Estate;
use crate::id::{LocationId, RoomId, SiteId};
use crate::text::Text;
use crate::units::{RoadSpeed, Span};

impl From<&RoomId> for LocationId {
    fn from(room: &RoomId) -> Self {
        Self(room.0.clone())
    }
}

impl From<&SiteId> for LocationId {
    fn from(site: &SiteId) -> Self {
        Self(site.0.clone())
    }
}

impl Estate {
    /// Whether a room or a site has this id.
    pub fn is_location(&self, location: &LocationId) -> bool {
        self.room_at(location).is_some() || self.sites.contains_key(&location.as_str().into())
    }

    /// The room with this id.
    pub fn room_at(&self, location: &LocationId) -> Option<&RoomId> {
        self.rooms.get_key_value(&location.as_str().into()).map(|(id, _)| id)
    }

    /// What people call it.
    pub fn location_title(&self, location: &LocationId) -> Option<&Text> {
        let room = self.rooms.get(&location.as_str().into()).map(|room| &room.title);
        room.or_else(|| self.sites.get(&location.as_str().into()).map(|site| &site.title))
    }

    /// The site with this id, or on which the room with this id stands.
    pub fn site_of(&self, location: &LocationId) -> Option<&SiteId> {
        let id = location.as_str();
        if let Some((site, _)) = self.sites.get_key_value(&id.into()) {
            return Some(site);
        }
        self.sites.iter().find(|(_, site)| site.rooms.contains(&id.into())).map(|(id, _)| id)
    }

    /// Whether one can walk from one to the other: the same location, or one on the other's site,
    /// or both on one.
    pub fn same_ground(&self, one: &LocationId, other: &LocationId) -> bool {
        one == other || self.site_of(one).is_some_and(|site| self.site_of(other) == Some(site))
    }

    /// How long the way takes by road, one way; nothing where the estate does not say.
    pub fn drive(
        &self,
        from: &LocationId,
        to: &LocationId,
        speed: Option<RoadSpeed>,
    ) -> Option<Span> {
        if self.same_ground(from, to) {
            return Some(Span::ZERO);
        }
        let named = |from: &LocationId, to: &LocationId| {
            let to_site = self.site_of(to).map(LocationId::from);
            let ways = &self.sites.get(self.site_of(from)?)?.to;
            ways.get(to).or_else(|| ways.get(&to_site?)).copied()
        };
        if let Some(away) = named(from, to).or_else(|| named(to, from)) {
            return away.drive(speed);
        }
        // A site's own figure holds for every room that is not on it.
        let general = |from: &LocationId, to: &LocationId| {
            self.room_at(to)?;
            self.sites.get(self.site_of(from)?)?.away?.drive(speed)
        };
        // Two rooms on two sites: both figures may be there, and the longer one is safe.
        general(from, to).max(general(to, from))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estate::{Away, Room, RoomRole, Site};
    use crate::id::ControllerId;
    use crate::product::Product;

    fn estate() -> Estate {
        let mut estate = Estate::default();
        for (number, id) in ["a", "b", "far"].into_iter().enumerate() {
            let controller = ControllerId(number as u64 + 1);
            let (role, technology) = (RoomRole::Production, Product::Twin);
            estate.rooms.insert(id.into(), Room { title: id.into(), role, technology, controller });
        }
        let site = |rooms: &[&str], away, to: &[(&str, u64)]| Site {
            title: "a site".into(),
            rooms: rooms.iter().map(|id| (*id).into()).collect(),
            away,
            to: to.iter().map(|(id, s)| ((*id).into(), Away::Drive(Span::from_secs(*s)))).collect(),
        };
        let minutes = |count: u64| Some(Away::Drive(Span::from_secs(count * 60)));
        estate.sites.insert("campus".into(), site(&["a", "b"], None, &[]));
        estate.sites.insert("centre".into(), site(&["far"], minutes(30), &[]));
        estate.sites.insert("vault".into(), site(&[], minutes(50), &[("centre", 900)]));
        let distance = Some(Away::Distance("60km".parse().unwrap_or_default()));
        estate.sites.insert("supplier".into(), site(&[], distance, &[]));
        estate
    }

    #[test]
    fn the_way_between_two_locations_is_told_by_the_nearest_word_about_it() {
        let estate = estate();
        let minutes = |from: &str, to: &str| {
            let way = estate.drive(&from.into(), &to.into(), None)?;
            Some(way.as_millis() / 60_000)
        };
        assert_eq!(minutes("a", "a"), Some(0));
        assert_eq!(minutes("a", "b"), Some(0), "one campus");
        assert_eq!(minutes("campus", "b"), Some(0), "on the campus");
        assert_eq!(minutes("vault", "a"), Some(50));
        assert_eq!(minutes("a", "vault"), Some(50), "the same way back");
        assert_eq!(minutes("vault", "far"), Some(15), "the site of the room is named");
        assert_eq!(minutes("a", "far"), Some(30), "the centre's own word");
        assert_eq!(minutes("vault", "supplier"), None, "nobody says");
        assert_eq!(minutes("supplier", "a"), None, "a distance takes a speed");
        let at_60 = "60km/h".parse().ok();
        let hour = estate.drive(&"supplier".into(), &"a".into(), at_60);
        assert_eq!(hour, Some(Span::from_secs(3600)));
    }
}
