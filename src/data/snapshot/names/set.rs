//! A set of small numbers as bits: only blocks that hold a number are kept, so that few or many far numbers cost as little as few near ones.

/// How many numbers one block holds.
const WIDTH: u32 = u32::BITS;

/// A set of numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bits {
    /// In their order, none of them empty.
    blocks: Box<[Block]>,
    count: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Block {
    /// The first number, divided by the width.
    at: u32,
    bits: u32,
}

impl FromIterator<u32> for Bits {
    fn from_iter<I: IntoIterator<Item = u32>>(numbers: I) -> Self {
        let mut blocks: Vec<Block> = Vec::new();
        let mut in_order = true;
        for number in numbers {
            let (at, bits) = (number / WIDTH, 1 << (number % WIDTH));
            match blocks.last_mut() {
                Some(last) if last.at == at => last.bits |= bits,
                last => {
                    in_order &= last.is_none_or(|last| last.at < at);
                    blocks.push(Block { at, bits });
                }
            }
        }
        if !in_order {
            blocks.sort_unstable_by_key(|block| block.at);
            blocks.dedup_by(|one, before| {
                let same = one.at == before.at;
                if same {
                    before.bits |= one.bits;
                }
                same
            });
        }
        Self::of(blocks)
    }
}

impl Bits {
    fn of(blocks: Vec<Block>) -> Self {
        let count = blocks.iter().map(|block| block.bits.count_ones()).sum();
        Self {
            blocks: blocks.into(),
            count,
        }
    }

    /// Number of numbers.
    pub fn len(&self) -> usize {
        usize::try_from(self.count).unwrap_or(usize::MAX)
    }

    /// Returns true if there is no number.
    pub fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    /// Number of bytes that it takes.
    pub fn size(&self) -> usize {
        size_of::<Self>() + size_of_val(&*self.blocks)
    }

    /// Returns true if it holds the number.
    pub fn has(&self, number: u32) -> bool {
        let found = self
            .blocks
            .binary_search_by_key(&(number / WIDTH), |block| block.at);
        let block = found.ok().and_then(|place| self.blocks.get(place));
        block.is_some_and(|block| block.bits & (1 << (number % WIDTH)) != 0)
    }

    /// Iterates over the numbers in their order.
    pub fn iter(&self) -> impl Iterator<Item = u32> + Clone {
        self.blocks.iter().flat_map(|block| {
            let start = block.at * WIDTH;
            std::iter::successors(Some(block.bits), |rest| Some(rest & rest.wrapping_sub(1)))
                .take_while(|rest| *rest != 0)
                .map(move |rest| start + rest.trailing_zeros())
        })
    }

    /// The numbers that another set lacks.
    pub fn without(&self, other: &Self) -> Self {
        let mut rest = other.blocks.iter().peekable();
        let left = self.blocks.iter().filter_map(|block| {
            while rest.next_if(|one| one.at < block.at).is_some() {}
            let taken = rest
                .peek()
                .filter(|one| one.at == block.at)
                .map_or(0, |one| one.bits);
            let bits = block.bits & !taken;
            (bits != 0).then_some(Block { bits, ..*block })
        });
        Self::of(left.collect())
    }

    /// The numbers of both sets.
    pub fn with(&self, other: &Self) -> Self {
        let (mut one, mut two) = (
            self.blocks.iter().peekable(),
            other.blocks.iter().peekable(),
        );
        let mut blocks = Vec::new();
        loop {
            let next = match (one.peek(), two.peek()) {
                (Some(a), Some(b)) if a.at == b.at => Block {
                    at: a.at,
                    bits: a.bits | b.bits,
                },
                (Some(a), Some(b)) => **if a.at < b.at { a } else { b },
                (Some(only), None) | (None, Some(only)) => **only,
                (None, None) => return Self::of(blocks),
            };
            let passed = |block: &&Block| block.at == next.at;
            one.next_if(passed);
            two.next_if(passed);
            blocks.push(next);
        }
    }
}
