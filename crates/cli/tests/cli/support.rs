//! A running demo and an endpoint that catches what is sent to it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use serde_json::Value;

/// A number that a variable may set, for runs larger than those of CI (`cargo xtask soak`).
pub(crate) fn size(variable: &str, usual: u64) -> u64 {
    match std::env::var(variable) {
        Err(_) => usual,
        Ok(text) => text
            .parse()
            .unwrap_or_else(|_| panic!("{variable}={text:?} is no whole number")),
    }
}

/// A request that was caught.
#[derive(Clone, Debug)]
pub(crate) struct Caught {
    /// The path it was sent to.
    pub(crate) path: String,
    /// The event's id, as its header says.
    pub(crate) webhook_id: String,
    /// The event.
    pub(crate) body: Value,
}

/// A demo in a process of its own; killed when dropped.
pub(crate) struct Demo {
    child: Child,
    /// What it said when it was ready.
    pub(crate) ready: Value,
}

impl Demo {
    /// Starts `muster demo` in `folder`, where it keeps its data in `muster-demo`.
    pub(crate) fn start(folder: &Path) -> Self {
        Self::start_with(folder, &[], &[])
    }

    /// [`Demo::start`] with more flags and variables.
    pub(crate) fn start_with(folder: &Path, flags: &[&str], variables: &[(&str, &str)]) -> Self {
        let mut child = Self::spawn(folder, flags, variables);
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let ready = serde_json::from_str(&line).expect("the demo says in JSON that it is ready");
        Self { child, ready }
    }

    /// The process alone, not waited for.
    pub(crate) fn spawn(folder: &Path, flags: &[&str], variables: &[(&str, &str)]) -> Child {
        Command::new(env!("CARGO_BIN_EXE_muster"))
            .args(["demo", "--json", "--listen", "127.0.0.1:0"])
            .args(flags)
            .envs(variables.iter().copied())
            .current_dir(folder)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap()
    }

    /// Runs a shell script as a client; gives what it printed.
    pub(crate) fn shell(&self, script: &str) -> String {
        let sign_in = r#"TOKEN=$(curl -sf "$SAIL_BASE_URL/oauth/token" -d grant_type=client_credentials \
            -d client_id="$SAIL_CLIENT_ID" -d client_secret="$SAIL_CLIENT_SECRET" |
            sed 's/.*"access_token":"\([^"]*\)".*/\1/')
            api() { curl -sf -H "Authorization: Bearer $TOKEN" "$@"; }"#;
        let script = format!("{sign_in}\n{script}");
        let done = self.client("sh").args(["-euc", &script]).output().unwrap();
        assert!(
            done.status.success(),
            "{}",
            String::from_utf8_lossy(&done.stderr)
        );
        String::from_utf8(done.stdout).unwrap()
    }

    /// Ends the demo as an operator does, and waits until it has.
    pub(crate) fn stop(mut self) {
        let pid = self.child.id().to_string();
        let told = Command::new("kill").args(["-TERM", &pid]).status().unwrap();
        assert!(told.success());
        assert!(self.child.wait().unwrap().success());
    }

    /// Subscribes to a trigger; its events go to the path of its name.
    pub(crate) fn subscribe(&self, trigger: &str, inbox: &str) {
        self.shell(&format!(
            r#"api -H 'Content-Type: application/json' "$SAIL_BASE_URL/beta/trigger-subscriptions" -d '{{
                "name": "{trigger}", "triggerId": "idn:{trigger}", "type": "HTTP",
                "httpConfig": {{"url": "http://{inbox}/{trigger}", "httpDispatchMode": "SYNC"}}}}'"#
        ));
    }

    /// Uploads a file to a source, to be aggregated; gives the answer.
    pub(crate) fn load(&self, source: &str, file: &Path) -> Value {
        let answer = self.shell(&format!(
            r#"api -F file=@{} "$SAIL_BASE_URL/beta/sources/{source}/load-accounts""#,
            file.display()
        ));
        serde_json::from_str(&answer).unwrap()
    }

    /// Waits until every aggregation has ended; gives them, the newest first.
    pub(crate) fn wait_for_tasks(&self, patience: Duration) -> Vec<Value> {
        let end = Instant::now() + patience;
        loop {
            let answer = self.shell(
                r#"api "$SAIL_BASE_URL/beta/task-status?filters=type%20eq%20%22CLOUD_ACCOUNT_AGGREGATION%22""#,
            );
            let tasks: Vec<Value> = serde_json::from_str(&answer).unwrap();
            if tasks.iter().all(|task| !task["completed"].is_null()) {
                return tasks;
            }
            assert!(Instant::now() < end, "{tasks:#?}");
        }
    }

    pub(crate) fn text(&self, name: &str) -> &str {
        self.ready[name].as_str().unwrap()
    }

    /// A command that finds the demo as official clients do.
    pub(crate) fn client(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .env("SAIL_BASE_URL", self.text("baseUrl"))
            .env("SAIL_CLIENT_ID", self.text("clientId"))
            .env("SAIL_CLIENT_SECRET", self.text("clientSecret"));
        command
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Answers every request with 200 and hands over the bodies.
pub(crate) fn catch() -> (SocketAddr, Receiver<Caught>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let sender = sender.clone();
            std::thread::spawn(move || answer(stream, &sender));
        }
    });
    (address, receiver)
}

fn answer(mut stream: TcpStream, sender: &Sender<Caught>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    loop {
        let mut length = 0;
        let mut webhook_id = String::new();
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            break;
        }
        let path = line.split(' ').nth(1).unwrap().to_owned();
        line.clear();
        while reader.read_line(&mut line).unwrap_or(0) > 2 {
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("webhook-id:") {
                value.trim().clone_into(&mut webhook_id);
            }
            line.clear();
        }
        let mut body = vec![0; length];
        if length == 0 || reader.read_exact(&mut body).is_err() {
            break;
        }
        let body = serde_json::from_slice(&body).unwrap();
        let _ = sender.send(Caught {
            path,
            webhook_id,
            body,
        });
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    }
}
