//! From text to rows of cells.
//!
//! Most rows stand on one line and have no doubled quotes: their cells are places in the read buffer,
//! found by vector search. All others go through csv-core, which knows the dialect's corners. Both see
//! the same bytes, so a row never depends on where the file was cut into reads.

use std::io::{self, Read};

use csv_core::ReadRecordResult;

use super::decode::{ROOM_BYTES_MIN, Text};
use super::error::ReadError;
use super::options::Options;
use super::quoting::{Quoting, quoting_of};
use crate::account::Span;
use crate::limits;

/// The rows of a file, one at a time.
pub(super) struct Rows<R> {
    text: Text<R>,
    delimiter: u8,
    comment: Option<u8>,
    /// Reads the cells of rows that are not plain. A clone of it would not work: csv-core 0.1.13 leaves
    /// half of its tables behind.
    cell_reader: csv_core::Reader,
    /// Text not yet used stands in `start..end`.
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    is_at_end: bool,
    /// The number of the line at `start`.
    line: u64,
    row: Place,
    cells: Vec<Span>,
    /// Unquoted cells of rows that went through csv-core.
    unquoted: Vec<u8>,
    ends: Vec<usize>,
}

/// Where the current row is.
#[derive(Clone, Copy, Default)]
struct Place {
    line: u64,
    raw_start: usize,
    raw_end: usize,
    /// How much of the buffer of unquoted cells is the row's, where it went through csv-core.
    unquoted: Option<usize>,
}

/// Where a line ends and the next one begins.
struct LineEnd {
    at: usize,
    next: usize,
}

/// What was found where a row should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// A row, to be looked at with [`Rows::row`].
    Row,
    /// A row beyond the limits; it was passed over.
    TooLong {
        /// Where it begins.
        line: u64,
    },
}

/// A row of cells.
#[derive(Clone, Copy)]
pub(super) struct Row<'rows> {
    /// The line on which it begins, counted from 1.
    pub(super) line: u64,
    /// The row as it stands in the text.
    pub(super) raw: &'rows [u8],
    /// The text that the cells are places in.
    pub(super) text: &'rows [u8],
    pub(super) cells: &'rows [Span],
    /// Where text follows a closing quote, the column, counted from 0.
    pub(super) text_after_quote: Option<usize>,
}

impl<R: Read> Rows<R> {
    /// Opens a file and passes over the lines to skip.
    pub(super) fn open(read: R, options: &Options) -> io::Result<Self> {
        let mut rows = Self {
            text: Text::open(read, options.encoding)?,
            delimiter: options.delimiter,
            comment: options.comment,
            cell_reader: cell_reader(options),
            buffer: vec![0; limits::READ_BYTES],
            start: 0,
            end: 0,
            is_at_end: false,
            line: 1,
            row: Place::default(),
            cells: Vec::new(),
            unquoted: Vec::new(),
            ends: Vec::new(),
        };
        for _ in 0..options.lines_to_skip {
            rows.skip_line()?;
        }
        Ok(rows)
    }

    /// The number of the line that is read next.
    pub(super) fn line(&self) -> u64 {
        self.line
    }

    /// Goes to the next row; `None` at the end of the file.
    pub(super) fn advance(&mut self) -> Result<Option<Found>, ReadError> {
        self.advance_inner().unwrap_or_else(|cause| {
            let line = self.line;
            Err(ReadError::Io { line, cause })
        })
    }

