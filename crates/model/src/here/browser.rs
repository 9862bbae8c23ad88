//! Browsers of this computer.

use serde::{Deserialize, Serialize};

use crate::{Outcome, Unread};

/// One profile of a browser, or the policies that hold for all of its profiles.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LocalBrowser {
    /// The browser, such as `Firefox`.
    pub browser: String,
    /// The directory of the profile, or of the policies.
    pub profile: String,
    /// The browser uses https alone and asks before it does not. Unmeasured for policies, and where the profile's
    /// settings could not be read.
    pub https_only: Outcome<bool>,
    /// The settings that bear on who can sit between.
    pub found: Vec<BrowserSetting>,
    /// Files that are there and could not be read.
    pub unread: Vec<Unread>,
}

/// One setting of a browser.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BrowserSetting {
    /// What it is.
    pub kind: BrowserSettingKind,
    /// The name of the setting, of the host or of the extension.
    pub name: String,
    /// Its value. Names and passwords inside of URLs are taken out.
    pub value: String,
    /// The file that holds it.
    pub file: String,
}

/// What a browser's setting is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum BrowserSettingKind {
    /// A certificate that is at fault and was accepted for good.
    CertificateOverride,
    /// Trust anchors of the system are trusted too.
    EnterpriseRoots,
    /// An extension that may read and change every page.
    ExtensionAllPages,
    /// The browser can be steered by whoever reaches a port.
    RemoteDebugging,
    /// A policy that takes a protection away.
    PolicyWeakens,
    /// A policy that installs extensions.
    PolicyInstalls,
    /// A proxy, or a script that chooses one.
    Proxy,
    /// DNS over HTTPS: how, and with whom.
    DnsOverHttps,
}
