//! Servers whose handlers run in threads, in a pool of them, and in processes: the
//! same tests for each.
//!
//! All in one thread, clients too, and one test after the other: a process that
//! forks must have no other thread. So this has a harness of its own.
#![cfg_attr(not(target_os = "linux"), allow(dead_code, unused_imports))]

mod packets;
mod setting;
mod streams;

use libtest_mimic::{Arguments, Trial};

macro_rules! trials {
    ($list:ident $way:ident $family:ident $($module:ident { $($name:ident)* })*) => { $($(
        $list.push(Trial::test(
            concat!(
                stringify!($way), "::", stringify!($family), "::",
                stringify!($module), "::", stringify!($name),
            ),
            || { $module::$name::<setting::$family>(setting::$way); Ok(()) },
        ));
    )*)* };
}

macro_rules! trials_of_each_way {
    ($list:ident $($way:ident $family:ident)*) => { $(
        trials! { $list $way $family
            streams {
                clients_are_served_at_the_same_time
                more_than_the_bound_wait
                more_than_the_bound_are_refused
                one_peer_has_its_share
                a_failure_is_one_connections
                a_panic_is_one_connections
                hooks_come_in_pythons_order
                limits_end_the_waits
                closing_cuts_off_who_idles
                nothing_is_left_after_many
            }
            packets {
                each_datagram_is_answered
                a_failure_is_one_datagrams
                nothing_is_left_after_many
            }
        }
    )* };
}

fn main() {
    #[cfg(target_os = "linux")]
    {
        let mut list = Vec::new();
        trials_of_each_way! { list
            threads Inet pool Inet forks Inet
            threads Unix pool Unix forks Unix
        }
        list.push(Trial::test(
            "forks::Inet::streams::a_crash_is_one_connections",
            || {
                streams::a_crash_is_one_connections::<setting::Inet>(setting::forks);
                Ok(())
            },
        ));
        list.push(Trial::test(
            "forks::Inet::streams::no_fork_beside_other_threads",
            || {
                streams::no_fork_beside_other_threads();
                Ok(())
            },
        ));
        list.push(Trial::test(
            "forks::Inet::streams::an_end_is_told_while_a_child_lives",
            || {
                streams::an_end_is_told_while_a_child_lives();
                Ok(())
            },
        ));
        let mut arguments = Arguments::from_args();
        arguments.test_threads = Some(1);
        // What panics on purpose says so; that is no failure.
        libtest_mimic::run(&arguments, list).exit();
    }
}
