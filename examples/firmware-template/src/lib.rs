//! What the server says: a handler that knows neither sockets nor a stack, so it is tested
//! on any host.
#![no_std]

use amphi_core::serve::{Next, Reply, StreamHandler};

/// Sends back what a client says, in capitals. Each connection has one of its own: what it
/// must remember goes in here.
#[derive(Debug, Default)]
pub struct Shout;

impl StreamHandler for Shout {
    fn handle(&mut self, input: &[u8], reply: &mut Reply<'_>) -> Next {
        for octet in input {
            // There is always room for as much as came in.
            reply.send(&[octet.to_ascii_uppercase()]);
        }
        Next::Keep
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_in_capitals() {
        let mut sent = [0; 16];
        let answer = Reply::record(&mut sent, |reply| Shout.handle(b"hello", reply));
        assert_eq!(answer, (Next::Keep, 5));
        assert_eq!(&sent[..5], b"HELLO");
    }
}
