//! Which node serves which lane, where several serve one store. Pure.
//!
//! Each node that lives counts for itself what is whose (rendezvous hashing): all come to the same
//! answer without talking, and a node that comes or goes moves its own share and nothing else. Leases
//! make sure that a lane has one server even while nodes disagree about who lives.

use muster_model::id::derive;

/// The node among `nodes` that a thing belongs to.
pub(crate) fn owner<'n>(thing: &str, nodes: &'n [String]) -> Option<&'n str> {
    let weight = |node: &&String| derive(&[thing.as_bytes(), node.as_bytes()]);
    nodes.iter().max_by_key(weight).map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nodes(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn lanes_are_spread_and_only_those_of_a_lost_node_move() {
        let three = nodes(&["one", "two", "three"]);
        let two = nodes(&["three", "one"]);
        let mut counts = [0; 3];
        for lane in 0..300 {
            let lane = format!("lane:{lane}");
            let before = owner(&lane, &three).unwrap();
            counts[three.iter().position(|node| node == before).unwrap()] += 1;
            if before != "two" {
                assert_eq!(owner(&lane, &two), Some(before));
            }
        }
        assert!(
            counts.iter().all(|count| (60..140).contains(count)),
            "{counts:?}"
        );
        assert_eq!(owner("lane:1", &[]), None);
    }
}
