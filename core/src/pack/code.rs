//! What each code stands for: its size, its alignment, and the type that holds it.

use core::ffi::{c_int, c_long, c_longlong, c_short};
use core::mem::{align_of, size_of};

/// The order of octets and the rules of layout, chosen by a format's first character.
///
/// ```
/// use amphi_core::pack::Order;
///
/// assert_eq!(Order::of("!I"), Order::Big);
/// assert_eq!(Order::of("I"), Order::Native);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Order {
    /// `@`, or no character: the target's order, sizes and alignment, as C lays out a struct.
    Native,
    /// `=`: the target's order with standard sizes, packed.
    Host,
    /// `<`: the least octet first, standard sizes, packed.
    Little,
    /// `>` or `!`, the network's order: the greatest octet first, standard sizes, packed.
    Big,
}

impl Order {
    /// The order that `format` asks for.
    #[must_use]
    pub const fn of(format: &str) -> Self {
        match Self::named(format.as_bytes()) {
            Some(order) => order,
            None => Self::Native,
        }
    }

    pub(super) const fn named(format: &[u8]) -> Option<Self> {
        match format.first() {
            Some(b'@') => Some(Self::Native),
            Some(b'=') => Some(Self::Host),
            Some(b'<') => Some(Self::Little),
            Some(b'>' | b'!') => Some(Self::Big),
            _ => None,
        }
    }

    /// Whether the greatest octet comes first.
    ///
    /// ```
    /// use amphi_core::pack::Order;
    ///
    /// assert!(Order::Big.is_big());
    /// assert_eq!(Order::Native.is_big(), cfg!(target_endian = "big"));
    /// ```
    #[must_use]
    #[inline]
    pub const fn is_big(self) -> bool {
        match self {
            Self::Native | Self::Host => cfg!(target_endian = "big"),
            Self::Little => false,
            Self::Big => true,
        }
    }
}

/// How one code is laid out.
#[derive(Debug, Clone, Copy)]
pub(super) struct Layout {
    /// The type that holds it, as the code of that type; `x` for none.
    pub(super) kind: u8,
    /// In octets.
    pub(super) size: usize,
    /// In octets; 1 where nothing is aligned.
    pub(super) align: usize,
}

impl Layout {
    /// The layout of `code`, or `None` for a character that is no code in this order.
    pub(super) const fn of(code: u8, order: Order) -> Option<Self> {
        match order {
            Order::Native => Self::native(code),
            Order::Host | Order::Little | Order::Big => Self::standard(code),
        }
    }

    const fn standard(code: u8) -> Option<Self> {
        let (kind, size) = match code {
            b'x' | b's' | b'p' | b'b' | b'B' | b'?' => (code, 1),
            b'c' => (b'B', 1),
            b'h' | b'H' | b'e' => (code, 2),
            b'i' | b'I' | b'f' => (code, 4),
            b'l' => (b'i', 4),
            b'L' => (b'I', 4),
            b'q' | b'Q' | b'd' => (code, 8),
            _ => return None,
        };
        let align = 1;
        Some(Self { kind, size, align })
    }

    const fn native(code: u8) -> Option<Self> {
        const POINTER: (usize, usize) = (size_of::<usize>(), align_of::<usize>());
        let (kind, (size, align)) = match code {
            b'h' | b'H' => whole(code, size_of::<c_short>(), align_of::<c_short>()),
            b'i' | b'I' => whole(code, size_of::<c_int>(), align_of::<c_int>()),
            b'l' | b'L' => whole(code, size_of::<c_long>(), align_of::<c_long>()),
            b'q' | b'Q' => whole(code, size_of::<c_longlong>(), align_of::<c_longlong>()),
            b'n' => (b'n', POINTER),
            b'N' | b'P' => (b'N', POINTER),
            b'e' => (b'e', (2, align_of::<c_short>())),
            b'f' => (b'f', (4, align_of::<f32>())),
            b'd' => (b'd', (8, align_of::<f64>())),
            _ => return Self::standard(code),
        };
        Some(Self { kind, size, align })
    }
}

/// C's integer types have other sizes on other targets: the kind follows the size.
const fn whole(code: u8, size: usize, align: usize) -> (u8, (usize, usize)) {
    let kind = match (code.is_ascii_lowercase(), size) {
        (true, 2) => b'h',
        (true, 4) => b'i',
        (true, _) => b'q',
        (false, 2) => b'H',
        (false, 4) => b'I',
        (false, _) => b'Q',
    };
    (kind, (size, align))
}
