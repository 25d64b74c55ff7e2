//! Answers as aligned text or as JSON.

use core::fmt;
use std::io::{self, BufWriter, ErrorKind, StdoutLock, Write};

use indicatif::ProgressBar;
use serde_json::{Map, Value};

use super::progress;
use crate::output::Failure;

/// Standard output, where a reader who has gone ends the program well.
pub(super) struct Out {
    stream: BufWriter<StdoutLock<'static>>,
    lines: u64,
    progress: ProgressBar,
}

/// The reader has gone.
#[derive(Debug)]
pub(super) enum Gone {
    Reader,
    Failed(io::Error),
}

impl Out {
    pub(super) fn new() -> Self {
        Self {
            stream: BufWriter::new(io::stdout().lock()),
            lines: 0,
            progress: progress::of_writing(),
        }
    }

    pub(super) fn line(&mut self, line: impl fmt::Display) -> Result<(), Gone> {
        self.lines += 1;
        if self.lines.is_multiple_of(progress::STEP) {
            self.progress.set_position(self.lines);
        }
        writeln!(self.stream, "{line}").map_err(gone)
    }

    /// What is left leaves now.
    pub(super) fn finish(mut self, result: Result<(), Gone>) -> Result<(), Failure> {
        let result = result.and_then(|()| self.stream.flush().map_err(gone));
        self.progress.finish_and_clear();
        match result {
            Ok(()) | Err(Gone::Reader) => Ok(()),
            Err(Gone::Failed(error)) => {
                Err(Failure::operation(format_args!("cannot write: {error}")))
            }
        }
    }
}

fn gone(error: io::Error) -> Gone {
    match error.kind() {
        ErrorKind::BrokenPipe => Gone::Reader,
        _ => Gone::Failed(error),
    }
}

/// What is told of one thing: names and values, in order.
#[derive(Debug, Default)]
pub(super) struct Sheet(Vec<(&'static str, Value)>);

impl Sheet {
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// Adds a value.
    pub(super) fn put(&mut self, name: &'static str, value: impl Into<Value>) -> &mut Self {
        self.0.push((name, value.into()));
        self
    }

    /// Adds the text of something.
    pub(super) fn text(&mut self, name: &'static str, value: impl fmt::Display) -> &mut Self {
        self.put(name, value.to_string())
    }

    /// Adds the text of something that may be missing; text leaves it out then.
    pub(super) fn maybe(
        &mut self,
        name: &'static str,
        value: Option<impl fmt::Display>,
    ) -> &mut Self {
        self.put(name, value.map(|value| value.to_string()))
    }

    /// Prints it, followed by an empty line if it is text and not the last.
    pub(super) fn print(self, out: &mut Out, json: bool, is_last: bool) -> Result<(), Gone> {
        if json {
            let pairs = self.0.into_iter();
            let map: Map<String, Value> = pairs
                .map(|(name, value)| (name.to_owned(), value))
                .collect();
            return out.line(Value::Object(map));
        }
        let width = self.0.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        for (name, value) in &self.0 {
            if let Some(text) = shown(value) {
                out.line(format_args!("{:<width$}  {text}", name.replace('_', " ")))?;
            }
        }
        if is_last { Ok(()) } else { out.line("") }
    }
}

/// What something can be, and how to tell.
pub(super) type Kind<A> = (&'static str, fn(A) -> bool);

/// The names of what `it` is.
pub(super) fn kinds_of<A: Copy>(it: A, kinds: &[Kind<A>]) -> Vec<&'static str> {
    let kinds = kinds.iter().filter(|(_, is_one)| is_one(it));
    kinds.map(|(name, _)| *name).collect()
}

/// A value as text; nothing for what is missing, false or empty.
fn shown(value: &Value) -> Option<String> {
    match value {
        Value::Null | Value::Bool(false) => None,
        Value::Bool(true) => Some("yes".to_owned()),
        Value::String(text) => Some(text.clone()),
        Value::Array(list) if list.is_empty() => None,
        Value::Array(list) => {
            let texts = list.iter().filter_map(shown);
            Some(texts.collect::<Vec<_>>().join(", "))
        }
        other => Some(other.to_string()),
    }
}
