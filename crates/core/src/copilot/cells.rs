//! The numbers of one row, packed: which counter, and how much. A row of 3 KB of JSON takes some 300 bytes, mostly because
//! most counters of most rows are 0 and stand next to each other.
//!
//! What the counters are called is known to whoever numbers them; see [`super::columns`] and
//! [`super::legacy_shape`].

/// What a row says of one counter. Not there at all is a third thing: then the row has no such cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Cell {
    /// GitHub wrote null: no signal, which is not 0.
    Null,
    Integer(i64),
    Decimal(f64),
}

impl Cell {
    /// The sum. Null adds nothing, and null and null is null. What does not fit 64 bits goes on as a decimal.
    pub(super) fn plus(self, other: Self) -> Self {
        match (self, other) {
            (Self::Null, known) | (known, Self::Null) => known,
            (Self::Integer(one), Self::Integer(two)) => match one.checked_add(two) {
                Some(sum) => Self::Integer(sum),
                None => Self::Decimal(one as f64 + two as f64),
            },
            (one, two) => Self::Decimal(one.as_decimal() + two.as_decimal()),
        }
    }

    /// The larger one. Anything is more than null.
    pub(super) fn or_more(self, other: Self) -> Self {
        match (self, other) {
            (Self::Null, known) | (known, Self::Null) => known,
            (Self::Integer(one), Self::Integer(two)) => Self::Integer(one.max(two)),
            // A decimal even when an integer is larger: the counter is one of fractions.
            (one, two) => Self::Decimal(one.as_decimal().max(two.as_decimal())),
        }
    }

    fn as_decimal(self) -> f64 {
        match self {
            Self::Null => 0.0,
            Self::Integer(number) => number as f64,
            Self::Decimal(number) => number,
        }
    }
}

/// A row being read. Used again for each row, so that reading one allocates nothing but its packed form.
#[derive(Debug, Default)]
pub(super) struct RowBuilder {
    cells: Vec<(u32, Cell)>,
    /// For each counter, where it stands in `cells`, counted from 1; 0 when it is not there.
    positions: Vec<u32>,
}

impl RowBuilder {
    /// Adds to a counter: two entries of one breakdown that have the same key are one.
    pub(super) fn add(&mut self, column: u32, cell: Cell) {
        let known = self.entry(column);
        *known = known.plus(cell);
    }

    /// Raises a counter to at least that.
    pub(super) fn raise(&mut self, column: u32, cell: Cell) {
        let known = self.entry(column);
        *known = known.or_more(cell);
    }

    fn entry(&mut self, column: u32) -> &mut Cell {
        let index = column as usize;
        if self.positions.len() <= index {
            self.positions.resize(index + 1, 0);
        }
        if self.positions[index] == 0 {
            self.cells.push((column, Cell::Null));
            self.positions[index] = self.cells.len() as u32;
        }
        let position = self.positions[index] as usize - 1;
        &mut self.cells[position].1
    }

    /// The row, in the order in which its counters first came, and room for the next one.
    pub(super) fn finish(&mut self) -> PackedRow {
        let packed = PackedRow::pack(&self.cells);
        for (column, _) in self.cells.drain(..) {
            self.positions[column as usize] = 0;
        }
        packed
    }

    /// Forgets a row that was read in part.
    pub(super) fn clear(&mut self) {
        for (column, _) in self.cells.drain(..) {
            self.positions[column as usize] = 0;
        }
    }
}

/// The cells of one row, each counter once.
///
/// Per cell: a variable-length integer holding the distance from the counter before it and a tag of two bits, then the value.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct PackedRow(Box<[u8]>);

const ZERO: u64 = 0;
const INTEGER: u64 = 1;
const DECIMAL: u64 = 2;
const NULL: u64 = 3;

impl PackedRow {
    fn pack(cells: &[(u32, Cell)]) -> Self {
        let mut bytes = Vec::with_capacity(cells.len() * 3);
        let mut before = -1;
        for (column, cell) in cells {
            let distance = zigzag(i64::from(*column) - before - 1) << 2;
            before = i64::from(*column);
            match cell {
                Cell::Integer(0) => push_varint(&mut bytes, distance | ZERO),
                Cell::Integer(number) => {
                    push_varint(&mut bytes, distance | INTEGER);
                    push_varint(&mut bytes, zigzag(*number));
                }
                Cell::Decimal(number) => {
                    push_varint(&mut bytes, distance | DECIMAL);
                    bytes.extend_from_slice(&number.to_le_bytes());
                }
                Cell::Null => push_varint(&mut bytes, distance | NULL),
            }
        }
        Self(bytes.into_boxed_slice())
    }

