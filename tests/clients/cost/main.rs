use std::time::Instant;

fn main() {
    for _ in 0..51 {
        let began = Instant::now();
        let vault = mockvault::start();
        vault.request("GET", "sys/mounts", None).unwrap();
        let answered = began.elapsed();
        drop(vault);
        println!("took {} {}", answered.as_secs_f64(), began.elapsed().as_secs_f64());
    }
}
