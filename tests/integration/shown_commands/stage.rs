//! A place in which the commands of a block are run: a folder as home and as current one, with this program in the path.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::blocks::Block;

/// Longest time that a command may take until it has printed what is shown.
const PATIENCE: Duration = Duration::from_secs(60);

pub(super) struct Stage {
    folder: TempDir,
    variables: Vec<(String, String)>,
    servers: Vec<Server>,
}

/// A server that ends with the stage, and what it has printed.
struct Server {
    child: Child,
    log: std::path::PathBuf,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Stage {
    pub(super) fn new() -> Self {
        Self { folder: TempDir::new().unwrap(), variables: Vec::new(), servers: Vec::new() }
    }

    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(super) fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(super) fn with_file(self, name: &str, text: &str) -> Self {
        let file = self.folder().join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
        self
    }

    /// Starts a simulated GitHub that later commands read.
    pub(super) fn with_github(mut self, arguments: &str) -> Self {
        let url = self.address_of(&format!("simulate {arguments}"));
        self.with("OCEAN__INTEGRATION__CONFIG__GITHUB_HOST", &url).with("GITHUB_TOKEN", "any")
    }

    /// Starts a catalog that accepts every credential, for commands that name one.
    pub(super) fn with_catalog(mut self) -> Self {
        let url = self.address_of("catalog serve --data served");
        self.with("OCEAN__PORT__BASE_URL", &url)
    }

    /// Starts a server that prints its address first.
    fn address_of(&mut self, arguments: &str) -> String {
        let index = self.start(&format!("pilotage {arguments}"));
        let printed = self.wait_for(index, "\n");
        let start = printed.find("http://").unwrap_or_else(|| panic!("{arguments}: {printed}"));
        printed[start..].split_whitespace().next().unwrap().to_owned()
    }

    /// Starts a command that does not end by itself.
    fn start(&mut self, command: &str) -> usize {
        self.start_after("", command)
    }

    fn start_after(&mut self, exports: &str, command: &str) -> usize {
        let log = self.folder().join(format!("server-{}.log", self.servers.len()));
        let file = fs::File::create(&log).unwrap();
        let mut shell = self.shell(&format!("{exports}exec {command}"));
        let child = shell.stdout(file.try_clone().unwrap()).stderr(file).spawn().unwrap();
        self.servers.push(Server { child, log });
        self.servers.len() - 1
    }

    /// What a server has printed, once that text is in it.
    fn wait_for(&mut self, index: usize, text: &str) -> String {
        let began = Instant::now();
        loop {
            let printed = fs::read_to_string(&self.servers[index].log).unwrap();
            if printed.contains(text) {
                return printed;
            }
            let ended = self.servers[index].child.try_wait().unwrap();
            assert!(ended.is_none() && began.elapsed() < PATIENCE, "`{text}` is not in {printed}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn shell(&self, script: &str) -> Command {
        let programs = Path::new(env!("CARGO_BIN_EXE_pilotage")).parent().unwrap();
        let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap());
        let mut shell = Command::new("sh");
        shell.args(["-c", script]).current_dir(self.folder()).env_clear().env("HOME", self.folder()).env("PATH", path);
        shell.envs(self.variables.iter().map(|(name, value)| (name, value))).stdin(Stdio::null());
        shell
    }

    /// Runs the commands of a block one after the other, and gives what each prints on a terminal, with its exit code. A command that
    /// does not end by itself is ended once it has printed `until`, and has no code.
    pub(super) fn run(&mut self, block: &Block, until: &str) -> Vec<(String, Option<i32>)> {
        let mut ran = Vec::new();
        let mut exports = String::new();
        // Where pages have their simulator, and where it is here.
        let mut simulator = "http://127.0.0.1:8081".to_owned();
        for (command, _) in &block.commands {
            let command = command.replace('…', "x").replace("http://127.0.0.1:8081", &simulator);
            // Ports that are free, here.
            let command = command.replace("127.0.0.1:8081", "127.0.0.1:0").replace("127.0.0.1:8090", "127.0.0.1:0");
            if command.starts_with("export ") {
                exports.push_str(&format!("{command}\n"));
                ran.push((String::new(), Some(0)));
            } else if let Some(path) = command.strip_prefix("curl -i localhost:8000") {
                ran.push((self.curl(path), Some(0)));
            } else if goes_on(&command) {
                let index = self.start_after(&exports, &command);
                let printed = self.wait_for(index, until);
                if command.starts_with("pilotage simulate") {
                    simulator = printed.split_whitespace().next().unwrap().to_owned();
                }
                ran.push((printed, None));
            } else {
                ran.push(self.run_one(&format!("{exports}{command}")));
            }
        }
        let home = self.folder().display().to_string();
        ran.into_iter().map(|(printed, code)| (printed.replace(&home, "~"), code)).collect()
    }

    /// Runs one script, and gives what it prints on a terminal, with its exit code.
    pub(super) fn run_one(&mut self, script: &str) -> (String, Option<i32>) {
        let (mut reader, writer) = std::io::pipe().unwrap();
        let mut shell = self.shell(script);
        let mut child = shell.stdout(writer.try_clone().unwrap()).stderr(writer).spawn().unwrap();
        // The command holds the other ends of the pipe.
        drop(shell);
        let mut printed = String::new();
        reader.read_to_string(&mut printed).unwrap();
        (printed, child.wait().unwrap().code())
    }

    /// The answer of the server that was started last, at the address that it printed last, as `curl -i` shows it.
    fn curl(&mut self, path: &str) -> String {
        let index = self.servers.len() - 1;
        let printed = self.wait_for(index, "/health/ready");
        let address = printed.split("http://").find(|part| part.contains("/health/ready")).unwrap();
        let port = address.split('/').next().unwrap().rsplit(':').next().unwrap();
        let mut stream = TcpStream::connect(format!("127.0.0.1:{port}")).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer.replace("\r\n", "\n")
    }

    /// Starts `serve` and waits for that text.
    pub(super) fn serving(mut self, until: &str) -> Self {
        let index = self.start("pilotage serve --log-format human");
        self.wait_for(index, until);
        self
    }
}

/// True for a command that does not end by itself.
fn goes_on(command: &str) -> bool {
    let words: Vec<&str> = command.split_whitespace().collect();
    match words[..] {
        ["pilotage", "serve" | "simulate", ..] | ["pilotage", "demo"] => true,
        ["pilotage", "web", ref flags @ ..] => flags.first() != Some(&"link"),
        _ => false,
    }
}
