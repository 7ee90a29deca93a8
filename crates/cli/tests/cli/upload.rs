//! A file of any size goes through bounded memory: it is spooled, stored in pieces, and read again
//! piece by piece.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;

use crate::support::{Demo, size};

/// Mebibytes of a plain test run; `MUSTER_TEST_UPLOAD_MIB` asks for more.
const MEBIBYTES: u64 = 96;
const MIB: usize = 1024 * 1024;
/// What a server may need besides what it needs when idle, whatever the size of the file.
const ALLOWANCE_MIB: f64 = 64.0;

const BOUNDARY: &str = "a-boundary";

/// Sends a generated file as a client does that does not hold it in memory; gives status and body.
fn upload(demo: &Demo, source: &str, mebibytes: u64) -> (u16, String) {
    let head = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"big.csv\"\r\n\r\n\
         id,name,givenName\n"
    );
    let tail = format!("\r\n--{BOUNDARY}--\r\n");
    let mut piece = "x".repeat(MIB - 1);
    piece.push('\n');
    let length = head.len() as u64 + mebibytes * MIB as u64 + tail.len() as u64;
    let token = demo.shell("printf %s \"$TOKEN\"");
    let address = demo
        .text("baseUrl")
        .trim_start_matches("http://")
        .to_owned();
    let mut stream = TcpStream::connect(&address).unwrap();
    write!(
        stream,
        "POST /v2026/sources/{source}/load-accounts HTTP/1.1\r\nhost: {address}\r\n\
         authorization: Bearer {token}\r\ncontent-length: {length}\r\nconnection: close\r\n\
         content-type: multipart/form-data; boundary={BOUNDARY}\r\n\r\n{head}"
    )
    .unwrap();
    for _ in 0..mebibytes {
        stream.write_all(piece.as_bytes()).unwrap();
    }
    stream.write_all(tail.as_bytes()).unwrap();
    let mut lines = BufReader::new(stream).lines().map(Result::unwrap);
    let status = lines.next().unwrap();
    let status = status.split(' ').nth(1).unwrap().parse().unwrap();
    let body = lines.skip_while(|line| !line.is_empty());
    (status, body.collect())
}

/// A memory figure of the server in MiB: `VmRSS` now, `VmHWM` at most.
fn memory_mib(demo: &Demo, figure: &str) -> f64 {
    let path = format!("/proc/{}/status", demo.ready["pid"]);
    let status = std::fs::read_to_string(path).unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with(figure))
        .unwrap();
    let kib: f64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kib / 1024.0
}

#[test]
fn a_large_upload_streams_through_bounded_memory() {
    let mebibytes = size("MUSTER_TEST_UPLOAD_MIB", MEBIBYTES);
    let folder = tempfile::tempdir().unwrap();
    // Nobody reads the file: its way in is what is looked at.
    let demo = Demo::start_with(folder.path(), &["--people", "0"], &[]);
    let source = demo.text("sourceId").to_owned();
    drop(demo);
    let demo = Demo::start_with(folder.path(), &[], &[("MUSTER_WORKERS", "0")]);
    let idle = memory_mib(&demo, "VmRSS");
    let (status, body) = upload(&demo, &source, mebibytes);
    assert_eq!(status, 202, "{body}");
    assert!(body.contains("\"success\":true"), "{body}");
    let peak = memory_mib(&demo, "VmHWM");
    println!("{mebibytes} MiB uploaded: {idle:.0} MiB when idle, {peak:.0} MiB at most");
    assert!(
        peak < idle + ALLOWANCE_MIB,
        "{peak:.0} MiB at most, {idle:.0} when idle"
    );
    // It is all there, and waits to be read.
    let store = folder.path().join("muster-demo/orgs/demo.db");
    let sizes: u64 = ["", "-wal"]
        .iter()
        .filter_map(|end| std::fs::metadata(format!("{}{end}", store.display())).ok())
        .map(|file| file.len())
        .sum();
    assert!(sizes > mebibytes * MIB as u64, "{sizes} bytes are stored");
}
