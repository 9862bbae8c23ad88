//! The attack methods, one file each, in the order of reports; those of `midwatch here` under
//! `here/`, those of `midwatch ssh` and `git` under `ssh/`, those of `midwatch tls --starttls` under `starttls/`, those of
//! `midwatch mail` under `mail/`, those of `midwatch host` under `server/`.

pub(crate) mod gaps;
pub(crate) mod names;
pub(crate) mod reasons;
pub(crate) mod remains;

mod dns_spoofing;
mod eavesdropping;
mod here;
mod http_injection;
mod impersonation;
mod ip_hijacking;
mod mail;
mod server;
mod session_hijacking;
mod ssh;
mod starttls;
mod stripping_and_downgrade;

use crate::Attack;

/// Every attack method that can be judged.
pub(crate) static ALL: &[&Attack] = &[
    &eavesdropping::ATTACK,
    &starttls::eavesdropping::ATTACK,
    &here::eavesdropping::ATTACK,
    &ssh::eavesdropping::ATTACK,
    &mail::eavesdropping::ATTACK,
    &server::eavesdropping::ATTACK,
    &session_hijacking::ATTACK,
    &server::session_hijacking::ATTACK,
    &http_injection::ATTACK,
    &here::http_injection::ATTACK,
    &stripping_and_downgrade::ATTACK,
    &starttls::stripping_and_downgrade::ATTACK,
    &ssh::stripping_and_downgrade::ATTACK,
    &server::stripping_and_downgrade::ATTACK,
    &mail::stripping_and_downgrade::ATTACK,
    &impersonation::ATTACK,
    &starttls::impersonation::ATTACK,
    &here::impersonation::ATTACK,
    &ssh::impersonation::ATTACK,
    &mail::impersonation::ATTACK,
    &server::impersonation::ATTACK,
    &dns_spoofing::ATTACK,
    &starttls::dns_spoofing::ATTACK,
    &here::dns_spoofing::ATTACK,
    &ssh::dns_spoofing::ATTACK,
    &mail::dns_spoofing::ATTACK,
    &ip_hijacking::ATTACK,
    &starttls::ip_hijacking::ATTACK,
    &here::ip_hijacking::ATTACK,
    &ssh::ip_hijacking::ATTACK,
    &mail::ip_hijacking::ATTACK,
    &mail::email_hijacking::ATTACK,
    &here::man_in_the_browser::ATTACK,
];
