use std::io::Read as _;
use std::path::Path;

use amphi_core::pack::{Format, Item, PackError, PackErrorKind, Value};
use clap::Args;

use super::fault;
use super::sheet::{Gone, Out};
use crate::Outcome;
use crate::output::Failure;

/// How many items a format may have here.
const ITEMS: usize = 256;

#[derive(Debug, Args)]
pub(crate) struct Pack {
    /// A format of Python's `struct`, such as "!I2sf".
    format: String,

    /// The values: numbers, true or false for `?`, text for `c`, `s` and `p`.
    #[arg(value_name = "VALUE", allow_negative_numbers = true)]
    values: Vec<String>,

    /// Write the octets as they are instead of in hexadecimal.
    #[arg(long)]
    raw: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Unpack {
    /// A format of Python's `struct`, such as "!I2sf".
    format: String,

    /// The octets in hexadecimal; with --file, the name of a file that has them, or
    /// "-" for standard input.
    #[arg(value_name = "HEX")]
    octets: String,

    /// Read the octets from a file.
    #[arg(long)]
    file: bool,
}

fn parse<'i>(format: &str, items: &'i mut [Item]) -> Result<Format<'i>, Failure> {
    Format::parse(format, items).map_err(|error| fault::of_format(error, format, &[]))
}

impl Pack {
    pub(super) fn answer(&self, json: bool) -> Outcome {
        let mut items = [Item::EMPTY; ITEMS];
        let format = parse(&self.format, &mut items)?;
        let mut values = Vec::new();
        for text in &self.values {
            values.push(guess(text));
        }
        let mut octets = vec![0; format.size()];
        // A number may stand where octets are wanted: text decides by being tried.
        let mut result = format.pack_into(&mut octets, 0, &values);
        for _ in 0..values.len() {
            let Err(error) = result else {
                break;
            };
            let wants_octets = error
                .value()
                .filter(|at| !matches!(values[*at], Value::Bytes(_)));
            let Some(at) = wants_octets.filter(|_| matches!(error.code(), Some('c' | 's' | 'p')))
            else {
                break;
            };
            values[at] = Value::Bytes(self.values[at].as_bytes());
            result = format.pack_into(&mut octets, 0, &values);
        }
        result.map_err(|error| fault::of_format(error, &self.format, &self.values))?;
        if self.raw {
            let written = std::io::Write::write_all(&mut std::io::stdout(), &octets);
            return written.or_else(|error| match error.kind() {
                std::io::ErrorKind::BrokenPipe => Ok(()),
                _ => Err(Failure::operation(format_args!("cannot write: {error}"))),
            });
        }
        let hex: String = octets.iter().map(|octet| format!("{octet:02x}")).collect();
        let mut out = Out::new();
        let result = if json {
            out.line(format_args!("\"{hex}\""))
        } else {
            out.line(hex)
        };
        out.finish(result)
    }
}

/// The value that a text most likely means.
fn guess(text: &str) -> Value<'_> {
    if let Ok(value) = text.parse() {
        return Value::Signed(value);
    }
    if let Ok(value) = text.parse() {
        return Value::Unsigned(value);
    }
    if let Ok(value) = text.parse() {
        return Value::Float(value);
    }
    match text {
        "true" | "True" => Value::Bool(true),
        "false" | "False" => Value::Bool(false),
        text => Value::Bytes(text.as_bytes()),
    }
}

impl Unpack {
    pub(super) fn answer(&self, json: bool) -> Outcome {
        let mut items = [Item::EMPTY; ITEMS];
        let format = parse(&self.format, &mut items)?;
        let octets = if self.file {
            self.read()?
        } else {
            from_hex(&self.octets)?
        };
        let records = format.iter_unpack(&octets);
        let records = records.map_err(|error| self.of_octets(error))?;
        let mut out = Out::new();
        let mut records = records.enumerate();
        let result = records.try_for_each(|(number, record)| -> Result<(), Gone> {
            let at = number * format.size();
            if json {
                let values: Vec<_> = record.map(|value| as_json(&value)).collect();
                out.line(serde_json::Value::Array(values))
            } else {
                let values: Vec<_> = record.map(|value| shown(&value)).collect();
                out.line(format_args!("{at:6}  {}", values.join("  ")))
            }
        });
        out.finish(result)
    }

    /// The octets are no whole number of records: what is too much, where it was typed.
    fn of_octets(&self, error: PackError) -> Failure {
        let PackErrorKind::NotMultiple { size, actual } = error.kind() else {
            return fault::of_format(error, &self.format, &[]);
        };
        if self.file {
            return Failure::usage(format_args!("{}: {error}", self.octets));
        }
        let digits = self.octets.char_indices();
        let mut digits = digits.filter(|(_, character)| character.is_ascii_hexdigit());
        let begin = digits.nth(2 * (actual - actual % size));
        let begin = begin.map_or(0, |(at, _)| at);
        fault::failure(error, &self.octets, begin..self.octets.len(), None)
    }

    fn read(&self) -> Result<Vec<u8>, Failure> {
        let path = Path::new(&self.octets);
        let mut octets = Vec::new();
        let read = if path == Path::new("-") {
            std::io::stdin().read_to_end(&mut octets).map(drop)
        } else {
            std::fs::read(path).map(|all| octets = all)
        };
        read.map_err(|error| {
            Failure::usage(format_args!("cannot read {}: {error}", path.display()))
        })?;
        Ok(octets)
    }
}

/// Octets in hexadecimal; blanks, colons and dashes between them are passed over.
fn from_hex(text: &str) -> Result<Vec<u8>, Failure> {
    let mut octets = Vec::new();
    let mut half = None;
    for (at, character) in text.char_indices() {
        let Some(digit) = character.to_digit(16) else {
            if matches!(character, ' ' | ':' | '-') && half.is_none() {
                continue;
            }
            let hint = Some("two hexadecimal digits for each octet, such as 00ff");
            return Err(fault::failure(
                "not hexadecimal",
                text,
                at..at + character.len_utf8(),
                hint,
            ));
        };
        match half.take() {
            None => half = Some(digit),
            Some(high) => octets.push((high << 4 | digit) as u8),
        }
    }
    if half.is_some() {
        let end = text.len();
        let hint = Some("two hexadecimal digits for each octet, such as 00ff");
        return Err(fault::failure("half an octet", text, end - 1..end, hint));
    }
    Ok(octets)
}

fn shown(value: &Value<'_>) -> String {
    match value {
        Value::Signed(value) => value.to_string(),
        Value::Unsigned(value) => value.to_string(),
        Value::Float(value) => format!("{value:?}"),
        Value::Bool(value) => value.to_string(),
        Value::Bytes(octets) => format!("b\"{}\"", octets.escape_ascii()),
        _ => String::new(),
    }
}

fn as_json(value: &Value<'_>) -> serde_json::Value {
    match value {
        Value::Signed(value) => (*value).into(),
        Value::Unsigned(value) => (*value).into(),
        Value::Float(value) => (*value).into(),
        Value::Bool(value) => (*value).into(),
        // Octets have no form in JSON: numbers, one each.
        Value::Bytes(octets) => octets.to_vec().into(),
        _ => serde_json::Value::Null,
    }
}
