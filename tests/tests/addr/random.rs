//! Random values, near the edges more often than not.

use core::net::{Ipv4Addr, Ipv6Addr};

use crate::eval::Question;

/// A small generator (xorshift64*): the same seed, the same values.
pub(crate) struct Random(u64);

impl Random {
    /// A generator; any seed will do.
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        ((self.next() >> 32) as usize) % end
    }

    pub(crate) fn pick<'a, T: ?Sized>(&mut self, all: &[&'a T]) -> &'a T {
        all[self.below(all.len())]
    }

    /// Any address, one of a special block, or one at an edge.
    pub(crate) fn v4(&mut self) -> Ipv4Addr {
        let bits = (self.next() >> 32) as u32;
        Ipv4Addr::from_bits(match self.below(6) {
            0 | 1 => bits,
            2 => bits & 0x0101_0101,
            3 => u32::MAX - (bits & 0xff),
            4 => bits & 0xff,
            _ => {
                let block = amphi_core::addr::IPV4_SPECIAL[self.below(26)].network;
                block
                    .network_address()
                    .to_bits()
                    .wrapping_add(bits & 0xff)
                    .wrapping_sub(8)
            }
        })
    }

    pub(crate) fn v6(&mut self) -> Ipv6Addr {
        let bits = u128::from(self.next()) << 64 | u128::from(self.next());
        let mut mask = 0_u128;
        for group in 0..8 {
            if self.below(2) == 0 {
                mask |= 0xffff << (16 * group);
            }
        }
        Ipv6Addr::from_bits(match self.below(7) {
            0 => bits,
            1 | 2 => bits & mask,
            3 => u128::MAX - (bits & 0xff),
            4 => 0xffff_0000_0000 | u128::from(self.v4().to_bits()),
            5 => bits & 0xffff,
            _ => {
                let block = amphi_core::addr::IPV6_SPECIAL[self.below(25)].network;
                block
                    .network_address()
                    .to_bits()
                    .wrapping_add(bits & 0xff)
                    .wrapping_sub(8)
            }
        })
    }

    /// The text of an address, as it stands or spoilt.
    fn address(&mut self, six: bool) -> String {
        let text = match (six, self.below(4)) {
            (false, _) => self.v4().to_string(),
            (true, 0) => {
                let groups = self.v6().segments().map(|g| format!("{g:x}"));
                groups.join(":")
            }
            (true, 1) => {
                let tail = self.v4();
                let address = self.v6().to_string();
                match address.rsplit_once(':') {
                    Some((head, _)) => format!("{head}:{tail}"),
                    None => address,
                }
            }
            (true, _) => self.v6().to_string(),
        };
        if self.below(3) > 0 {
            text
        } else {
            self.spoil(text)
        }
    }

    /// Changes a text in one to three places.
    pub(crate) fn spoil(&mut self, text: String) -> String {
        const LETTERS: &[&str] = &[
            "0", "1", "9", "25", "256", "00", "f", "F", "g", ":", "::", ".", "..", "/", "%", " ",
            "-", "+", "x", "_", "'", "\"", "\\", "e", "\u{e9}", "\u{661}", "1.2.3.4", "\n",
        ];
        let mut letters: Vec<char> = text.chars().collect();
        for _ in 0..1 + self.below(3) {
            let at = self.below(letters.len() + 1);
            match self.below(3) {
                0 if at < letters.len() => {
                    letters.remove(at);
                }
                1 if at < letters.len() => {
                    let new: Vec<char> = self.pick(LETTERS).chars().collect();
                    letters.splice(at..=at, new);
                }
                _ => {
                    let new: Vec<char> = self.pick(LETTERS).chars().collect();
                    letters.splice(at..at, new);
                }
            }
        }
        letters.into_iter().collect()
    }

    fn mask(&mut self, six: bool) -> String {
        let max = if six { 128 } else { 32 };
        let len = self.below(max + 1);
        let bits = u32::MAX.checked_shl(32 - len.min(32) as u32).unwrap_or(0);
        match self.below(10) {
            0..=4 => len.to_string(),
            5 => Ipv4Addr::from_bits(bits).to_string(),
            6 => Ipv4Addr::from_bits(!bits).to_string(),
            7 => format!("0{len}"),
            8 => self.below(300).to_string(),
            _ => self.spoil(len.to_string()),
        }
    }

    /// The text of a network whose host bits are zero.
    fn network(&mut self, six: bool) -> String {
        // Few lengths and addresses, so that networks meet.
        if six {
            let len = [0, 1, 16, 64, 96, 120, 126, 127, 128, self.below(129)][self.below(10)] as u8;
            let address = Ipv6Addr::from_bits(self.v6().to_bits() & !(0xffff << 32));
            return amphi_core::addr::Ipv6Network::truncating(address, len)
                .expect("a length")
                .to_string();
        }
        let len = [0, 1, 8, 16, 24, 30, 31, 32, 29, self.below(33)][self.below(10)] as u8;
        amphi_core::addr::Ipv4Network::truncating(self.v4(), len)
            .expect("a length")
            .to_string()
    }

    fn close_networks(&mut self, six: bool) -> Vec<String> {
        let count = 1 + self.below(12);
        let base = if six {
            self.v6().to_bits()
        } else {
            u128::from(self.v4().to_bits())
        };
        (0..count)
            .map(|_| {
                let near = base ^ u128::from(self.next() & 0x3f);
                let short = self.below(8) as u8;
                if six {
                    let address = Ipv6Addr::from_bits(near);
                    return amphi_core::addr::Ipv6Network::truncating(address, 128 - short)
                        .expect("a length")
                        .to_string();
                }
                let address = Ipv4Addr::from_bits(near as u32);
                amphi_core::addr::Ipv4Network::truncating(address, 32 - short)
                    .expect("a length")
                    .to_string()
            })
            .collect()
    }

    /// A question for both sides.
    pub(crate) fn question(&mut self) -> Question {
        let six = self.below(2) == 1;
        let (op, letter, text, arg) = match self.below(20) {
            0..=2 => ("new", "a", self.maybe_scoped(six), "strict".to_owned()),
            3..=6 => {
                let mode = self.pick(&["strict", "lenient"]).to_owned();
                let address = self.maybe_scoped(six);
                let text = if self.below(8) == 0 {
                    address
                } else {
                    format!("{address}/{}", self.mask(six))
                };
                let text = if self.below(12) == 0 {
                    self.spoil(text)
                } else {
                    text
                };
                ("new", self.pick(&["n", "i"]), text, mode)
            }
            7 | 8 => self.about_address(six),
            9 => {
                let op = self.pick(&["inet_aton", "inet_pton", "inet_pton", "inet_ntop"]);
                match op {
                    "inet_aton" => return question(op, "a4", self.lax(), String::new()),
                    "inet_ntop" => {
                        let hex = format!("{:032x}", self.v6().to_bits());
                        return question(op, "a6", hex, String::new());
                    }
                    _ => {
                        let text = self.address(six);
                        let text = if text.contains('\0') {
                            String::new()
                        } else {
                            text
                        };
                        (op, "a", text, String::new())
                    }
                }
            }
            10 => ("format", "a", self.plain_address(six), self.spec()),
            11 | 12 => {
                let op = self.pick(&[
                    "compressed",
                    "exploded",
                    "with_prefixlen",
                    "with_netmask",
                    "with_hostmask",
                    "broadcast_address",
                    "netmask",
                    "hostmask",
                    "prefixlen",
                    "num_addresses",
                    "is_private",
                    "is_global",
                    "is_multicast",
                    "is_reserved",
                    "is_loopback",
                    "is_link_local",
                    "is_unspecified",
                    "hosts",
                ]);
                (op, "n", self.network(six), String::new())
            }
            13 => {
                let op = self.pick(&[
                    "ip",
                    "network",
                    "with_prefixlen",
                    "with_netmask",
                    "exploded",
                    "is_private",
                ]);
                let len = self.below(if six { 129 } else { 33 });
                (
                    op,
                    "i",
                    format!("{}/{len}", self.plain_address(six)),
                    String::new(),
                )
            }
            14 => {
                let n = self.below(300) as i64 - 150;
                (
                    self.pick(&["getitem"]),
                    "n",
                    self.network(six),
                    n.to_string(),
                )
            }
            15 => {
                let op = self.pick(&["subnets", "supernet"]);
                let n = self.below(140);
                let n = if self.below(2) == 0 { n % 10 } else { n };
                let arg = if self.below(2) == 0 {
                    format!("{n},")
                } else {
                    format!(",{n}")
                };
                (op, "n", self.network(six), arg)
            }
            16 | 17 => {
                let op = self.pick(&[
                    "exclude",
                    "overlaps",
                    "subnet_of",
                    "supernet_of",
                    "compare",
                    "lt",
                    "eq",
                ]);
                let mut pair = self.close_networks(six);
                pair.push(self.network(six));
                let second = pair[self.below(pair.len())].clone();
                (op, "n", pair.swap_remove(0), second)
            }
            18 => {
                let mut ends = [self.plain_address(six), self.plain_address(six)];
                if self.below(2) == 0 {
                    let near = self.close_networks(six);
                    let text = |at: usize| {
                        near[at % near.len()]
                            .split('/')
                            .next()
                            .unwrap_or("")
                            .to_owned()
                    };
                    ends = [text(0), text(1)];
                }
                let [first, last] = ends;
                ("summarize", "a", first, last)
            }
            _ => (
                "collapse",
                "n",
                String::new(),
                self.close_networks(six).join(" "),
            ),
        };
        question(
            op,
            &format!("{letter}{}", if six { 6 } else { 4 }),
            text,
            arg,
        )
    }

    fn about_address(&mut self, six: bool) -> (&'static str, &'static str, String, String) {
        let op = self.pick(&[
            "compressed",
            "exploded",
            "reverse_pointer",
            "packed",
            "int",
            "is_private",
            "is_global",
            "is_multicast",
            "is_reserved",
            "is_loopback",
            "is_link_local",
            "is_unspecified",
            "is_site_local",
            "sixtofour",
            "teredo",
            "ipv4_mapped",
            "add",
        ]);
        let only_six = matches!(op, "is_site_local" | "sixtofour" | "teredo" | "ipv4_mapped");
        let op = if only_six && !six { "is_private" } else { op };
        let by = self.below(600) as i64 - 300;
        let arg = if op == "add" {
            by.to_string()
        } else {
            String::new()
        };
        (op, "a", self.plain_address(six), arg)
    }

    fn plain_address(&mut self, six: bool) -> String {
        if six {
            self.v6().to_string()
        } else {
            self.v4().to_string()
        }
    }

    fn maybe_scoped(&mut self, six: bool) -> String {
        let text = self.address(six);
        if six && self.below(8) == 0 {
            return format!("{text}%{}", self.pick(&["eth0", "1", "", "a b", "x%y"]));
        }
        text
    }

    /// Text for `inet_aton`.
    fn lax(&mut self) -> String {
        let parts = 1 + self.below(4);
        let mut text = String::new();
        for part in 0..parts {
            if part > 0 {
                text.push('.');
            }
            let shift = self.below(4) * 8 + 32;
            let value = self.next() >> shift;
            text.push_str(&match self.below(4) {
                0 => format!("0{value:o}"),
                1 => format!("0x{value:x}"),
                2 => format!("0X{value:X}"),
                _ => value.to_string(),
            });
        }
        match self.below(6) {
            0 => self.spoil(text).replace(|c: char| !c.is_ascii(), "8"),
            1 => text + self.pick(&[" ", " x", "\t", "\u{b}z", "z", "."]),
            _ => text,
        }
    }

    fn spec(&mut self) -> String {
        if self.below(2) == 0 {
            let pieces = ["#", "_"].map(|p| if self.below(2) == 0 { p } else { "" });
            return pieces.concat() + self.pick(&["b", "n", "x", "X", "d", "", "s", "o"]);
        }
        let fill = self.pick(&["", "*", "<", "0", "\u{e9}", "\u{20ac}", "\u{1f600}"]);
        let align = self.pick(&["<", ">", "^", "=", ""]);
        let width = self.pick(&["", "5", "20", "050", "0", "41"]);
        let precision = self.pick(&["", ".3", ".0", ".", ".90"]);
        format!(
            "{fill}{align}{width}{precision}{}",
            self.pick(&["s", "s", "s", "", "x"])
        )
    }
}

fn question(op: &str, kind: &str, text: String, arg: String) -> Question {
    Question {
        op: op.to_owned(),
        kind: kind.to_owned(),
        text,
        arg,
    }
}
