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

    /// Adds octets, which the kernel will read or write as the call says.
    fn push(&mut self, octets: *mut u8, len: usize) {
        self.parts[self.len] = iovec {
            iov_base: octets.cast(),
            iov_len: len,
        };
        self.len += 1;
    }

    /// Ties the headers to what they tell of; from here on nothing may move.
    fn tie(&mut self, address_len: impl Fn(usize) -> libc::socklen_t) {
        for index in 0..self.len {
            let header = &mut self.messages[index].msg_hdr;
            header.msg_name = self.addresses[index].as_mut_ptr().cast();
            header.msg_namelen = address_len(index);
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
        headers.push(room.as_mut_ptr(), room.len());
    }
    if headers.len == 0 {
        return Err(HostError::refused("recvmmsg", ErrorKind::InvalidInput));
    }
    headers.tie(|_| A::Raw::CAPACITY);
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

/// Sends from the front of `batch` until a datagram fails, and tells how many left.
pub(crate) fn send_batch<A: SocketAddress>(
    fd: BorrowedFd<'_>,
    batch: &[Outgoing<'_, A>],
) -> Result<usize, HostError> {
    let mut count = 0;
    for some in batch.chunks(MOST) {
        match send(fd, some) {
            Ok(sent) => {
                count += sent;
                if sent < some.len() {
                    break;
                }
            }
            Err(error) if count == 0 => return Err(error),
            Err(_) => break,
        }
    }
    Ok(count)
}

/// One sendmmsg(2) of at most [`MOST`] datagrams.
fn send<A: SocketAddress>(
    fd: BorrowedFd<'_>,
    batch: &[Outgoing<'_, A>],
) -> Result<usize, HostError> {
    let mut headers = Headers::<A::Raw>::new();
    let mut lengths = [0; MOST];
    for (index, outgoing) in batch.iter().enumerate() {
        // The kernel only reads what is sent.
        headers.push(outgoing.octets.as_ptr().cast_mut(), outgoing.octets.len());
        (headers.addresses[index], lengths[index]) = outgoing.to.encode();
    }
    headers.tie(|index| lengths[index]);
    let (len, messages) = (headers.len, headers.messages.as_mut_ptr());
    let returned = retry("sendmmsg", || {
        // SAFETY: the first `len` headers tell of live addresses and octets with their
        // lengths, which the kernel only reads.
        unsafe { libc::sendmmsg(fd.as_raw_fd(), messages, len as c_uint, NO_SIGNAL) }
    })?;
    Ok(returned.cast_unsigned() as usize)
}
