//! Packed rows: the numbers of the counters of a row. A row of 3 KB of JSON takes about 300 bytes, mostly because most counters
//! of most rows are 0 and adjacent.
//!
//! The modules that number the counters know their names, see [`super::columns`] and [`super::legacy_shape`].

/// Value of one counter in a row. A counter that is absent from the row has no cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Cell {
    /// Null in the row: no data, which is not 0.
    Null,
    Integer(i64),
    Decimal(f64),
}

impl Cell {
    /// The sum. Null adds nothing, and the sum of two nulls is null. A sum beyond 64 bits becomes a decimal.
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

    /// The larger of both. Null is smaller than any number.
    pub(super) fn or_more(self, other: Self) -> Self {
        match (self, other) {
            (Self::Null, known) | (known, Self::Null) => known,
            (Self::Integer(one), Self::Integer(two)) => Self::Integer(one.max(two)),
            // A decimal even if the integer is larger, because the counter is decimal.
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

/// A row while it is read. One instance is reused for all rows, so that reading a row allocates only its packed form.
#[derive(Debug, Default)]
pub(super) struct RowBuilder {
    cells: Vec<(u32, Cell)>,
    /// Position of each counter in `cells`, counted from 1; 0 when it is absent.
    positions: Vec<u32>,
}

impl RowBuilder {
    /// Adds to a counter: two entries of one breakdown with the same key are added up.
    pub(super) fn add(&mut self, column: u32, cell: Cell) {
        let known = self.entry(column);
        *known = known.plus(cell);
    }

    /// Raises a counter to at least that value.
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

    /// Packs the row, in the order in which its counters first occurred, and clears the builder.
    pub(super) fn finish(&mut self) -> PackedRow {
        let packed = PackedRow::pack(&self.cells);
        for (column, _) in self.cells.drain(..) {
            self.positions[column as usize] = 0;
        }
        packed
    }

    /// Discards a row that was read in part.
    pub(super) fn clear(&mut self) {
        for (column, _) in self.cells.drain(..) {
            self.positions[column as usize] = 0;
        }
    }
}

/// Cells of one row, each counter once.
///
/// Format of a cell: a variable-length integer with the distance from the previous counter and a tag of two bits, then the value.
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

    /// Merges two rows of the same user and day: each counter gets the larger value.
    ///
    /// With the larger value, neither the number of repetitions nor their order nor the file matters.
    pub(super) fn merged(&self, other: &Self, builder: &mut RowBuilder) -> Self {
        builder.clear();
        for (column, cell) in self.cells().chain(other.cells()) {
            builder.raise(column, cell);
        }
        builder.finish()
    }

    /// Size on the heap, in bytes.
    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        self.0.len()
    }
}

/// Iterator over a packed row. Bytes that [`PackedRow::pack`] did not write end it early.
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

/// Zigzag encoding: small numbers of either sign become small unsigned numbers.
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
