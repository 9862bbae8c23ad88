//! A secret of the configuration: where it lies, and its text for as long as it is needed.

use std::fmt;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use zeroize::Zeroizing;

/// The longest secret that is read, in bytes.
const LONGEST: u64 = 64 * 1024;

/// The directory where systemd lays a service's credentials (systemd.exec(5), `LoadCredential=`).
const CREDENTIALS: &str = "CREDENTIALS_DIRECTORY";

/// A secret: written here as text, or better, where it lies: `{ file = "/etc/midwatch/token" }`,
/// `{ env = "TOKEN" }`, or `{ credential = "token" }` for a credential of systemd (`LoadCredential=`). It is read
/// again each time that it is needed.
#[derive(Clone, PartialEq, Eq, JsonSchema)]
#[schemars(untagged, deny_unknown_fields)]
pub enum Secret {
    /// The secret itself. The file of configuration is then to be read by its owner alone.
    Inline(#[schemars(with = "String")] Zeroizing<String>),
    /// A file that holds it. One line end at its end does not count.
    File {
        /// Its path.
        file: PathBuf,
    },
    /// A variable of the environment.
    Env {
        /// Its name.
        env: String,
    },
    /// A credential that systemd handed over.
    Credential {
        /// Its name.
        credential: String,
    },
}

/// The text of a secret, which is wiped from memory when it is no longer needed.
pub type SecretText = Zeroizing<String>;

/// Why a secret cannot be had. Never holds any of it.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The file cannot be read.
    #[error("the secret in {path} cannot be read: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is no text, or too much of it.
    #[error("the secret in {0} is no text of at most 64 KiB: put the secret alone into it")]
    NoText(String),
    /// It is empty.
    #[error("the secret in {0} is empty: put the secret into it")]
    Empty(String),
    /// The variable is not set.
    #[error("the environment has no variable {0} with a secret: set it, or name a file")]
    Env(String),
    /// systemd handed over no credentials.
    #[error(
        "there are no credentials, for CREDENTIALS_DIRECTORY is not set: run midwatch as a service with LoadCredential={0}:…, \
         or name a file"
    )]
    NoCredentials(String),
    /// The name leads elsewhere.
    #[error(
        "\"{0}\" is no name of a credential: write the name that stands before the colon of LoadCredential="
    )]
    CredentialName(String),
}

impl Secret {
    /// A secret whose text is given.
    pub fn inline(text: &str) -> Secret {
        Secret::Inline(Zeroizing::new(text.to_owned()))
    }

    /// True where the text stands in the configuration itself.
    pub fn is_inline(&self) -> bool {
        matches!(self, Secret::Inline(_))
    }

    /// The text.
    ///
    /// # Errors
    /// [`SecretError`], which names the place and nothing of the secret.
    pub fn read(&self) -> Result<SecretText, SecretError> {
        match self {
            Secret::Inline(text) if text.is_empty() => {
                Err(SecretError::Empty("the configuration".to_owned()))
            }
            Secret::Inline(text) => Ok(text.clone()),
            Secret::File { file } => read_file(file),
            Secret::Env { env } => {
                let text = std::env::var(env).map_err(|_| SecretError::Env(env.clone()))?;
                sound(Zeroizing::new(text), &format!("the variable {env}"))
            }
            Secret::Credential { credential } => {
                let plain =
                    !credential.is_empty() && !credential.contains('/') && !credential.starts_with('.');
                if !plain {
                    return Err(SecretError::CredentialName(credential.clone()));
                }
                let directory = std::env::var_os(CREDENTIALS)
                    .ok_or_else(|| SecretError::NoCredentials(credential.clone()))?;
                read_file(&Path::new(&directory).join(credential))
            }
        }
    }
}

fn read_file(path: &Path) -> Result<SecretText, SecretError> {
    let failed = |source| SecretError::File { path: path.to_owned(), source };
    let file = std::fs::File::open(path).map_err(failed)?;
    let mut bytes = Zeroizing::new(Vec::new());
    file.take(LONGEST + 1).read_to_end(&mut bytes).map_err(failed)?;
    let place = path.display().to_string();
    match std::str::from_utf8(&bytes) {
        Ok(text) if bytes.len() as u64 <= LONGEST => {
            let text = text.strip_suffix('\n').unwrap_or(text);
            sound(Zeroizing::new(text.strip_suffix('\r').unwrap_or(text).to_owned()), &place)
        }
        _ => Err(SecretError::NoText(place)),
    }
}

