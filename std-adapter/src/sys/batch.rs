//! Many datagrams by one call: recvmmsg(2) and sendmmsg(2).

use core::ptr;
use std::os::fd::{AsRawFd, BorrowedFd};

use amphi_core::socket::{Batch, Outgoing, Received};
use amphi_core::{Error, ErrorKind};
use libc::{c_uint, iovec, mmsghdr};

use super::addr::{RawAddress, SocketAddress};
use super::ancillary::Control;
use super::cvt::retry;
use super::message::Notes;
use super::packet_info::note;
use super::socket::{NO_SIGNAL, decode};
use crate::HostError;

/// The most datagrams of one call; their headers lie on the stack.
const MOST: usize = 64;

/// What the kernel is told of the datagrams of one call.
struct Headers<R> {
    addresses: [R; MOST],
    parts: [iovec; MOST],
    messages: [mmsghdr; MOST],
    len: usize,
}

impl<R: RawAddress> Headers<R> {
    fn new() -> Self {
        // SAFETY: pointers and integers; zero is a value of each.
        let message = unsafe { core::mem::zeroed() };
        Self {
            addresses: core::array::from_fn(|_| R::empty()),
            parts: [iovec {
                iov_base: ptr::null_mut(),
                iov_len: 0,
            }; MOST],
            messages: [message; MOST],
            len: 0,
        }
    }

    /// Adds room that the kernel will write to.
    fn push(&mut self, room: &mut [u8]) {
        self.parts[self.len] = iovec {
            iov_base: room.as_mut_ptr().cast(),
            iov_len: room.len(),
        };
        self.len += 1;
    }

    /// Ties each header to one room; from here on nothing may move.
    fn tie(&mut self) {
        for index in 0..self.len {
            let header = &mut self.messages[index].msg_hdr;
            header.msg_name = self.addresses[index].as_mut_ptr().cast();
            header.msg_namelen = R::CAPACITY;
            header.msg_iov = &raw mut self.parts[index];
            header.msg_iovlen = 1;
        }
    }
}

/// Fills the free room of `batch` until no datagram waits, and tells how many there
/// were; with where each was sent to, if that is wanted.
pub(crate) fn recv_batch<A: SocketAddress>(
    fd: BorrowedFd<'_>,
    batch: &mut Batch<'_, A>,
    with_destination: bool,
) -> Result<usize, HostError> {
    if let Some(kind) = batch.take_fault() {
        return Err(HostError::refused("recvmmsg", kind));
    }
    let mut count = 0;
    loop {
        let received = if with_destination {
            let mut control = [const { Control::<128>::EMPTY }; MOST];
            receive(fd, batch, Some(&mut control))
        } else {
            receive(fd, batch, None)
        };
        match received {
            Ok((filled, asked)) => {
                count += filled;
                if filled < asked || asked < MOST {
                    return Ok(count);
                }
            }
            Err(error) if count == 0 => return Err(error),
            Err(error) => {
                let kind = error.reason();
                // No further room or no further datagram is how it ends.
                if !matches!(kind, ErrorKind::WouldBlock | ErrorKind::InvalidInput) {
                    batch.set_fault(kind);
                }
                return Ok(count);
            }
        }
    }
}

/// One recvmmsg(2): how many datagrams came, and how many could have.
fn receive<A: SocketAddress>(
    fd: BorrowedFd<'_>,
    batch: &mut Batch<'_, A>,
    mut control: Option<&mut [Control; MOST]>,
) -> Result<(usize, usize), HostError> {
    let mut headers = Headers::<A::Raw>::new();
    for room in batch.free().take(MOST) {
        headers.push(room);
    }
    if headers.len == 0 {
        return Err(HostError::refused("recvmmsg", ErrorKind::InvalidInput));
    }
    headers.tie();
    if let Some(control) = &mut control {
        for (message, control) in headers.messages.iter_mut().zip(control.iter_mut()) {
            control.tie(&mut message.msg_hdr);
        }
    }
    let (asked, messages) = (headers.len, headers.messages.as_mut_ptr());
    let returned = retry("recvmmsg", || {
        // SAFETY: the first `asked` headers tell of live addresses, octets and control
        // buffers with their lengths; the kernel writes no more than those.
        unsafe {
            libc::recvmmsg(
                fd.as_raw_fd(),
                messages,
                asked as c_uint,
                libc::MSG_TRUNC,
                ptr::null_mut(),
            )
        }
    })?;
    let filled = returned.cast_unsigned() as usize;
    let answers = headers.messages.iter().zip(&headers.addresses);
    for (message, address) in answers.take(filled) {
        let from = decode("recvmmsg", address, message.msg_hdr.msg_namelen)?;
        let received = Received::new(message.msg_len as usize, from);
        let to = control
            .as_ref()
            .and_then(|_| Notes::of(&message.msg_hdr).to);
        batch.push(note(received, to));
    }
    Ok((filled, asked))
}

/// Whether datagrams that fit together leave as one that the kernel takes apart
/// (`UDP_SEGMENT`, udp(7)).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Segments {
    /// As long as the kernel and the way there can.
    Try,
    /// It is no UDP, or it was tried and could not be.
    Never,
}

/// The longest datagram that is put together with others: what each link carries
/// whole, IPv6's smallest MTU without its and UDP's headers (RFC 8200, section 5).
const SHORT: usize = 1_232;
/// The most octets of datagrams put together, less than the longest datagram of IPv4.
const TOGETHER: usize = 65_000;

