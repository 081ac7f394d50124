//! Retries: number of attempts and waits. Pure: waits nowhere, and knows no status.
//!
//! Each client decides which responses are retried. [`super::wait`] reads the wait that a server asks for.

use std::time::Duration;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// Attempts per request, the first one included.
pub const ATTEMPTS_AT_MOST: u32 = 10;

/// Longest total wait of a request. A window of GitHub's rate limit lasts an hour and must be waited out; half an hour more is
/// for other failures meanwhile. A server that asks for longer will not answer in this run.
pub const WAIT_AT_MOST: Duration = Duration::from_secs(90 * 60);

/// Limits of retries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Attempts, the first one included.
    pub attempts: u32,
    /// Limit of all waits together.
    pub total_wait: Duration,
    /// Wait after the first attempt, before jitter. Each further one is twice as long.
    pub first_delay: Duration,
    /// Longest wait after doubling. It does not shorten a wait that a server asks for.
    pub longest_delay: Duration,
}

impl RetryPolicy {
    /// Default of all clients: ten attempts within one to two and a half minutes, when the server asks for no wait.
    pub const STANDARD: Self = Self {
        attempts: ATTEMPTS_AT_MOST,
        total_wait: WAIT_AT_MOST,
        first_delay: Duration::from_millis(300),
        longest_delay: Duration::from_secs(60),
    };
}

/// State of one request: attempts, waits, and its own random numbers.
#[derive(Clone, Debug)]
pub struct Retry {
    policy: RetryPolicy,
    random: ChaCha8Rng,
    attempts: u32,
    waited: Duration,
}

/// Details of a request that is given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GaveUp {
    /// Attempts made.
    pub attempts: u32,
    /// Total wait.
    pub waited: Duration,
    /// Wait that would have exceeded [`RetryPolicy::total_wait`]. None when the attempts were used up.
    pub refused_wait: Option<Duration>,
}

impl Retry {
    /// State before the first attempt. The same seed gives the same waits.
    pub fn new(policy: RetryPolicy, seed: u64) -> Self {
        Self { policy, random: ChaCha8Rng::seed_from_u64(seed), attempts: 0, waited: Duration::ZERO }
    }

    /// Records a failed attempt. Returns the wait before the next one.
    ///
    /// `asked` is the wait that the server asks for. It is kept in full, and never shortened. One of (nearly) zero is raised to
    /// the first delay, so that ten attempts take some time. Without one the wait is exponential: half to all of `first_delay ×
    /// 2ⁿ`, drawn from the seed.
    ///
    /// # Errors
    /// The attempts are used up, or the wait would exceed the limit.
    pub fn after_failure(&mut self, asked: Option<Duration>) -> Result<Duration, GaveUp> {
        self.attempts += 1;
        let doublings = if asked.is_some() { 0 } else { self.attempts - 1 };
        let own = self.jittered(doublings);
        let wait = asked.unwrap_or_default().max(own);
        let gave_up = GaveUp { attempts: self.attempts, waited: self.waited, refused_wait: None };
        if self.attempts >= self.policy.attempts {
            return Err(gave_up);
        }
        if self.waited.saturating_add(wait) > self.policy.total_wait {
            return Err(GaveUp { refused_wait: Some(wait), ..gave_up });
        }
        self.waited += wait;
        Ok(wait)
    }

    /// Records a wait for another reason than a failed attempt, such as a pause of all requests.
    ///
    /// # Errors
    /// The wait would exceed the limit.
    pub fn also_waits(&mut self, wait: Duration) -> Result<(), GaveUp> {
        if self.waited.saturating_add(wait) > self.policy.total_wait {
            return Err(GaveUp { attempts: self.attempts, waited: self.waited, refused_wait: Some(wait) });
        }
        self.waited += wait;
        Ok(())
    }

    /// Failed attempts so far.
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// Total wait so far.
    pub fn waited(&self) -> Duration {
        self.waited
    }

