//! Files on their way in: kept in pieces until the run that reads them has ended.
//!
//! They are rows rather than files so that any node can run the aggregation, and so that a crash
//! leaves either the whole upload or none of it.

use std::io::Read;

use muster_model::Timestamp;

use crate::args;
use crate::error::{Error, Result};
use crate::org::Org;
use crate::tx::Tx;

/// Uploads.
pub struct Uploads<'t, 'c>(pub(crate) &'t mut Tx<'c>);

impl Uploads<'_, '_> {
    /// Begins an upload. It is not complete until [`Uploads::complete`] was called.
    pub fn begin(&mut self, id: &str, name: &str, now: Timestamp) -> Result<()> {
        let sql = "INSERT INTO upload (id, name, created, size) VALUES ($1, $2, $3, NULL)";
        self.0.execute(sql, &args![id, name, now])?;
        Ok(())
    }

    /// Adds pieces, the first of them with the number `seq`, from 0.
    pub fn append(&mut self, id: &str, seq: i64, pieces: &[Vec<u8>]) -> Result<()> {
        let sql = "INSERT INTO upload_chunk (upload_id, seq, bytes) VALUES ($1, $2, $3)";
        self.0.run(
            sql,
            pieces
                .iter()
                .zip(seq..)
                .map(|(piece, seq)| args![id, seq, piece]),
        )
    }

    /// Marks the upload as complete with its size in bytes.
    pub fn complete(&mut self, id: &str, size: i64) -> Result<()> {
        self.0.execute(
            "UPDATE upload SET size = $2 WHERE id = $1",
            &args![id, size],
        )?;
        Ok(())
    }

    /// The size of a complete upload in bytes.
    pub fn size(&mut self, id: &str) -> Result<Option<i64>> {
        let sql = "SELECT size FROM upload WHERE id = $1";
        Ok(self
            .0
            .fetch_one(sql, &args![id], |row| row.get::<Option<i64>>(0))?
            .flatten())
    }

    /// Removes an upload with its pieces.
    pub fn remove(&mut self, id: &str) -> Result<()> {
        self.0
            .execute("DELETE FROM upload_chunk WHERE upload_id = $1", &args![id])?;
        self.0
            .execute("DELETE FROM upload WHERE id = $1", &args![id])?;
        Ok(())
    }

    /// Removes uploads that were begun before `before` and never completed.
    pub fn remove_abandoned(&mut self, before: Timestamp) -> Result<u64> {
        const ABANDONED: &str = "SELECT id FROM upload WHERE size IS NULL AND created < $1";
        let ids: Vec<String> = self.0.fetch(ABANDONED, &args![before], |row| row.get(0))?;
        for id in &ids {
            self.remove(id)?;
        }
        Ok(ids.len() as u64)
    }
}

/// Reads an upload from its first byte to its last, a piece at a time.
pub struct ChunkReader {
    org: Org,
    id: String,
    next: i64,
    piece: Vec<u8>,
    at: usize,
}

impl ChunkReader {
    /// A reader at the start of the upload.
    pub fn new(org: Org, id: &str) -> Self {
        Self {
            org,
            id: id.to_owned(),
            next: 0,
            piece: Vec::new(),
            at: 0,
        }
    }

    fn fetch(&mut self) -> Result<bool> {
        const PIECE: &str = "SELECT bytes FROM upload_chunk WHERE upload_id = $1 AND seq = $2";
        let piece = self.org.read(|tx| {
            tx.fetch_one(PIECE, &args![&self.id, self.next], |row| {
                row.get::<Vec<u8>>(0)
            })
        })?;
        let Some(piece) = piece else { return Ok(false) };
        self.piece = piece;
        self.at = 0;
        self.next += 1;
        Ok(true)
    }
}

impl Read for ChunkReader {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        while self.at == self.piece.len() {
            if !self
                .fetch()
                .map_err(|error: Error| std::io::Error::other(error))?
            {
                return Ok(0);
            }
        }
        let count = into.len().min(self.piece.len() - self.at);
        into[..count].copy_from_slice(&self.piece[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}
