//! How the compiler tells that a format is none: as a bound that no text meets.
//!
//! A panic at compile time is reported where the macro is used. A bound is reported at the
//! argument that does not meet it, which is the user's own literal; and what depends
//! on the constant that failed is not reported as well.

/// What is wrong with a format: the fault, the character, and where that stands.
#[derive(Debug)]
pub struct Verdict<const FAULT: u8, const CODE: char, const POSITION: usize>;

/// `FAULT` where nothing is wrong.
pub(super) const GOOD: u8 = 0;
pub(super) const BAD_CHARACTER: u8 = 1;
pub(super) const COUNT_WITHOUT_CODE: u8 = 2;
pub(super) const TOO_LONG: u8 = 3;
/// Too many for a struct.
pub(super) const TOO_MANY: u8 = 4;
/// Too many for a `wide struct`.
pub(super) const TOO_MANY_WIDE: u8 = 5;

// The numbers stand below as they are: a constant would be shown by its path.
const _: () = assert!(GOOD == 0 && BAD_CHARACTER == 1 && COUNT_WITHOUT_CODE == 2);
const _: () = assert!(TOO_LONG == 3 && TOO_MANY == 4 && TOO_MANY_WIDE == 5);

impl Verdict<0, '\0', 0> {
    /// The plan, as nothing is wrong.
    #[must_use]
    pub const fn check<P, T: Copy>(self, plan: &P, _: T) -> &P {
        plan
    }
}

impl<const CODE: char, const POSITION: usize> Verdict<1, CODE, POSITION> {
    /// Does not compile.
    #[must_use]
    pub const fn check<P, T: OnlyCodes<CODE, POSITION> + Copy>(self, plan: &P, _: T) -> &P {
        plan
    }
}

impl<const CODE: char, const POSITION: usize> Verdict<2, CODE, POSITION> {
    /// Does not compile.
    #[must_use]
    pub const fn check<P, T: CodeAfterCount<CODE, POSITION> + Copy>(self, plan: &P, _: T) -> &P {
        plan
    }
}

impl<const CODE: char, const POSITION: usize> Verdict<3, CODE, POSITION> {
    /// Does not compile.
    #[must_use]
    pub const fn check<P, T: WithinMemory<CODE, POSITION> + Copy>(self, plan: &P, _: T) -> &P {
        plan
    }
}

impl<const CODE: char, const POSITION: usize> Verdict<4, CODE, POSITION> {
    /// Does not compile.
    #[must_use]
    pub const fn check<P, T: AtMost12Items<CODE, POSITION> + Copy>(self, plan: &P, _: T) -> &P {
        plan
    }
}

impl<const CODE: char, const POSITION: usize> Verdict<5, CODE, POSITION> {
    /// Does not compile.
    #[must_use]
    pub const fn check<P, T: AtMost32Items<CODE, POSITION> + Copy>(self, plan: &P, _: T) -> &P {
        plan
    }
}

/// Nothing has it, so that it is reported.
#[diagnostic::on_unimplemented(
    message = "bad char in struct format: {CODE} at {POSITION}",
    label = "{CODE} is no code in this order"
)]
pub trait OnlyCodes<const CODE: char, const POSITION: usize> {}

/// Nothing has it, so that it is reported.
#[diagnostic::on_unimplemented(
    message = "repeat count given without format specifier: {CODE} at {POSITION}",
    label = "the format ends after a count"
)]
pub trait CodeAfterCount<const CODE: char, const POSITION: usize> {}

/// Nothing has it, so that it is reported.
#[diagnostic::on_unimplemented(
    message = "total struct size too long: {CODE} at {POSITION}",
    label = "the record is longer than memory can be"
)]
pub trait WithinMemory<const CODE: char, const POSITION: usize> {}

/// Nothing has it, so that it is reported.
#[diagnostic::on_unimplemented(
    message = "more items than there is room for: {CODE} at {POSITION}",
    label = "there is room for 12 items that take values",
    note = "a `wide struct` has room for 32"
)]
pub trait AtMost12Items<const CODE: char, const POSITION: usize> {}

/// Nothing has it, so that it is reported.
#[diagnostic::on_unimplemented(
    message = "more items than there is room for: {CODE} at {POSITION}",
    label = "there is room for 32 items that take values"
)]
pub trait AtMost32Items<const CODE: char, const POSITION: usize> {}
