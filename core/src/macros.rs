//! Log lines from one call site to `log` and `defmt`, and to nothing when both are off.

macro_rules! line {
    ($level:ident, $format:literal $(, $argument:expr)* $(,)?) => {{
        #[cfg(feature = "log")]
        ::log::$level!($format $(, $argument)*);
        #[cfg(feature = "defmt")]
        ::defmt::$level!($format $(, $argument)*);
        #[cfg(not(any(feature = "log", feature = "defmt")))]
        { $( let _ = &$argument; )* }
    }};
}

macro_rules! info { ($($t:tt)*) => { line!(info, $($t)*) }; }
macro_rules! debug { ($($t:tt)*) => { line!(debug, $($t)*) }; }
macro_rules! warn_ { ($($t:tt)*) => { line!(warn, $($t)*) }; }
