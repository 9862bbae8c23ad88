//! Git's settings, as its environment gives them: rules, URLs and their secrets, settings for URLs, commands for ssh.
#![no_main]
use libfuzzer_sys::fuzz_target;
use midwatch_sense::{System, git};

fuzz_target!(|data: &[u8]| {
    // Long inputs say the same more slowly.
    let data = data.get(..2048).unwrap_or(data);
    let mut parts = data.split(|byte| *byte == 0xff).map(|part| String::from_utf8_lossy(part).into_owned());
    let url = parts.next().unwrap_or_default();
    let mut env = vec![("GIT_CONFIG_NOSYSTEM".to_owned(), "1".to_owned())];
    let mut count = 0;
    while let (Some(key), Some(value)) = (parts.next(), parts.next()) {
        match key.as_str() {
            "s" => env.push(("GIT_SSH_COMMAND".to_owned(), value)),
            "a" => env.push(("GIT_ALLOW_PROTOCOL".to_owned(), value)),
            _ => {
                env.push((format!("GIT_CONFIG_KEY_{count}"), key));
                env.push((format!("GIT_CONFIG_VALUE_{count}"), value));
                count += 1;
            }
        }
    }
    env.push(("GIT_CONFIG_COUNT".to_owned(), count.to_string()));
    let system = System { root: "/nowhere".into(), home: None, env };
    git::remote(&system, &url);
});
