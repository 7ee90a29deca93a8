//! `sum`, `avg`, `min`, `max`, `stddev` (quirk 39): over the numbers of a list and of the
//! arguments; anything else in them is left out. The result is always a double; over no number at
//! all they are an error; the maximum of negative numbers is the smallest positive double.

use super::Arguments;
use crate::error::{Fault, FaultKind};
use crate::evaluate::{Evaluated, Handle, Shape};
use crate::node::Node;
use crate::number::Number;

/// Where the reference's maximum starts.
const SMALLEST_POSITIVE: f64 = f64::from_bits(1);

pub(super) fn sum<'m, N: Node + 'm>(
    value: Handle<'m, N>,
    arguments: Arguments<'m, N>,
) -> Evaluated<Handle<'m, N>> {
    aggregate(value, arguments, 0.0, |sum, number| sum + number)
}

pub(super) fn average<'m, N: Node + 'm>(
    value: Handle<'m, N>,
    arguments: Arguments<'m, N>,
) -> Evaluated<Handle<'m, N>> {
    let (mut sum, mut count) = (0.0, 0.0);
    each_number(value, arguments, |number| {
        sum += number;
        count += 1.0;
    })?;
    Ok(double(sum / count))
}

pub(super) fn min<'m, N: Node + 'm>(
    value: Handle<'m, N>,
    arguments: Arguments<'m, N>,
) -> Evaluated<Handle<'m, N>> {
    aggregate(value, arguments, f64::MAX, |min, number| {
        if min > number { number } else { min }
    })
}

pub(super) fn max<'m, N: Node + 'm>(
    value: Handle<'m, N>,
    arguments: Arguments<'m, N>,
) -> Evaluated<Handle<'m, N>> {
    aggregate(value, arguments, SMALLEST_POSITIVE, |max, number| {
        if max < number { number } else { max }
    })
}

pub(super) fn standard_deviation<'m, N: Node + 'm>(
    value: Handle<'m, N>,
    arguments: Arguments<'m, N>,
) -> Evaluated<Handle<'m, N>> {
    let (mut sum, mut squares, mut count) = (0.0, 0.0, 0.0);
    each_number(value, arguments, |number| {
        sum += number;
        squares += number * number;
        count += 1.0;
    })?;
    let variance: f64 = squares / count - sum * sum / count / count;
    Ok(double(variance.sqrt()))
}

fn aggregate<'m, N: Node + 'm>(
    value: Handle<'m, N>,
    arguments: Arguments<'m, N>,
    start: f64,
    step: impl Fn(f64, f64) -> f64,
) -> Evaluated<Handle<'m, N>> {
    let mut total = start;
    each_number(value, arguments, |number| total = step(total, number))?;
    Ok(double(total))
}

fn each_number<'m, N: Node + 'm>(
    value: Handle<'m, N>,
    arguments: Arguments<'m, N>,
    mut visit: impl FnMut(f64),
) -> Evaluated<()> {
    let mut count = 0_usize;
    let mut take = |value: Handle<'m, N>| {
        if let Shape::Number(number) = value.shape() {
            count += 1;
            visit(number.as_f64());
        }
    };
    let _ = value.is_list().then(|| {
        value.try_each_element(|element| -> Result<(), ()> {
            take(element);
            Ok(())
        })
    });
    arguments.try_each_flat(take)?;
    if count == 0 {
        return Err(Fault::new(
            FaultKind::JsonPath,
            "there is no number to calculate with",
        ));
    }
    Ok(())
}

fn double<'m, N>(value: f64) -> Handle<'m, N> {
    Handle::Number(Number::Double(value))
}