    /// The row that [`Rows::advance`] went to.
    pub(super) fn row(&self) -> Row<'_> {
        let raw = &self.buffer[self.row.raw_start..self.row.raw_end];
        let mut row = Row {
            line: self.row.line,
            raw,
            text: raw,
            cells: &self.cells,
            text_after_quote: None,
        };
        if let Some(length) = self.row.unquoted {
            row.text = &self.unquoted[..length];
            if let Quoting::TextAfterQuote(column) = quoting_of(raw, self.delimiter) {
                row.text_after_quote = Some(column);
            }
        }
        row
    }

    fn advance_inner(&mut self) -> io::Result<Result<Option<Found>, ReadError>> {
        if !self.skip_to_row()? {
            return Ok(Ok(None));
        }
        let Some(line_end) = self.find_line_end()? else {
            return self.advance_slowly();
        };
        let raw = &self.buffer[self.start..line_end.at];
        if raw.len() > limits::ROW_BYTES_MAX || !split(raw, self.delimiter, &mut self.cells) {
            return self.advance_slowly();
        }
        self.row = Place {
            line: self.line,
            raw_start: self.start,
            raw_end: line_end.at,
            unquoted: None,
        };
        self.line += 1;
        self.start = line_end.next;
        Ok(Ok(Some(Found::Row)))
    }

    /// Passes over empty lines and comments; false at the end of the file.
    fn skip_to_row(&mut self) -> io::Result<bool> {
        loop {
            if self.start == self.end && !self.fill()? {
                return Ok(false);
            }
            let byte = self.buffer[self.start];
            if byte != b'\n' && byte != b'\r' && Some(byte) != self.comment {
                return Ok(true);
            }
            self.skip_line()?;
        }
    }

    /// Passes over the rest of a line, however long, without keeping it.
    fn skip_line(&mut self) -> io::Result<()> {
        loop {
            let rest = &self.buffer[self.start..self.end];
            if let Some(at) = memchr::memchr2(b'\r', b'\n', rest) {
                let is_return = rest[at] == b'\r';
                self.start += at + 1;
                self.line += 1;
                if is_return && (self.start < self.end || self.fill()?) {
                    self.start += usize::from(self.buffer[self.start] == b'\n');
                }
                return Ok(());
            }
            self.start = self.end;
            if !self.fill()? {
                return Ok(());
            }
        }
    }

    /// Where the line at `start` ends, be it with the file; `None` when it is too long for the buffer.
    /// LF, CRLF and a return on its own end lines.
    fn find_line_end(&mut self) -> io::Result<Option<LineEnd>> {
        let mut searched = 0;
        loop {
            let from = self.start + searched;
            if let Some(found) = memchr::memchr2(b'\r', b'\n', &self.buffer[from..self.end]) {
                let at = from + found;
                let follower = self.buffer[..self.end].get(at + 1);
                if self.buffer[at] == b'\n' || follower.is_some_and(|byte| *byte != b'\n') {
                    return Ok(Some(LineEnd { at, next: at + 1 }));
                }
                if follower.is_some() {
                    return Ok(Some(LineEnd { at, next: at + 2 }));
                }
                searched = at - self.start;
            } else {
                searched = self.end - self.start;
            }
            if searched > limits::ROW_BYTES_MAX {
                return Ok(None);
            }
            if !self.fill()? {
                let at = self.start + searched;
                return Ok(Some(LineEnd { at, next: self.end }));
            }
        }
    }

    /// The row at `start` by csv-core: quotes within quotes, line ends within cells.
    fn advance_slowly(&mut self) -> io::Result<Result<Option<Found>, ReadError>> {
        loop {
            let raw = &self.buffer[self.start..self.end];
            // Both only ever grow: filling them anew would cost more than reading the row.
            let room = self.unquoted.len().max(raw.len() + 1);
            self.unquoted.resize(room, 0);
            self.ends.resize(limits::COLUMNS_MAX, 0);
            go_to_row_start(&mut self.cell_reader);
            let reader = &mut self.cell_reader;
            let (mut result, taken, written, mut count) =
                reader.read_record(raw, &mut self.unquoted, &mut self.ends);
            if result == ReadRecordResult::InputEmpty && self.is_at_end {
                if quoting_of(raw, self.delimiter) == Quoting::Unclosed {
                    let line = self.line;
                    self.start = self.end;
                    return Ok(Err(ReadError::UnclosedQuote { line }));
                }
                let (last, _, _, ended) =
                    reader.read_record(&[], &mut self.unquoted, &mut self.ends[count..]);
                count += ended;
                result = last;
            }
            // A return at the end of what was read may be half of a line end.
            let is_cut = taken == raw.len() && raw.ends_with(b"\r") && !self.is_at_end;
            let is_too_long = taken > limits::ROW_BYTES_MAX;
            match result {
                ReadRecordResult::Record if !is_cut && !is_too_long => {
                    self.take_unquoted(taken, written, count);
                    return Ok(Ok(Some(Found::Row)));
                }
                ReadRecordResult::Record | ReadRecordResult::InputEmpty
                    if !is_too_long && !self.is_at_end =>
                {
                    // Twice as much each time, so that a long row is not read over and over.
                    self.fill_to(2 * raw.len())?;
                }
                _ => return self.pass_over(),
            }
        }
    }

    fn take_unquoted(&mut self, taken: usize, written: usize, count: usize) {
        self.cells.clear();
        let mut start = 0;
        for end in &self.ends[..count] {
            self.cells.push(Span::new(start, *end));
            start = *end;
        }
        self.row = Place {
            line: self.line,
            raw_start: self.start,
            raw_end: self.start + taken,
            unquoted: Some(written),
        };
        self.line += count_lines(&self.buffer[self.start..self.start + taken]);
        self.start += taken;
        let is_split = self.buffer[..self.start].ends_with(b"\r")
            && self.buffer[self.start..self.end].starts_with(b"\n");
        self.start += usize::from(is_split);
    }

    /// Reads to the end of a row that is too long to keep.
    fn pass_over(&mut self) -> io::Result<Result<Option<Found>, ReadError>> {
        let line = self.line;
        go_to_row_start(&mut self.cell_reader);
        let room = self.unquoted.len().max(limits::READ_BYTES);
        self.unquoted.resize(room, 0);
        self.ends.resize(limits::COLUMNS_MAX, 0);
        loop {
            let raw = &self.buffer[self.start..self.end];
            let (result, taken, _, _) =
                self.cell_reader
                    .read_record(raw, &mut self.unquoted, &mut self.ends);
            self.line += count_lines(&raw[..taken]);
            self.start += taken;
            if result == ReadRecordResult::Record {
                return Ok(Ok(Some(Found::TooLong { line })));
            }
            if self.start == self.end && !self.fill()? {
                return Ok(if self.is_inside_quotes() {
                    Err(ReadError::UnclosedQuote { line })
                } else {
                    Ok(Some(Found::TooLong { line }))
                });
            }
        }
    }

    /// Whether the text so far ends inside of quotes: then a line end does not end the row, but a quote
    /// and a line end do.
    fn is_inside_quotes(&mut self) -> bool {
        let (result, taken, _, _) =
            self.cell_reader
                .read_record(b"\n\"\n", &mut self.unquoted, &mut self.ends);
        result == ReadRecordResult::Record && taken > 1
    }

    /// Reads more text behind what is there; false at the end of the file.
    fn fill(&mut self) -> io::Result<bool> {
        if self.is_at_end {
            return Ok(false);
        }
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        if self.buffer.len() - self.end < limits::READ_BYTES / 2 {
            self.buffer.resize(self.end + limits::READ_BYTES, 0);
        }
        debug_assert!(self.buffer.len() - self.end >= ROOM_BYTES_MIN);
        let count = self.text.read(&mut self.buffer[self.end..])?;
        self.end += count;
        self.is_at_end = count == 0;
        Ok(count > 0)
    }

    /// Reads until `bytes` are there or the file ends.
    fn fill_to(&mut self, bytes: usize) -> io::Result<()> {
        while self.end - self.start < bytes && self.fill()? {}
        Ok(())
    }
}

