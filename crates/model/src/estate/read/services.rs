use crate::diagnostic::say;
use crate::id::ServiceId;
use crate::text::Text;
use crate::yaml::{Fields, Node, Reader};

use super::{Draft, Shape, each_entry};
use crate::estate::places::Section;
use crate::estate::{Probe, Service, Tier};

const SHAPE: Shape = Shape {
    key: "services",
    section: Section::Services,
    known: &["title", "tier", "rto", "rpo", "depends-on", "probe"],
};

pub(super) fn read<'t>(
    reader: &mut Reader<'t>,
    spec: &Fields<'t>,
    defaults: Option<&Fields<'t>>,
    draft: &mut Draft,
) {
    let services = &mut draft.estate.services;
    each_entry(reader, spec, defaults, &mut draft.places, &SHAPE, |r, fields, names| {
        let title = fields.optional(r, "title", None, |r, node| r.title(node).map(Some));
        let tier = fields.required(r, "tier", |r, node| r.count(node, 0, 9));
        let rto = fields.required(r, "rto", Reader::duration);
        let rpo = fields.required(r, "rpo", Reader::duration);
        let depends_on = fields.optional(r, "depends-on", Vec::new(), Reader::ids);
        let probe = fields.optional(r, "probe", None, |r, node| probe(r, node).map(Some));
        let (Some(title), Some(tier), Some(rto), Some(rpo), Some(depends_on), Some(probe)) =
            (title, tier, rto, rpo, depends_on, probe)
        else {
            return;
        };
        for name in names {
            let service = Service {
                title: title.clone().unwrap_or_else(|| Text::Same(name.clone())),
                tier: Tier(u8::try_from(tier).unwrap_or(u8::MAX)),
                rto,
                rpo,
                depends_on: depends_on.iter().cloned().collect(),
                probe: probe.clone(),
            };
            services.insert(ServiceId(name), service);
        }
    });
}

/// `{tcp: ADDRESS}`, `{http: URL}` or `{nagios: PROGRAM, args: […]}`.
fn probe<'t>(r: &mut Reader<'t>, node: &'t Node) -> Option<Probe> {
    let what = say!("`probe`", "`probe`");
    let fields = r.fields(node, what, node.span, &["tcp", "http", "nagios", "args"], None)?;
    let tcp = fields.optional(r, "tcp", None, |r, node| r.text(node).map(Some))?;
    let http = fields.optional(r, "http", None, |r, node| r.text(node).map(Some))?;
    let nagios = fields.optional(r, "nagios", None, |r, node| r.text(node).map(Some))?;
    let args = fields.get("args").map(|node| (node.span, r.texts(node)));
    match (tcp, http, nagios, args) {
        (Some(address), None, None, None) => Some(Probe::Tcp { address }),
        (None, Some(url), None, None) => Some(Probe::Http { url }),
        (None, None, Some(command), args) => {
            let args = args.map_or(Some(Vec::new()), |(_, args)| args)?;
            Some(Probe::Nagios { command, args })
        }
        _ => {
            r.bad_value(
                node.span,
                say!(
                    "a probe has exactly one of `tcp`, `http` and `nagios`",
                    "une sonde a exactement une des clés `tcp`, `http` et `nagios`"
                ),
                say!(
                    "write `{{ tcp: service/NAME }}`, `{{ http: \"http://service.NAME/path\" }}` or `{{ nagios: PROGRAM, args: [...] }}`",
                    "écrire `{{ tcp: service/NOM }}`, `{{ http: \"http://service.NOM/chemin\" }}` ou `{{ nagios: PROGRAMME, args: [...] }}`"
                ),
            );
            None
        }
    }
}
