//! However octets are cut into pieces, the frames are the same.

use super::{FrameError, LineReader, Prefix, PrefixReader, TooLong};
use crate::serve::Rehearsal;
use std::vec::Vec;

const LIMIT: usize = 5;
const ROUNDS: u64 = 4_000;

fn random(seed: &mut u64) -> usize {
    *seed = seed
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407);
    (*seed >> 40) as usize
}

type Frame = Result<Vec<u8>, TooLong>;

/// Cuts `octets` into random pieces for `feed`.
fn in_pieces(octets: &[u8], seed: &mut u64, mut feed: impl FnMut(&mut &[u8])) {
    let mut rest = octets;
    while !rest.is_empty() {
        let mut piece = rest
            .split_off(..(random(seed) % 9).min(rest.len()))
            .unwrap_or_default();
        feed(&mut piece);
        assert!(piece.is_empty(), "something was left");
    }
}

/// Lines as a slow reader sees them: whole, and all but the last one ended.
fn lines(octets: &[u8]) -> (Vec<Frame>, Vec<u8>) {
    let mut lines: Vec<Vec<u8>> = octets.split(|o| *o == b'\n').map(Vec::from).collect();
    let last = lines.pop().unwrap_or_default();
    let framed = |line: Vec<u8>| match line {
        line if line.len() > LIMIT => Err(TooLong { limit: LIMIT }),
        line => Ok(line.strip_suffix(b"\r").unwrap_or(&line).to_vec()),
    };
    (lines.into_iter().map(framed).collect(), last)
}

#[test]
fn lines_are_those_of_a_slow_reader() {
    let mut seed = 1;
    for _ in 0..ROUNDS {
        let octets: Vec<u8> = (0..random(&mut seed) % 60)
            .map(|_| b"ab\r\n"[random(&mut seed) % 4])
            .collect();
        let (expected, last) = lines(&octets);

        let mut reader = LineReader::<LIMIT>::new();
        let mut fed: Vec<Frame> = Vec::new();
        in_pieces(&octets, &mut seed, |piece| {
            while let Some(line) = reader.feed(piece) {
                fed.push(line.map(Vec::from));
            }
        });
        // A last line that is too long was told as soon as that was known.
        let mut told = expected.clone();
        if last.len() > LIMIT {
            told.push(Err(TooLong { limit: LIMIT }));
        } else {
            assert_eq!(reader.rest(), last);
        }
        assert_eq!(fed, told, "{}", octets.escape_ascii());

        let mut output = [];
        let mut connection = Rehearsal::new(&octets, &mut output);
        let mut reader = LineReader::<LIMIT>::new();
        let mut read: Vec<Frame> = Vec::new();
        loop {
            match reader.read(&mut connection) {
                Ok(Some(line)) => read.push(Ok(line.to_vec())),
                Ok(None) => break,
                Err(FrameError::TooLong(error)) => read.push(Err(error)),
                Err(error) => panic!("{error}"),
            }
        }
        if last.len() <= LIMIT && !last.is_empty() {
            told.push(Ok(last));
        }
        assert_eq!(read, told, "{}", octets.escape_ascii());
    }
}

#[test]
fn frames_behind_their_length_are_those_that_were_written() {
    let mut seed = 2;
    for _ in 0..ROUNDS {
        let prefix = [Prefix::U8, Prefix::U16, Prefix::U32][random(&mut seed) % 3];
        let (mut octets, mut expected) = (Vec::new(), Vec::new());
        for number in 0..random(&mut seed) % 8 {
            let frame = Vec::from([number as u8; 9]).split_off(random(&mut seed) % 10);
            let (head, size) = prefix.encode(frame.len()).unwrap();
            octets.extend_from_slice(&head[..size]);
            octets.extend_from_slice(&frame);
            let fits = frame.len() <= LIMIT;
            expected.push(fits.then_some(frame).ok_or(TooLong { limit: LIMIT }));
        }
        let mut reader = PrefixReader::<LIMIT>::new(prefix);
        let mut fed: Vec<Frame> = Vec::new();
        in_pieces(&octets, &mut seed, |piece| {
            while let Some(frame) = reader.feed(piece) {
                fed.push(frame.map(Vec::from));
            }
        });
        assert_eq!(fed, expected);

        let cut = random(&mut seed) % 3;
        octets.truncate(octets.len().saturating_sub(cut));
        let mut output = [];
        let mut connection = Rehearsal::new(&octets, &mut output);
        let mut reader = PrefixReader::<LIMIT>::new(prefix);
        let mut read = 0;
        let end = loop {
            match reader.read(&mut connection) {
                Ok(Some(frame)) => assert_eq!(Ok(frame.to_vec()), expected[read]),
                Err(FrameError::TooLong(error)) => assert_eq!(Err(error), expected[read]),
                Ok(None) => break true,
                Err(FrameError::Truncated) => break false,
                Err(error) => panic!("{error}"),
            }
            read += 1;
        };
        assert!(end || cut > 0);
        assert!(read + cut >= expected.len());
    }
}

/// A reader without room skips what has octets, and takes what has none.
#[test]
fn no_room_at_all() {
    let mut reader = PrefixReader::<0>::new(Prefix::U8);
    let mut input = &b"\x06abcdef\x00\x01"[..];
    assert_eq!(reader.feed(&mut input), Some(Err(TooLong { limit: 0 })));
    assert_eq!(reader.feed(&mut input), Some(Ok(&b""[..])));
    assert_eq!(reader.feed(&mut input), Some(Err(TooLong { limit: 0 })));
    let mut reader = LineReader::<0>::new();
    let mut input = &b"\nab\n\n"[..];
    assert_eq!(reader.feed(&mut input), Some(Ok(&b""[..])));
    assert_eq!(reader.feed(&mut input), Some(Err(TooLong { limit: 0 })));
    assert_eq!(reader.feed(&mut input), Some(Ok(&b""[..])));
    assert_eq!(reader.feed(&mut input), None);
}
