//! What `io_uring` shares with the kernel: `linux/io_uring.h`, as of Linux 6.0.

/// Places inside the ring of submissions, in octets.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct SqOffsets {
    pub(super) head: u32,
    pub(super) tail: u32,
    pub(super) ring_mask: u32,
    pub(super) ring_entries: u32,
    pub(super) flags: u32,
    pub(super) dropped: u32,
    pub(super) array: u32,
    pub(super) resv1: u32,
    pub(super) user_addr: u64,
}

/// Places inside the ring of completions, in octets.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct CqOffsets {
    pub(super) head: u32,
    pub(super) tail: u32,
    pub(super) ring_mask: u32,
    pub(super) ring_entries: u32,
    pub(super) overflow: u32,
    pub(super) cqes: u32,
    pub(super) flags: u32,
    pub(super) resv1: u32,
    pub(super) user_addr: u64,
}

/// What `io_uring_setup(2)` is told and tells.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Params {
    pub(super) sq_entries: u32,
    pub(super) cq_entries: u32,
    pub(super) flags: u32,
    pub(super) sq_thread_cpu: u32,
    pub(super) sq_thread_idle: u32,
    pub(super) features: u32,
    pub(super) wq_fd: u32,
    pub(super) resv: [u32; 3],
    pub(super) sq_off: SqOffsets,
    pub(super) cq_off: CqOffsets,
}

/// A submission: `struct io_uring_sqe`.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sqe {
    pub(super) opcode: u8,
    pub(super) flags: u8,
    pub(super) ioprio: u16,
    pub(super) fd: i32,
    pub(super) off: u64,
    pub(super) addr: u64,
    pub(super) len: u32,
    /// Flags of the message, of accept or of cancelling, or events to poll for.
    pub(super) op_flags: u32,
    pub(super) user_data: u64,
    pub(super) buf_group: u16,
    pub(super) personality: u16,
    pub(super) file_index: i32,
    pub(super) addr3: u64,
    pub(super) pad: u64,
}

/// A completion: `struct io_uring_cqe`.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub(super) struct Cqe {
    pub(super) user_data: u64,
    pub(super) res: i32,
    pub(super) flags: u32,
}

/// A provided buffer: `struct io_uring_buf`. The last field of the first one is the
/// ring's tail.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub(super) struct Buf {
    pub(super) addr: u64,
    pub(super) len: u32,
    pub(super) bid: u16,
    pub(super) resv: u16,
}

/// `struct io_uring_buf_reg`.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct BufReg {
    pub(super) ring_addr: u64,
    pub(super) ring_entries: u32,
    pub(super) bgid: u16,
    pub(super) flags: u16,
    pub(super) resv: [u64; 3],
}

/// `struct __kernel_timespec`.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Timespec {
    pub(super) tv_sec: i64,
    pub(super) tv_nsec: i64,
}

/// `struct io_uring_getevents_arg`.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct GetEventsArg {
    pub(super) sigmask: u64,
    pub(super) sigmask_sz: u32,
    pub(super) min_wait_usec: u32,
    pub(super) ts: u64,
}

/// `struct io_uring_sync_cancel_reg`.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct SyncCancel {
    pub(super) addr: u64,
    pub(super) fd: i32,
    pub(super) flags: u32,
    pub(super) timeout: Timespec,
    pub(super) opcode: u8,
    pub(super) pad: [u8; 7],
    pub(super) pad2: [u64; 3],
}

pub(super) const SETUP_CQSIZE: u32 = 1 << 3;
pub(super) const SETUP_CLAMP: u32 = 1 << 4;
pub(super) const SETUP_SUBMIT_ALL: u32 = 1 << 7;
pub(super) const SETUP_COOP_TASKRUN: u32 = 1 << 8;
pub(super) const SETUP_SINGLE_ISSUER: u32 = 1 << 12;

pub(super) const FEAT_SINGLE_MMAP: u32 = 1 << 0;
pub(super) const FEAT_NODROP: u32 = 1 << 1;
pub(super) const FEAT_EXT_ARG: u32 = 1 << 8;
pub(super) const FEAT_CQE_SKIP: u32 = 1 << 11;

pub(super) const ENTER_GETEVENTS: u32 = 1 << 0;
pub(super) const ENTER_EXT_ARG: u32 = 1 << 3;

/// In the flags that the kernel writes beside the requests.
pub(super) const SQ_CQ_OVERFLOW: u32 = 1 << 1;

pub(super) const OFF_SQ_RING: i64 = 0;
pub(super) const OFF_SQES: i64 = 0x1000_0000;

pub(super) const OP_POLL_ADD: u8 = 6;
pub(super) const OP_ACCEPT: u8 = 13;
pub(super) const OP_ASYNC_CANCEL: u8 = 14;
pub(super) const OP_SEND: u8 = 26;
pub(super) const OP_RECV: u8 = 27;

pub(super) const SQE_BUFFER_SELECT: u8 = 1 << 5;
pub(super) const SQE_CQE_SKIP_SUCCESS: u8 = 1 << 6;
pub(super) const RECV_MULTISHOT: u16 = 1 << 1;
pub(super) const ACCEPT_MULTISHOT: u16 = 1 << 0;

pub(super) const CQE_BUFFER: u32 = 1 << 0;
pub(super) const CQE_MORE: u32 = 1 << 1;
pub(super) const CQE_BUFFER_SHIFT: u32 = 16;

pub(super) const CANCEL_ALL: u32 = 1 << 0;
pub(super) const CANCEL_ANY: u32 = 1 << 2;

pub(super) const REGISTER_PBUF_RING: u32 = 22;
pub(super) const REGISTER_SYNC_CANCEL: u32 = 24;
