//! TAP and TUN devices, as far as they go without privileges.
#![cfg(target_os = "linux")]

use amphi_core::{Error, ErrorKind};
use amphi_std::TunTap;

#[test]
fn wrong_names_are_told() {
    for name in [
        "",
        "sixteen octets..",
        "zero\0",
        "a name that is much too long",
    ] {
        let error = TunTap::tap(name).expect_err(name);
        assert_eq!(error.reason(), ErrorKind::InvalidInput, "{name:?}: {error}");
    }
}

/// The loopback interface is no TAP device; who may not open any is told that before.
#[test]
fn another_kind_of_interface_is_told() {
    let error = TunTap::tun("lo").expect_err("lo is no TUN device");
    assert!(
        matches!(
            error.reason(),
            ErrorKind::InvalidInput | ErrorKind::PermissionDenied | ErrorKind::NotFound
        ),
        "{error}"
    );
}
