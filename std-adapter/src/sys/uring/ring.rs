use core::mem::ManuallyDrop;
use core::ptr;
use core::sync::atomic::{AtomicU32, Ordering};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};

use amphi_core::ErrorKind;
use amphi_core::select::{Interest, Ready};
use amphi_core::time::Duration;
use libc::c_int;

use super::abi::{self, Cqe, GetEventsArg, Params, Sqe, SyncCancel, Timespec};
use super::map::Map;
use super::pool::{GROUP, Pool};
use crate::HostError;
use crate::sys::cvt::cvt;
use crate::sys::fd::own;

/// Requests between two calls of the kernel, and completions between two looks; what is
/// more waits in the kernel.
const REQUESTS: u32 = 1024;
const COMPLETIONS: u32 = 8192;
/// What the kernel must be able to do.
const FEATURES: u32 =
    abi::FEAT_SINGLE_MMAP | abi::FEAT_NODROP | abi::FEAT_EXT_ARG | abi::FEAT_CQE_SKIP;

/// What a request does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operation {
    /// Accepts connections until it is cancelled or fails.
    Accept,
    /// Receives octets until it is cancelled, ends or fails.
    Receive,
    /// Waits until a descriptor is ready, once.
    Poll,
    /// Sends octets now; of what was sent whole nothing is told.
    Send,
    /// Cancels; only failure is told.
    Cancel,
}

const OPERATIONS: [Operation; 5] = [
    Operation::Accept,
    Operation::Receive,
    Operation::Poll,
    Operation::Send,
    Operation::Cancel,
];

/// What became of a request, or one step of it.
#[derive(Debug)]
pub(crate) struct Completion<'r> {
    pub(crate) operation: Operation,
    /// The caller's name of it.
    pub(crate) token: u32,
    /// What the call would return, or an errno less than zero.
    pub(crate) result: i32,
    /// Whether the request goes on.
    pub(crate) more: bool,
    /// What was received.
    pub(crate) octets: &'r [u8],
    /// What was accepted.
    pub(crate) accepted: Option<OwnedFd>,
}

/// Octets to send, by which descriptor.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Send<'b> {
    pub(crate) fd: RawFd,
    pub(crate) token: u32,
    pub(crate) octets: &'b [u8],
}

/// A ring of one thread.
#[derive(Debug)]
pub(crate) struct Ring {
    fd: OwnedFd,
    /// Both rings, and the requests. Dropped by hand: see `drop`.
    shared: ManuallyDrop<[Map; 2]>,
    pool: ManuallyDrop<Pool>,
    params: Params,
    /// Behind the last request that was written; the kernel knows it when it is entered.
    tail: u32,
    /// How many requests the kernel has that wait for something.
    waiting: usize,
}

impl Ring {
    /// A ring for this thread. What is completed is told when the thread is in the kernel
    /// anyway (`COOP_TASKRUN`); to leave it to the call that waits (`DEFER_TASKRUN`) makes
    /// for smaller pieces, as the kernel bounds them, and was measured to cost more.
    pub(crate) fn new() -> Result<Self, HostError> {
        let mut params = Params {
            cq_entries: COMPLETIONS,
            flags: abi::SETUP_CQSIZE
                | abi::SETUP_CLAMP
                | abi::SETUP_SUBMIT_ALL
                | abi::SETUP_COOP_TASKRUN
                | abi::SETUP_SINGLE_ISSUER,
            ..Params::default()
        };
        // SAFETY: the kernel reads and writes the live `params`.
        let raw = unsafe { libc::syscall(libc::SYS_io_uring_setup, REQUESTS, &raw mut params) };
        let fd = own("io_uring_setup", raw as c_int)?;
        if params.features & FEATURES != FEATURES {
            return Err(HostError::refused("io_uring_setup", ErrorKind::Unsupported));
        }
        let requests = params.sq_entries as usize;
        let sq_len = params.sq_off.array as usize + requests * size_of::<u32>();
        let cq_len = params.cq_off.cqes as usize + params.cq_entries as usize * size_of::<Cqe>();
        let rings = Map::of_ring(fd.as_fd(), sq_len.max(cq_len), abi::OFF_SQ_RING)?;
        let sqes = Map::of_ring(fd.as_fd(), requests * size_of::<Sqe>(), abi::OFF_SQES)?;
        let array = rings.array::<u32>(params.sq_off.array as usize, requests);
        for index in 0..params.sq_entries {
            let place = array.wrapping_add(index as usize);
            // SAFETY: the array lies inside the mapping, and the kernel reads it when entered.
            unsafe { place.write(index) };
        }
        let pool = Pool::new(fd.as_fd())?;
        Ok(Self {
            fd,
            shared: ManuallyDrop::new([rings, sqes]),
            pool: ManuallyDrop::new(pool),
            params,
            tail: 0,
            waiting: 0,
        })
    }

