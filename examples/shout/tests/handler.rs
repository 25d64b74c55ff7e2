//! The handler without a network.

use amphi_core::serve::{Next, Reply, StreamHandler};
use shout::Shout;

#[test]
fn it_is_louder() {
    let mut sent = [0; 16];
    let answer = Reply::record(&mut sent, |reply| Shout.handle(b"hello", reply));
    assert_eq!(answer, (Next::Keep, 5));
    assert_eq!(&sent[..5], b"HELLO");
}