/// Sends from the front of `batch` until a datagram fails, and tells how many left.
pub(crate) fn send_batch<A: SocketAddress + PartialEq>(
    fd: BorrowedFd<'_>,
    batch: &[Outgoing<'_, A>],
    segments: &mut Segments,
) -> Result<usize, HostError> {
    if let [only] = batch {
        return super::send_to(fd, only.octets, only.to).map(|_| 1);
    }
    let mut count = 0;
    while let Some(rest) = batch.get(count..).filter(|rest| !rest.is_empty()) {
        let some = &rest[..rest.len().min(MOST)];
        let sent = match send(fd, some, *segments) {
            // Nobody asked for it to be put together: it leaves one by one.
            Err(error) if run(some, *segments) > 1 && error.reason() != ErrorKind::WouldBlock => {
                let alone = send(fd, &some[..run(some, *segments)], Segments::Never);
                if alone.is_ok() && matches!(error.errno(), Some(libc::EIO | libc::EINVAL)) {
                    *segments = Segments::Never;
                }
                alone
            }
            sent => sent,
        };
        match sent {
            Ok(sent) => count += sent,
            Err(error) if count == 0 => return Err(error),
            Err(_) => break,
        }
    }
    Ok(count)
}

/// How many datagrams at the front of `batch`, of which there is one, can be put
/// together: all equally long but the last, to one address.
fn run<A: PartialEq>(batch: &[Outgoing<'_, A>], segments: Segments) -> usize {
    let first = batch[0];
    let len = first.octets.len();
    if segments == Segments::Never || len == 0 || len > SHORT {
        return 1;
    }
    let most = batch.len().min(TOGETHER / len);
    let fits = |next: &&Outgoing<'_, A>| next.to == first.to && next.octets.len() == len;
    let equal = batch[..most].iter().take_while(fits).count();
    // A shorter one, but not an empty one, can be the last.
    let last = batch[..most].get(equal);
    let is_last =
        last.is_some_and(|last| last.to == first.to && (1..len).contains(&last.octets.len()));
    equal + usize::from(is_last)
}

/// One sendmmsg(2) of at most [`MOST`] datagrams: how many left.
fn send<A: SocketAddress + PartialEq>(
    fd: BorrowedFd<'_>,
    batch: &[Outgoing<'_, A>],
    segments: Segments,
) -> Result<usize, HostError> {
    let mut headers = Headers::<A::Raw>::new();
    let mut control = [const { Control::<32>::EMPTY }; MOST];
    // Of each message, how many datagrams it has.
    let (mut runs, mut messages) = ([0; MOST], 0);
    let mut next = 0;
    while next < batch.len() {
        let run = run(&batch[next..], segments);
        let address = &mut headers.addresses[messages];
        let header = &mut headers.messages[messages].msg_hdr;
        (*address, header.msg_namelen) = batch[next].to.encode();
        header.msg_name = address.as_mut_ptr().cast();
        for (part, outgoing) in headers.parts[next..]
            .iter_mut()
            .zip(&batch[next..next + run])
        {
            // The kernel only reads what is sent.
            part.iov_base = outgoing.octets.as_ptr().cast_mut().cast();
            part.iov_len = outgoing.octets.len();
        }
        header.msg_iov = &raw mut headers.parts[next];
        header.msg_iovlen = run as _;
        if run > 1 {
            let segment = [batch[next].octets.len() as u16];
            control[messages].put(header, (libc::SOL_UDP, libc::UDP_SEGMENT), &segment);
        }
        runs[messages] = run;
        messages += 1;
        next += run;
    }
    let pointer = headers.messages.as_mut_ptr();
    let returned = retry("sendmmsg", || {
        // SAFETY: the first `messages` headers tell of live addresses, octets and control
        // messages with their lengths, which the kernel only reads.
        unsafe { libc::sendmmsg(fd.as_raw_fd(), pointer, messages as c_uint, NO_SIGNAL) }
    })?;
    Ok(runs.iter().take(returned.cast_unsigned() as usize).sum())
}

#[cfg(test)]
mod tests {
    use super::{Outgoing, SHORT, Segments, run};

    #[test]
    fn what_is_put_together_has_one_length_and_one_address() {
        let octets = [0; 2_000];
        let lengths = |lengths: &[(usize, char)], segments| {
            let batch: Vec<_> = lengths
                .iter()
                .map(|(len, to)| Outgoing::new(&octets[..*len], to))
                .collect();
            run(&batch, segments)
        };
        for (batch, expected) in [
            (&[(5, 'a')][..], 1),
            (&[(5, 'a'), (5, 'a'), (5, 'b')], 2),
            (&[(5, 'a'), (5, 'a'), (3, 'a'), (3, 'a')], 3),
            (&[(5, 'a'), (5, 'a'), (3, 'b')], 2),
            (&[(5, 'a'), (5, 'a'), (0, 'a'), (5, 'a')], 2),
            (&[(5, 'a'), (6, 'a'), (5, 'a')], 1),
            (&[(0, 'a'), (0, 'a')], 1),
            (&[(SHORT, 'a'); 64], 52),
            (&[(SHORT + 1, 'a'); 3], 1),
        ] {
            assert_eq!(lengths(batch, Segments::Try), expected, "{batch:?}");
            assert_eq!(lengths(batch, Segments::Never), 1);
        }
    }
}