    /// A number that both sides read and write, `offset` octets from the rings' start.
    fn shared(&self, offset: u32) -> &AtomicU32 {
        let place = self.shared[0].at::<u32>(offset as usize);
        // SAFETY: it lies inside the mapping, aligned, and both sides use it atomically.
        unsafe { AtomicU32::from_ptr(place) }
    }

    /// How many requests were written that the kernel has not taken.
    fn written(&self) -> u32 {
        let head = self.shared(self.params.sq_off.head).load(Ordering::Acquire);
        self.tail.wrapping_sub(head)
    }

    /// Writes a request, unless there is no room before the kernel is entered.
    fn push(&mut self, sqe: Sqe) -> bool {
        if self.written() >= self.params.sq_entries {
            return false;
        }
        let index = (self.tail & (self.params.sq_entries - 1)) as usize;
        let place = self.shared[1].at::<Sqe>(index * size_of::<Sqe>());
        // SAFETY: the place lies inside the mapping, and the kernel does not read it before
        // the tail is beyond it.
        unsafe { place.write(sqe) };
        self.tail = self.tail.wrapping_add(1);
        true
    }

    /// Writes a request that waits for something; makes room for it if need be.
    fn push_waiting(&mut self, sqe: Sqe) -> Result<(), HostError> {
        if !self.push(sqe) {
            self.enter(Some(Duration::ZERO))?;
            if !self.push(sqe) {
                return Err(HostError::refused("io_uring_enter", ErrorKind::Exhausted));
            }
        }
        Ok(())
    }

    /// Accepts on `fd` from the next entry on, with each connection a completion.
    pub(crate) fn accept(&mut self, fd: BorrowedFd<'_>, token: u32) -> Result<(), HostError> {
        self.push_waiting(Sqe {
            opcode: abi::OP_ACCEPT,
            ioprio: abi::ACCEPT_MULTISHOT,
            fd: fd.as_raw_fd(),
            op_flags: libc::SOCK_CLOEXEC.cast_unsigned(),
            user_data: data(Operation::Accept, token),
            ..Sqe::default()
        })?;
        self.waiting += 1;
        Ok(())
    }

    /// Receives on `fd` from the next entry on, with each piece a completion.
    pub(crate) fn receive(&mut self, fd: BorrowedFd<'_>, token: u32) -> Result<(), HostError> {
        self.push_waiting(Sqe {
            opcode: abi::OP_RECV,
            flags: abi::SQE_BUFFER_SELECT,
            ioprio: abi::RECV_MULTISHOT,
            fd: fd.as_raw_fd(),
            user_data: data(Operation::Receive, token),
            buf_group: GROUP,
            ..Sqe::default()
        })?;
        self.waiting += 1;
        Ok(())
    }

    /// Tells once when `fd` is ready for `interest`.
    pub(crate) fn poll(
        &mut self,
        fd: RawFd,
        interest: Interest,
        token: u32,
    ) -> Result<(), HostError> {
        let mut events = 0;
        if interest.is_readable() {
            events |= u32::from(libc::POLLIN.cast_unsigned());
        }
        if interest.is_writable() {
            events |= u32::from(libc::POLLOUT.cast_unsigned());
        }
        // The kernel takes the halves in the other order on a big-endian machine.
        if cfg!(target_endian = "big") {
            events = events.rotate_left(16);
        }
        self.push_waiting(Sqe {
            opcode: abi::OP_POLL_ADD,
            fd,
            op_flags: events,
            user_data: data(Operation::Poll, token),
            ..Sqe::default()
        })?;
        self.waiting += 1;
        Ok(())
    }

    /// Ends the request `operation` of `token`, whose last completion follows.
    pub(crate) fn cancel(&mut self, operation: Operation, token: u32) -> Result<(), HostError> {
        self.push_waiting(Sqe {
            opcode: abi::OP_ASYNC_CANCEL,
            flags: abi::SQE_CQE_SKIP_SUCCESS,
            fd: -1,
            addr: data(operation, token),
            user_data: data(Operation::Cancel, token),
            ..Sqe::default()
        })
    }

