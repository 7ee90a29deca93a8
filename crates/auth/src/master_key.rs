//! The key that wraps the data keys of all orgs: from a file (made when it is missing), an
//! environment variable or a command (decisions.md 20). Read once, at the start.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::limits::MASTER_KEY_TEXT_BYTES_MAX;
use crate::random::Random;
use crate::secret_text::{hex, new_hex_id, unhex_32};

/// The master key.
#[derive(Clone)]
pub struct MasterKey(Zeroizing<[u8; 32]>);

/// Where the operator keeps the master key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MasterKeySource {
    /// A file; created with mode 0600 when it is missing.
    File(PathBuf),
    /// An environment variable, by its name.
    Environment(String),
    /// A command that prints the key, such as a vault's client: program and arguments, no shell.
    Command {
        /// The program.
        program: String,
        /// Its arguments.
        arguments: Vec<String>,
    },
}

/// Why there is no master key.
#[derive(Debug, thiserror::Error)]
pub enum MasterKeyError {
    /// The file cannot be read or made.
    #[error("cannot read or create the master key file {}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Others on the machine may read the file.
    #[error("the master key file {} is open to others; run: chmod 600 {}", .0.display(), .0.display())]
    OpenToOthers(PathBuf),
    /// The variable is not set.
    #[error("the environment variable {0} is not set; it should hold the master key")]
    NotSet(String),
    /// The command did not start.
    #[error("cannot run the master key command {program}")]
    Command {
        /// The program.
        program: String,
        /// What the system said.
        source: io::Error,
    },
    /// The command failed.
    #[error("the master key command {program} failed: {status}")]
    CommandFailed {
        /// The program.
        program: String,
        /// How it ended.
        status: String,
    },
    /// The text is no key.
    #[error("the master key should be 32 bytes as 64 hex digits or as base64")]
    Format,
}

impl MasterKey {
    /// A new key.
    pub fn generate(random: &dyn Random) -> Self {
        let mut key = Zeroizing::new([0; 32]);
        random.fill(&mut *key);
        Self(key)
    }

    /// Reads 64 hex digits or the base64 of 32 bytes.
    pub fn parse(text: &str) -> Result<Self, MasterKeyError> {
        let text = text.trim();
        if let Some(key) = unhex_32(text) {
            return Ok(Self(Zeroizing::new(key)));
        }
        let bytes = Zeroizing::new(STANDARD.decode(text).map_err(|_| MasterKeyError::Format)?);
        let key = bytes.as_slice().try_into();
        Ok(Self(Zeroizing::new(
            key.map_err(|_| MasterKeyError::Format)?,
        )))
    }

    /// Fetches the key from where the operator keeps it.
    pub fn load(source: &MasterKeySource, random: &dyn Random) -> Result<Self, MasterKeyError> {
        match source {
            MasterKeySource::File(path) => from_file(path, random),
            MasterKeySource::Environment(name) => {
                let text = std::env::var(name).map_err(|_| MasterKeyError::NotSet(name.clone()))?;
                Self::parse(&Zeroizing::new(text))
            }
            MasterKeySource::Command { program, arguments } => from_command(program, arguments),
        }
    }

    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("…")
    }
}

fn from_file(path: &Path, random: &dyn Random) -> Result<MasterKey, MasterKeyError> {
    let failed = |source| MasterKeyError::File {
        path: path.to_owned(),
        source,
    };
    let file = match File::open(path) {
        Ok(file) => file,
        Err(missing) if missing.kind() == io::ErrorKind::NotFound => {
            create(path, random).map_err(failed)?;
            File::open(path).map_err(failed)?
        }
        Err(other) => return Err(failed(other)),
    };
    if is_open_to_others(&file).map_err(failed)? {
        return Err(MasterKeyError::OpenToOthers(path.to_owned()));
    }
    MasterKey::parse(&read_text(file).map_err(failed)?)
}

/// Makes the file whole or not at all: written and synced beside its place, then linked into it.
/// Two processes that start at once agree on the file of the first.
fn create(path: &Path, random: &dyn Random) -> io::Result<()> {
    let mut unfinished = path.as_os_str().to_owned();
    unfinished.push(format!(".{}", new_hex_id(random)));
    let unfinished = PathBuf::from(unfinished);

    let text = Zeroizing::new(format!("{}\n", hex(MasterKey::generate(random).bytes())));
    let written = private_options().open(&unfinished).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    let linked = written.and_then(|()| match fs::hard_link(&unfinished, path) {
        Err(taken) if taken.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        other => other,
    });
    let removed = fs::remove_file(&unfinished);
    linked.and(removed)
}

