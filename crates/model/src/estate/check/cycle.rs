use std::collections::BTreeMap;

/// One cycle of a graph, if it has any: each node is followed by one that it waits for, and the
/// last by the first. Without recursion: a chain of VMs may be long.
pub(super) fn find<N: Ord + Clone>(edges: &BTreeMap<N, Vec<N>>) -> Option<Vec<N>> {
    #[derive(Clone, Copy, PartialEq)]
    enum Mark {
        OnPath,
        Done,
    }
    let mut marks: BTreeMap<&N, Mark> = BTreeMap::new();
    for start in edges.keys() {
        if marks.contains_key(start) {
            continue;
        }
        let mut path: Vec<(&N, usize)> = vec![(start, 0)];
        marks.insert(start, Mark::OnPath);
        while let Some((node, next)) = path.last_mut() {
            let Some(target) = edges.get(*node).and_then(|targets| targets.get(*next)) else {
                marks.insert(node, Mark::Done);
                path.pop();
                continue;
            };
            *next += 1;
            match marks.get(target) {
                Some(Mark::Done) => {}
                Some(Mark::OnPath) => {
                    let from = path.iter().position(|(node, _)| *node == target).unwrap_or(0);
                    return Some(path[from..].iter().map(|(node, _)| (*node).clone()).collect());
                }
                None => {
                    marks.insert(target, Mark::OnPath);
                    path.push((target, 0));
                }
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(edges: &[(u32, &[u32])]) -> BTreeMap<u32, Vec<u32>> {
        edges.iter().map(|(from, to)| (*from, to.to_vec())).collect()
    }

    #[test]
    fn a_diamond_is_no_cycle() {
        assert_eq!(find(&graph(&[(1, &[2, 3]), (2, &[4]), (3, &[4])])), None);
    }

    #[test]
    fn a_cycle_is_given_without_the_way_to_it() {
        assert_eq!(
            find(&graph(&[(1, &[2]), (2, &[3]), (3, &[4]), (4, &[2])])),
            Some(vec![2, 3, 4])
        );
        assert_eq!(find(&graph(&[(1, &[1])])), Some(vec![1]));
    }
}
