use crate::diagnostic::say;
use crate::estate::Probe;
use crate::yaml::{Node, Reader};

/// `{tcp: ADDRESS}`, `{http: URL}` or `{nagios: PROGRAM, args: […]}`.
pub(super) fn probe<'t>(r: &mut Reader<'t>, node: &'t Node) -> Option<Probe> {
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