/// Finds the cells of a line; false where quotes are doubled, unsound, or open at its end.
fn split(raw: &[u8], delimiter: u8, cells: &mut Vec<Span>) -> bool {
    cells.clear();
    let mut start = 0;
    loop {
        if cells.len() == limits::COLUMNS_MAX {
            return false;
        }
        if raw.get(start) == Some(&b'"') {
            let Some(length) = memchr::memchr(b'"', &raw[start + 1..]) else {
                return false;
            };
            let end = start + 1 + length;
            cells.push(Span::new(start + 1, end));
            match raw.get(end + 1) {
                None => return true,
                Some(byte) if *byte == delimiter => start = end + 2,
                Some(_) => return false,
            }
        } else if let Some(length) = memchr::memchr(delimiter, &raw[start..]) {
            cells.push(Span::new(start, start + length));
            start += length + 1;
        } else {
            cells.push(Span::new(start, raw.len()));
            return true;
        }
    }
}

/// How many lines end in a text; CRLF ends one, and so does a return on its own.
fn count_lines(text: &[u8]) -> u64 {
    let mut lines = 0;
    for at in memchr::memchr2_iter(b'\r', b'\n', text) {
        lines += u64::from(text[at] == b'\n' || text.get(at + 1) != Some(&b'\n'));
    }
    lines
}

fn cell_reader(options: &Options) -> csv_core::Reader {
    csv_core::ReaderBuilder::new()
        .delimiter(options.delimiter)
        .comment(options.comment)
        .build()
}

/// csv-core takes a byte order mark off the first bytes after a reset. The decoder did that where it is
/// due, so an empty line is read first.
fn go_to_row_start(reader: &mut csv_core::Reader) {
    reader.reset();
    reader.read_record(b"\n", &mut [0; 4], &mut [0; 4]);
}
