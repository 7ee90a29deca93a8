//! A real browser, driven over WebDriver: Debian's Chromium through its `chromedriver`, which
//! `cargo xtask test` installs. Looking for an element waits until it is there, so tests never sleep.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

/// How long an element is waited for.
const WAIT_MS: u64 = 20_000;

/// A browser window with an empty profile; closed when dropped.
pub(crate) struct Browser {
    driver: Child,
    port: u16,
    session: String,
    /// Removed with it.
    profile: tempfile::TempDir,
}

impl Browser {
    pub(crate) fn start() -> Self {
        let program = std::env::var("MUSTER_TEST_CHROMEDRIVER");
        let program = program.unwrap_or_else(|_| "chromedriver".to_owned());
        let mut driver = Command::new(&program)
            .args(["--port=0", "--log-level=SEVERE"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| {
                panic!("{program} cannot be started ({error}); `cargo xtask test` installs it")
            });
        let lines = BufReader::new(driver.stdout.take().unwrap()).lines();
        let port = lines
            .map_while(Result::ok)
            .find_map(|line| {
                let after = line.split("started successfully on port ").nth(1)?;
                after.trim_end_matches('.').parse().ok()
            })
            .expect("chromedriver says on which port it listens");
        let profile = tempfile::tempdir().unwrap();
        let mut browser = Self {
            driver,
            port,
            session: String::new(),
            profile,
        };
        let folder = format!("--user-data-dir={}", browser.profile.path().display());
        let arguments = json!([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--window-size=1280,900",
            folder,
        ]);
        let wanted = json!({"capabilities": {"alwaysMatch": {
            "browserName": "chrome",
            "goog:chromeOptions": {"args": arguments},
            "goog:loggingPrefs": {"browser": "ALL"},
            "timeouts": {"implicit": WAIT_MS, "script": 60_000},
        }}});
        let made = browser.send("POST", "/session", &wanted);
        browser.session = format!("/session/{}", made["sessionId"].as_str().unwrap());
        browser
    }

    /// Opens a page.
    pub(crate) fn open(&self, url: &str) {
        self.post("/url", &json!({"url": url}));
    }

    /// Runs a script in the page; gives what it returns.
    pub(crate) fn script(&self, script: &str) -> Value {
        self.post("/execute/sync", &json!({"script": script, "args": []}))
    }

    /// What axe-core finds wrong with the page by WCAG 2.2 A and AA, and by best practice.
    pub(crate) fn violations(&self) -> Vec<String> {
        let folder = std::env::var("MUSTER_TEST_NODE_MODULES");
        let folder = folder.expect("MUSTER_TEST_NODE_MODULES; `cargo xtask test` sets it");
        let source = std::fs::read_to_string(format!("{folder}/axe-core/axe.min.js")).unwrap();
        self.script(&source);
        let run = "const done = arguments[0];
            const runOnly = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
            axe.run(document, {runOnly}).then(found => done(found.violations.flatMap(one =>
                one.nodes.map(node => `${one.id}: ${node.target} ${node.failureSummary}`))));";
        let found = self.post("/execute/async", &json!({"script": run, "args": []}));
        let found = found
            .as_array()
            .unwrap_or_else(|| panic!("axe did not run: {found}"));
        found
            .iter()
            .map(|one| one.as_str().unwrap().to_owned())
            .collect()
    }

    /// Waits for an element.
    #[track_caller]
    pub(crate) fn find(&self, xpath: &str) -> Element<'_> {
        let found = self.post("/element", &json!({"using": "xpath", "value": xpath}));
        let id = found.as_object().and_then(|found| found.values().next());
        let Some(id) = id
            .and_then(Value::as_str)
            .filter(|_| found["error"].is_null())
        else {
            let text = self.script("return document.body.innerText");
            panic!("nothing at {xpath}: {found}\n{text}");
        };
        Element {
            browser: self,
            path: format!("/element/{id}"),
        }
    }

    /// Presses keys, wherever the focus is.
    pub(crate) fn press(&self, keys: &str) {
        let actions: Vec<Value> = keys
            .chars()
            .flat_map(|key| {
                ["keyDown", "keyUp"].map(|kind| json!({"type": kind, "value": key.to_string()}))
            })
            .collect();
        self.post(
            "/actions",
            &json!({"actions": [{"type": "key", "id": "keys", "actions": actions}]}),
        );
    }

    /// Moves the focus by Tab until it is on the element with that id.
    pub(crate) fn tab_to(&self, id: &str) {
        const TABS_MAX: usize = 60;
        for _ in 0..TABS_MAX {
            if self.script("return document.activeElement.id") == id {
                return;
            }
            self.press(TAB);
        }
        panic!("no number of tabs leads to #{id}");
    }

    /// Makes the window as narrow as a phone, or wide again.
    pub(crate) fn resize(&self, width: u32) {
        let metrics =
            json!({"width": width, "height": 844, "deviceScaleFactor": 1, "mobile": false});
        self.post(
            "/goog/cdp/execute",
            &json!({"cmd": "Emulation.setDeviceMetricsOverride", "params": metrics}),
        );
    }

    /// Makes pages light or dark, as the operator's machine would.
    pub(crate) fn prefer(&self, scheme: &str) {
        let features = json!([{"name": "prefers-color-scheme", "value": scheme}]);
        self.post(
            "/goog/cdp/execute",
            &json!({"cmd": "Emulation.setEmulatedMedia", "params": {"features": features}}),
        );
    }

    /// Opens a page again until it shows an element: for what another process is about to do.
    #[track_caller]
    pub(crate) fn open_until(&self, url: &str, xpath: &str) -> Element<'_> {
        const OPENED_MAX: usize = 200;
        let script = format!(
            "return document.evaluate({}, document, null, 9).singleNodeValue !== null",
            json!(xpath)
        );
        for _ in 0..OPENED_MAX {
            self.open(url);
            if self.script(&script) == true {
                break;
            }
        }
        self.find(xpath)
    }

    /// What the page complained about since this was last asked.
    pub(crate) fn complaints(&self) -> Vec<String> {
        let log = self.post("/se/log", &json!({"type": "browser"}));
        let entries = log.as_array().unwrap().iter();
        entries
            .map(|entry| entry["message"].as_str().unwrap().to_owned())
            .collect()
    }

    fn post(&self, path: &str, body: &Value) -> Value {
        self.send("POST", &format!("{}{path}", self.session), body)
    }

    fn send(&self, method: &str, path: &str, body: &Value) -> Value {
        let body = body.to_string();
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut reader = BufReader::new(stream);
        let mut length = 0;
        let mut line = String::new();
        while reader.read_line(&mut line).unwrap() > 2 {
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            line.clear();
        }
        let mut answer = vec![0; length];
        reader.read_exact(&mut answer).unwrap();
        let mut answer: Value = serde_json::from_slice(&answer).unwrap();
        answer["value"].take()
    }
}

/// The keys as WebDriver names them.
pub(crate) const TAB: &str = "\u{e004}";
pub(crate) const ENTER: &str = "\u{e007}";
pub(crate) const BACKSPACE: &str = "\u{e003}";

impl Drop for Browser {
    fn drop(&mut self) {
        if !self.session.is_empty() {
            self.send("DELETE", &self.session, &json!({}));
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

/// An element of the page.
pub(crate) struct Element<'b> {
    browser: &'b Browser,
    path: String,
}

impl Element<'_> {
    pub(crate) fn click(&self) {
        self.browser
            .post(&format!("{}/click", self.path), &json!({}));
    }
}