fn private_options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

#[cfg(unix)]
fn is_open_to_others(file: &File) -> io::Result<bool> {
    use std::os::unix::fs::PermissionsExt;
    Ok(file.metadata()?.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn is_open_to_others(_file: &File) -> io::Result<bool> {
    Ok(false)
}

fn from_command(program: &str, arguments: &[String]) -> Result<MasterKey, MasterKeyError> {
    let failed = |source| MasterKeyError::Command {
        program: program.to_owned(),
        source,
    };
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    let text = child.stdout.take().map(read_text).transpose();
    let status = child.wait().map_err(failed)?;
    if !status.success() {
        return Err(MasterKeyError::CommandFailed {
            program: program.to_owned(),
            status: status.to_string(),
        });
    }
    MasterKey::parse(&text.map_err(failed)?.unwrap_or_default())
}

fn read_text(reader: impl Read) -> io::Result<Zeroizing<String>> {
    let mut text = Zeroizing::new(String::with_capacity(MASTER_KEY_TEXT_BYTES_MAX));
    reader
        .take(MASTER_KEY_TEXT_BYTES_MAX as u64)
        .read_to_string(&mut text)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{SeededRandom, SystemRandom};

    fn load(source: &MasterKeySource) -> Result<MasterKey, MasterKeyError> {
        MasterKey::load(source, &SystemRandom)
    }

    #[test]
    fn both_written_forms_give_the_same_key() {
        let key = MasterKey::generate(&SeededRandom::from_seed(1));
        let as_hex = MasterKey::parse(&format!(" {}\n", hex(key.bytes()))).unwrap();
        let as_base64 = MasterKey::parse(&STANDARD.encode(key.bytes())).unwrap();
        assert_eq!(as_hex.bytes(), key.bytes());
        assert_eq!(as_base64.bytes(), key.bytes());
        assert!(matches!(
            MasterKey::parse("short"),
            Err(MasterKeyError::Format)
        ));
        assert!(matches!(MasterKey::parse(""), Err(MasterKeyError::Format)));
    }

    #[cfg(unix)]
    #[test]
    fn a_missing_file_is_made_for_the_owner_alone_and_kept() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        let source = MasterKeySource::File(path.clone());
        let first = load(&source).unwrap();
        assert_eq!(load(&source).unwrap().bytes(), first.bytes());
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_may_read_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        let source = MasterKeySource::File(path.clone());
        load(&source).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(
            load(&source),
            Err(MasterKeyError::OpenToOthers(_))
        ));
    }

    #[test]
    fn processes_that_start_at_once_agree_on_one_key() {
        let folder = tempfile::tempdir().unwrap();
        let source = MasterKeySource::File(folder.path().join("master.key"));
        let keys: Vec<MasterKey> = std::thread::scope(|scope| {
            let starters: Vec<_> = (0..8)
                .map(|_| scope.spawn(|| load(&source).unwrap()))
                .collect();
            starters
                .into_iter()
                .map(|starter| starter.join().unwrap())
                .collect()
        });
        assert!(keys.iter().all(|key| key.bytes() == keys[0].bytes()));
    }

    #[cfg(unix)]
    #[test]
    fn a_command_may_print_the_key() {
        let command = |program: &str, arguments: &[&str]| {
            load(&MasterKeySource::Command {
                program: program.to_owned(),
                arguments: arguments.iter().map(|text| (*text).to_owned()).collect(),
            })
        };
        assert_eq!(
            command("echo", &[&"ab".repeat(32)]).unwrap().bytes(),
            &[0xAB; 32]
        );
        assert!(matches!(
            command("false", &[]),
            Err(MasterKeyError::CommandFailed { .. })
        ));
        assert!(matches!(
            command("/no/such/program", &[]),
            Err(MasterKeyError::Command { .. })
        ));
    }

    #[test]
    fn a_variable_that_is_not_set_is_named() {
        let source = MasterKeySource::Environment("MUSTER_TEST_UNSET_KEY".to_owned());
        let text = load(&source).unwrap_err().to_string();
        assert!(text.contains("MUSTER_TEST_UNSET_KEY"), "{text}");
    }
}
