use std::fmt;

/// How the slots of a histogram divide the values, as the maps of `LBC_HIST2`, `LBC_HIST10` and `LBC_HIST` do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scale {
    /// Slot n counts the values from 2^n to below 2^(n+1), slot 0 zero as well.
    Log2,
    /// Slot n counts the values from 10^n to below 10^(n+1), slot 0 zero as well.
    Log10,
    /// Slot n counts the value n, whatever the program means by it.
    Linear,
}

/// One slot of a histogram.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Bucket {
    /// The smallest value that it counts.
    pub from: u64,
    /// The largest value that it counts.
    pub to: u64,
    /// How many there were.
    pub count: u64,
}

/// Counters with a scale, which print as the table of bars that users of BCC know:
///
/// ```
/// use rlbc::{Histogram, Scale};
/// let latency = Histogram::new(Scale::Log2, vec![2, 4, 0, 1]).with_unit("usecs");
/// assert!(latency.to_string().starts_with("     usecs               : count    distribution\n         0 -> 1 "));
/// ```
///
/// [`HistogramMap`](crate::HistogramMap) makes one of a map; the counters of any other array will do as well, such as those
/// in the values of a hash table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Histogram {
    scale: Scale,
    counts: Vec<u64>,
    unit: String,
    width: Option<usize>,
}

impl Histogram {
    /// A histogram of counters, one for each slot.
    #[must_use]
    pub fn new(scale: Scale, counts: impl Into<Vec<u64>>) -> Self {
        Self {
            scale,
            counts: counts.into(),
            unit: String::new(),
            width: None,
        }
    }

    /// With a heading for the values, such as `usecs`.
    #[must_use]
    pub fn with_unit(self, unit: impl Into<String>) -> Self {
        Self {
            unit: unit.into(),
            ..self
        }
    }

    /// With a longest bar of `columns` characters instead of 40, or of 20 beside values of more than ten digits.
    #[must_use]
    pub fn with_width(self, columns: usize) -> Self {
        Self {
            width: Some(columns),
            ..self
        }
    }

    /// How the slots divide the values.
    #[must_use]
    pub fn scale(&self) -> Scale {
        self.scale
    }

    /// All counters, one for each slot.
    #[must_use]
    pub fn counts(&self) -> &[u64] {
        &self.counts
    }

    /// How many values were counted in all.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.counts
            .iter()
            .fold(0, |sum, &count| sum.wrapping_add(count))
    }

    /// The slots up to the last one that counted anything, empty ones before it included.
    pub fn buckets(&self) -> impl ExactSizeIterator<Item = Bucket> + '_ {
        let used = self.counts.iter().rposition(|&count| count > 0);
        self.counts[..used.map_or(0, |last| last + 1)]
            .iter()
            .enumerate()
            .map(|(slot, &count)| self.scale.bucket(slot, count))
    }
}

impl Scale {
    fn bucket(self, slot: usize, count: u64) -> Bucket {
        let exponent = u32::try_from(slot).unwrap_or(u32::MAX);
        let base: u64 = match self {
            Self::Log2 => 2,
            Self::Log10 => 10,
            Self::Linear => {
                let value = slot as u64;
                return Bucket {
                    from: value,
                    to: value,
                    count,
                };
            }
        };
        let power = |exponent| base.checked_pow(exponent);
        Bucket {
            from: if slot == 0 {
                0
            } else {
                power(exponent).unwrap_or(u64::MAX)
            },
            to: power(exponent.saturating_add(1)).map_or(u64::MAX, |next| next - 1),
            count,
        }
    }
}

/// The table, without a line break at its end; nothing where nothing was counted.
impl fmt::Display for Histogram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// Columns of a value: most have no more than ten digits, none more than twenty.
        const NARROW: usize = 10;
        /// Columns before the heading of the values.
        const INDENT: usize = 5;
        let Some(last) = self.buckets().last() else {
            return Ok(());
        };
        let digits = if last.to.to_string().len() > NARROW {
            2 * NARROW
        } else {
            NARROW
        };
        let width = self.width.unwrap_or(if digits == NARROW { 40 } else { 20 });
        let most = self.counts.iter().copied().max().unwrap_or(0);
        let columns = most.to_string().len().max(8);
        let label = if self.scale == Scale::Linear {
            digits
        } else {
            2 * digits + 4
        };
        let (unit, rest) = (&self.unit, label - INDENT);
        write!(
            f,
            "{:INDENT$}{unit:<rest$} : {:<columns$} distribution",
            "", "count"
        )?;
        for Bucket { from, to, count } in self.buckets() {
            write!(f, "\n{from:>digits$}")?;
            if self.scale != Scale::Linear {
                write!(f, " -> {to:<digits$}")?;
            }
            // In 128 bits, since the product may not fit into 64.
            let stars = (u128::from(count) * width as u128 / u128::from(most)) as usize;
            write!(f, " : {count:<columns$} |{:<width$}|", "*".repeat(stars))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranges(scale: Scale, slots: usize) -> Vec<(u64, u64)> {
        let histogram = Histogram::new(scale, vec![1; slots]);
        histogram
            .buckets()
            .map(|bucket| (bucket.from, bucket.to))
            .collect()
    }

    #[test]
    fn slots_begin_at_powers_and_the_first_holds_zero() {
        assert_eq!(ranges(Scale::Log2, 3), [(0, 1), (2, 3), (4, 7)]);
        assert_eq!(ranges(Scale::Log10, 2), [(0, 9), (10, 99)]);
        assert_eq!(ranges(Scale::Linear, 2), [(0, 0), (1, 1)]);
    }

    #[test]
    fn the_last_slot_ends_with_the_largest_number() {
        assert_eq!(ranges(Scale::Log2, 64)[63], (1 << 63, u64::MAX));
        assert_eq!(ranges(Scale::Log10, 20)[19], (10_u64.pow(19), u64::MAX));
    }

    #[test]
    fn empty_slots_at_the_end_are_left_out() {
        assert_eq!(
            Histogram::new(Scale::Log2, vec![0, 1, 0, 0])
                .buckets()
                .len(),
            2
        );
        assert_eq!(Histogram::new(Scale::Log2, vec![0; 64]).to_string(), "");
    }

    // parity: helpers.histogram
    #[test]
    fn powers_of_two_print_as_bcc_prints_them() {
        let histogram = Histogram::new(Scale::Log2, vec![2, 4, 0, 1]).with_unit("usecs");
        let text = "     usecs               : count    distribution
         0 -> 1          : 2        |********************                    |
         2 -> 3          : 4        |****************************************|
         4 -> 7          : 0        |                                        |
         8 -> 15         : 1        |**********                              |";
        assert_eq!(histogram.to_string(), text);
        assert_eq!(histogram.total(), 7);
    }

    #[test]
    fn linear_slots_are_one_value_a_line() {
        let histogram = Histogram::new(Scale::Linear, vec![1, 2]);
        let text = "     CPU   : count    distribution
         0 : 1        |**  |
         1 : 2        |****|";
        assert_eq!(histogram.with_unit("CPU").with_width(4).to_string(), text);
    }

    #[test]
    fn wide_values_and_counts_stay_in_their_columns() {
        let mut counts = vec![0; 40];
        counts[39] = u64::MAX;
        let text = Histogram::new(Scale::Log2, counts).to_string();
        let lines: Vec<_> = text.lines().collect();
        assert!(lines[1..].iter().all(|line| line.len() == lines[1].len()));
        assert_eq!(lines[0].find(" : "), lines[1].find(" : "));
        assert!(lines[40].ends_with(" : 18446744073709551615 |********************|"));
    }
}
