//! Octets and texts, and values of any kind.

use core::slice;

use super::element::{PackElement, UnpackElement};
use super::number::{alone, unsigned};
use crate::pack::octets::{whole, whole_mut};
use crate::pack::scan::Item;
use crate::pack::step::Step;
use crate::pack::{PackError, PackErrorKind, Pascal, Value};

impl<const N: usize> PackElement for [u8; N] {
    #[inline(always)]
    fn fits<const BIG: bool>(&self, item: &Item) -> bool {
        <Self as UnpackElement<'_>>::fits::<BIG>(item)
    }

    #[inline(always)]
    fn store<const BIG: bool>(self, item: &Item, out: &mut [u8]) {
        if let Some(place) = whole_mut(out, item.quick.at.into()) {
            *place = self;
        }
    }

    fn put(self, item: &Item, out: &mut [u8], index: usize) -> Result<(), PackError> {
        match item.code {
            b's' | b'p' => self.as_slice().put(item, out, index),
            b'c' => item.put_all(
                self.iter().map(|octet| slice::from_ref(octet).into()),
                out,
                index,
            ),
            _ => item.put_all(self.iter().map(|octet| Value::from(*octet)), out, index),
        }
    }
}

impl<const N: usize> UnpackElement<'_> for [u8; N] {
    #[inline(always)]
    fn fits<const BIG: bool>(item: &Item) -> bool {
        item.has(Step::Octets, N) || item.has(Step::U8, N)
    }

    #[inline(always)]
    fn load<const BIG: bool>(item: &Item, octets: &[u8]) -> Self {
        match whole(octets, item.quick.at.into()) {
            Some(octets) => *octets,
            None => [0; N],
        }
    }

    #[cold]
    #[inline(never)]
    fn get(item: &Item, octets: &[u8]) -> Result<Self, PackErrorKind> {
        if item.code == b's' {
            let text = <&[u8]>::get(item, octets)?;
            let (expected, given) = (text.len(), N);
            let kind = PackErrorKind::ValueCount { expected, given };
            return text.try_into().map_err(|_| kind);
        }
        let mut own = [0; N];
        item.get_all(octets, &mut own, |value| match value {
            Value::Bytes([octet]) if item.code == b'c' => Ok(*octet),
            value => unsigned(value),
        })?;
        Ok(own)
    }
}

alone! { u8 }

impl PackElement for &[u8] {
    #[inline(always)]
    fn fits<const BIG: bool>(&self, item: &Item) -> bool {
        item.has(Step::Octets, self.len())
    }

    #[inline(always)]
    fn store<const BIG: bool>(self, item: &Item, out: &mut [u8]) {
        let at = usize::from(item.quick.at);
        if let Some(place) = out.get_mut(at..at + item.quick.shape.length())
            && place.len() == self.len()
        {
            place.copy_from_slice(self);
        }
    }

    fn put(self, item: &Item, out: &mut [u8], index: usize) -> Result<(), PackError> {
        Value::Bytes(self).put(item, out, index)
    }
}

impl<'b> UnpackElement<'b> for &'b [u8] {
    #[inline(always)]
    fn fits<const BIG: bool>(item: &Item) -> bool {
        item.has(Step::Octets, item.quick.shape.length())
    }

    #[inline(always)]
    fn load<const BIG: bool>(item: &Item, octets: &'b [u8]) -> Self {
        let at = usize::from(item.quick.at);
        let text = octets.get(at..at + item.quick.shape.length());
        text.unwrap_or_default()
    }

    #[cold]
    #[inline(never)]
    fn get(item: &Item, octets: &'b [u8]) -> Result<Self, PackErrorKind> {
        let value: Value<'b> = UnpackElement::get(item, octets)?;
        let text = value.as_bytes();
        text.ok_or(PackErrorKind::WrongType)
    }
}

impl<const N: usize> PackElement for &[u8; N] {
    #[inline(always)]
    fn fits<const BIG: bool>(&self, item: &Item) -> bool {
        item.has(Step::Octets, N)
    }

    #[inline(always)]
    fn store<const BIG: bool>(self, item: &Item, out: &mut [u8]) {
        (*self).store::<BIG>(item, out);
    }

    fn put(self, item: &Item, out: &mut [u8], index: usize) -> Result<(), PackError> {
        self.as_slice().put(item, out, index)
    }
}

impl<const N: usize> PackElement for Pascal<N> {
    #[inline(always)]
    fn fits<const BIG: bool>(&self, item: &Item) -> bool {
        item.has(Step::Pascal, N)
    }

    #[inline(always)]
    fn store<const BIG: bool>(self, item: &Item, out: &mut [u8]) {
        if let Some(place) = whole_mut(out, item.quick.at.into()) {
            *place = self.to_octets();
        }
    }

    fn put(self, item: &Item, out: &mut [u8], index: usize) -> Result<(), PackError> {
        self.as_bytes().put(item, out, index)
    }
}

impl<const N: usize> UnpackElement<'_> for Pascal<N> {
    #[inline(always)]
    fn fits<const BIG: bool>(item: &Item) -> bool {
        item.has(Step::Pascal, N)
    }

    #[inline(always)]
    fn load<const BIG: bool>(item: &Item, octets: &[u8]) -> Self {
        match whole(octets, item.quick.at.into()) {
            Some(octets) => Self::from_octets(octets),
            None => Self::default(),
        }
    }

    #[cold]
    #[inline(never)]
    fn get(item: &Item, octets: &[u8]) -> Result<Self, PackErrorKind> {
        let text = <&[u8]>::get(item, octets)?;
        if text.len() > Self::ROOM {
            return Err(PackErrorKind::OutOfRange);
        }
        Ok(Self::new(text))
    }
}

/// No step packs whatever a value is; so its whole tuple is packed item by item.
impl PackElement for Value<'_> {
    #[inline(always)]
    fn fits<const BIG: bool>(&self, _: &Item) -> bool {
        false
    }

    #[inline(always)]
    fn store<const BIG: bool>(self, _: &Item, _: &mut [u8]) {}

    fn put(self, item: &Item, out: &mut [u8], index: usize) -> Result<(), PackError> {
        item.put_all([self].into_iter(), out, index)
    }
}

impl<'b> UnpackElement<'b> for Value<'b> {
    #[inline(always)]
    fn fits<const BIG: bool>(item: &Item) -> bool {
        item.values() == 1
    }

    #[inline(always)]
    fn load<const BIG: bool>(item: &Item, octets: &'b [u8]) -> Self {
        item.get(octets, item.offset)
    }

    #[cold]
    #[inline(never)]
    fn get(item: &Item, octets: &'b [u8]) -> Result<Self, PackErrorKind> {
        item.check(1)?;
        Ok(item.get(octets, item.offset))
    }
}
