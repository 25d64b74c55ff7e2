use core::cmp::Ordering;
use core::fmt;

/// A half-precision float (IEEE 754 binary16), the code `e`, held as its bits.
///
/// ```
/// use amphi_core::pack::Half;
///
/// const HALF: Half = Half::from_f64(0.5);
/// assert_eq!(HALF.to_bits(), 0x3800);
/// assert_eq!(HALF.to_f64(), 0.5);
/// assert_eq!(Half::checked_from_f64(65520.0), None);
/// ```
#[derive(Clone, Copy, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Half(u16);

/// Of binary64: the bits of the fraction, and what is added to the exponent.
const WIDE_FRACTION: u32 = 52;
const WIDE_BIAS: i32 = 1023;
/// Of binary16.
const FRACTION: u32 = 10;
const BIAS: i32 = 15;
const INFINITY: u16 = 0x7C00;
const QUIET: u16 = 0x0200;

impl Half {
    /// The half with these bits.
    #[must_use]
    pub const fn from_bits(bits: u16) -> Self {
        Self(bits)
    }

    /// Its bits.
    #[must_use]
    pub const fn to_bits(self) -> u16 {
        self.0
    }

    /// The half nearest to `value`, ties to even; infinity from 65520 upwards.
    /// Of a NaN the sign and the upper bits stay.
    ///
    /// ```
    /// use amphi_core::pack::Half;
    ///
    /// assert_eq!(Half::from_f64(65519.99).to_f64(), 65504.0);
    /// assert_eq!(Half::from_f64(65520.0).to_f64(), f64::INFINITY);
    /// ```
    #[must_use]
    pub const fn from_f64(value: f64) -> Self {
        let bits = value.to_bits();
        let sign = ((bits >> 48) & 0x8000) as u16;
        let exponent = ((bits >> WIDE_FRACTION) & 0x7FF) as i32;
        let fraction = bits & ((1 << WIDE_FRACTION) - 1);
        if exponent == 0x7FF {
            let upper = (fraction >> (WIDE_FRACTION - FRACTION)) as u16;
            // A NaN whose upper bits are zero must not become infinity.
            let quiet = if fraction != 0 && upper == 0 {
                QUIET
            } else {
                0
            };
            return Self(sign | INFINITY | upper | quiet);
        }
        let power = exponent - WIDE_BIAS;
        if power > BIAS {
            return Self(sign | INFINITY);
        }
        if power < -BIAS - FRACTION as i32 {
            // Less than half of the least half; subnormals of binary64 too.
            return Self(sign);
        }
        let (base, lost, whole) = if power > -BIAS {
            let base = ((power + BIAS) as u16) << FRACTION;
            (base, WIDE_FRACTION - FRACTION, fraction)
        } else {
            // Subnormal: the hidden bit shows, and more bits are lost.
            let lost = WIDE_FRACTION as i32 - FRACTION as i32 + 1 - BIAS - power;
            (0, lost as u32, fraction | (1 << WIDE_FRACTION))
        };
        let kept = (whole >> lost) as u16;
        let rest = whole & ((1 << lost) - 1);
        let tie = 1_u64 << (lost - 1);
        let up = rest > tie || (rest == tie && kept & 1 == 1);
        // A carry moves into the exponent, at the end into infinity, as it should.
        Self(sign | (base + kept + up as u16))
    }

    /// The half nearest to `value`, or `None` where Python raises `OverflowError`:
    /// for a finite value of 65520 or more.
    #[must_use]
    pub const fn checked_from_f64(value: f64) -> Option<Self> {
        let half = Self::from_f64(value);
        if value.is_finite() && half.0 & INFINITY == INFINITY {
            None
        } else {
            Some(half)
        }
    }

    /// Its value, exactly. Of a NaN all bits stay.
    #[must_use]
    pub const fn to_f64(self) -> f64 {
        let sign = ((self.0 & 0x8000) as u64) << 48;
        let exponent = ((self.0 & INFINITY) >> FRACTION) as u64;
        let fraction = (self.0 & 0x03FF) as u64;
        let bits = match (exponent, fraction) {
            (0, 0) => 0,
            (0, _) => {
                // Subnormal: the highest bit that is set becomes the hidden one.
                let shift = fraction.leading_zeros() - (63 - FRACTION);
                let fraction = (fraction << shift) & 0x03FF;
                let exponent = (WIDE_BIAS - BIAS + 1) as u64 - shift as u64;
                (exponent << WIDE_FRACTION) | (fraction << (WIDE_FRACTION - FRACTION))
            }
            (0x1F, _) => (0x7FF << WIDE_FRACTION) | (fraction << (WIDE_FRACTION - FRACTION)),
            _ => {
                let exponent = exponent + (WIDE_BIAS - BIAS) as u64;
                (exponent << WIDE_FRACTION) | (fraction << (WIDE_FRACTION - FRACTION))
            }
        };
        f64::from_bits(sign | bits)
    }

    #[inline(always)]
    pub(super) const fn to_be_bytes(self) -> [u8; 2] {
        self.0.to_be_bytes()
    }

    #[inline(always)]
    pub(super) const fn to_le_bytes(self) -> [u8; 2] {
        self.0.to_le_bytes()
    }

    #[inline(always)]
    pub(super) const fn from_be_bytes(octets: [u8; 2]) -> Self {
        Self(u16::from_be_bytes(octets))
    }

    #[inline(always)]
    pub(super) const fn from_le_bytes(octets: [u8; 2]) -> Self {
        Self(u16::from_le_bytes(octets))
    }
}

impl From<Half> for f64 {
    fn from(half: Half) -> Self {
        half.to_f64()
    }
}

/// As floats are equal: the zeros are, a NaN is not.
impl PartialEq for Half {
    fn eq(&self, other: &Self) -> bool {
        self.to_f64() == other.to_f64()
    }
}

impl PartialOrd for Half {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.to_f64().partial_cmp(&other.to_f64())
    }
}

impl fmt::Debug for Half {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.to_f64(), f)
    }
}

impl fmt::Display for Half {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.to_f64(), f)
    }
}