    /// The cells, in the order in which the row had them.
    pub(super) fn cells(&self) -> Cells<'_> {
        Cells { rest: &self.0, before: -1 }
    }

    /// One row out of two that are about the same user and day: each counter as the row has it that says more.
    ///
    /// Taking the larger makes it all the same how often, in which file and in which order a row comes.
    pub(super) fn merged(&self, other: &Self, builder: &mut RowBuilder) -> Self {
        builder.clear();
        for (column, cell) in self.cells().chain(other.cells()) {
            builder.raise(column, cell);
        }
        builder.finish()
    }

    /// Bytes on the heap.
    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        self.0.len()
    }
}

/// Reads a packed row. What [`PackedRow::pack`] wrote is always whole; bytes that are not would end the iteration.
#[derive(Clone, Debug)]
pub(super) struct Cells<'row> {
    rest: &'row [u8],
    before: i64,
}

impl Iterator for Cells<'_> {
    type Item = (u32, Cell);

    fn next(&mut self) -> Option<(u32, Cell)> {
        let head = take_varint(&mut self.rest)?;
        self.before += unzigzag(head >> 2) + 1;
        let cell = match head & 3 {
            ZERO => Cell::Integer(0),
            INTEGER => Cell::Integer(unzigzag(take_varint(&mut self.rest)?)),
            DECIMAL => {
                let (number, rest) = self.rest.split_first_chunk()?;
                self.rest = rest;
                Cell::Decimal(f64::from_le_bytes(*number))
            }
            _ => Cell::Null,
        };
        Some((u32::try_from(self.before).ok()?, cell))
    }
}

/// Small numbers of either sign as small numbers without one.
fn zigzag(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)) as u64
}

fn unzigzag(number: u64) -> i64 {
    (number >> 1) as i64 ^ -((number & 1) as i64)
}

fn push_varint(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

fn take_varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    let mut shift = 0;
    loop {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f).checked_shl(shift)?;
        if *byte < 0x80 {
            return Some(number);
        }
        shift += 7;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn packed(cells: &[(u32, Cell)]) -> PackedRow {
        let mut builder = RowBuilder::default();
        cells.iter().for_each(|(column, cell)| builder.add(*column, *cell));
        builder.finish()
    }

    fn cell() -> impl Strategy<Value = Cell> {
        let quarter = |number: i32| Cell::Decimal(f64::from(number) / 4.0);
        prop_oneof![
            Just(Cell::Null),
            Just(Cell::Integer(0)),
            any::<i64>().prop_map(Cell::Integer),
            any::<i32>().prop_map(quarter)
        ]
    }

    fn row() -> impl Strategy<Value = Vec<(u32, Cell)>> {
        proptest::collection::btree_map(0..5_000_u32, cell(), 0..40)
            .prop_map(|cells| cells.into_iter().collect::<Vec<_>>())
            .prop_shuffle()
    }

    proptest! {
        #[test]
        fn packing_loses_nothing(cells in row()) {
            prop_assert_eq!(packed(&cells).cells().collect::<Vec<_>>(), cells);
        }

        #[test]
        fn merging_does_not_care_how_often_and_in_which_order(one in row(), two in row()) {
            let builder = &mut RowBuilder::default();
            let (one, two) = (packed(&one), packed(&two));
            let sorted = |row: &PackedRow| {
                let mut cells: Vec<_> = row.cells().map(|(column, cell)| (column, format!("{cell:?}"))).collect();
                cells.sort();
                cells
            };
            let merged = one.merged(&two, builder);
            prop_assert_eq!(sorted(&merged), sorted(&two.merged(&one, builder)));
            prop_assert_eq!(&merged.merged(&two, builder), &merged);
            prop_assert_eq!(&one.merged(&one, builder), &one);
        }
    }

    #[test]
    fn a_row_of_zeros_takes_a_byte_per_counter() {
        let zeros: Vec<_> = (0..400).map(|column| (column, Cell::Integer(0))).collect();
        assert_eq!(packed(&zeros).bytes(), 400);
    }

    #[test]
    fn a_sum_beyond_64_bits_goes_on_as_a_decimal() {
        let sum = Cell::Integer(i64::MAX).plus(Cell::Integer(i64::MAX));
        assert_eq!(sum, Cell::Decimal(2.0 * i64::MAX as f64));
        assert_eq!(Cell::Null.plus(Cell::Null), Cell::Null);
        assert_eq!(Cell::Null.plus(Cell::Integer(0)), Cell::Integer(0));
    }
}
