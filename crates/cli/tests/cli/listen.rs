//! `muster listen`: events of the server reach a local port as if they had been delivered there.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use muster_trigger::delivery::Signer;
use serde_json::{Value, json};

const PATIENCE: Duration = Duration::from_secs(30);

/// A request as it came over the wire.
struct Asked {
    head: String,
    body: String,
}

impl Asked {
    fn header(&self, name: &str) -> &str {
        let named = |line: &&str| {
            let (key, _) = line.split_once(':').unwrap_or((line, ""));
            key.eq_ignore_ascii_case(name)
        };
        let line = self.head.lines().find(named);
        line.and_then(|line| line.split_once(':'))
            .map_or("", |(_, value)| value.trim())
    }
}

/// Answers each request in a thread of its own.
fn serve(answer: impl Fn(&Asked, TcpStream) + Send + Sync + 'static) -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let answer = std::sync::Arc::new(answer);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let answer = answer.clone();
            std::thread::spawn(move || {
                let asked = read(&stream);
                answer(&asked, stream);
            });
        }
    });
    address
}

fn read(stream: &TcpStream) -> Asked {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while reader.read_line(&mut head).unwrap() > 2 {}
    let mut asked = Asked {
        head,
        body: String::new(),
    };
    let length = asked.header("content-length").parse().unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    asked.body = String::from_utf8(body).unwrap();
    asked
}

fn write(mut stream: &TcpStream, status: &str, body: &str) {
    let length = body.len();
    let answer = format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\n\r\n{body}");
    stream.write_all(answer.as_bytes()).unwrap();
}

