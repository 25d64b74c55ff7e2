mod net;
mod selector;
mod tcp;
mod udp;
mod wire;

pub(crate) use net::Memory;
pub(crate) use selector::MemorySelector;
pub(crate) use udp::LARGEST;
