//! The items of a format at run time, one after the other.

use super::scan::Item;
use super::{PackError, Value};

/// Packs `values` by `items` into `out`, which has the record's size.
#[inline]
pub(super) fn pack(items: &[Item], out: &mut [u8], values: &[Value<'_>]) -> Result<(), PackError> {
    let done = pack_quickly(items, out, values);
    if done == items.len() {
        return Ok(());
    }
    pack_slowly(items, out, values, done)
}

/// Goes on where `done` items went the quick way.
#[inline(never)]
fn pack_slowly(
    items: &[Item],
    out: &mut [u8],
    values: &[Value<'_>],
    mut done: usize,
) -> Result<(), PackError> {
    let (mut items, mut rest) = (items, values);
    loop {
        let Some((item, others)) = items.get(done..).and_then(<[_]>::split_first) else {
            return Ok(());
        };
        rest = rest.get(done..).unwrap_or_default();
        let (own, more) = rest.split_at_checked(item.values()).unwrap_or((rest, &[]));
        pack_item(item, out, own, values.len() - rest.len())?;
        (items, rest) = (others, more);
        done = pack_quickly(items, out, rest);
    }
}

/// Packs as many items as go the quick way, and tells how many.
///
/// A function by itself, without calls, so that all it needs is in registers.
#[inline(never)]
fn pack_quickly(items: &[Item], out: &mut [u8], values: &[Value<'_>]) -> usize {
    let mut done = 0;
    for (item, value) in items.iter().zip(values) {
        let quick = &item.quick;
        if !(quick.step).put(value, out, quick.at.into(), quick.shape.length()) {
            break;
        }
        done += 1;
    }
    done
}

/// Packs the values of one item; `before` others come before them.
#[inline(never)]
fn pack_item(
    item: &Item,
    out: &mut [u8],
    values: &[Value<'_>],
    before: usize,
) -> Result<(), PackError> {
    for (index, value) in values.iter().enumerate() {
        if let Err(fault) = item.put(value, out, item.at(index)) {
            return Err(item.error(fault, before + index));
        }
    }
    Ok(())
}

/// Unpacks `octets`, which have the record's size, by `items` into `values`.
#[inline]
pub(super) fn unpack<'b>(items: &[Item], octets: &'b [u8], values: &mut [Value<'b>]) {
    let done = unpack_quickly(items, octets, values);
    if done < items.len() {
        unpack_slowly(items, octets, values, done);
    }
}

/// Goes on where `done` items went the quick way.
#[inline(never)]
fn unpack_slowly<'b>(items: &[Item], octets: &'b [u8], values: &mut [Value<'b>], mut done: usize) {
    let (mut items, mut rest) = (items, values);
    loop {
        let Some((item, others)) = items.get(done..).and_then(<[_]>::split_first) else {
            return;
        };
        rest = rest.get_mut(done..).unwrap_or_default();
        let own = item.values().min(rest.len());
        let Some((own, more)) = rest.split_at_mut_checked(own) else {
            return;
        };
        for (index, place) in own.iter_mut().enumerate() {
            *place = item.get(octets, item.at(index));
        }
        (items, rest) = (others, more);
        done = unpack_quickly(items, octets, rest);
    }
}

/// Unpacks as many items as go the quick way, and tells how many.
#[inline(never)]
fn unpack_quickly<'b>(items: &[Item], octets: &'b [u8], values: &mut [Value<'b>]) -> usize {
    let mut done = 0;
    for (item, place) in items.iter().zip(values) {
        let quick = &item.quick;
        if !(quick.step).get(octets, quick.at.into(), quick.shape.length(), place) {
            break;
        }
        done += 1;
    }
    done
}
