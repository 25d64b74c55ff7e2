//! The tuple of a format's values, out of a fixed number of items.

use core::marker::PhantomData;

use super::field::Field;

/// The first `LEN` of the items `T`, a tuple of all that there is room for.
#[derive(Debug)]
pub struct Fields<const LEN: usize, T>(PhantomData<T>);

/// The values of some items.
pub trait Tuple {
    /// A tuple with one value for each.
    type Values: Copy;
}

macro_rules! unit {
    ($item:ident) => {
        ()
    };
}

/// For each length: the type of the values, and how they become a tuple of all
/// items, with units at the end, and back. Inherent functions, as only those can be const.
macro_rules! lengths {
    ([$($all:ident)*] $len:literal $($lens:literal)* ; [$($head:ident)*] [$next:ident $($tail:ident)*]) => {
        lengths! { @one [$($all)*] $len [$($head)*] [$next $($tail)*] }
        lengths! { [$($all)*] $($lens)* ; [$($head)* $next] [$($tail)*] }
    };
    ([$($all:ident)*] $len:literal ; [$($head:ident)*] []) => {
        lengths! { @one [$($all)*] $len [$($head)*] [] }
    };
    (@one [$($all:ident)*] $len:literal [$($head:ident)*] [$($tail:ident)*]) => {
        impl<$($head: Field,)* $($tail),*> Tuple for Fields<$len, ($($all,)*)> {
            type Values = ($($head::Value,)*);
        }

        #[allow(non_snake_case, reason = "a value is named after its item")]
        #[allow(clippy::unused_unit, clippy::type_complexity, reason = "one form for all lengths")]
        impl<$($head: Field,)* $($tail),*> Fields<$len, ($($all,)*)> {
            /// With units for the items that the format has not.
            #[inline(always)]
            pub const fn pad(values: ($($head::Value,)*)) -> ($($head::Value,)* $(unit!($tail),)*) {
                let ($($head,)*) = values;
                ($($head,)* $(unit!($tail),)*)
            }

            /// Without the units.
            #[inline(always)]
            pub const fn trim(values: ($($head::Value,)* $(unit!($tail),)*)) -> ($($head::Value,)*) {
                let ($($head,)* $(unit!($tail),)*) = values;
                ($($head,)*)
            }
        }
    };
}

lengths! {
    [A B C D E F G H I J K L]
    0 1 2 3 4 5 6 7 8 9 10 11 12;
    [] [A B C D E F G H I J K L]
}
lengths! {
    [A B C D E F G H I J K L M N O P A1 B1 C1 D1 E1 F1 G1 H1 I1 J1 K1 L1 M1 N1 O1 P1]
    0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32;
    [] [A B C D E F G H I J K L M N O P A1 B1 C1 D1 E1 F1 G1 H1 I1 J1 K1 L1 M1 N1 O1 P1]
}
