//! The selectors under test, alike.

use std::os::fd::AsFd;

use amphi_core::select::{Event, Interest, Ready, Register, Selector, Selects};
use amphi_core::time::Duration;
use amphi_core::{Error, ErrorKind};
use amphi_std::{Host, HostError, Waker};

/// A selector under test.
pub(crate) trait Subject: Selector<Key = u32, Error = HostError> + Selects<Host> {
    fn make() -> Self;
    #[allow(dead_code, reason = "not each file of tests wakes")]
    fn give_waker(&mut self) -> Waker;
    fn add<S: AsFd>(&mut self, source: &S, interest: Interest, key: u32) -> Result<(), ErrorKind>;
    fn change<S: AsFd>(
        &mut self,
        source: &S,
        interest: Interest,
        key: u32,
    ) -> Result<(), ErrorKind>;
    fn remove<S: AsFd>(&mut self, source: &S) -> Result<(), ErrorKind>;

    /// The events of one `select` with room for eight, by rising key.
    #[track_caller]
    fn turn(&mut self, timeout: Option<Duration>) -> Vec<(u32, Ready)> {
        let mut events = [Event::new(u32::MAX, Ready::NONE); 8];
        let n = self.select(&mut events, timeout).unwrap();
        let mut events: Vec<_> = events[..n].iter().map(|e| (e.key, e.ready)).collect();
        events.sort_by_key(|event| event.0);
        events
    }
}

macro_rules! subject {
    ($selector:ident) => {
        impl Subject for amphi_std::$selector<u32> {
            fn make() -> Self {
                Self::new().unwrap()
            }
            fn give_waker(&mut self) -> Waker {
                self.waker().unwrap()
            }
            fn add<S: AsFd>(&mut self, source: &S, i: Interest, key: u32) -> Result<(), ErrorKind> {
                self.register(source, i, key).map_err(|e| e.reason())
            }
            fn change<S: AsFd>(
                &mut self,
                source: &S,
                i: Interest,
                key: u32,
            ) -> Result<(), ErrorKind> {
                self.modify(source, i, key).map_err(|e| e.reason())
            }
            fn remove<S: AsFd>(&mut self, source: &S) -> Result<(), ErrorKind> {
                self.unregister(source).map_err(|e| e.reason())
            }
        }
    };
}

#[cfg(target_os = "linux")]
subject!(EpollSelector);
#[cfg(not(target_os = "linux"))]
subject!(KqueueSelector);
subject!(PollSelector);
subject!(SelectSelector);

/// A module for each selector, with a test of each name.
macro_rules! over_each_selector {
    ($($name:ident)*) => {
        #[cfg(target_os = "linux")]
        mod epoll { $(#[test] fn $name() { super::$name::<amphi_std::EpollSelector<u32>>(); })* }
        #[cfg(not(target_os = "linux"))]
        mod kqueue { $(#[test] fn $name() { super::$name::<amphi_std::KqueueSelector<u32>>(); })* }
        mod poll { $(#[test] fn $name() { super::$name::<amphi_std::PollSelector<u32>>(); })* }
        mod select { $(#[test] fn $name() { super::$name::<amphi_std::SelectSelector<u32>>(); })* }
    };
}
