/// Makes a type of a format: the struct that Python's `struct.Struct(format)` is,
/// with all of it known at compile time.
///
/// ```
/// use amphi_core::pack::record;
///
/// record! {
///     /// A number, two letters, and a measure.
///     pub struct Message = "!I2sf";
/// }
///
/// assert_eq!(Message::SIZE, 10);
/// assert_eq!(Message::OFFSETS, [0, 4, 6]);
///
/// const OCTETS: [u8; 10] = Message::pack((1, *b"ab", 2.5));
/// assert_eq!(OCTETS, *b"\0\0\0\x01ab\x40\x20\0\0");
///
/// let (number, letters, measure) = Message::unpack(&OCTETS);
/// assert_eq!((number, letters, measure), (1, *b"ab", 2.5));
/// ```
///
/// Each struct gets, all but the last two usable in `const`:
///
/// - `FORMAT`, `SIZE`, `OFFSETS` (where each value begins);
/// - `pack(values) -> [u8; SIZE]` and `unpack(&[u8; SIZE]) -> values`, which cannot fail;
/// - `pack_into(buf, offset, values)` and `unpack_from(buf, offset)`, which fail with
///   [`BufferTooShort`](crate::pack::PackErrorKind::BufferTooShort);
/// - `iter_unpack(buf)`, which gives [`Records`](crate::pack::Records);
/// - the trait [`Record`](crate::pack::Record).
///
/// The values are a tuple with one value for each item, even for one item. The
/// [table of the module](crate::pack#codes) tells their types. There is room for
/// 12 items that take values (as for the traits of the standard library's tuples), in a
/// `wide struct` for 32; a count makes an array,
/// which is one item however long.
///
/// A wrong format does not compile:
///
/// ```compile_fail
/// amphi_core::pack::record! {
///     struct Wrong = "!I2y"; // bad char in struct format: 'y' at 3 of "!I2y"
/// }
/// ```
#[macro_export]
#[doc(hidden)]
macro_rules! __pack_record {
    () => {};
    ($(#[$attribute:meta])* $vis:vis struct $name:ident = $format:expr; $($rest:tt)*) => {
        $crate::__pack_items! {
            $(#[$attribute])* $vis struct $name = $format; 12
            (__A 0) (__B 1) (__C 2) (__D 3) (__E 4) (__F 5) (__G 6) (__H 7)
            (__I 8) (__J 9) (__K 10) (__L 11)
        }
        $crate::__pack_record! { $($rest)* }
    };
    ($(#[$attribute:meta])* $vis:vis wide struct $name:ident = $format:expr; $($rest:tt)*) => {
        $crate::__pack_items! {
            $(#[$attribute])* $vis struct $name = $format; 32
            (__A 0) (__B 1) (__C 2) (__D 3) (__E 4) (__F 5) (__G 6) (__H 7)
            (__I 8) (__J 9) (__K 10) (__L 11) (__M 12) (__N 13) (__O 14) (__P 15)
            (__A1 16) (__B1 17) (__C1 18) (__D1 19) (__E1 20) (__F1 21) (__G1 22) (__H1 23)
            (__I1 24) (__J1 25) (__K1 26) (__L1 27) (__M1 28) (__N1 29) (__O1 30) (__P1 31)
        }
        $crate::__pack_record! { $($rest)* }
    };
}

#[macro_export]
#[doc(hidden)]
macro_rules! __pack_items {
    ($(#[$attribute:meta])* $vis:vis struct $name:ident = $format:expr; $max:literal
        $(($item:ident $index:tt))*) => {
        $(#[$attribute])*
        $vis struct $name;

        const _: () = {
            const __READ: $crate::pack::__private::Plan<$max> =
                $crate::pack::__private::Plan::new($format);
            // A bad format is told here, and all below is then silent.
            const __PLAN: &$crate::pack::__private::Plan<$max> = $crate::pack::__private::Verdict::<
                { __READ.fault() },
                { __READ.code() },
                { __READ.position() },
            >
                .check(&__READ, $format);
            $(type $item = $crate::pack::__private::Code<{ __PLAN.kind($index) }, { __PLAN.count($index) }>;)*
            type __Fields = $crate::pack::__private::Fields<{ __PLAN.len }, ($($item,)*)>;
            type __Values = <__Fields as $crate::pack::__private::Tuple>::Values;
            type __Octets = [u8; __PLAN.size];

            const __ZERO: __Octets = $crate::pack::__private::zeros();

            #[inline(always)]
            const fn __write(values: __Values, octets: &mut __Octets) {
                *octets = __ZERO;
                let values = __Fields::pad(values);
                $($item::put(values.$index, octets, __PLAN, $index);)*
            }

            #[allow(dead_code, reason = "nobody needs all of it")]
            impl $name {
                /// The format.
                pub const FORMAT: &'static str = $format;
                /// The size of a record in octets.
                pub const SIZE: usize = __PLAN.size;
                /// Where each value begins, in octets.
                pub const OFFSETS: &'static [usize] = __PLAN.offsets();

                /// The octets of `values`.
                #[inline]
                #[must_use]
                pub const fn pack(values: __Values) -> __Octets {
                    let mut octets = __ZERO;
                    __write(values, &mut octets);
                    octets
                }

                /// The values in `octets`.
                #[inline]
                #[must_use]
                pub const fn unpack(octets: &__Octets) -> __Values {
                    __Fields::trim(($($item::get(octets, __PLAN, $index),)*))
                }

                /// Packs `values` at `offset` of `buf`.
                ///
                /// # Errors
                ///
                /// `BufferTooShort`; then `buf` is as it was.
                #[inline]
                pub const fn pack_into(
                    buf: &mut [u8],
                    offset: usize,
                    values: __Values,
                ) -> $crate::pack::__private::Result<(), $crate::pack::PackError> {
                    match $crate::pack::__private::place(buf, offset) {
                        Ok(octets) => {
                            __write(values, octets);
                            Ok(())
                        }
                        Err(error) => Err(error),
                    }
                }

                /// Unpacks the values at `offset` of `buf`.
                ///
                /// # Errors
                ///
                /// `BufferTooShort`.
                #[inline]
                pub const fn unpack_from(
                    buf: &[u8],
                    offset: usize,
                ) -> $crate::pack::__private::Result<__Values, $crate::pack::PackError> {
                    match $crate::pack::__private::chunk(buf, offset) {
                        Ok(octets) => Ok(Self::unpack(octets)),
                        Err(error) => Err(error),
                    }
                }

                /// The values of each record in `buf`.
                ///
                /// # Errors
                ///
                /// `EmptyRecord` and `NotMultiple`.
                #[inline]
                pub fn iter_unpack(
                    buf: &[u8],
                ) -> $crate::pack::__private::Result<
                    $crate::pack::Records<'_, Self>,
                    $crate::pack::PackError,
                > {
                    $crate::pack::Records::new(buf)
                }
            }

            impl $crate::pack::Record for $name {
                type Values = __Values;
                type Octets = __Octets;
                const FORMAT: &'static str = Self::FORMAT;
                const OFFSETS: &'static [usize] = Self::OFFSETS;
                const ZERO: Self::Octets = __ZERO;

                #[inline]
                fn pack(values: Self::Values) -> Self::Octets {
                    Self::pack(values)
                }

                #[inline]
                fn unpack(octets: &Self::Octets) -> Self::Values {
                    Self::unpack(octets)
                }
            }
        };
    };
}

/// Packs values by a literal format into an array: Python's `struct.pack`.
///
/// ```
/// use amphi_core::pack::pack;
///
/// const OCTETS: [u8; 6] = pack!("!I2s", 1, *b"ab");
/// assert_eq!(OCTETS, *b"\0\0\0\x01ab");
/// ```
///
/// The number of values and their types are checked:
///
/// ```compile_fail
/// amphi_core::pack::pack!("!I2s", 1);
/// ```
#[macro_export]
#[doc(hidden)]
macro_rules! __pack_pack {
    ($format:expr $(, $value:expr)* $(,)?) => {{
        $crate::pack::record! { struct __Record = $format; }
        __Record::pack(($($value,)*))
    }};
}

/// Unpacks an array by a literal format: Python's `struct.unpack`.
///
/// ```
/// use amphi_core::pack::unpack;
///
/// let (number, letters) = unpack!("!I2s", b"\0\0\0\x01ab");
/// assert_eq!((number, letters), (1, *b"ab"));
/// ```
///
/// The array must have the right length:
///
/// ```compile_fail
/// amphi_core::pack::unpack!("!I2s", b"\0\0\0\x01a");
/// ```
#[macro_export]
#[doc(hidden)]
macro_rules! __pack_unpack {
    ($format:expr, $octets:expr $(,)?) => {{
        $crate::pack::record! { struct __Record = $format; }
        __Record::unpack($octets)
    }};
}
