use super::element::{PackElement, UnpackElement};
use crate::pack::scan::Item;
use crate::pack::{PackError, PackErrorKind};

/// A tuple that [`Format::pack_tuple`](crate::pack::Format::pack_tuple) packs: one
/// element for each item that takes values, as in a literal format. Of up to twelve.
///
/// | element | items |
/// |---|---|
/// | integers of Rust | integers of any size, while the value fits |
/// | `bool` | `?` |
/// | [`Half`](crate::pack::Half), `f32`, `f64` | `e f d`, rounded to the nearest |
/// | an array of `N` of these | the same with a count of `N` |
/// | `[u8; N]` | also `Ns` and `Nc` |
/// | `&[u8]`, and to pack `&[u8; N]` | `s` and `p` of any length, `c` |
/// | [`Pascal<N>`](crate::pack::Pascal) | `p`, and `s` |
/// | [`Value`](crate::pack::Value) | any with one value |
///
/// It is quick where each element is of the very type that the item has in the
/// [table of the module](crate::pack#codes), which is then known by one comparison.
///
/// ```
/// use amphi_core::pack::{Format, Item};
///
/// let mut items = [Item::EMPTY; 3];
/// let format = Format::parse("<I2s2H", &mut items)?;
/// let mut buf = [0; 10];
/// format.pack_tuple(&mut buf, 0, (1_u32, b"ab", [2_u16, 3]))?;
/// assert_eq!(&buf, b"\x01\0\0\0ab\x02\0\x03\0");
/// # Ok::<(), amphi_core::pack::PackError>(())
/// ```
pub trait PackTuple: Copy {
    /// Packs the elements, quickly if each fits its item.
    #[doc(hidden)]
    fn put(self, items: &[Item], big: bool, out: &mut [u8]) -> Result<(), PackError>;

    /// Packs one element after the other.
    #[doc(hidden)]
    fn put_each(self, items: &[Item], out: &mut [u8]) -> Result<(), PackError>;
}

/// A tuple that [`Format::unpack_tuple`](crate::pack::Format::unpack_tuple) gives: one
/// element for each item that takes values.
///
/// The elements are those of [`PackTuple`].
///
/// ```
/// use amphi_core::pack::{Format, Item};
///
/// let mut items = [Item::EMPTY; 3];
/// let format = Format::parse("<I2s2H", &mut items)?;
/// let record = b"\x01\0\0\0ab\x02\0\x03\0";
/// let (number, letters, pair): (u32, &[u8], [u16; 2]) = format.unpack_tuple(record, 0)?;
/// assert_eq!((number, letters, pair), (1, &b"ab"[..], [2, 3]));
/// # Ok::<(), amphi_core::pack::PackError>(())
/// ```
pub trait UnpackTuple<'b>: Copy {
    /// Unpacks the elements, quickly if each fits its item; `None` if one cannot be had.
    #[doc(hidden)]
    fn get(items: &[Item], big: bool, octets: &'b [u8]) -> Option<Self>;

    /// Why `get` gave nothing.
    #[doc(hidden)]
    fn refusal(items: &[Item], octets: &'b [u8]) -> PackError;
}

/// Tuples of the first elements, and of all: their types, names, items and indices.
macro_rules! tuples {
    ([$($head:tt)*] $next:tt $($tail:tt)*) => {
        tuples! { @one $($head)* }
        tuples! { [$($head)* $next] $($tail)* }
    };
    ([$($head:tt)*]) => {
        tuples! { @one $($head)* }
    };
    (@one $(($type:ident $element:ident $item:ident $index:literal))*) => {
        #[allow(unused_variables, reason = "a tuple without elements packs nothing")]
        impl<$($type: PackElement),*> PackTuple for ($($type,)*) {
            #[inline(always)]
            fn put(self, items: &[Item], big: bool, out: &mut [u8]) -> Result<(), PackError> {
                let ($($element,)*) = self;
                if let [$($item),*] = items {
                    if big $(&& $element.fits::<true>($item))* {
                        $($element.store::<true>($item, out);)*
                        return Ok(());
                    }
                    if !big $(&& $element.fits::<false>($item))* {
                        $($element.store::<false>($item, out);)*
                        return Ok(());
                    }
                }
                self.put_each(items, out)
            }

            #[cold]
            #[inline(never)]
            fn put_each(self, items: &[Item], out: &mut [u8]) -> Result<(), PackError> {
                let ($($element,)*) = self;
                let [$($item),*] = items else {
                    return Err(count(items, &[$($index),*]));
                };
                $($element.put($item, out, $index)?;)*
                Ok(())
            }
        }

        #[allow(unused_variables, reason = "a tuple without elements unpacks nothing")]
        impl<'b, $($type: UnpackElement<'b>),*> UnpackTuple<'b> for ($($type,)*) {
            #[inline(always)]
            fn get(items: &[Item], big: bool, octets: &'b [u8]) -> Option<Self> {
                let [$($item),*] = items else {
                    return None;
                };
                if big $(&& $type::fits::<true>($item))* {
                    return Some(($($type::load::<true>($item, octets),)*));
                }
                if !big $(&& $type::fits::<false>($item))* {
                    return Some(($($type::load::<false>($item, octets),)*));
                }
                Some(($($type::get($item, octets).ok()?,)*))
            }

            #[cold]
            #[inline(never)]
            fn refusal(items: &[Item], octets: &'b [u8]) -> PackError {
                let [$($item),*] = items else {
                    return count(items, &[$($index),*]);
                };
                $(if let Err(kind) = $type::get($item, octets) {
                    return $item.refusal(kind, $index);
                })*
                count(items, &[$($index),*])
            }
        }
    };
}

tuples! {
    []
    (A a item_a 0) (B b item_b 1) (C c item_c 2) (D d item_d 3)
    (E e item_e 4) (F f item_f 5) (G g item_g 6) (H h item_h 7)
    (I i item_i 8) (J j item_j 9) (K k item_k 10) (L l item_l 11)
}

#[cold]
const fn count(items: &[Item], elements: &[usize]) -> PackError {
    PackError::new(PackErrorKind::ValueCount {
        expected: items.len(),
        given: elements.len(),
    })
}
