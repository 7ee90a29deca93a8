//! `subsetof`, `anyof`, `noneof`.
//!
//! Quirk 25: a plain value on either side makes the whole filter false, for all three; the empty
//! list is a subset of everything and has none of anything. Quirk 9: an absent attribute is a plain
//! value here, so `noneof` does not hold for it though `nin` does.

use bumpalo::collections::Vec as BumpVec;

use super::Side;
use super::equality::same;
use super::list::members_of;
use crate::evaluate::{Evaluated, Evaluation};
use crate::node::Node;

/// Whether each member on the left is one on the right.
pub(crate) fn is_subset<'m, N: Node + 'm>(
    evaluation: &Evaluation<'m, N>,
    left: Side<'m, N>,
    right: Side<'m, N>,
) -> Evaluated<bool> {
    let Some((left, right)) = both_lists(evaluation, left, right)? else {
        return Ok(false);
    };
    for member in left {
        evaluation.budget.spend()?;
        if !has(evaluation, right, *member)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether some member on the left is one on the right.
pub(crate) fn is_any<'m, N: Node + 'm>(
    evaluation: &Evaluation<'m, N>,
    left: Side<'m, N>,
    right: Side<'m, N>,
) -> Evaluated<bool> {
    Ok(meet(evaluation, left, right)? == Some(true))
}

/// Whether no member on the left is one on the right.
pub(crate) fn is_none<'m, N: Node + 'm>(
    evaluation: &Evaluation<'m, N>,
    left: Side<'m, N>,
    right: Side<'m, N>,
) -> Evaluated<bool> {
    Ok(meet(evaluation, left, right)? == Some(false))
}

/// Whether two lists have a member in common; `None` when one of them is an object.
fn meet<'m, N: Node + 'm>(
    evaluation: &Evaluation<'m, N>,
    left: Side<'m, N>,
    right: Side<'m, N>,
) -> Evaluated<Option<bool>> {
    let Some((left, right)) = both_lists(evaluation, left, right)? else {
        return Ok(None);
    };
    for member in left {
        if has(evaluation, right, *member)? {
            return Ok(Some(true));
        }
    }
    Ok(Some(false))
}

fn has<'m, N: Node + 'm>(
    evaluation: &Evaluation<'m, N>,
    list: &[Side<'m, N>],
    wanted: Side<'m, N>,
) -> Evaluated<bool> {
    for member in list {
        evaluation.budget.spend()?;
        if same(wanted, *member) {
            return Ok(true);
        }
    }
    Ok(false)
}

type Sides<'m, N> = &'m [Side<'m, N>];

/// Both lists, read; the right one first, as in the reference.
fn both_lists<'m, N: Node + 'm>(
    evaluation: &Evaluation<'m, N>,
    left: Side<'m, N>,
    right: Side<'m, N>,
) -> Evaluated<Option<(Sides<'m, N>, Sides<'m, N>)>> {
    let Some(right) = read_list(evaluation, right)? else {
        return Ok(None);
    };
    Ok(read_list(evaluation, left)?.map(|left| (left, right)))
}

fn read_list<'m, N: Node + 'm>(
    evaluation: &Evaluation<'m, N>,
    side: Side<'m, N>,
) -> Evaluated<Option<Sides<'m, N>>> {
    let Some(members) = members_of(side)? else {
        return Ok(None);
    };
    let mut sides = BumpVec::new_in(evaluation.memory);
    members.try_each(evaluation, |member| {
        sides.push(member);
        Ok(())
    })?;
    Ok(Some(sides.into_bump_slice()))
}
