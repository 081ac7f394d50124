//! Keys of pseudonyms and of the list of people who are to be forgotten: HMAC with SHA-256.

use ring::hmac;
use ring::rand::{SecureRandom, SystemRandom};

use super::PrivacyError;
use crate::identity::KeyedHash;

/// Bytes of a random key: as many as the hash has.
const KEY_BYTES: usize = 32;

/// Bytes of a mark, by which a key is told from others. They say nothing of the key.
const MARK_BYTES: usize = 4;

/// A key. It does not print.
#[derive(Clone)]
pub struct HmacKey(hmac::Key);

impl std::fmt::Debug for HmacKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("[key]")
    }
}

impl HmacKey {
    /// The key of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, bytes))
    }

    /// What tells the key from others.
    pub fn mark(&self) -> String {
        self.mark_of("mark of the key")
    }

    /// What tells a text from others, to whoever has the key.
    pub fn mark_of(&self, text: &str) -> String {
        self.hash(text).iter().take(MARK_BYTES).map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Random bytes for a key.
pub(super) fn random_bytes() -> Result<[u8; KEY_BYTES], PrivacyError> {
    let mut bytes = [0; KEY_BYTES];
    SystemRandom::new().fill(&mut bytes).map_err(|_| PrivacyError::NoRandomness)?;
    Ok(bytes)
}

impl KeyedHash for HmacKey {
    fn hash(&self, text: &str) -> [u8; 32] {
        let tag = hmac::sign(&self.0, text.as_bytes());
        let mut hash = [0; 32];
        // SHA-256 has as many bytes.
        hash.iter_mut().zip(tag.as_ref()).for_each(|(to, from)| *to = *from);
        hash
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_that_of_rfc_4231() {
        let hash = HmacKey::of(b"Jefe").hash("what do ya want for nothing?");
        let text: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(text, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
        assert_eq!(format!("{:?}", HmacKey::of(b"Jefe")), "[key]");
        assert_ne!(HmacKey::of(&random_bytes().unwrap()).mark(), HmacKey::of(&random_bytes().unwrap()).mark());
    }
}
