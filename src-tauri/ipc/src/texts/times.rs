//! How times are told.

/// How times are told. The numbers are whole and at least one.
#[derive(Debug)]
#[expect(missing_docs, reason = "each field is its text")]
pub struct Times {
    pub just_now: &'static str,
    pub minutes_ago: fn(i64) -> String,
    pub hours_ago: fn(i64) -> String,
    pub days_ago: fn(i64) -> String,
    pub in_seconds: fn(i64) -> String,
    pub in_minutes: fn(i64) -> String,
    /// Hours and minutes.
    pub in_hours: fn(i64, i64) -> String,
    /// Days and hours.
    pub in_days: fn(i64, i64) -> String,
}

pub(super) static ENGLISH: Times = Times {
    just_now: "just now",
    minutes_ago: |minutes| format!("{minutes} min ago"),
    hours_ago: |hours| format!("{hours} h ago"),
    days_ago: |days| if days == 1 { "1 day ago".to_owned() } else { format!("{days} days ago") },
    in_seconds: |seconds| format!("in {seconds} s"),
    in_minutes: |minutes| format!("in {minutes} min"),
    in_hours: |hours, minutes| {
        if minutes == 0 { format!("in {hours} h") } else { format!("in {hours} h {minutes} min") }
    },
    in_days: |days, hours| if hours == 0 { format!("in {days} d") } else { format!("in {days} d {hours} h") },
};

pub(super) static CHINESE: Times = Times {
    just_now: "刚刚",
    minutes_ago: |minutes| format!("{minutes} 分钟前"),
    hours_ago: |hours| format!("{hours} 小时前"),
    days_ago: |days| format!("{days} 天前"),
    in_seconds: |seconds| format!("{seconds} 秒后"),
    in_minutes: |minutes| format!("{minutes} 分钟后"),
    in_hours: |hours, minutes| {
        if minutes == 0 { format!("{hours} 小时后") } else { format!("{hours} 小时 {minutes} 分钟后") }
    },
    in_days: |days, hours| if hours == 0 { format!("{days} 天后") } else { format!("{days} 天 {hours} 小时后") },
};
