//! Reads what a worker pickled: a stack machine over the opcodes that CPython writes for plain values.
//!
//! Values stand in an arena and refer to each other by number, since pickle shares them: a function that returns the same
//! list for each row pickles it once. Objects of classes are kept as calls and not interpreted.

use firesteel_error::{Exception, Result, SparkError};

/// The number of a value.
pub(crate) type Id = usize;

/// A value, or the call that makes it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Node<'a> {
    None,
    Bool(bool),
    Int(i64),
    /// An integer beyond 64 bits: little-endian two's complement.
    Long(&'a [u8]),
    Float(f64),
    Text(&'a str),
    Bytes(&'a [u8]),
    List(Vec<Id>),
    Tuple(Vec<Id>),
    Dict(Vec<(Id, Id)>),
    Global(&'a str, &'a str),
    Call(Id, Id),
}

/// An unpickled value with all its parts.
#[derive(Debug)]
pub(crate) struct Pickled<'a> {
    nodes: Vec<Node<'a>>,
    top: Id,
}

impl<'a> Pickled<'a> {
    /// Unpickles `bytes`.
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<Self> {
        let mut machine = Machine { bytes, nodes: Vec::new(), stack: Vec::new(), marks: Vec::new(), memo: Vec::new() };
        machine.run().map_err(|what| {
            SparkError::plain(Exception::Spark, format!("The result of a Python function cannot be read: {what}"))
        })
    }

    pub(crate) fn top(&self) -> Id {
        self.top
    }

    pub(crate) fn node(&self, id: Id) -> &Node<'a> {
        self.nodes.get(id).unwrap_or(&Node::None)
    }

    /// The elements of a list or tuple.
    pub(crate) fn elements(&self, id: Id) -> Option<&[Id]> {
        match self.node(id) {
            Node::List(elements) | Node::Tuple(elements) => Some(elements),
            _ => None,
        }
    }
}

type Step<T> = std::result::Result<T, String>;

struct Machine<'a> {
    bytes: &'a [u8],
    nodes: Vec<Node<'a>>,
    stack: Vec<Id>,
    marks: Vec<usize>,
    memo: Vec<Id>,
}

