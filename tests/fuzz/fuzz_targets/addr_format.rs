//! Format specs and lax addresses from any octets.
#![no_main]

use amphi_core::addr::{FormatSpec, ip};
use amphi_core::inet;
use core::fmt::Write as _;
use libfuzzer_sys::fuzz_target;

/// Swallows what is written, and stops at some length: widths may be enormous.
struct Sink(usize);

impl core::fmt::Write for Sink {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        self.0 += text.len();
        if self.0 > 1_000 {
            Err(core::fmt::Error)
        } else {
            Ok(())
        }
    }
}

fuzz_target!(|octets: &[u8]| {
    if let Some(packed) = inet::inet_aton(octets) {
        let text = inet::inet_ntoa(packed);
        assert_eq!(inet::inet_aton(text.as_bytes()), Some(packed));
        assert_eq!(inet::inet_pton4(text.as_bytes()), Ok(packed));
    }
    if let Ok(packed) = inet::inet_pton6(octets) {
        assert_eq!(
            inet::inet_pton6(inet::inet_ntop6(packed).as_bytes()),
            Ok(packed)
        );
    }
    if let Ok(text) = core::str::from_utf8(octets)
        && let Some(spec) = FormatSpec::parse(text)
    {
        for address in [0, u128::from(u32::MAX), u128::MAX] {
            let _ = write!(Sink(0), "{}", spec.format(ip::from_int(address)));
        }
    }
});
