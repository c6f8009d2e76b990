//! Where a function of the test itself is, for uprobes.

/// The file offset of a function of this process: what /proc/self/maps says of its address.
pub fn file_offset(function: usize) -> usize {
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
    let hex = |text: &str| usize::from_str_radix(text, 16).unwrap();
    maps.lines()
        .find_map(|line| {
            let mut words = line.split_whitespace();
            let (start, end) = words.next()?.split_once('-')?;
            let offset = words.nth(1)?;
            (hex(start)..hex(end))
                .contains(&function)
                .then(|| function - hex(start) + hex(offset))
        })
        .unwrap()
}
