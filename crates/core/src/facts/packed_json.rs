//! JSON in few bytes: names, texts and the shapes of objects stand in tables that several values share, and a small number takes
//! one byte. What comes out is equal to what went in, in the same order.

use std::collections::HashMap;

use serde_json::{Map, Number, Value};

use super::bytes::{DamagedFacts, Reader, push_bytes, push_signed, push_text, push_varint};

const NULL: u8 = 0;
const FALSE: u8 = 1;
const TRUE: u8 = 2;
const INTEGER: u8 = 3;
const LARGE: u8 = 4;
const DECIMAL: u8 = 5;
const TEXT: u8 = 6;
const LIST: u8 = 7;
const OBJECT: u8 = 8;
/// The first of the bytes that are a number from 0 up.
const SMALL: u8 = 16;

/// Depth to which values are read. Records of GitHub are 4 deep.
const DEEPEST: usize = 32;

/// Writes values that share their tables.
#[derive(Debug, Default)]
pub(super) struct JsonPacker {
    texts: Table<String>,
    shapes: Table<Vec<u64>>,
    values: Vec<Vec<u8>>,
}

#[derive(Debug)]
struct Table<T> {
    numbers: HashMap<T, u64>,
    entries: Vec<T>,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { numbers: HashMap::new(), entries: Vec::new() }
    }
}

impl<T: Clone + Eq + std::hash::Hash> Table<T> {
    fn number(&mut self, entry: T) -> u64 {
        if let Some(number) = self.numbers.get(&entry) {
            return *number;
        }
        let number = self.entries.len() as u64;
        self.entries.push(entry.clone());
        self.numbers.insert(entry, number);
        number
    }
}

impl JsonPacker {
    /// Adds a value; none is one that is not there.
    pub(super) fn push(&mut self, value: Option<&Value>) {
        let mut out = Vec::new();
        if let Some(value) = value {
            self.value(value, &mut out);
        }
        self.values.push(out);
    }

    fn value(&mut self, value: &Value, out: &mut Vec<u8>) {
        match value {
            Value::Null => out.push(NULL),
            Value::Bool(false) => out.push(FALSE),
            Value::Bool(true) => out.push(TRUE),
            Value::Number(number) => push_number(number, out),
            Value::String(text) => {
                out.push(TEXT);
                push_varint(out, self.texts.number(text.clone()));
            }
            Value::Array(entries) => {
                out.push(LIST);
                push_varint(out, entries.len() as u64);
                entries.iter().for_each(|entry| self.value(entry, out));
            }
            Value::Object(fields) => {
                let names = fields.keys().map(|name| self.texts.number(name.clone())).collect();
                out.push(OBJECT);
                push_varint(out, self.shapes.number(names));
                fields.values().for_each(|value| self.value(value, out));
            }
        }
    }

    /// The tables and the values.
    pub(super) fn finish(self, out: &mut Vec<u8>) {
        push_varint(out, self.texts.entries.len() as u64);
        self.texts.entries.iter().for_each(|text| push_text(out, text));
        push_varint(out, self.shapes.entries.len() as u64);
        for shape in &self.shapes.entries {
            push_varint(out, shape.len() as u64);
            shape.iter().for_each(|name| push_varint(out, *name));
        }
        push_varint(out, self.values.len() as u64);
        self.values.iter().for_each(|value| push_bytes(out, value));
    }
}

fn push_number(number: &Number, out: &mut Vec<u8>) {
    match (number.as_u64(), number.as_i64()) {
        (Some(small), _) if small <= u64::from(u8::MAX - SMALL) => out.push(SMALL + small as u8),
        (_, Some(integer)) => {
            out.push(INTEGER);
            push_signed(out, integer);
        }
        (Some(large), None) => {
            out.push(LARGE);
            push_varint(out, large);
        }
        (None, None) => {
            out.push(DECIMAL);
            out.extend_from_slice(&number.as_f64().unwrap_or_default().to_le_bytes());
        }
    }
}

/// Values that share their tables, each read when it is asked for.
#[derive(Debug)]
pub(super) struct PackedValues<'a> {
    texts: Vec<&'a str>,
    shapes: Vec<Vec<usize>>,
    values: Vec<&'a [u8]>,
}

impl<'a> PackedValues<'a> {
    /// Reads the tables.
    pub(super) fn read(reader: &mut Reader<'a>) -> Result<Self, DamagedFacts> {
        let texts = (0..reader.count()?).map(|_| reader.text()).collect::<Result<Vec<_>, _>>()?;
        let shapes = (0..reader.count()?).map(|_| read_shape(reader, texts.len())).collect::<Result<Vec<_>, _>>()?;
        let values = (0..reader.count()?).map(|_| reader.bytes()).collect::<Result<Vec<_>, _>>()?;
        Ok(Self { texts, shapes, values })
    }

    /// The value at that place. None when there is none.
    pub(super) fn get(&self, place: usize) -> Result<Option<Value>, DamagedFacts> {
        match self.values.get(place) {
            None | Some([]) => Ok(None),
            Some(bytes) => {
                let mut reader = Reader::within(bytes);
                let value = self.value(&mut reader, DEEPEST)?;
                reader.end()?;
                Ok(Some(value))
            }
        }
    }

    fn value(&self, reader: &mut Reader<'a>, depth: usize) -> Result<Value, DamagedFacts> {
        let deeper = depth.checked_sub(1).ok_or(DamagedFacts("a record is too deep"))?;
        Ok(match reader.byte()? {
            NULL => Value::Null,
            FALSE => Value::Bool(false),
            TRUE => Value::Bool(true),
            INTEGER => reader.signed()?.into(),
            LARGE => reader.varint()?.into(),
            DECIMAL => f64::from_le_bytes(reader.fixed()?).into(),
            TEXT => {
                let text = self.texts.get(reader.index()?).ok_or(DamagedFacts("a text is not in the table"))?;
                Value::String((*text).to_owned())
            }
            LIST => (0..reader.count()?).map(|_| self.value(reader, deeper)).collect::<Result<Vec<_>, _>>()?.into(),
            OBJECT => {
                let shape = self.shapes.get(reader.index()?).ok_or(DamagedFacts("a shape is not in the table"))?;
                let mut fields = Map::new();
                for name in shape {
                    let name = self.texts.get(*name).ok_or(DamagedFacts("a name is not in the table"))?;
                    fields.insert((*name).to_owned(), self.value(reader, deeper)?);
                }
                Value::Object(fields)
            }
            small @ SMALL.. => u64::from(small - SMALL).into(),
            _ => return Err(DamagedFacts("a value has a kind that is not known")),
        })
    }
}

fn read_shape(reader: &mut Reader<'_>, texts: usize) -> Result<Vec<usize>, DamagedFacts> {
    let name = |reader: &mut Reader<'_>| {
        let name = reader.index()?;
        if name < texts { Ok(name) } else { Err(DamagedFacts("a name is not in the table")) }
    };
    (0..reader.count()?).map(|_| name(reader)).collect()
}
