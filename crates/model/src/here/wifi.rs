//! The Wi-Fi that this computer is on, and what else of that name is near.

use serde::{Deserialize, Serialize};

use crate::Outcome;

/// The wireless interfaces of this computer, as the kernel knows them (nl80211). Nothing was sent to learn it, and no
/// scan was started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LocalWifi {
    /// The interfaces, by name; empty on a computer that has none.
    pub interfaces: Outcome<Vec<WifiInterface>>,
}

/// A wireless interface.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WifiInterface {
    /// Its name, such as `wlan0`.
    pub name: String,
    /// What it is used as.
    pub mode: WifiMode,
    /// The network that it has joined; none where it has joined none.
    pub network: Outcome<Option<Box<WifiNetwork>>>,
    /// How many access points the kernel remembers in all, of every name.
    pub heard: Outcome<u32>,
}

/// What a wireless interface is used as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum WifiMode {
    /// It joins networks of others.
    Station,
    /// It offers a network.
    AccessPoint,
    /// It takes every frame that it hears.
    Monitor,
    /// Anything else, such as a mesh.
    Other,
}

/// A network that an interface has joined.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WifiNetwork {
    /// Its name.
    pub name: WifiName,
    /// The access point.
    pub access_point: AccessPoint,
    /// Whether management frames are protected on this very association (IEEE 802.11w), as the kernel says.
    pub frames_protected: Outcome<bool>,
    /// Other access points of the same name that the kernel remembers, by address. It keeps what it heard for half a
    /// minute: few as a rule, and all of them only after something else has scanned.
    pub same_name: Vec<AccessPoint>,
    /// How many more of them there are than are listed.
    pub more: u32,
}

/// The name of a network (SSID): up to 32 bytes that anybody may choose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WifiName {
    /// As text; bytes that are no UTF-8, and control characters, are spelt out.
    pub text: String,
    /// Its bytes in hexadecimal.
    pub hex: String,
}

/// An access point as it announces itself (a BSS).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AccessPoint {
    /// Its link-layer address (BSSID), in lower case with colons. Anybody may choose it.
    pub bssid: String,
    /// Its frequency, in MHz.
    pub frequency: Option<u32>,
    /// How strongly it was heard, in dBm.
    pub signal: Option<i32>,
    /// How long before this run it was heard last, in milliseconds.
    pub age: Option<u64>,
    /// How it protects what is sent.
    pub protection: Outcome<WifiProtection>,
}

/// What an access point announces of its protection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WifiProtection {
    /// All of it in one word.
    pub kind: WifiProtectionKind,
    /// Protected management frames (IEEE 802.11w).
    pub management_frames: ManagementFrames,
    /// How keys are agreed on, such as `PSK`, `SAE`, `FT-SAE`, `802.1X-SHA256`, `OWE`; of the first WPA `WPA-PSK` and
    /// `WPA-802.1X`. Suites that are not known are their selector: `00-40-96:0`.
    pub key_management: Vec<String>,
    /// Ciphers for what is sent to one computer.
    pub pairwise: Vec<WifiCipher>,
    /// The cipher for what is sent to all. Where two are announced, that of WPA2 and later.
    pub group: Option<WifiCipher>,
    /// The cipher for management frames that are sent to all.
    pub group_management: Option<WifiCipher>,
    /// The first WPA (of 2003) is accepted, alone or beside later ones.
    pub first_wpa: bool,
    /// It belongs to a pair of an open network and one with OWE (OWE transition mode), of which this is one.
    pub owe_transition: bool,
    /// SAE can take its password element by hashing (hash to element), which leaks nothing by time.
    pub hash_to_element: bool,
}

/// The kinds of [`WifiProtection`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum WifiProtectionKind {
    /// No encryption.
    Open,
    /// WEP, which is broken.
    Wep,
    /// Encryption without a password (Opportunistic Wireless Encryption, RFC 8110; "Enhanced Open").
    Owe,
    /// The first WPA alone, with a password that all share.
    WpaPersonal,
    /// The first WPA alone, with an account for each (802.1X).
    WpaEnterprise,
    /// WPA2 with a password that all share (PSK).
    Wpa2Personal,
    /// WPA2 with an account for each (802.1X).
    Wpa2Enterprise,
    /// Either of WPA2 (PSK) and WPA3 (SAE), as a computer likes (transition mode).
    Wpa2Wpa3Personal,
    /// Either of WPA2 and WPA3 with an account for each.
    Wpa2Wpa3Enterprise,
    /// WPA3 with a password (SAE).
    Wpa3Personal,
    /// WPA3 with an account for each.
    Wpa3Enterprise,
    /// WPA3 with an account for each, in its 192-bit mode.
    Wpa3Enterprise192,
    /// Something else, such as WAPI or a scheme of one maker.
    Other,
}

impl WifiProtectionKind {
    /// What people call it.
    pub fn name(self) -> &'static str {
        match self {
            WifiProtectionKind::Open => "no encryption",
            WifiProtectionKind::Wep => "WEP",
            WifiProtectionKind::Owe => "OWE (Enhanced Open)",
            WifiProtectionKind::WpaPersonal => "WPA-Personal",
            WifiProtectionKind::WpaEnterprise => "WPA-Enterprise",
            WifiProtectionKind::Wpa2Personal => "WPA2-Personal",
            WifiProtectionKind::Wpa2Enterprise => "WPA2-Enterprise",
            WifiProtectionKind::Wpa2Wpa3Personal => "WPA2/WPA3-Personal transition",
            WifiProtectionKind::Wpa2Wpa3Enterprise => "WPA2/WPA3-Enterprise transition",
            WifiProtectionKind::Wpa3Personal => "WPA3-Personal",
            WifiProtectionKind::Wpa3Enterprise => "WPA3-Enterprise",
            WifiProtectionKind::Wpa3Enterprise192 => "WPA3-Enterprise 192-bit",
            WifiProtectionKind::Other => "a protection that is not known",
        }
    }
}

/// Whether management frames are protected (the RSN capabilities MFPC and MFPR).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum ManagementFrames {
    /// They are not.
    None,
    /// For those computers that can.
    Capable,
    /// For everybody; who cannot may not join.
    Required,
}

/// A cipher of Wi-Fi (IEEE 802.11, cipher suite selectors).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum WifiCipher {
    /// The group's cipher for single computers too.
    UseGroup,
    /// WEP with 40 bits.
    Wep40,
    /// WEP with 104 bits.
    Wep104,
    /// TKIP, made for hardware that had been built for WEP.
    Tkip,
    /// AES-CCM, 128 bits.
    Ccmp128,
    /// AES-CCM, 256 bits.
    Ccmp256,
    /// AES-GCM, 128 bits.
    Gcmp128,
    /// AES-GCM, 256 bits.
    Gcmp256,
    /// AES-CMAC, 128 bits, for management frames.
    BipCmac128,
    /// AES-CMAC, 256 bits, for management frames.
    BipCmac256,
    /// AES-GMAC, 128 bits, for management frames.
    BipGmac128,
    /// AES-GMAC, 256 bits, for management frames.
    BipGmac256,
    /// Nothing is sent to all.
    NoGroup,
    /// Another one.
    Other,
}