impl<'a> Machine<'a> {
    fn run(&mut self) -> Step<Pickled<'a>> {
        loop {
            let opcode = self.take(1)?[0];
            if opcode == b'.' {
                let top = self.pop()?;
                return Ok(Pickled { nodes: std::mem::take(&mut self.nodes), top });
            }
            if !self.plain(opcode)? && !self.container(opcode)? && !self.memory(opcode)? {
                return Err(format!("pickle opcode {:#04x}", opcode));
            }
        }
    }

    fn plain(&mut self, opcode: u8) -> Step<bool> {
        let node = match opcode {
            b'N' => Node::None,
            0x88 => Node::Bool(true),
            0x89 => Node::Bool(false),
            b'K' => Node::Int(self.number(1)?),
            b'M' => Node::Int(self.number(2)?),
            b'J' => Node::Int(i64::from(self.number(4)? as i32)),
            0x8a | 0x8b => self.long(if opcode == 0x8a { 1 } else { 4 })?,
            b'G' => Node::Float(self.take(8)?.try_into().map_or(0.0, f64::from_be_bytes)),
            0x8c => self.text(1)?,
            b'X' => self.text(4)?,
            0x8d => self.text(8)?,
            b'C' => Node::Bytes(self.sized(1)?),
            b'B' => Node::Bytes(self.sized(4)?),
            0x8e | 0x96 => Node::Bytes(self.sized(8)?),
            b'c' => Node::Global(self.line()?, self.line()?),
            _ => return Ok(false),
        };
        self.push(node);
        Ok(true)
    }

    fn container(&mut self, opcode: u8) -> Step<bool> {
        match opcode {
            b'(' => self.marks.push(self.stack.len()),
            b'0' => drop(self.pop()?),
            b'1' => drop(self.above_mark()?),
            b']' | 0x8f => self.push(Node::List(Vec::new())),
            b')' => self.push(Node::Tuple(Vec::new())),
            b'}' => self.push(Node::Dict(Vec::new())),
            b'a' => {
                let element = self.pop()?;
                self.extend(vec![element])?;
            }
            b'e' | 0x90 => {
                let elements = self.above_mark()?;
                self.extend(elements)?;
            }
            b't' | b'l' | 0x91 => {
                let elements = self.above_mark()?;
                self.push(if opcode == b't' { Node::Tuple(elements) } else { Node::List(elements) });
            }
            0x85..=0x87 => {
                let start = self.stack.len().checked_sub(usize::from(opcode - 0x84)).ok_or("an empty stack")?;
                let elements = self.stack.split_off(start);
                self.push(Node::Tuple(elements));
            }
            b's' => {
                let (value, key) = (self.pop()?, self.pop()?);
                self.insert(&[key, value])?;
            }
            b'u' => {
                let pairs = self.above_mark()?;
                self.insert(&pairs)?;
            }
            0x93 => {
                let (name, module) = (self.pop()?, self.pop()?);
                let (Some(Node::Text(module)), Some(Node::Text(name))) = (self.nodes.get(module), self.nodes.get(name))
                else {
                    return Err("a class without a name".into());
                };
                self.push(Node::Global(module, name));
            }
            b'R' | 0x81 => {
                let (arguments, function) = (self.pop()?, self.pop()?);
                self.push(Node::Call(function, arguments));
            }
            0x92 => {
                let (_, arguments, function) = (self.pop()?, self.pop()?, self.pop()?);
                self.push(Node::Call(function, arguments));
            }
            // The state of an object: nothing that we interpret has one.
            b'b' => drop(self.pop()?),
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn memory(&mut self, opcode: u8) -> Step<bool> {
        match opcode {
            0x80 => drop(self.take(1)?),
            0x95 => drop(self.take(8)?),
            0x94 => {
                let top = *self.stack.last().ok_or("an empty stack")?;
                self.memo.push(top);
            }
            b'q' | b'r' => {
                let slot = self.number(if opcode == b'q' { 1 } else { 4 })? as usize;
                let top = *self.stack.last().ok_or("an empty stack")?;
                if slot > self.bytes.len() + self.nodes.len() {
                    return Err("a memo beyond the pickle".into());
                }
                if self.memo.len() <= slot {
                    self.memo.resize(slot + 1, top);
                }
                self.memo[slot] = top;
            }
            b'h' | b'j' => {
                let slot = self.number(if opcode == b'h' { 1 } else { 4 })? as usize;
                let id = *self.memo.get(slot).ok_or("an empty memo")?;
                self.stack.push(id);
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn push(&mut self, node: Node<'a>) {
        self.stack.push(self.nodes.len());
        self.nodes.push(node);
    }

    fn pop(&mut self) -> Step<Id> {
        self.stack.pop().ok_or_else(|| "an empty stack".into())
    }

    fn above_mark(&mut self) -> Step<Vec<Id>> {
        let mark = self.marks.pop().filter(|mark| *mark <= self.stack.len()).ok_or("no mark")?;
        Ok(self.stack.split_off(mark))
    }

    fn extend(&mut self, elements: Vec<Id>) -> Step<()> {
        let list = *self.stack.last().ok_or("an empty stack")?;
        match self.nodes.get_mut(list) {
            Some(Node::List(existing)) if existing.is_empty() => *existing = elements,
            Some(Node::List(existing)) => existing.extend(elements),
            _ => return Err("elements for something that is not a list".into()),
        }
        Ok(())
    }

    fn insert(&mut self, pairs: &[Id]) -> Step<()> {
        let dict = *self.stack.last().ok_or("an empty stack")?;
        let Some(Node::Dict(existing)) = self.nodes.get_mut(dict) else {
            return Err("items for something that is not a dict".into());
        };
        existing.extend(pairs.chunks_exact(2).map(|pair| (pair[0], pair[1])));
        Ok(())
    }

    fn take(&mut self, count: usize) -> Step<&'a [u8]> {
        let (taken, rest) = self.bytes.split_at_checked(count).ok_or("it ends too early")?;
        self.bytes = rest;
        Ok(taken)
    }

    fn number(&mut self, bytes: usize) -> Step<i64> {
        Ok(self.take(bytes)?.iter().rev().fold(0, |number, byte| number << 8 | i64::from(*byte)))
    }

    fn sized(&mut self, bytes: usize) -> Step<&'a [u8]> {
        let length = usize::try_from(self.number(bytes)?).map_err(|_| "a negative length")?;
        self.take(length)
    }

    fn text(&mut self, bytes: usize) -> Step<Node<'a>> {
        let bytes = self.sized(bytes)?;
        std::str::from_utf8(bytes).map(Node::Text).map_err(|_| "text that is not UTF-8".into())
    }

    fn long(&mut self, bytes: usize) -> Step<Node<'a>> {
        let digits = self.sized(bytes)?;
        if digits.len() > 8 {
            return Ok(Node::Long(digits));
        }
        let sign = if digits.last().is_some_and(|byte| byte & 0x80 != 0) { 0xff } else { 0 };
        let mut long = [sign; 8];
        long[..digits.len()].copy_from_slice(digits);
        Ok(Node::Int(i64::from_le_bytes(long)))
    }

    fn line(&mut self) -> Step<&'a str> {
        let end = self.bytes.iter().position(|byte| *byte == b'\n').ok_or("it ends too early")?;
        let line = self.take(end)?;
        self.take(1)?;
        std::str::from_utf8(line).map_err(|_| "a name that is not UTF-8".into())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_shared_list_is_read_once_and_found_twice() {
        // pickle.dumps([x, x], 5) with x = [1, 'a']
        let bytes = b"\x80\x05\x95\x0f\x00\x00\x00\x00\x00\x00\x00]\x94(]\x94(K\x01\x8c\x01a\x94eh\x01e.";
        let pickled = Pickled::parse(bytes).unwrap();
        let elements = pickled.elements(pickled.top()).unwrap();
        assert_eq!(elements[0], elements[1]);
        let inner = pickled.elements(elements[0]).unwrap();
        assert_eq!((pickled.node(inner[0]), pickled.node(inner[1])), (&Node::Int(1), &Node::Text("a")));
    }

    #[test]
    fn broken_pickles_are_errors() {
        for bytes in [&b""[..], b"(", b"e.", b".", b"X\xff\xff\xff\x7f", b"h\x05.", b"r\xff\xff\xff\x7f.", b"P."] {
            assert!(Pickled::parse(bytes).is_err(), "{bytes:?}");
        }
    }
}
