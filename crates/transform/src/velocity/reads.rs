//! What a template reads of the identity, told from its text: for the dependency index.

use crate::references::References;
use crate::velocity::ast::{Access, Expression};

/// Which identity attribute the chain after `$identity` reads.
pub(super) fn note_identity(accesses: &[Access], references: &mut References) {
    let mut rest = accesses;
    let mut through_manager = false;
    while let Some((Access::Property(name) | Access::Method { name, .. }, after)) =
        rest.split_first()
    {
        if !matches!(&**name, "manager" | "getManager") {
            break;
        }
        through_manager = true;
        references.add_identity_attribute("manager");
        rest = after;
    }
    let name = match rest {
        [Access::Property(map), Access::Property(name), ..] if &**map == "attributes" => name,
        [
            Access::Method {
                name: method,
                arguments,
                ..
            },
            ..,
        ] if matches!(&**method, "getAttribute" | "getStringAttribute") => {
            let [Expression::Text(name)] = arguments.as_slice() else {
                references.whole_identity = true;
                return;
            };
            name
        }
        [Access::Property(name) | Access::Method { name, .. }, ..] if is_fixed_member(name) => {
            return;
        }
        [] if through_manager => return,
        _ => {
            references.whole_identity = true;
            return;
        }
    };
    if through_manager {
        references.add_manager_attribute(name);
    } else {
        references.add_identity_attribute(name);
    }
}

/// Members that never change for an identity or are no attributes.
fn is_fixed_member(name: &str) -> bool {
    matches!(
        name,
        "id" | "getId" | "managerStatus" | "getManagerStatus" | "isManagerStatus"
    )
}
