//! Tokens of ssh_config(5), TOKENS, and variables of the environment.

use std::collections::BTreeMap;

use ring::digest::{Context, SHA1_FOR_LEGACY_USE_ONLY};

/// The longest text that expanding may make.
const LONGEST: usize = 64 * 1024;

/// Why a text cannot be expanded. OpenSSH ends there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// `%` with a letter that means nothing here.
    #[error("%{0} means nothing here")]
    Unknown(char),
    /// `%` at the end.
    #[error("it ends with %")]
    End,
    /// `${` without `}`, or with nothing between.
    #[error("${{ without a name and a }}")]
    Brace,
    /// No such variable.
    #[error("the environment has no variable {0}")]
    NoVariable(String),
    /// `~user`, whose home is not looked up.
    #[error("~{0}: the homes of other users are not looked up")]
    OtherHome(String),
    /// Too long.
    #[error("it expands to more than 64 KiB")]
    TooLong,
}

/// What letters stand for.
pub(crate) type Tokens = BTreeMap<char, String>;

/// Expands `%` and, with an environment, `${NAME}`.
pub(crate) fn expand(
    text: &str,
    tokens: &Tokens,
    environment: Option<&BTreeMap<String, String>>,
) -> Result<String, TokenError> {
    let mut expanded = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['%', '$']) {
        let (before, from) = rest.split_at(at);
        expanded.push_str(before);
        let (value, after) = match (from.strip_prefix('%'), from.strip_prefix("${"), environment) {
            (Some(after), _, _) => {
                let letter = after.chars().next().ok_or(TokenError::End)?;
                let value = match letter {
                    '%' => "%",
                    _ => tokens.get(&letter).ok_or(TokenError::Unknown(letter))?.as_str(),
                };
                (value, after.strip_prefix(letter).unwrap_or_default())
            }
            (None, Some(after), Some(environment)) => {
                let (name, after) = after.split_once('}').ok_or(TokenError::Brace)?;
                if name.is_empty() {
                    return Err(TokenError::Brace);
                }
                let value = environment.get(name).ok_or_else(|| TokenError::NoVariable(name.to_owned()))?;
                (value.as_str(), after)
            }
            _ => ("$", from.strip_prefix('$').unwrap_or_default()),
        };
        expanded.push_str(value);
        if expanded.len() > LONGEST {
            return Err(TokenError::TooLong);
        }
        rest = after;
    }
    expanded.push_str(rest);
    Ok(expanded)
}

/// Expands `~` and `~/` at the beginning.
pub(crate) fn home(text: &str, home: &str) -> Result<String, TokenError> {
    match text.strip_prefix('~') {
        None => Ok(text.to_owned()),
        Some(rest) if rest.is_empty() || rest.starts_with('/') => {
            Ok(format!("{}/{}", home.trim_end_matches('/'), rest.trim_start_matches('/')))
        }
        Some(rest) => Err(TokenError::OtherHome(rest.split('/').next().unwrap_or_default().to_owned())),
    }
}

/// `%C`: SHA-1 of what `%l%h%p%r%j` stands for, in hexadecimal. OpenSSH before 9.6 leaves `%j` out.
pub(crate) fn connection(local: &str, host: &str, port: &str, user: &str, jump: &str) -> String {
    let mut context = Context::new(&SHA1_FOR_LEGACY_USE_ONLY);
    for part in [local, host, port, user, jump] {
        context.update(part.as_bytes());
    }
    context.finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_and_variables() {
        let tokens = Tokens::from([('h', "host".to_owned()), ('p', "22".to_owned())]);
        let environment = BTreeMap::from([("A".to_owned(), "%h".to_owned())]);
        let with = |text: &str| expand(text, &tokens, Some(&environment));
        assert_eq!(with("%h:%p%%").unwrap(), "host:22%");
        assert_eq!(with("${A}$").unwrap(), "%h$");
        assert_eq!(with("%x"), Err(TokenError::Unknown('x')));
        assert_eq!(with("%"), Err(TokenError::End));
        assert_eq!(with("${B}"), Err(TokenError::NoVariable("B".to_owned())));
        assert_eq!(with("${A"), Err(TokenError::Brace));
        assert_eq!(expand("${A}", &tokens, None).unwrap(), "${A}");
        let long = Tokens::from([('h', "x".repeat(10_000))]);
        assert_eq!(expand(&"%h".repeat(10), &long, None), Err(TokenError::TooLong));
    }

    #[test]
    fn homes() {
        assert_eq!(home("~/.ssh/x", "/home/me").unwrap(), "/home/me/.ssh/x");
        assert_eq!(home("/x~", "/home/me").unwrap(), "/x~");
        assert_eq!(home("~you/x", "/home/me"), Err(TokenError::OtherHome("you".to_owned())));
    }
}
