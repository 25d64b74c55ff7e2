use core::fmt;

/// Octets in hexadecimal, as Python's `binascii.hexlify`.
#[derive(Debug, Clone, Copy)]
pub struct Hex<'o>(pub &'o [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
    }
}

/// Octets as a literal of Rust's: `b"ab\n"`.
#[derive(Debug, Clone, Copy)]
pub struct Octets<'o>(pub &'o [u8]);

impl fmt::Display for Octets<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "b\"{}\"", self.0.escape_ascii())
    }
}
