//! What the benchmarks share: processes that serve, processes that are measured, and a line of HTTP.

#![allow(dead_code, reason = "each benchmark uses its own part")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The program that is measured, built as `cargo bench` builds it.
pub(crate) const PILOTAGE: &str = env!("CARGO_BIN_EXE_pilotage");

/// Clock ticks of `/proc/PID/stat` in a second, on every Linux there is.
const TICKS_PER_SECOND: f64 = 100.0;

/// A server that is killed when it is dropped.
pub(crate) struct Server {
    child: Child,
    /// Where it listens: `http://127.0.0.1:4000`.
    pub(crate) url: String,
}

impl Server {
    /// Starts a program whose first line on stdout is its address.
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("the server starts");
        let mut url = String::new();
        BufReader::new(child.stdout.take().expect("stdout is a pipe")).read_line(&mut url).expect("an address");
        Self { child, url: url.trim().to_owned() }
    }

    /// `127.0.0.1:4000`.
    pub(crate) fn address(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    /// Processor time so far, in seconds.
    pub(crate) fn cpu_seconds(&self) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap_or_default();
        // The name in parentheses may hold spaces; user and system time are the 12th and 13th field after it.
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<f64>().ok()).unwrap_or_default();
        (ticks(11) + ticks(12)) / TICKS_PER_SECOND
    }

    /// Largest resident size so far, in MB.
    pub(crate) fn peak_mb(&self) -> f64 {
        peak_mb(self.child.id())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Largest resident size of a running process so far, in MB (10⁶ bytes).
pub(crate) fn peak_mb(process: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kib| kib.parse::<f64>().ok()).unwrap_or_default() * 1024.0 / 1e6
}

/// What a finished process took.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Cost {
    /// From start to end, in seconds.
    pub(crate) wall: f64,
    /// User and system time of all threads, in seconds.
    pub(crate) cpu: f64,
    /// Largest resident size in MB (10⁶ bytes).
    pub(crate) peak_mb: f64,
}

/// Runs a command to its end under GNU time. Gives what it took and its stdout.
pub(crate) fn measured(command: &Command, folder: &Path) -> (Cost, Vec<u8>) {
    let figures = folder.join("time");
    let mut timed = Command::new("/usr/bin/time");
    timed.args(["-q", "-f", "%U %S %M", "-o"]).arg(&figures).arg(command.get_program()).args(command.get_args());
    timed.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?)))).stderr(Stdio::piped());
    let began = Instant::now();
    let output = timed.output().expect("GNU time is installed as /usr/bin/time");
    let wall = began.elapsed().as_secs_f64();
    if !output.status.success() {
        eprintln!("{}\n{}", output.status, String::from_utf8_lossy(&output.stderr));
    }
    let figures = std::fs::read_to_string(figures).unwrap_or_default();
    let numbers: Vec<f64> = figures.split_whitespace().filter_map(|number| number.parse().ok()).collect();
    let [user, system, kib] = numbers[..] else {
        return (Cost { wall, ..Cost::default() }, output.stdout);
    };
    (Cost { wall, cpu: user + system, peak_mb: kib * 1024.0 / 1e6 }, output.stdout)
}

/// One connection that is kept.
pub(crate) struct Connection {
    stream: BufReader<TcpStream>,
    host: String,
}

impl Connection {
    pub(crate) fn open(address: &str) -> Self {
        let stream = TcpStream::connect(address).expect("the server listens");
        stream.set_nodelay(true).expect("a socket");
        stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a socket");
        Self { stream: BufReader::with_capacity(1 << 17, stream), host: address.to_owned() }
    }

    /// Sends a request and reads the answer's body, whose length must be declared.
    pub(crate) fn ask(&mut self, method: &str, target: &str, headers: &str, body: &[u8]) -> Vec<u8> {
        self.ask_whole(method, target, headers, body).1
    }

    /// As [`Connection::ask`], with the head of the answer before its body. Names of headers are in lower case.
    pub(crate) fn ask_whole(&mut self, method: &str, target: &str, headers: &str, body: &[u8]) -> (String, Vec<u8>) {
        let mut request = format!(
            "{method} {target} HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n{headers}\r\n",
            self.host,
            body.len()
        )
        .into_bytes();
        request.extend_from_slice(body);
        self.stream.get_mut().write_all(&request).expect("the server reads");
        let mut length = 0;
        let mut head = String::new();
        let mut line = String::new();
        loop {
            line.clear();
            self.stream.read_line(&mut line).expect("the server answers");
            let (name, value) = line.trim_end().split_once(':').unwrap_or((line.trim_end(), ""));
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse().expect("a length");
            }
            if name.is_empty() {
                break;
            }
            head.push_str(&format!("{}:{value}\n", name.to_ascii_lowercase()));
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).expect("the whole answer");
        (head, body)
    }
}

/// A folder that is removed when it is dropped.
pub(crate) fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder for what the benchmark leaves behind")
}

/// A file of this folder.
pub(crate) fn here(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("benches").join(name)
}

/// What was given on the command line, without what cargo adds.
pub(crate) fn arguments() -> Vec<String> {
    std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect()
}

/// The middle one.
pub(crate) fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().unwrap_or_default()
}
