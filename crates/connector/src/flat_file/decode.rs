//! From the bytes of a file to UTF-8. A byte order mark decides, else the option `encoding`.
//!
//! Bytes that are no text come out as a byte that is never UTF-8, so that the one check of a row for
//! UTF-8 finds the mistakes of every encoding. Files in UTF-8 pass untouched for the same reason.

use std::io::{self, Read};

use encoding_rs::{Decoder, DecoderResult, Encoding};

/// Stands for undecodable bytes; no UTF-8 text holds it.
const UNDECODABLE: u8 = 0xFF;

/// The least room that [`Text::read`] needs to make progress.
pub(super) const ROOM_BYTES_MIN: usize = 64;

/// A file as UTF-8, without its byte order mark.
pub(super) struct Text<R> {
    read: R,
    /// Bytes read while looking for the mark.
    first: [u8; 3],
    first_start: usize,
    first_end: usize,
    transcoder: Option<Transcoder>,
}

struct Transcoder {
    decoder: Decoder,
    raw: Box<[u8]>,
    start: usize,
    end: usize,
    is_at_end: bool,
    is_finished: bool,
}

impl<R: Read> Text<R> {
    /// Looks at the first bytes of a file and chooses the encoding.
    pub(super) fn open(mut read: R, encoding: &'static Encoding) -> io::Result<Self> {
        let mut first = [0; 3];
        let mut first_end = 0;
        while first_end < first.len() {
            match read_once(&mut read, &mut first[first_end..])? {
                0 => break,
                count => first_end += count,
            }
        }
        let (encoding, mark_bytes) =
            Encoding::for_bom(&first[..first_end]).unwrap_or((encoding, 0));
        let transcoder = (encoding != encoding_rs::UTF_8).then(|| Transcoder::new(encoding));
        Ok(Self {
            read,
            first,
            first_start: mark_bytes,
            first_end,
            transcoder,
        })
    }

    /// Reads some UTF-8 into `room`, which has [`ROOM_BYTES_MIN`] bytes or more; 0 means the end.
    pub(super) fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        match self.transcoder.take() {
            None => self.read_raw(room),
            Some(mut transcoder) => {
                let result = transcoder.read(room, |raw| self.read_raw(raw));
                self.transcoder = Some(transcoder);
                result
            }
        }
    }

    fn read_raw(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let first = &self.first[self.first_start..self.first_end];
        if first.is_empty() {
            return read_once(&mut self.read, room);
        }
        let count = first.len().min(room.len());
        room[..count].copy_from_slice(&first[..count]);
        self.first_start += count;
        Ok(count)
    }
}

impl Transcoder {
    fn new(encoding: &'static Encoding) -> Self {
        Self {
            decoder: encoding.new_decoder_without_bom_handling(),
            raw: vec![0; crate::limits::READ_BYTES].into_boxed_slice(),
            start: 0,
            end: 0,
            is_at_end: false,
            is_finished: false,
        }
    }

    fn read(
        &mut self,
        room: &mut [u8],
        mut read_raw: impl FnMut(&mut [u8]) -> io::Result<usize>,
    ) -> io::Result<usize> {
        while !self.is_finished {
            if self.start == self.end && !self.is_at_end {
                self.start = 0;
                self.end = read_raw(&mut self.raw)?;
                self.is_at_end = self.end == 0;
            }
            let written = self.decode(room);
            if written > 0 {
                return Ok(written);
            }
        }
        Ok(0)
    }

    fn decode(&mut self, room: &mut [u8]) -> usize {
        // One byte is kept free for the sign of undecodable bytes.
        let usable = room.len() - 1;
        let (result, taken, written) = self.decoder.decode_to_utf8_without_replacement(
            &self.raw[self.start..self.end],
            &mut room[..usable],
            self.is_at_end,
        );
        self.start += taken;
        match result {
            DecoderResult::InputEmpty => {
                self.is_finished = self.is_at_end;
                written
            }
            DecoderResult::OutputFull => written,
            DecoderResult::Malformed(..) => {
                room[written] = UNDECODABLE;
                written + 1
            }
        }
    }
}

fn read_once(read: &mut impl Read, room: &mut [u8]) -> io::Result<usize> {
    loop {
        match read.read(room) {
            Err(cause) if cause.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}