/// A server whose stream breaks off behind its second event.
fn server(asked: Sender<String>) -> SocketAddr {
    serve(move |request, mut stream| {
        if request.head.starts_with("POST /oauth/token ") {
            assert!(
                request.body.contains("client_secret=s%26cret"),
                "{}",
                request.body
            );
            return write(&stream, "200 OK", r#"{"access_token":"t"}"#);
        }
        assert_eq!(request.header("authorization"), "Bearer t");
        let resumed = request.header("last-event-id").to_owned();
        asked
            .send(format!(
                "{} {resumed}",
                request.head.lines().next().unwrap()
            ))
            .unwrap();
        let numbers = if resumed.is_empty() {
            vec![1, 2]
        } else {
            vec![3]
        };
        let mut text = String::from(
            "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\nretry: 1000\nid: 0\n\n",
        );
        for number in numbers {
            // The spacing of the event is its own: it must come through to the letter.
            let _ = write!(
                text,
                "id: {number}\ndata: {{\"cursor\":\"{number}\",\"id\":\"event-{number}\",\"triggerId\":\"idn:t\",\"subject\":\"s\",\
                 \"created\":\"2026-01-01T00:00:00Z\",\"event\":{{\"n\": {number}.0}}}}\n\n"
            );
        }
        stream.write_all(text.as_bytes()).unwrap();
        if resumed == "2" {
            // Stays open until the listener goes.
            let _ = stream.read(&mut [0]);
        }
    })
}

struct Listener {
    child: Child,
    lines: BufReader<ChildStdout>,
}

impl Listener {
    fn start(mut command: Command, flags: &[&str]) -> Self {
        let mut child = command
            .args(["listen", "--json"])
            .args(flags)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        Self { child, lines }
    }

    fn line(&mut self) -> Value {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|_| panic!("{line:?} is no JSON"))
    }

    fn wish(&mut self, text: &str) {
        let input = self.child.stdin.as_mut().unwrap();
        input.write_all(text.as_bytes()).unwrap();
        input.flush().unwrap();
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Answers with 500 where the event says two. A request is handed over before it is answered, so
/// that the order is that of the listener.
fn endpoint() -> (SocketAddr, Receiver<Asked>) {
    let (told, received) = channel();
    let address = serve(move |request, stream| {
        let Asked { head, body } = request;
        let status = if body.contains("2.0") {
            "500 No"
        } else {
            "200 OK"
        };
        let (head, body) = (head.clone(), body.clone());
        let _ = told.send(Asked { head, body });
        write(&stream, status, "");
    });
    (address, received)
}

fn muster(base: &str) -> Command {
    signed_in(Command::new(env!("CARGO_BIN_EXE_muster")), base)
}

fn signed_in(mut command: Command, base: &str) -> Command {
    command
        .env("SAIL_BASE_URL", base)
        .env("SAIL_CLIENT_ID", "me")
        .env("SAIL_CLIENT_SECRET", "s&cret");
    command
}

#[test]
fn events_are_forwarded_signed_and_sent_again_and_the_stream_is_taken_up_where_it_broke() {
    let (asks, asked) = channel();
    let base = format!("http://{}", server(asks));
    let (hook, received) = endpoint();
    let forward = format!("http://{hook}/hook?x=1");
    let flags = [
        "--forward",
        &forward,
        "--filter",
        "$.n",
        "--trigger",
        "idn:t",
        "--trigger",
        "idn:u",
    ];
    let mut listener = Listener::start(muster(&base), &flags);

    let greeting = listener.line();
    let secret = greeting["secret"].as_str().unwrap().to_owned();
    assert!(secret.starts_with("whsec_"), "{secret}");
    assert_eq!(
        asked.recv_timeout(PATIENCE).unwrap(),
        "GET /muster/v1/events/stream?after=latest&triggerId=idn%3At%2Cidn%3Au&filter=%24.n HTTP/1.1 "
    );
    for (number, status) in [(1, 200), (2, 500), (3, 200)] {
        let line = listener.line();
        assert_eq!(
            (&line["number"], &line["status"]),
            (&json!(number), &json!(status)),
            "{line}"
        );
    }
    let again = asked.recv_timeout(PATIENCE).unwrap();
    assert!(again.ends_with(" 2"), "{again}");

    listener.wish("r\n2\n7\n");
    assert_eq!(listener.line()["number"], 3);
    let line = listener.line();
    assert_eq!(
        (&line["number"], &line["attempt"]),
        (&json!(2), &json!(2)),
        "{line}"
    );
    listener.wish("q\n");
    assert!(listener.child.wait().unwrap().success());

    let received: Vec<Asked> = received.try_iter().collect();
    let bodies: Vec<&str> = received.iter().map(|one| one.body.as_str()).collect();
    let expected = [1, 2, 3, 3, 2].map(|number| format!("{{\"n\": {number}.0}}"));
    assert_eq!(bodies, expected);
    for one in &received {
        assert!(
            one.head.starts_with("POST /hook?x=1 HTTP/1.1\r\n"),
            "{}",
            one.head
        );
        let seconds = one.header("webhook-timestamp").parse().unwrap();
        let signer = Signer::of([secret.as_str()]);
        let signature = signer.sign(one.header("webhook-id"), seconds, one.body.as_bytes());
        assert_eq!(Some(one.header("webhook-signature")), signature.as_deref());
        assert_eq!(one.header("content-type"), "application/json");
        assert_eq!(one.header("muster-trigger-id"), "idn:t");
    }
    assert_eq!(received[4].header("webhook-id"), "event-2");
    assert_eq!(received[4].header("muster-attempt"), "2");
}

/// `muster listen` in a terminal, which `script` (util-linux) makes; behind it the terminal's settings.
struct Terminal {
    child: Child,
    lines: BufReader<ChildStdout>,
}

impl Terminal {
    fn start(base: &str, flags: &str) -> Self {
        let program = env!("CARGO_BIN_EXE_muster");
        let session = format!("'{program}' listen --json {flags}; stty -a");
        let mut child = signed_in(Command::new("script"), base)
            .args(["--quiet", "--flush", "--command", &session, "/dev/null"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("`script` of util-linux makes terminals");
        let lines = BufReader::new(child.stdout.take().unwrap());
        Self { child, lines }
    }

    /// Presses keys; there is no Enter behind them.
    fn press(&mut self, keys: &str) {
        let input = self.child.stdin.as_mut().unwrap();
        input.write_all(keys.as_bytes()).unwrap();
        input.flush().unwrap();
    }

    /// The next try; whatever the terminal echoes is passed over.
    fn told(&mut self) -> Value {
        loop {
            let mut line = String::new();
            assert!(self.lines.read_line(&mut line).unwrap() > 0, "it has ended");
            let told = line
                .find('{')
                .and_then(|at| serde_json::from_str(line[at..].trim()).ok());
            if let Some(told) = told {
                return told;
            }
        }
    }

    /// What `stty` says once it has ended.
    fn settings(mut self) -> String {
        let mut rest = String::new();
        self.lines.read_to_string(&mut rest).unwrap();
        self.child.wait().unwrap();
        rest
    }
}

#[test]
fn in_a_terminal_single_keys_send_again_and_end_and_it_is_left_as_it_was() {
    let (asks, _asked) = channel();
    let base = format!("http://{}", server(asks));
    let (hook, received) = endpoint();
    let forward = format!("--forward http://{hook}/");
    let mut terminal = Terminal::start(&base, &forward);
    assert!(terminal.told()["secret"].is_string());
    for number in 1..=3 {
        assert_eq!(terminal.told()["number"], number);
    }
    let attempt = |told: &Value| (told["number"].clone(), told["attempt"].clone());
    terminal.press("r");
    assert_eq!(attempt(&terminal.told()), (json!(3), json!(2)));
    terminal.press("2\r");
    assert_eq!(attempt(&terminal.told()), (json!(2), json!(2)));
    // A key that means nothing changes nothing.
    terminal.press("xr");
    assert_eq!(attempt(&terminal.told()), (json!(3), json!(3)));
    terminal.press("q");
    let settings = terminal.settings();
    assert!(
        settings.contains(" icanon") && settings.contains(" echo "),
        "{settings}"
    );
    assert_eq!(received.try_iter().count(), 6);

    // The run ends while a key is awaited.
    let mut terminal = Terminal::start(&base, &format!("{forward} --count 2"));
    terminal.told();
    for number in 1..=2 {
        assert_eq!(terminal.told()["number"], number);
    }
    let settings = terminal.settings();
    assert!(
        settings.contains(" icanon") && settings.contains(" echo "),
        "{settings}"
    );
}

#[test]
fn an_endpoint_that_is_not_there_is_said_to_be_and_may_be_tried_again() {
    let (asks, _asked) = channel();
    let base = format!("http://{}", server(asks));
    // A port that nobody has any more.
    let gone = TcpListener::bind(("127.0.0.1", 0))
        .unwrap()
        .local_addr()
        .unwrap();
    let forward = format!("http://{gone}/");
    let mut listener = Listener::start(muster(&base), &["--forward", &forward]);
    listener.line();
    let line = listener.line();
    assert!(
        line["error"]
            .as_str()
            .unwrap()
            .contains("cannot be reached"),
        "{line}"
    );
    assert_eq!(line["event"], json!({"n": 1.0}));
}

#[test]
fn what_cannot_work_is_refused_at_once_with_what_to_do() {
    let refusal = |flags: &[&str], base: &str| {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_muster"));
        command
            .env_remove("SAIL_CLIENT_ID")
            .env_remove("SAIL_CLIENT_SECRET");
        if !base.is_empty() {
            command = muster(base);
        }
        let done = command
            .arg("listen")
            .args(flags)
            .current_dir(folder.path())
            .output()
            .unwrap();
        assert!(!done.status.success());
        String::from_utf8(done.stderr).unwrap()
    };
    let forward = ["--forward", "http://127.0.0.1:1/"];
    assert!(refusal(&["--forward", "localhost:3000"], "").contains("http://"));
    assert!(refusal(&forward, "").contains("SAIL_CLIENT_ID"));
    let filter = [&forward[..], &["--filter", "$[?(@.a = 1)]"]].concat();
    assert!(refusal(&filter, "").contains("write `==` instead of `=`"));
    let strict = serve(|request, stream| {
        if request.head.starts_with("POST /oauth/token ") {
            return write(&stream, "200 OK", r#"{"access_token":"t"}"#);
        }
        write(
            &stream,
            "400 No",
            r#"{"messages":[{"text":"no trigger has this id"}]}"#,
        );
    });
    let told = refusal(&forward, &format!("http://{strict}"));
    assert!(told.contains("no trigger has this id"), "{told}");
}
