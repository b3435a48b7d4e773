//! Which tokens are merged of which.

/// The parts of every token, and the tokens that it is a part of.
pub(super) struct Tree {
    parts: Vec<Option<(u32, u32)>>,
    /// A token that is merged of two that are the same is here twice.
    users: Vec<Vec<u32>>,
}

impl Tree {
    pub(super) fn new(parts: Vec<Option<(u32, u32)>>) -> Self {
        let mut tree = Self { users: vec![Vec::new(); parts.len()], parts: vec![None; parts.len()] };
        (0..).zip(parts).for_each(|(id, parts)| tree.set_parts(id, parts));
        tree
    }

    pub(super) fn parts(&self, id: u32) -> Option<(u32, u32)> {
        self.parts[id as usize]
    }

    /// Whether no token is merged of this one.
    pub(super) fn is_leaf(&self, id: u32) -> bool {
        self.users[id as usize].is_empty()
    }

    /// The tokens that are merged of this one; twice where it is both parts.
    pub(super) fn users(&self, id: u32) -> &[u32] {
        &self.users[id as usize]
    }

    /// From now on a token is merged of these.
    pub(super) fn set_parts(&mut self, id: u32, parts: Option<(u32, u32)>) {
        if let Some((left, right)) = std::mem::replace(&mut self.parts[id as usize], parts) {
            self.users[left as usize].retain(|&user| user != id);
            self.users[right as usize].retain(|&user| user != id);
        }
        if let Some((left, right)) = parts {
            self.users[left as usize].push(id);
            self.users[right as usize].push(id);
        }
    }

    /// The tokens that have this one among their parts, the parts of these, and so on: ascending, without itself.
    pub(super) fn descendants(&self, id: u32) -> Vec<u32> {
        let (mut found, mut next) = (vec![id], 0);
        let mut seen = rustc_hash::FxHashSet::default();
        while let Some(&token) = found.get(next) {
            found.extend(self.users[token as usize].iter().filter(|&&user| seen.insert(user)));
            next += 1;
        }
        let mut descendants = found.split_off(1);
        descendants.sort_unstable();
        descendants
    }
}
