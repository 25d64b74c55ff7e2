//! What both families' free functions share, written once.

/// Parsers, packing and the registry's predicates for one family.
macro_rules! address_functions {
    (
        $Addr:ident, $Network:ident, $Bits:ident, $octets:literal, $version:literal,
        $parse:path, $diagnose:path, $table:path, $local:literal
    ) => {
        #[doc = concat!("Reads an IPv", $version, " address, as Python's `IPv", $version, "Address(text)` does.")]
        ///
        /// ```
        #[doc = concat!("use amphi_core::addr::ipv", $version, ";")]
        ///
        #[doc = concat!("let address = ipv", $version, "::parse(\"", $local, "\").unwrap();")]
        #[doc = concat!("assert!(ipv", $version, "::is_loopback(address));")]
        #[doc = concat!("assert!(ipv", $version, "::parse(\"", $local, "/8\").is_err());")]
        /// ```
        ///
        /// # Errors
        ///
        /// Any [`ParseErrorKind`] that concerns addresses, with the place of the
        /// fault.
        #[inline]
        pub const fn parse(text: &str) -> Result<$Addr, ParseError> {
            parse_ascii(text.as_bytes())
        }

        /// [`parse`] for a text in octets, which need not be UTF-8.
        ///
        /// # Errors
        ///
        /// As for [`parse`].
        #[inline]
        pub const fn parse_ascii(text: &[u8]) -> Result<$Addr, ParseError> {
            match $parse(text) {
                Some(bits) => Ok($Addr::from_bits(bits)),
                None => Err(fault(text)),
            }
        }

        #[cold]
        const fn fault(text: &[u8]) -> ParseError {
            let slash = find(text, b'/', 0);
            if slash < text.len() {
                return ParseError::new(ParseErrorKind::UnexpectedSlash, slash, slash + 1);
            }
            $diagnose(text)
        }

        /// The address of a literal; in a constant, a fault stops the compiler.
        ///
        /// ```
        #[doc = concat!("use amphi_core::addr::ipv", $version, ";")]
        #[doc = concat!("use core::net::", stringify!($Addr), ";")]
        ///
        #[doc = concat!("const HERE: ", stringify!($Addr), " = ipv", $version, "::literal(\"", $local, "\");")]
        #[doc = concat!("assert_eq!(HERE, ", stringify!($Addr), "::LOCALHOST);")]
        /// ```
        ///
        /// # Panics
        ///
        /// When the text is no address.
        #[must_use]
        pub const fn literal(text: &str) -> $Addr {
            match parse(text) {
                Ok(address) => address,
                Err(error) => error.fail(text),
            }
        }

        #[doc = concat!("The address of ", $octets, " packed octets in network order.")]
        ///
        /// # Errors
        ///
        /// [`ParseErrorKind::PackedLength`] for any other number of octets.
        pub const fn from_packed(octets: &[u8]) -> Result<$Addr, ParseError> {
            match octets.first_chunk::<$octets>() {
                Some(packed) if octets.len() == $octets => Ok($Addr::from_octets(*packed)),
                _ => Err(ParseError::new(ParseErrorKind::PackedLength, 0, octets.len())),
            }
        }

        /// The address `n` places after: Python's `address + n`. None beyond the last.
        #[must_use]
        pub const fn checked_add(address: $Addr, n: $Bits) -> Option<$Addr> {
            match address.to_bits().checked_add(n) {
                Some(bits) => Some($Addr::from_bits(bits)),
                None => None,
            }
        }

        /// The address `n` places before: Python's `address - n`. None before the
        /// first.
        #[must_use]
        pub const fn checked_sub(address: $Addr, n: $Bits) -> Option<$Addr> {
            match address.to_bits().checked_sub(n) {
                Some(bits) => Some($Addr::from_bits(bits)),
                None => None,
            }
        }

        /// The narrowest block of the special-purpose registry that holds the
        /// address, allocations that have ended included.
        ///
        /// ```
        #[doc = concat!("use amphi_core::addr::ipv", $version, ";")]
        ///
        #[doc = concat!("let here = ipv", $version, "::literal(\"", $local, "\");")]
        #[doc = concat!("let block = ipv", $version, "::special(here).unwrap();")]
        /// assert!(block.name.starts_with("Loopback"));
        /// assert!(block.rfc.starts_with("RFC"));
        /// ```
        #[must_use]
        pub const fn special(address: $Addr) -> Option<&'static Special<$Network>> {
            narrowest(address, true)
        }

        /// The narrowest block that holds the address.
        const fn narrowest(address: $Addr, ended: bool) -> Option<&'static Special<$Network>> {
            let mut found: Option<&'static Special<$Network>> = None;
            let mut at = 0;
            while at < $table.len() {
                let row = &$table[at];
                if row.network.contains(address) && (ended || row.ended.is_none()) {
                    match found {
                        Some(wider) if wider.network.prefix_len() > row.network.prefix_len() => {}
                        _ => found = Some(row),
                    }
                }
                at += 1;
            }
            found
        }

        /// What the live registry says of the address itself.
        const fn reach(address: $Addr) -> Reach {
            match narrowest(address, false) {
                Some(row) => row.reach(),
                None => Reach::Global,
            }
        }

        /// Whether one private block holds both addresses.
        pub(super) const fn one_private_block(first: $Addr, last: $Addr) -> bool {
            let mut at = 0;
            while at < $table.len() {
                let row = &$table[at];
                if matches!(row.reach(), Reach::Private)
                    && row.ended.is_none()
                    && row.network.contains(first)
                    && row.network.contains(last)
                {
                    return true;
                }
                at += 1;
            }
            false
        }
    };
}

pub(super) use address_functions;
