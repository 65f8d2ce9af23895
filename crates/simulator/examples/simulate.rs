//! scratch
use simulator::*;
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let file = std::path::PathBuf::from(&a[1]);
    let scenario = Scenario::read(&file).unwrap();
    let site = Site::read(&scenario).unwrap();
    let c = Campaign {
        file,
        seed: a[2].parse().unwrap(),
        runs: a[3].parse().unwrap(),
        jobs: a[4].parse().unwrap(),
        trace: a.len() > 5,
        stop_at_first: false,
    };
    let r = c.run(&site, &scenario);
    for (s, t) in &r.timelines {
        eprintln!("seed {s}\n{t}");
    }
    println!("{}", serde_json::to_string_pretty(&r).unwrap());
}
