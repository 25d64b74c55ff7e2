//! Random formats and values from a seed (xorshift64*, Vigna 2016).

use super::answers::{encode_format, hex};

pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed | 1)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        ((self.next() >> 32) as usize) % limit
    }

    fn one_in(&mut self, odds: usize) -> bool {
        self.below(odds) == 0
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    pub(crate) fn octets(&mut self, len: usize) -> Vec<u8> {
        (0..len).map(|_| self.next() as u8).collect()
    }

    /// A format, mostly a good one; and its codes, one for each value.
    fn format(&mut self) -> (String, Vec<char>) {
        let mut format = String::new();
        let order = self.pick(&["", "", "@", "=", "<", ">", "!"]);
        format.push_str(order);
        let native = matches!(order, "" | "@");
        let mut codes = Vec::new();
        for _ in 0..self.below(6) {
            if self.one_in(8) {
                format.push_str(self.pick(&[" ", "\t", "\n  ", "\x0b", "\x0c\r"]));
            }
            let code = loop {
                let code = self.pick(&[
                    'x', 'c', 'b', 'B', '?', 'h', 'H', 'i', 'I', 'l', 'L', 'q', 'Q', 'n', 'N', 'e',
                    'f', 'd', 's', 'p', 'P',
                ]);
                if native || !"nNP".contains(code) {
                    break code;
                }
            };
            let mut count = 1;
            if self.one_in(2) {
                count = self.pick(&[0, 1, 2, 3, 5, 9]);
                // 3.11 cannot unpack `0p`.
                if code == 'p' && count == 0 {
                    count = 260;
                }
                format.push_str(&count.to_string());
            }
            format.push(code);
            match code {
                'x' => {}
                's' | 'p' => codes.push(code),
                _ => codes.extend((0..count).map(|_| code)),
            }
        }
        if self.one_in(24) {
            // Something wrong, somewhere.
            let at = self.below(format.len() + 1);
            let wrong = self.pick(&["y", "!", "3", "9999999999999999999", "\0", "é", "3 ", "n"]);
            format.insert_str(at, wrong);
        }
        (format, codes)
    }

    /// An integer: of any size, near a border, or small.
    fn integer(&mut self) -> String {
        let bits = self.pick(&[7, 8, 15, 16, 31, 32, 63, 64]);
        let border = 1_i128 << bits;
        let near = self.below(5) as i128 - 2;
        let number = match self.below(5) {
            0 => border + near,
            1 => -border + near,
            2 => near,
            3 => i128::from(self.next() as i64),
            _ => i128::from(self.next() & 0xFF),
        };
        format!("i{}", number.clamp(i64::MIN.into(), u64::MAX.into()))
    }

    fn float(&mut self) -> String {
        let number = match self.below(8) {
            0 => f64::from_bits(self.next()),
            1 => f64::from(f32::from_bits(self.next() as u32)),
            2 => self.pick(&[0.0, -0.0, f64::INFINITY, f64::NEG_INFINITY, f64::NAN]),
            3 => self.pick(&[
                65504.0, 65519.999, 65520.0, -65520.0, 6e-8, 2.98e-8, 2.99e-8,
            ]),
            4 => self.pick(&[
                f64::from(f32::MAX),
                3.402_823_567_797_336_6e38,
                1e39,
                -1e300,
            ]),
            5 => self.next() as i32 as f64,
            // Near a tie of half precision.
            6 => (self.below(1 << 12) as f64) * 0.5 + self.pick(&[0.0, 1e-12, -1e-12]),
            _ => (self.next() as i64 as f64) / (1_u64 << 48) as f64,
        };
        if number.is_nan() {
            "fnan".into()
        } else {
            format!("f{:016x}", number.to_bits())
        }
    }

    /// A value, mostly one that `code` takes.
    fn value(&mut self, code: char) -> String {
        let code = if code != 'P' && self.one_in(40) {
            self.pick(&['i', 'd', 's', 'c', '?'])
        } else {
            code
        };
        match code {
            // Python wraps a negative one.
            'P' => format!("i{}", self.next()),
            'c' if !self.one_in(20) => format!("b{}", hex(&self.octets(1))),
            'c' | 's' | 'p' => {
                let len = self.pick(&[0, 1, 2, 3, 5, 9, 12, 300]);
                format!("b{}", hex(&self.octets(len)))
            }
            '?' if self.one_in(4) => self.integer(),
            '?' => self.pick(&["t", "n"]).into(),
            'e' | 'f' | 'd' if !self.one_in(8) => self.float(),
            'e' | 'f' | 'd' => format!("i{}", self.next() as i64),
            // In range for the code, most of the time.
            'b' | 'h' | 'i' | 'l' | 'q' | 'n' if !self.one_in(8) => {
                format!("i{}", self.next() as i8)
            }
            _ if !self.one_in(8) => format!("i{}", self.next() as u8),
            _ => self.integer(),
        }
    }

    /// A question for the oracle.
    pub(crate) fn question(&mut self) -> String {
        let (format, codes) = self.format();
        let size = amphi_core::pack::calcsize(&format).unwrap_or(8).min(4096);
        let offset = if self.one_in(2) { 0 } else { self.below(5) };
        let slack = if self.one_in(16) { 0 } else { self.below(4) };
        let short = usize::from(self.one_in(16));
        let len = (offset + size + slack).saturating_sub(short);
        let text = encode_format(&format);
        match self.below(10) {
            0 => format!("calcsize\t{text}\t0\t\t"),
            1 => {
                let len = size * self.below(4) + short;
                format!("iter_unpack\t{text}\t0\t{}\t", hex(&self.octets(len)))
            }
            2..=4 => format!(
                "unpack_from\t{text}\t{offset}\t{}\t",
                hex(&self.octets(len))
            ),
            _ => {
                let mut values: Vec<String> = codes.iter().map(|code| self.value(*code)).collect();
                match self.below(48) {
                    0 => values.push("i1".into()),
                    1 => drop(values.pop()),
                    _ => {}
                }
                let (buffer, values) = (hex(&self.octets(len)), values.join(","));
                format!("pack_into\t{text}\t{offset}\t{buffer}\t{values}")
            }
        }
    }
}
