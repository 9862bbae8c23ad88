//! What a server's own files say of it: whom it serves, and by which settings.

mod edit;
mod settings;

pub use edit::{Edit, Edits};
pub use settings::{
    ServerKey, ServerPath, ServerProgram, ServerProgramId, ServerSetting, ServerSettings, ServerUpdates,
    SettingPlace,
};
