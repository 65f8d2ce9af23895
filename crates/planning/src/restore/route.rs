//! The ways over links from one location to another.

use std::collections::BTreeMap;

use model::estate::{Estate, Measured};
use model::id::{LinkId, LocationId};
use model::units::DataRate;

use super::lost::Lost;

/// More links than this in a row are no route that anybody would restore over.
const MOST_LINKS: usize = 3;

/// Links in a row, and what the narrowest of them leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Route {
    pub(super) over: Vec<LinkId>,
    pub(super) rate: DataRate,
}

/// Links with a measured rate that are not lost, by each of their ends.
type Ends<'e> = BTreeMap<LocationId, Vec<(&'e LinkId, LocationId, DataRate)>>;

/// Every route without a detour, in order of its links' names.
pub(super) fn routes(
    estate: &Estate,
    lost: &Lost,
    from: &LocationId,
    to: &LocationId,
) -> Vec<Route> {
    let ends = ends(estate, lost);
    let mut walk =
        Walk { estate, to, ends: &ends, seen: Vec::new(), over: Vec::new(), found: Vec::new() };
    walk.from(from, None);
    let mut found = walk.found;
    found.sort_by(|a, b| (a.over.len(), &a.over).cmp(&(b.over.len(), &b.over)));
    found.dedup_by(|a, b| a.over == b.over);
    found
}

fn ends<'e>(estate: &'e Estate, lost: &Lost) -> Ends<'e> {
    let rooms = estate.links.iter().filter_map(|(id, link)| {
        let ends: Vec<LocationId> = link.between.iter().map(LocationId::from).collect();
        Some((id, ends, link.measured?))
    });
    let wide = estate
        .wide_links
        .iter()
        .map(|(id, link)| (id, link.between.iter().cloned().collect(), link.measured));
    let mut by_end = Ends::new();
    for (id, pair, measured) in rooms.chain(wide) {
        let (pair, free): (Vec<LocationId>, _) = (pair, Measured::free(measured));
        let ([one, other], Some(free)) = (pair.as_slice(), free) else { continue };
        if lost.takes(estate, one) || lost.takes(estate, other) {
            continue;
        }
        by_end.entry(one.clone()).or_default().push((id, other.clone(), free));
        by_end.entry(other.clone()).or_default().push((id, one.clone(), free));
    }
    by_end
}

struct Walk<'w, 'e> {
    estate: &'e Estate,
    to: &'w LocationId,
    ends: &'w Ends<'e>,
    seen: Vec<LocationId>,
    over: Vec<LinkId>,
    found: Vec<Route>,
}

impl Walk<'_, '_> {
    /// A room and the site around it are one place for a link, but the way from room to room of
    /// one site is no link of its own: it would hide the rate of the one between them.
    fn from(&mut self, here: &LocationId, rate: Option<DataRate>) {
        let arrived = here == self.to || self.around(here).contains(self.to);
        if let (true, Some(rate)) = (arrived, rate) {
            self.found.push(Route { over: self.over.clone(), rate });
            return;
        }
        if self.over.len() == MOST_LINKS {
            return;
        }
        let mut places = vec![here.clone()];
        places.extend(self.around(here));
        let before = self.seen.len();
        self.seen.extend(places.iter().cloned());
        for place in &places {
            for (link, next, free) in self.ends.get(place).into_iter().flatten() {
                if self.seen.contains(next) {
                    continue;
                }
                self.over.push((*link).clone());
                self.from(next, Some(rate.map_or(*free, |rate| rate.min(*free))));
                self.over.pop();
            }
        }
        self.seen.truncate(before);
    }

    /// Of a room its site, of a site its rooms.
    fn around(&self, here: &LocationId) -> Vec<LocationId> {
        if let Some(site) = self.estate.sites.get(&here.as_str().into()) {
            return site.rooms.iter().map(LocationId::from).collect();
        }
        self.estate.site_of(here).map(LocationId::from).into_iter().collect()
    }
}