    /// Hands all requests to the kernel, with as many of `sends` as there is room for,
    /// and tells how many of these that were; waits for a completion if `timeout` is not
    /// zero.
    pub(crate) fn submit<'b>(
        &mut self,
        sends: impl IntoIterator<Item = Send<'b>, IntoIter: ExactSizeIterator>,
        timeout: Option<Duration>,
    ) -> Result<usize, HostError> {
        let mut count = 0;
        let sends = sends.into_iter();
        if self.written() as usize + sends.len() > self.params.sq_entries as usize {
            self.enter(Some(Duration::ZERO))?;
        }
        for send in sends {
            let pushed = self.push(Sqe {
                opcode: abi::OP_SEND,
                flags: abi::SQE_CQE_SKIP_SUCCESS,
                fd: send.fd,
                addr: send.octets.as_ptr() as u64,
                len: send.octets.len() as u32,
                op_flags: SEND_NOW.cast_unsigned(),
                user_data: data(Operation::Send, send.token),
                ..Sqe::default()
            });
            if !pushed {
                break;
            }
            count += 1;
        }
        let entered = self.enter(timeout);
        // What the kernel has not taken would be read when the octets are gone: these
        // requests are the last ones, and are taken back.
        let left = self.written().min(count);
        self.tail = self.tail.wrapping_sub(left);
        entered.map(|()| (count - left) as usize)
    }

    /// One `io_uring_enter(2)` with all that was written, which waits for a completion if
    /// `timeout` is not zero.
    fn enter(&mut self, timeout: Option<Duration>) -> Result<(), HostError> {
        let tail = self.shared(self.params.sq_off.tail);
        tail.store(self.tail, Ordering::Release);
        let wait = u32::from(timeout.is_none_or(|timeout| !timeout.is_zero()));
        let spec = crate::sys::time::to_timespec(timeout.unwrap_or_default());
        #[allow(clippy::unnecessary_cast, reason = "shorter on some platforms")]
        let time = Timespec {
            tv_sec: spec.tv_sec as i64,
            tv_nsec: spec.tv_nsec as i64,
        };
        let mut arg = GetEventsArg::default();
        if timeout.is_some() {
            arg.ts = ptr::from_ref(&time) as u64;
        }
        let flags = abi::ENTER_GETEVENTS | abi::ENTER_EXT_ARG;
        let submit = self.written();
        // SAFETY: the kernel reads `arg`, and the time that it points to, and the requests
        // that were written; the octets of those that send live for this call, and are not
        // needed for longer.
        let returned = unsafe {
            libc::syscall(
                libc::SYS_io_uring_enter,
                self.fd.as_raw_fd(),
                submit,
                wait,
                flags,
                &raw const arg,
                size_of::<GetEventsArg>(),
            )
        };
        match cvt("io_uring_enter", returned as libc::ssize_t) {
            Ok(_) => Ok(()),
            Err(error) => match error.errno() {
                // The time is over, or something else is worth a look.
                Some(libc::ETIME | libc::EINTR | libc::EBUSY | libc::EAGAIN) => Ok(()),
                _ => Err(error),
            },
        }
    }

    /// Hands each completion to `take`: those that there was no room for, too, as one of
    /// them may tell of octets that were not sent.
    pub(crate) fn reap(&mut self, mut take: impl FnMut(Completion<'_>)) -> Result<(), HostError> {
        self.reap_ring(&mut take);
        let flags = self.params.sq_off.flags;
        while self.shared(flags).load(Ordering::Relaxed) & abi::SQ_CQ_OVERFLOW != 0 {
            self.enter(Some(Duration::ZERO))?;
            self.reap_ring(&mut take);
        }
        Ok(())
    }

    /// Hands each completion in the ring to `take`.
    fn reap_ring(&mut self, take: &mut impl FnMut(Completion<'_>)) {
        let offsets = self.params.cq_off;
        let mut head = self.shared(offsets.head).load(Ordering::Relaxed);
        let end = self.shared(offsets.tail).load(Ordering::Acquire);
        if head == end {
            return;
        }
        let count = self.params.cq_entries;
        let cqes = self.shared[0].array::<Cqe>(offsets.cqes as usize, count as usize);
        while head != end {
            let place = cqes.wrapping_add((head & (count - 1)) as usize);
            // SAFETY: it lies inside the mapping, and the kernel leaves it alone until the
            // head is beyond it.
            let cqe = unsafe { place.read() };
            head = head.wrapping_add(1);
            self.take(cqe, take);
        }
        self.shared(offsets.head).store(head, Ordering::Release);
        self.pool.publish();
    }

    fn take(&mut self, cqe: Cqe, take: &mut impl FnMut(Completion<'_>)) {
        let index = (cqe.user_data >> 32) as usize;
        let operation = OPERATIONS.get(index).copied().unwrap_or(Operation::Cancel);
        let more = cqe.flags & abi::CQE_MORE != 0;
        let buffer = (cqe.flags & abi::CQE_BUFFER != 0)
            .then_some((cqe.flags >> abi::CQE_BUFFER_SHIFT) as u16);
        let accepted = (operation == Operation::Accept && cqe.res >= 0).then(|| {
            // SAFETY: the kernel has just made this descriptor, and told nobody else.
            unsafe { OwnedFd::from_raw_fd(cqe.res) }
        });
        let len = usize::try_from(cqe.res).unwrap_or(0);
        let octets = buffer.map_or(&[][..], |id| self.pool.filled(id, len));
        take(Completion {
            operation,
            token: cqe.user_data as u32,
            result: cqe.res,
            more,
            octets,
            accepted,
        });
        if let Some(id) = buffer {
            self.pool.give_back(id);
        }
        if !more && !matches!(operation, Operation::Send | Operation::Cancel) {
            self.waiting -= 1;
        }
    }

    /// Ends all requests and waits for that; tells whether they are over.
    fn cancel_all(&mut self) -> bool {
        const TRIES: usize = 100;
        let mut cancel = SyncCancel {
            flags: abi::CANCEL_ANY | abi::CANCEL_ALL,
            timeout: Timespec {
                tv_sec: -1,
                tv_nsec: -1,
            },
            ..SyncCancel::default()
        };
        for _ in 0..TRIES {
            if self.waiting == 0 {
                return true;
            }
            // What was written and not handed over is cancelled as well.
            let _ = self.enter(Some(Duration::ZERO));
            // None is left, or some are: the next look tells.
            let _ = register(self.fd.as_fd(), abi::REGISTER_SYNC_CANCEL, &mut cancel);
            let _ = self.enter(Some(Duration::from_millis(1)));
            let _ = self.reap(|completion| drop(completion));
        }
        self.waiting == 0
    }
}

/// At once, whole, and without a signal: never kept for later.
const SEND_NOW: c_int = libc::MSG_DONTWAIT | libc::MSG_WAITALL | libc::MSG_NOSIGNAL;

/// What the result of a poll says.
pub(crate) fn ready_of_poll(result: i32) -> Ready {
    let mut ready = Ready::NONE;
    for (bit, meaning) in [
        (libc::POLLIN, Ready::READABLE),
        (libc::POLLOUT, Ready::WRITABLE),
        (libc::POLLERR, Ready::ERROR),
        (libc::POLLHUP, Ready::HANGUP),
    ] {
        if result & i32::from(bit) != 0 {
            ready |= meaning;
        }
    }
    // What cannot be polled has something to tell.
    if ready.is_none() { Ready::ERROR } else { ready }
}

const fn data(operation: Operation, token: u32) -> u64 {
    (operation as u64) << 32 | token as u64
}

/// `io_uring_register(2)` with one argument.
pub(super) fn register<T>(fd: BorrowedFd<'_>, what: u32, value: &mut T) -> Result<(), HostError> {
    // SAFETY: the kernel reads and writes at most the live structure that `what` says.
    let returned = unsafe {
        libc::syscall(
            libc::SYS_io_uring_register,
            fd.as_raw_fd(),
            what,
            ptr::from_mut(value),
            1,
        )
    };
    cvt("io_uring_register", returned as c_int).map(drop)
}

/// The kernel writes to the pool until all requests are over; if that cannot be had,
/// the memory is left to it.
impl Drop for Ring {
    fn drop(&mut self) {
        if !self.cancel_all() {
            return;
        }
        // SAFETY: it is not used again.
        unsafe { ManuallyDrop::drop(&mut self.pool) };
        // SAFETY: as above; the kernel has mappings of its own.
        unsafe { ManuallyDrop::drop(&mut self.shared) };
    }
}
