//! How long calls took, in counts that can be kept for ever and added up: percentiles of a year from the counts of its days.
//!
//! Milliseconds fall into buckets: up to 31 each has its own, above that each doubling is divided into 16 of equal width.
//! A percentile is told as the middle of its bucket, and never as less than the least or more than the greatest value, so
//! it is off by at most 1/32 (3.1 %).

/// Buckets in each doubling, as a power of two.
const SPLIT_BITS: u32 = 4;
/// Values below this have a bucket each.
const EXACT_BELOW: u64 = 2 << SPLIT_BITS;

/// Counts of milliseconds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Histogram {
    /// How many values fell into each bucket, by its number; the last one holds something.
    counts: Vec<u64>,
    least: u64,
    greatest: u64,
}

impl Histogram {
    /// Counts a value. A negative one was not measured by a clock that only goes forward, and counts as 0.
    pub fn add(&mut self, millis: i64) {
        let value = u64::try_from(millis).unwrap_or(0);
        self.least = if self.is_empty() { value } else { self.least.min(value) };
        self.greatest = self.greatest.max(value);
        self.count(bucket_of(value), 1);
    }

    /// Adds another's counts.
    pub fn merge(&mut self, other: &Self) {
        if other.is_empty() {
            return;
        }
        self.least = if self.is_empty() { other.least } else { self.least.min(other.least) };
        self.greatest = self.greatest.max(other.greatest);
        for (bucket, count) in other.counts.iter().enumerate() {
            self.count(bucket, *count);
        }
    }

    /// Says whether nothing was counted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// The least value that so many percent of the values do not exceed; `None` when nothing was counted.
    #[must_use]
    pub fn percentile(&self, percent: u8) -> Option<i64> {
        let all: u128 = self.counts.iter().map(|count| u128::from(*count)).sum();
        let rank = (all * u128::from(percent.min(100))).div_ceil(100).max(1);
        let mut so_far = 0;
        let bucket = self.counts.iter().position(|count| {
            so_far += u128::from(*count);
            so_far >= rank
        })?;
        let told = middle_of(bucket).clamp(self.least, self.greatest);
        Some(i64::try_from(told).unwrap_or(i64::MAX))
    }

    /// The counts as bytes: the least and the greatest value, then for each bucket that holds something how many empty ones
    /// lie before it, and its count. Each number has seven bits in a byte, the lowest first; nothing counted is no bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        if self.is_empty() {
            return bytes;
        }
        write(&mut bytes, self.least);
        write(&mut bytes, self.greatest);
        let mut empty = 0;
        for count in &self.counts {
            if *count == 0 {
                empty += 1;
                continue;
            }
            write(&mut bytes, empty);
            write(&mut bytes, *count);
            empty = 0;
        }
        bytes
    }

    /// Reads what [`Histogram::to_bytes`] wrote; `None` for anything else.
    #[must_use]
    pub fn from_bytes(mut bytes: &[u8]) -> Option<Self> {
        let mut read = Self::default();
        if bytes.is_empty() {
            return Some(read);
        }
        (read.least, read.greatest) = (take(&mut bytes)?, take(&mut bytes)?);
        while !bytes.is_empty() {
            let empty = usize::try_from(take(&mut bytes)?).ok()?;
            let bucket = read.counts.len().checked_add(empty)?;
            if bucket > bucket_of(u64::MAX) {
                return None;
            }
            read.count(bucket, take(&mut bytes)?);
        }
        Some(read)
    }

    fn count(&mut self, bucket: usize, count: u64) {
        if self.counts.len() <= bucket {
            self.counts.resize(bucket + 1, 0);
        }
        self.counts[bucket] = self.counts[bucket].saturating_add(count);
    }
}

fn bucket_of(value: u64) -> usize {
    if value < EXACT_BELOW {
        return usize::try_from(value).expect("it is below 32");
    }
    let shift = value.ilog2() - SPLIT_BITS;
    let within = usize::try_from(value >> shift).expect("it is below 32");
    usize::try_from(shift).expect("it is below 64") * (1 << SPLIT_BITS) + within
}

/// The value in the middle of a bucket, rounded down.
fn middle_of(bucket: usize) -> u64 {
    let number = u64::try_from(bucket).expect("a bucket's number is small");
    if number < EXACT_BELOW {
        return number;
    }
    let shift = (number >> SPLIT_BITS) - 1;
    let within = number - (shift << SPLIT_BITS);
    (within << shift) + ((1_u64 << shift) - 1) / 2
}

fn write(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(0x80 | u8::try_from(number & 0x7f).expect("seven bits"));
        number >>= 7;
    }
    bytes.push(u8::try_from(number).expect("seven bits"));
}

fn take(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0_u64;
    for shift in (0..u64::BITS).step_by(7) {
        let (first, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(first & 0x7f).checked_shl(shift)?;
        if first & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(values: &[i64]) -> Histogram {
        let mut histogram = Histogram::default();
        values.iter().for_each(|value| histogram.add(*value));
        histogram
    }

    #[test]
    fn a_percentile_is_the_least_value_that_so_many_do_not_exceed() {
        let histogram = of(&(1..=20).collect::<Vec<_>>());

        assert_eq!([1, 50, 51, 95, 100].map(|percent| histogram.percentile(percent)), [1, 10, 11, 19, 20].map(Some));
        assert_eq!(of(&[1234]).percentile(50), Some(1234));
        assert_eq!(Histogram::default().percentile(50), None);
    }

    #[test]
    fn buckets_follow_one_another_without_gaps() {
        let mut last = 0;
        for value in 0..200_000 {
            let bucket = bucket_of(value);
            assert!(bucket == last || bucket == last + 1, "{value}");
            last = bucket;
        }
        assert_eq!(bucket_of(u64::MAX), 975);
    }

    #[test]
    fn bytes_that_are_no_counts_are_refused() {
        for bytes in [&[0x80][..], &[1, 1, 1], &[1, 1, 0xff, 0xff, 0xff, 0xff, 0x7f, 1], &[0x80; 12]] {
            assert_eq!(Histogram::from_bytes(bytes), None, "{bytes:?}");
        }
    }

    proptest! {
        #[test]
        fn a_percentile_is_off_by_at_most_a_thirty_second(
            mut values in prop::collection::vec(0..10_000_000_i64, 1..200),
            percent in 1..=100_u8,
        ) {
            let told = of(&values).percentile(percent).expect("there are values");

            values.sort_unstable();
            let rank = (values.len() * usize::from(percent)).div_ceil(100);
            let exact = values[rank - 1];
            prop_assert!((told - exact).abs() * 32 <= exact, "{told} for {exact}");
        }

        #[test]
        fn counts_of_parts_add_up_to_those_of_the_whole(
            one in prop::collection::vec(-5..10_000_000_i64, 0..50),
            other in prop::collection::vec(0..10_000_000_i64, 0..50),
        ) {
            let whole = of(&[one.clone(), other.clone()].concat());

            let mut merged = Histogram::from_bytes(&of(&one).to_bytes()).expect("counts");
            merged.merge(&Histogram::from_bytes(&of(&other).to_bytes()).expect("counts"));

            prop_assert_eq!(merged, whole);
        }
    }
}
