//! What a process has used so far, as Linux tells it.

/// A memory figure in MiB: `VmRSS` now, `VmHWM` at most; 0 where nothing tells.
pub(super) fn memory_mib(pid: u32, name: &str) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with(name));
    let kib = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<f64>().ok());
    kib.unwrap_or_default() / 1024.0
}

/// Processor time of all threads, in seconds; 0 where nothing tells.
pub(super) fn cpu_seconds(pid: u32) -> f64 {
    /// Ticks a second, on every Linux that Rust runs on.
    const TICKS: f64 = 100.0;
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // The name in brackets may contain blanks; user and system time are the 12th and 13th behind it.
    let fields = stat.rsplit(')').next().unwrap_or_default();
    let times = fields.split_whitespace().skip(11).take(2);
    times
        .filter_map(|time| time.parse::<f64>().ok())
        .sum::<f64>()
        / TICKS
}
