//! Writes the JSON Schema of a report to standard output:
//! `cargo run -p midwatch-report --features schema --example schema > schema/midwatch-1.schema.json`

fn main() {
    print!("{}", midwatch_report::schema());
}