fn sound(text: SecretText, place: &str) -> Result<SecretText, SecretError> {
    if text.is_empty() { Err(SecretError::Empty(place.to_owned())) } else { Ok(text) }
}

/// Says where it lies and never what it is.
impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Secret::Inline(_) => f.write_str("Secret(written in the configuration)"),
            Secret::File { file } => write!(f, "Secret(file {})", file.display()),
            Secret::Env { env } => write!(f, "Secret(variable {env})"),
            Secret::Credential { credential } => write!(f, "Secret(credential {credential})"),
        }
    }
}

/// By hand, so that a wrong form is told in a sentence, and no error repeats the text.
impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Secret, D::Error> {
        struct Written;

        impl<'de> Visitor<'de> for Written {
            type Value = Secret;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(
                    "a secret: { file = \"…\" }, { env = \"…\" }, { credential = \"…\" }, or its text",
                )
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Secret, E> {
                Ok(Secret::inline(text))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Secret, A::Error> {
                let keys = &["file", "env", "credential"];
                let Some(key) = map.next_key::<String>()? else {
                    return Err(de::Error::invalid_length(0, &self));
                };
                let secret = match key.as_str() {
                    "file" => Secret::File { file: map.next_value()? },
                    "env" => Secret::Env { env: map.next_value()? },
                    "credential" => Secret::Credential { credential: map.next_value()? },
                    other => return Err(de::Error::unknown_field(other, keys)),
                };
                if map.next_key::<String>()?.is_some() {
                    return Err(de::Error::custom(
                        "a secret lies in one place: write file, env or credential",
                    ));
                }
                Ok(secret)
            }
        }

        deserializer.deserialize_any(Written)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Holder {
        secret: Secret,
    }

    fn parse(text: &str) -> Result<Secret, String> {
        toml::from_str::<Holder>(text).map(|holder| holder.secret).map_err(|error| error.to_string())
    }

    #[test]
    fn each_form_is_read() {
        assert_eq!(parse("secret = 'abc'"), Ok(Secret::inline("abc")));
        assert_eq!(parse("secret = { file = '/x' }"), Ok(Secret::File { file: "/x".into() }));
        assert_eq!(parse("secret = { env = 'X' }"), Ok(Secret::Env { env: "X".to_owned() }));
        assert_eq!(
            parse("secret = { credential = 'x' }"),
            Ok(Secret::Credential { credential: "x".to_owned() })
        );
        for (wrong, says) in [
            ("secret = 7", "a secret:"),
            ("secret = {}", "a secret:"),
            ("secret = { fil = 'x' }", "unknown field `fil`"),
            ("secret = { file = 'x', env = 'y' }", "lies in one place"),
        ] {
            let error = parse(wrong).unwrap_err();
            assert!(error.contains(says), "{wrong}: {error}");
        }
    }

    #[test]
    fn a_file_gives_its_text_without_the_line_end() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("token");
        let secret = Secret::File { file: file.clone() };
        std::fs::write(&file, "abc \n").unwrap();
        assert_eq!(secret.read().unwrap().as_str(), "abc ");
        std::fs::write(&file, "abc\r\n").unwrap();
        assert_eq!(secret.read().unwrap().as_str(), "abc");
        std::fs::write(&file, "\n").unwrap();
        assert!(matches!(secret.read(), Err(SecretError::Empty(_))));
        std::fs::write(&file, [0xff]).unwrap();
        assert!(matches!(secret.read(), Err(SecretError::NoText(_))));
        std::fs::write(&file, vec![b'x'; 65 * 1024]).unwrap();
        assert!(matches!(secret.read(), Err(SecretError::NoText(_))));
        std::fs::remove_file(&file).unwrap();
        assert!(secret.read().unwrap_err().to_string().contains("token cannot be read"));
    }

    #[test]
    fn nothing_shows_it() {
        assert_eq!(format!("{:?}", Secret::inline("hush")), "Secret(written in the configuration)");
        // `PATH` is set wherever tests run.
        assert!(!Secret::Env { env: "PATH".to_owned() }.read().unwrap().is_empty());
        let error = Secret::Env { env: "MIDWATCH_NOT_SET".to_owned() }.read().unwrap_err().to_string();
        assert!(error.contains("no variable MIDWATCH_NOT_SET"), "{error}");
        for name in ["", "../shadow", "a/b", ".x"] {
            let secret = Secret::Credential { credential: name.to_owned() };
            assert!(matches!(secret.read(), Err(SecretError::CredentialName(_))), "{name}");
        }
    }
}
