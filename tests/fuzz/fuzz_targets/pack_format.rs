//! Any text as a format: the ways to read it agree, no count of octets or values
//! overflows, and nothing panics.

#![no_main]

use amphi_core::pack::{Format, Item, PackErrorKind, calcsize};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let mut items = [Item::EMPTY; 64];
    let size = calcsize(text);
    match Format::parse(text, &mut items) {
        Ok(format) => {
            assert_eq!(size, Ok(format.size()));
            assert!(format.size() <= isize::MAX as usize);
            let buf = [0xA5; 256];
            match format.unpack_from(&buf, 3) {
                Ok(values) => {
                    assert!(format.size() <= 253);
                    assert_eq!(values.len(), format.values());
                    assert_eq!(values.count(), format.values());
                }
                Err(error) => {
                    assert!(matches!(error.kind(), PackErrorKind::BufferTooShort { .. }));
                    assert!(format.size() > 253);
                }
            }
        }
        Err(error) => {
            assert!(!error.to_string().is_empty());
            if let (Some(code), Some(position)) = (error.code(), error.position()) {
                assert_eq!(text[position..].chars().next(), Some(code));
            }
            if !matches!(error.kind(), PackErrorKind::TooManyItems { .. }) {
                assert_eq!(size, Err(error));
            }
        }
    }
});
