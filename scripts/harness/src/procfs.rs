//! What the kernel knows of a process: CPU time and memory, from `/proc` (proc(5)).

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result};

/// A clock tick of `/proc/PID/stat`: USER_HZ is 100 on every Linux this runs on (`getconf CLK_TCK`).
const TICK: Duration = Duration::from_millis(10);

/// User and system time of all threads, living and ended, to the nearest 10 ms.
pub(crate) fn cpu(pid: u32) -> Result<Duration> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).with_context(|| format!("process {pid} is gone"))?;
    cpu_of(&stat).with_context(|| format!("reading /proc/{pid}/stat"))
}

/// Resident memory now, in bytes.
pub(crate) fn resident(pid: u32) -> Result<u64> {
    status(pid, "VmRSS:")
}

/// The most resident memory since the start or the last [`reset_peak`], in bytes.
pub(crate) fn peak_resident(pid: u32) -> Result<u64> {
    status(pid, "VmHWM:")
}

/// Makes [`peak_resident`] begin anew ("5" in proc_pid_clear_refs(5)).
pub(crate) fn reset_peak(pid: u32) -> Result<()> {
    fs::write(format!("/proc/{pid}/clear_refs"), "5").with_context(|| format!("resetting the peak of {pid}"))
}

/// What all processors have done since the machine started, for anyone: its own processes, the kernel, and the
/// time a hypervisor gave to others.
pub(crate) fn machine_busy() -> Result<Duration> {
    let stat = fs::read_to_string("/proc/stat").context("reading /proc/stat")?;
    machine_busy_of(&stat).context("reading /proc/stat")
}

/// The machine in one line: processor, cores, kernel.
pub(crate) fn machine() -> String {
    let cpuinfo = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpuinfo.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let model = model.map_or("unknown processor", |(_, model)| model);
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    format!("{model}, {cores} cores, Linux {}", kernel.trim())
}

fn cpu_of(stat: &str) -> Option<Duration> {
    // The second field is the program's name in brackets and may hold spaces; utime and stime are fields 14 and 15.
    let (_, after_name) = stat.rsplit_once(')')?;
    let mut fields = after_name.split_whitespace().skip(11);
    let user: u32 = fields.next()?.parse().ok()?;
    let system: u32 = fields.next()?.parse().ok()?;
    Some(TICK * (user + system))
}

fn machine_busy_of(stat: &str) -> Option<Duration> {
    // cpu user nice system idle iowait irq softirq steal guest guest_nice; guests are in user and nice already.
    let ticks: Vec<u32> = stat.lines().next()?.split_whitespace().skip(1).map_while(|tick| tick.parse().ok()).collect();
    let [user, nice, system, _idle, _iowait, irq, softirq, steal, ..] = ticks[..] else { return None };
    Some(TICK * user + TICK * nice + TICK * system + TICK * irq + TICK * softirq + TICK * steal)
}

fn status(pid: u32, field: &str) -> Result<u64> {
    let path = format!("/proc/{pid}/status");
    let status = fs::read_to_string(&path).with_context(|| format!("process {pid} is gone"))?;
    kilobytes(&status, field).map(|kilobytes| kilobytes * 1024).with_context(|| format!("no {field} in {path}"))
}

fn kilobytes(status: &str, field: &str) -> Option<u64> {
    status.lines().find_map(|line| line.strip_prefix(field))?.trim().strip_suffix(" kB")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cpu_is_read_behind_a_name_with_spaces_and_brackets() {
        let stat = "7 (a (b) c) S 1 7 7 0 -1 4194304 100 0 0 0 25 17 0 0 20 0 1 0 100 1000 10";

        assert_eq!(cpu_of(stat), Some(Duration::from_millis(420)));
    }

    #[test]
    fn a_busy_machine_is_neither_idle_nor_waiting_for_a_disk() {
        let stat = "cpu  100 10 200 9999 9999 1 2 3 50 0\ncpu0 100 10 200 9999 9999 1 2 3 50 0\n";

        assert_eq!(machine_busy_of(stat), Some(Duration::from_millis(3_160)));
    }

    #[test]
    fn memory_is_read_from_its_own_line() {
        let status = "VmPeak:\t  9 kB\nVmHWM:\t   2048 kB\nVmRSS:\t   1024 kB\n";

        assert_eq!(kilobytes(status, "VmRSS:"), Some(1024));
        assert_eq!(kilobytes(status, "VmHWM:"), Some(2048));
        assert_eq!(kilobytes(status, "VmSwap:"), None);
    }
}
