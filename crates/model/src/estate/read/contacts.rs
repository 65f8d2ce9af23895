use crate::diagnostic::{ByteSpan, say};
use crate::id::ContactId;
use crate::text::Text;
use crate::yaml::{Fields, Node, Reader};

use super::{Draft, Shape, each_entry};
use crate::estate::places::Section;
use crate::estate::{Contact, ContactKind};

const SHAPE: Shape = Shape {
    key: "contacts",
    section: Section::Contacts,
    known: &["title", "kind", "phone", "mail", "when"],
};

const KINDS: &[(&str, ContactKind)] = &[
    ("role", ContactKind::Role),
    ("person", ContactKind::Person),
    ("supplier", ContactKind::Supplier),
];

pub(super) fn read<'t>(reader: &mut Reader<'t>, spec: &Fields<'t>, draft: &mut Draft) {
    let contacts = &mut draft.estate.contacts;
    each_entry(reader, spec, None, &mut draft.places, &SHAPE, |r, fields, names| {
        let title = fields.required(r, "title", Reader::title);
        let kind = fields.required(r, "kind", |r, node| r.choice(node, KINDS));
        let phone = fields.optional(r, "phone", None, |r, node| phone(r, node).map(Some));
        let mail = fields.optional(r, "mail", None, |r, node| mail(r, node).map(Some));
        let when = fields.optional(r, "when", None, |r, node| r.title(node).map(Some));
        let (Some(title), Some(kind), Some(phone), Some(mail), Some(when)) =
            (title, kind, phone, mail, when)
        else {
            return;
        };
        for name in names {
            let (title, phone, mail) = (title.clone(), phone.clone(), mail.clone());
            let contact = Contact { title, kind, phone, mail, when: when.clone() };
            contacts.insert(ContactId(name), contact);
        }
    });
}

/// A number that can be dialled: digits, with what people put between them.
fn phone(r: &mut Reader<'_>, node: &Node) -> Option<String> {
    let text = r.text(node)?;
    let dialled = |c: char| c.is_ascii_digit() || " .-()/*#".contains(c);
    let rest = text.strip_prefix('+').unwrap_or(&text);
    if rest.chars().all(dialled) && rest.chars().any(|c| c.is_ascii_digit()) {
        return Some(text);
    }
    not_understood(
        r,
        node.span,
        say!("`{text}` cannot be dialled", "`{text}` ne se compose pas au téléphone"),
        say!(
            "write digits in quotes, with `+` and the country first or as an internal number: \"+33 1 02 03 04 05\", \"4512\"",
            "écrire des chiffres entre guillemets, avec `+` et le pays d'abord ou comme numéro interne : \"+33 1 02 03 04 05\", \"4512\""
        ),
    )
}

/// A mail address, as far as its form goes: whether it exists, only a mail can tell.
fn mail(r: &mut Reader<'_>, node: &Node) -> Option<String> {
    let text = r.text(node)?;
    let halves = text.split_once('@');
    let sound = halves
        .is_some_and(|(who, host)| !who.is_empty() && !host.is_empty() && !host.contains('@'));
    if sound && !text.contains(char::is_whitespace) {
        return Some(text);
    }
    not_understood(
        r,
        node.span,
        say!("`{text}` is not a mail address", "`{text}` n'est pas une adresse de messagerie"),
        say!("write `name@host`", "écrire `nom@hôte`"),
    )
}

fn not_understood<T>(r: &mut Reader<'_>, at: ByteSpan, message: Text, help: Text) -> Option<T> {
    r.bad_value(at, message, help);
    None
}
