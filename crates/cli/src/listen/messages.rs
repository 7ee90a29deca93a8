//! Reads server-sent events (WHATWG HTML, "Server-sent events") as they come in, in pieces that may
//! end anywhere. It leaves out waiting and connecting again.

use anyhow::{Result, ensure};

/// Longest message that is taken: an event has at most a megabyte, and more around it.
const MESSAGE_BYTES_MAX: usize = 8 * 1024 * 1024;

/// One message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Message {
    /// What kind it is; empty for a plain one.
    pub(super) kind: String,
    /// Its lines.
    pub(super) data: String,
}

/// What has come in and is not a whole message yet.
#[derive(Debug, Default)]
pub(super) struct Messages {
    unread: Vec<u8>,
    message: Message,
    has_data: bool,
    /// The last id told: where to go on after the connection is lost.
    pub(super) last_id: Option<String>,
}

impl Messages {
    /// Takes a piece; gives the messages that it completes.
    pub(super) fn take(&mut self, piece: &[u8]) -> Result<Vec<Message>> {
        self.unread.extend_from_slice(piece);
        let mut complete = Vec::new();
        let mut from = 0;
        while let Some(length) = self.unread[from..].iter().position(|byte| *byte == b'\n') {
            let line = String::from_utf8_lossy(&self.unread[from..from + length]).into_owned();
            complete.extend(self.line(line.trim_end_matches('\r')));
            from += length + 1;
        }
        self.unread.drain(..from);
        ensure!(
            self.unread.len() + self.message.data.len() <= MESSAGE_BYTES_MAX,
            "the server sent a message of more than {MESSAGE_BYTES_MAX} bytes"
        );
        Ok(complete)
    }

    /// Forgets half a message: the connection that it came over is gone.
    pub(super) fn start_over(&mut self) {
        self.unread.clear();
        self.message = Message::default();
        self.has_data = false;
    }

    fn line(&mut self, line: &str) -> Option<Message> {
        if line.is_empty() {
            let message = std::mem::take(&mut self.message);
            return std::mem::take(&mut self.has_data).then_some(message);
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "id" => self.last_id = Some(value.to_owned()),
            "event" => value.clone_into(&mut self.message.kind),
            "data" => {
                if std::mem::replace(&mut self.has_data, true) {
                    self.message.data.push('\n');
                }
                self.message.data.push_str(value);
            }
            // Comments keep the connection alive; `retry` is for browsers.
            _ => {}
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(data: &str) -> Message {
        Message {
            kind: String::new(),
            data: data.to_owned(),
        }
    }

    #[test]
    fn messages_come_whole_however_they_are_cut() {
        let text = "retry: 1000\nid: 7\n\n: nothing new\nid: 8\r\ndata: {\"a\":\"ü\"}\r\n\r\n\
                    event: error\ndata: one\ndata: two\n\n";
        for size in 1..text.len() {
            let mut messages = Messages::default();
            let found: Vec<Message> = text
                .as_bytes()
                .chunks(size)
                .flat_map(|piece| messages.take(piece).unwrap())
                .collect();
            let failure = Message {
                kind: "error".to_owned(),
                data: "one\ntwo".to_owned(),
            };
            assert_eq!(
                found,
                [plain("{\"a\":\"ü\"}"), failure],
                "in pieces of {size}"
            );
            assert_eq!(messages.last_id.as_deref(), Some("8"));
        }
    }

    #[test]
    fn half_a_message_is_forgotten_with_its_connection() {
        let mut messages = Messages::default();
        assert_eq!(messages.take(b"id: 3\ndata: half").unwrap(), []);
        messages.start_over();
        assert_eq!(messages.take(b"data: whole\n\n").unwrap(), [plain("whole")]);
        assert_eq!(messages.last_id.as_deref(), Some("3"));
    }

    #[test]
    fn a_message_without_end_is_refused() {
        let mut messages = Messages::default();
        let piece = vec![b'x'; MESSAGE_BYTES_MAX + 1];
        assert!(messages.take(&piece).is_err());
    }
}
