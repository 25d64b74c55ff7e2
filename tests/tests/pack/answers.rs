//! Questions and answers as `tests/pack/oracle.py` writes them.

use core::fmt::Write as _;

use amphi_core::pack::{Format, Item, PackError, Value, calcsize, pack_into, unpack_from};

/// The answer of this crate to `question`. It is asked in both ways, with a format
/// that is read once and with one that is read at each call.
pub(crate) fn answer(question: &str) -> String {
    let fields: Vec<&str> = question.split('\t').collect();
    let [operation, format, offset, buffer, values] = fields[..] else {
        panic!("no question: {question}");
    };
    let format = &decode_format(format);
    let offset: usize = offset.parse().expect("an offset");
    let buffer = unhex(buffer);
    let texts: Vec<Vec<u8>> = values.split(',').map(octets_of).collect();
    let values: Vec<Value<'_>> = (values.split(',').zip(&texts))
        .filter(|(text, _)| !text.is_empty())
        .map(|(text, octets)| decode_value(text, octets))
        .collect();
    let mut items = [Item::EMPTY; 512];
    let parsed = Format::parse(format, &mut items);
    match operation {
        "calcsize" => {
            let size = calcsize(format);
            assert_eq!(
                parsed.map(|format| format.size()),
                size.clone(),
                "{question}"
            );
            told(size.map(|size| size.to_string()))
        }
        "pack_into" => {
            let (mut once, mut each) = (buffer.clone(), buffer.clone());
            let result = parsed.and_then(|f| f.pack_into(&mut once, offset, &values));
            let other = pack_into(format, &mut each, offset, &values).map(drop);
            assert_eq!(result, other, "{question}");
            assert!(result.is_err() || once == each, "{question}");
            if let Ok(format) = parsed
                && format.size() > 0
                && format.values() > 0
                && result.is_ok()
            {
                let out = &mut buffer.clone()[offset..];
                assert_eq!(format.pack_records(out, &values), Ok(format.size()));
                assert_eq!(out, &once[offset..], "{question}");
            }
            told(result.map(|()| hex(&once)))
        }
        "unpack_from" => {
            let mut room = [Value::Bool(false); 512];
            let other = unpack_from(format, &buffer, offset, &mut room).map(|v| encode(v));
            let mut more = [Value::Bool(false); 512];
            let into = parsed.and_then(|f| f.unpack_into(&buffer, offset, &mut more));
            assert_eq!(into.map(|v| encode(v)), other, "{question}");
            let result = parsed.and_then(|f| f.unpack_from(&buffer, offset));
            let result = result.map(|values| {
                assert_eq!(values.len(), values.clone().count());
                let folded = values.clone().fold(Vec::new(), |mut all, value| {
                    all.push(value);
                    all
                });
                assert_eq!(encode(&folded), encode(&values.clone().collect::<Vec<_>>()));
                encode(&folded)
            });
            assert_eq!(result, other, "{question}");
            told(result)
        }
        "iter_unpack" => {
            let records = parsed.and_then(|format| format.iter_unpack(&buffer));
            let mut room = [Value::Bool(false); 4096];
            let at_once = parsed.and_then(|format| format.unpack_records(&buffer, &mut room));
            let one_by_one = records
                .clone()
                .map(|records| records.flatten().collect::<Vec<_>>());
            let one_by_one = one_by_one.map(|values| encode(&values));
            assert_eq!(
                at_once.map(|values| encode(values)),
                one_by_one,
                "{question}"
            );
            told(records.map(|records| {
                let records = records.map(|values| encode(&values.collect::<Vec<_>>()));
                records.collect::<Vec<_>>().join(";")
            }))
        }
        _ => panic!("no operation: {question}"),
    }
}

fn told(result: Result<String, PackError>) -> String {
    match result {
        Ok(text) => format!("={text}"),
        Err(error) => {
            let kind = format!("{:?}", error.kind());
            let name = kind.split([' ', '{']).next().unwrap_or_default();
            format!("!{name}")
        }
    }
}

fn encode(values: &[Value<'_>]) -> String {
    let texts: Vec<String> = values.iter().map(encode_value).collect();
    texts.join(",")
}

pub(crate) fn encode_value(value: &Value<'_>) -> String {
    match *value {
        Value::Signed(number) => format!("i{number}"),
        Value::Unsigned(number) => format!("i{number}"),
        Value::Float(number) if number.is_nan() => "fnan".into(),
        Value::Float(number) => format!("f{:016x}", number.to_bits()),
        Value::Bool(truth) => if truth { "t" } else { "n" }.into(),
        Value::Bytes(octets) => format!("b{}", hex(octets)),
        _ => panic!("a value that Python has not"),
    }
}

fn decode_value<'b>(text: &str, octets: &'b [u8]) -> Value<'b> {
    match text.split_at(1) {
        ("i", number) => match number.parse::<i64>() {
            Ok(number) => Value::Signed(number),
            Err(_) => Value::Unsigned(number.parse().expect("an integer")),
        },
        ("f", "nan") => Value::Float(f64::NAN),
        ("f", bits) => Value::Float(f64::from_bits(
            u64::from_str_radix(bits, 16).expect("a double"),
        )),
        ("b", _) => Value::Bytes(octets),
        ("t", _) => Value::Bool(true),
        ("n", _) => Value::Bool(false),
        _ => panic!("no value: {text}"),
    }
}

fn octets_of(text: &str) -> Vec<u8> {
    text.strip_prefix('b').map(unhex).unwrap_or_default()
}

fn decode_format(text: &str) -> String {
    let mut octets = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, others)) = rest.split_first() {
        rest = others;
        if *first == b'\\' {
            let (digits, others) = rest.split_at(3);
            rest = others;
            octets.push(
                digits
                    .iter()
                    .fold(0, |octet, digit| octet * 8 + digit - b'0'),
            );
        } else {
            octets.push(*first);
        }
    }
    String::from_utf8(octets).expect("a format is text")
}

pub(crate) fn encode_format(text: &str) -> String {
    let mut out = String::new();
    for character in text.chars() {
        if matches!(character, ' '..='~') && character != '\\' {
            out.push(character);
        } else {
            for octet in character.encode_utf8(&mut [0; 4]).bytes() {
                write!(out, "\\{octet:03o}").expect("a string");
            }
        }
    }
    out
}

pub(crate) fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    let digit = |digit: u8| (digit as char).to_digit(16).expect("hexadecimal") as u8;
    text.as_bytes()
        .chunks(2)
        .map(|pair| digit(pair[0]) << 4 | digit(pair[1]))
        .collect()
}
