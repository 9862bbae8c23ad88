//! Tells on which systems the parts that are Linux's alone are built.
//!
//! `MIDWATCH_ELSEWHERE` builds as on any other system, so that what those get can be compiled and run on Linux.

fn main() {
    println!("cargo::rustc-check-cfg=cfg(has_linux)");
    println!("cargo::rerun-if-env-changed=MIDWATCH_ELSEWHERE");
    let is_linux = std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|system| system == "linux");
    if is_linux && std::env::var_os("MIDWATCH_ELSEWHERE").is_none() {
        println!("cargo::rustc-cfg=has_linux");
    }
}
