//! What is measured: one row of the table each.

/// One measured quantity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Metric {
    SmallRate,
    SmallCpu,
    LimitsCpu,
    SmallP50,
    SmallP99,
    FirstByteP50,
    FirstByteP99,
    AddedFirstByteP50,
    AddedFirstByteP99,
    FewDelayP50,
    FewDelayP99,
    EventsMissing,
    EventRate,
    EventCpu,
    ManyDelayP50,
    ManyDelayP99,
    PeakMemory,
    UploadRate,
    UploadCpu,
    DownloadRate,
    DownloadCpu,
    FirstStart,
    Restart,
    IdleMemory,
    WarmMemory,
    FailedCalls,
    Mismatch,
}

/// How a metric is shown.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    pub(crate) label: &'static str,
    pub(crate) unit: &'static str,
    pub(crate) decimals: usize,
    pub(crate) fold: Fold,
}

/// How the readings of all rounds become one figure.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fold {
    /// Of a speed or a cost.
    Median,
    /// Of a peak: a round that is better does not make up for a worse one.
    Most,
    /// Of things that went wrong.
    Sum,
}

impl Metric {
    /// In table order.
    pub(crate) const ALL: &[Metric] = &[
        Metric::SmallRate,
        Metric::SmallCpu,
        Metric::LimitsCpu,
        Metric::SmallP50,
        Metric::SmallP99,
        Metric::FirstByteP50,
        Metric::FirstByteP99,
        Metric::AddedFirstByteP50,
        Metric::AddedFirstByteP99,
        Metric::FewDelayP50,
        Metric::FewDelayP99,
        Metric::EventsMissing,
        Metric::EventRate,
        Metric::EventCpu,
        Metric::ManyDelayP50,
        Metric::ManyDelayP99,
        Metric::PeakMemory,
        Metric::UploadRate,
        Metric::UploadCpu,
        Metric::DownloadRate,
        Metric::DownloadCpu,
        Metric::FirstStart,
        Metric::Restart,
        Metric::IdleMemory,
        Metric::WarmMemory,
        Metric::FailedCalls,
        Metric::Mismatch,
    ];

    /// How the metric is shown.
    pub(crate) fn row(self) -> Row {
        match self {
            Metric::SmallRate => median("small calls, 64 connections: rate", "1/s", 0),
            Metric::SmallCpu => median("small calls: proxy CPU per call", "µs", 1),
            Metric::LimitsCpu => median("small calls: CPU of all limits", "µs", 1),
            Metric::SmallP50 => median("small calls: time p50", "ms", 2),
            Metric::SmallP99 => median("small calls: time p99", "ms", 2),
            Metric::FirstByteP50 => median("50 streams: first byte p50", "ms", 2),
            Metric::FirstByteP99 => median("50 streams: first byte p99", "ms", 2),
            Metric::AddedFirstByteP50 => median("50 streams: added to first byte p50", "ms", 2),
            Metric::AddedFirstByteP99 => median("50 streams: added to first byte p99", "ms", 2),
            Metric::FewDelayP50 => median("50 streams: event delay p50", "ms", 2),
            Metric::FewDelayP99 => median("50 streams: event delay p99", "ms", 2),
            Metric::EventsMissing => Row { fold: Fold::Sum, ..median("1,000 streams: events missing", "", 0) },
            Metric::EventRate => median("1,000 streams: events", "1/s", 0),
            Metric::EventCpu => median("1,000 streams: proxy CPU per event", "µs", 2),
            Metric::ManyDelayP50 => median("1,000 streams: event delay p50", "ms", 2),
            Metric::ManyDelayP99 => median("1,000 streams: event delay p99", "ms", 2),
            Metric::PeakMemory => Row { fold: Fold::Most, ..median("1,000 streams: peak memory", "MB", 1) },
            Metric::UploadRate => median("1 MB up, 8 connections: rate", "MB/s", 0),
            Metric::UploadCpu => median("1 MB up: proxy CPU per MB", "µs", 0),
            Metric::DownloadRate => median("1 MB down, 8 connections: rate", "MB/s", 0),
            Metric::DownloadCpu => median("1 MB down: proxy CPU per MB", "µs", 0),
            Metric::FirstStart => median("healthy after first start", "ms", 1),
            Metric::Restart => median("healthy after later start", "ms", 1),
            Metric::IdleMemory => median("memory 1 s after start", "MB", 1),
            Metric::WarmMemory => median("memory 1 s after 2,000 calls", "MB", 1),
            Metric::FailedCalls => Row { fold: Fold::Sum, ..median("failed calls", "", 0) },
            Metric::Mismatch => Row { fold: Fold::Sum, ..median("ledger mismatch", "", 0) },
        }
    }
}

fn median(label: &'static str, unit: &'static str, decimals: usize) -> Row {
    Row { label, unit, decimals, fold: Fold::Median }
}
