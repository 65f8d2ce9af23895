use crate::units::DataRate;
use crate::yaml::{Fields, Reader};

use crate::estate::Measured;

/// `rate`, and `load` when there is other traffic.
pub(super) fn read<'t>(r: &mut Reader<'t>, fields: &Fields<'t>) -> Option<Measured> {
    let rate = fields.required(r, "rate", Reader::data_rate);
    let load = fields.optional(r, "load", DataRate::default(), Reader::data_rate);
    Some(Measured { rate: rate?, load: load? })
}
