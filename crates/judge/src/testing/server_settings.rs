//! A server whose settings leave nothing to wish for, changed one fact at a time.

use midwatch_model::*;

use super::{About, Scene};

impl Scene {
    /// A server without programs or keys, with one person who logs in with a key, updates that are installed by themselves,
    /// changed.
    pub fn server_settings(self, change: impl FnOnce(&mut ServerSettings)) -> Self {
        let mut fact = ServerSettings {
            as_root: true,
            programs: vec![],
            keys: Outcome::seen(vec![]),
            sessions: vec![],
            compilers: vec![],
            accounts: Outcome::seen(vec!["ann".into()]),
            key_holders: Outcome::seen(vec!["ann".into()]),
            updates: vec![ServerUpdates { manager: "apt".into(), on: Outcome::seen(true) }],
            unread: vec![],
        };
        change(&mut fact);
        Scene { about: About::Server, ..self }.fact(Fact::ServerSettings(Box::new(fact)))
    }

    /// The same scene with its settings changed once more.
    pub fn server_settings_again(mut self, change: impl FnOnce(&mut ServerSettings)) -> Self {
        let settings = self.facts.iter_mut().find_map(|fact| match fact {
            Fact::ServerSettings(settings) => Some(settings),
            _ => None,
        });
        change(settings.expect("settings"));
        self
    }

    /// A server with one program of these settings: name, value and scope, on lines of their own.
    pub fn server_with(program: ServerProgramId, lines: &[(&str, &str, Option<&str>)]) -> Self {
        Scene::empty().server_settings(|server| {
            server.programs = vec![server_program(program, "/etc/program.conf", lines)]
        })
    }
}

/// A program with these settings: name, value and scope. Each stands on a line of its own.
pub fn server_program(
    program: ServerProgramId,
    file: &str,
    lines: &[(&str, &str, Option<&str>)],
) -> ServerProgram {
    let setting = |(line, (name, value, scope)): (u32, &(&str, &str, Option<&str>))| ServerSetting {
        name: (*name).into(),
        value: (*value).into(),
        scope: scope.map(str::to_owned),
        at: Some(SettingPlace { file: file.into(), line, text: Some(format!("{name} {value}")) }),
    };
    let settings = Outcome::seen((1..).zip(lines).map(setting).collect());
    ServerProgram { program, file: file.into(), settings }
}

/// A path of root's with this mode, below directories that all may enter.
pub fn server_path(path: &str, mode: u32) -> ServerPath {
    ServerPath { path: path.into(), mode, owner: 0, group: 0, reachable: true, of: "a test".into() }
}
