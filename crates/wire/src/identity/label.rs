//! Ids as parts of DNS names and folder names.

use std::fmt::Write;

/// `kind-id`, with everything but small letters, digits and dashes as `_` and two
/// hexadecimal digits. DNS names don't tell `A1` from `a1`, and a folder name must hold no slash:
/// no two ids share a label.
pub(crate) fn label(kind: &str, id: &str) -> String {
    let mut label = format!("{kind}-");
    for byte in id.bytes() {
        match byte {
            b'a'..=b'z' | b'0'..=b'9' | b'-' => label.push(char::from(byte)),
            _ => write!(label, "_{byte:02x}").expect("a String takes every write"),
        }
    }
    label
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn two_ids_never_share_a_label(one in ".{0,12}", other in ".{0,12}") {
            prop_assert_eq!(one == other, label("agent", &one) == label("agent", &other));
        }
    }

    #[test]
    fn a_label_leads_to_no_other_folder() {
        assert_eq!(label("agent", "../b"), "agent-_2e_2e_2fb");
        assert_eq!(label("agent", "ESX_01"), "agent-_45_53_58_5f01");
    }
}
