//! Tells the program for which machine it was built: the fuzz scenarios name it to cargo.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if let Ok(target) = std::env::var("TARGET") {
        println!("cargo::rustc-env=XTASK_HOST={target}");
    }
}