    fn jittered(&mut self, doublings: u32) -> Duration {
        let whole = self.policy.first_delay.saturating_mul(1_u32.checked_shl(doublings).unwrap_or(u32::MAX));
        let whole = whole.min(self.policy.longest_delay);
        // 53 bits fill the mantissa of a double, so the fraction is uniform over [0, 1).
        let fraction = (self.random.next_u64() >> 11) as f64 / (1_u64 << 53) as f64;
        whole.mul_f64(0.5 + fraction / 2.0)
    }
}

impl std::fmt::Display for GaveUp {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let plural = if self.attempts == 1 { "" } else { "s" };
        write!(formatter, "gave up after {} attempt{plural} and {} s of waiting", self.attempts, self.waited.as_secs())?;
        if let Some(wait) = self.refused_wait {
            write!(formatter, ", asked to wait {} s more", wait.as_secs())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn waits(policy: RetryPolicy, seed: u64) -> (Vec<Duration>, GaveUp) {
        let mut retry = Retry::new(policy, seed);
        let mut waits = Vec::new();
        loop {
            match retry.after_failure(None) {
                Ok(wait) => waits.push(wait),
                Err(gave_up) => return (waits, gave_up),
            }
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_waits_and_another_seed_others() {
        assert_eq!(waits(RetryPolicy::STANDARD, 7), waits(RetryPolicy::STANDARD, 7));
        assert_ne!(waits(RetryPolicy::STANDARD, 7), waits(RetryPolicy::STANDARD, 8));
    }

    #[test]
    fn the_tenth_failed_attempt_is_the_last() {
        let (waits, gave_up) = waits(RetryPolicy::STANDARD, 1);
        assert_eq!(waits.len(), 9);
        assert_eq!(gave_up, GaveUp { attempts: 10, waited: waits.iter().sum(), refused_wait: None });
    }

    #[test]
    fn what_the_server_asks_for_is_waited_in_full() {
        let mut retry = Retry::new(RetryPolicy::STANDARD, 1);
        let ten_minutes = Duration::from_secs(600);
        assert_eq!(retry.after_failure(Some(ten_minutes)), Ok(ten_minutes));
        assert_eq!(retry.waited(), ten_minutes);
    }

    #[test]
    fn a_server_that_asks_for_no_wait_at_all_still_gets_a_short_one() {
        let mut retry = Retry::new(RetryPolicy::STANDARD, 1);
        for _ in 0..9 {
            let wait = retry.after_failure(Some(Duration::ZERO)).unwrap();
            assert!(wait >= Duration::from_millis(150) && wait <= Duration::from_millis(300), "{wait:?}");
        }
    }

    #[test]
    fn a_wait_beyond_the_total_is_refused_and_named() {
        let mut retry = Retry::new(RetryPolicy::STANDARD, 1);
        retry.after_failure(Some(Duration::from_secs(3600))).unwrap();
        let gave_up = retry.after_failure(Some(Duration::from_secs(3600))).unwrap_err();
        assert_eq!(gave_up.refused_wait, Some(Duration::from_secs(3600)));
        assert_eq!(gave_up.to_string(), "gave up after 2 attempts and 3600 s of waiting, asked to wait 3600 s more");
    }

    #[test]
    fn an_absurd_wish_does_not_overflow() {
        let mut retry = Retry::new(RetryPolicy::STANDARD, 1);
        assert!(retry.after_failure(Some(Duration::MAX)).is_err());
    }

    proptest! {
        #[test]
        fn waits_double_within_their_jitter_up_to_the_longest(seed: u64) {
            let policy = RetryPolicy { attempts: 40, ..RetryPolicy::STANDARD };
            for (index, wait) in waits(policy, seed).0.into_iter().enumerate() {
                let whole = policy.longest_delay.as_secs_f64().min(0.3 * 2_f64.powi(index as i32));
                prop_assert!(wait.as_secs_f64() >= whole / 2.0 - 1e-6 && wait.as_secs_f64() <= whole + 1e-6);
            }
        }
    }
}
