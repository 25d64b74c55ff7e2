//! The contracts, by what they are about.

pub mod batch;
pub mod blocking;
pub mod datagram;
pub mod handler;
pub mod hooks;
pub mod limits;
pub mod multicast;
pub mod pack;
pub mod parts;
pub mod requests;
pub mod selector;
pub mod server;
pub mod stream;

/// Calls the macro `$run` with the names of all contracts: `module { name name … }`
/// for each module of [`contracts`](mod@crate::contracts).
#[macro_export]
macro_rules! contracts {
    ($run:ident) => {
        $run! {
            stream {
                tells_both_addresses
                listeners_keep_their_addresses
                refuses_where_nobody_listens
                carries_octets_in_order
                half_close_is_end_of_file
                write_after_shutdown_is_broken_pipe
                reset_is_told
                address_in_use_is_told
                foreign_address_is_told
                dropped_stream_delivers_what_it_owes
                dropped_listener_refuses
                accept_finds_what_was_sent_before
                ports_differ
                works_over_ipv6
            }
            blocking {
                timeout_ends_a_read
                zero_timeout_would_block
                embedded_io_works
                accept_and_datagrams_wait
            }
            datagram {
                keeps_boundaries
                empty_is_no_end
                largest_passes_and_longer_is_refused
                cut_datagram_tells_its_length
                address_in_use_is_told
                ports_differ
                dropped_socket_delivers
                works_over_ipv6
            }
            multicast {
                one_datagram_one_answer
                each_member_hears_once
                who_did_not_join_hears_nothing
                who_left_hears_nothing
                wrong_arguments_are_told
                works_over_ipv6
            }
            batch {
                is_datagrams_in_order
                goes_on_where_it_ended
                failure_is_one_datagrams
                peer_that_went_away_harms_nobody
                server_answers_all_in_order
                server_tells_of_a_cut_datagram
            }
            pack {
                record_in_pieces
                record_that_is_cut
                many_records_through_a_full_window
                blocking_record
                tutorial
            }
            selector {
                life_of_a_registration
                is_level_triggered
                interest_in_nothing_is_silent
                zero_timeout_does_not_wait
                timeout_is_waited_for
                no_event_after_unregister
                more_events_than_room
                hang_up_is_readable
                refused_connect_is_an_event
                listener_is_readable
                dropped_source_does_no_harm
                edges_tell_of_all_that_comes
                edges_tell_of_the_end
                edges_tell_of_room
            }
            server {
                tour
                one_octet_at_a_time
                much_after_half_close
                reader_that_never_reads
                reset_in_the_middle
                connects_that_vanish
                more_clients_than_slots_wait
                more_clients_than_slots_are_refused
            }
            handler {
                idle_limit
                total_limit
                progress_limit
                reply_longer_than_any_buffer
                speaks_first_and_unasked
                speaks_after_the_end_of_input
                close_delivers_the_reply
                abort_resets
                unverified_is_closed
            }
            limits {
                octets_limit
                connections_of_one_peer
                connections_in_all
                rate_of_accepts
                timeout_and_service_actions
                defaults_limit_nothing
            }
            hooks {
                events_in_order
                requests_in_order
            }
            requests {
                one_after_the_other
                failure_is_one_connections
                limits_end_the_waits
                progress_limit
                datagram_by_datagram
            }
            parts {
                stop_delivers_replies
                stale_event_does_nothing
                datagrams_of_every_length
                cut_datagram_is_not_served
                several_parts_in_one_loop
                two_services_on_one_stack
            }
        }
    };
}
