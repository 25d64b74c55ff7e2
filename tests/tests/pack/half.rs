//! All 65,536 half floats, both ways, and every border between two of them.

use amphi_core::pack::Half;

/// The value by its definition, slowly: sign, exponent, fraction (IEEE 754-2019, 3.4).
fn by_definition(bits: u16) -> f64 {
    let sign = if bits & 0x8000 == 0 { 1.0 } else { -1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 0x1F), f64::from(bits & 0x3FF));
    let value = match (exponent, fraction == 0.0) {
        (0x1F, true) => f64::INFINITY,
        (0x1F, false) => f64::NAN,
        (0, _) => fraction * 2.0_f64.powi(-24),
        _ => (1.0 + fraction / 1024.0) * 2.0_f64.powi(exponent - 15),
    };
    sign * value
}

#[test]
fn all_halves_by_definition() {
    for bits in 0..=u16::MAX {
        let (value, expected) = (Half::from_bits(bits).to_f64(), by_definition(bits));
        assert!(
            value.to_bits() == expected.to_bits() || value.is_nan() && expected.is_nan(),
            "{bits:04x} is {value}, not {expected}"
        );
    }
}

#[test]
fn all_halves_survive_the_way_there_and_back() {
    for bits in 0..=u16::MAX {
        assert_eq!(
            Half::from_f64(Half::from_bits(bits).to_f64()).to_bits(),
            bits
        );
    }
}

#[test]
fn between_two_halves_the_nearer_wins_and_the_even_at_a_tie() {
    for bits in 0..0x7BFF_u16 {
        let (low, high) = (by_definition(bits), by_definition(bits + 1));
        let middle = (low + high) / 2.0;
        let even = if bits & 1 == 0 { bits } else { bits + 1 };
        for (value, expected) in [
            (middle, even),
            (middle.next_down(), bits),
            (middle.next_up(), bits + 1),
        ] {
            assert_eq!(Half::from_f64(value).to_bits(), expected, "{value:e}");
            assert_eq!(
                Half::from_f64(-value).to_bits(),
                expected | 0x8000,
                "-{value:e}"
            );
        }
    }
}

#[test]
fn beyond_the_largest() {
    assert_eq!(Half::from_f64(65_519.999_999).to_bits(), 0x7BFF);
    assert_eq!(Half::from_f64(65520.0).to_bits(), 0x7C00);
    assert_eq!(Half::from_f64(-1e300).to_bits(), 0xFC00);
    assert_eq!(Half::checked_from_f64(65520.0), None);
    assert_eq!(
        Half::checked_from_f64(f64::INFINITY),
        Some(Half::from_bits(0x7C00))
    );
    assert_eq!(Half::from_f64(f64::from_bits(1)).to_bits(), 0);
    assert_eq!(
        Half::from_f64(f64::from_bits(0x7FF0_0000_0000_0001)).to_bits(),
        0x7E00
    );
}
