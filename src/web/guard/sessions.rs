//! Signing in: a token is exchanged for a session, which a cookie names.
//!
//! Tokens and cookies are 256 bits of the system's randomness. What is compared is a keyed hash of them, under a key that is drawn at
//! the start, so that the time of a comparison says nothing about either.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;
use ring::rand::{SecureRandom, SystemRandom};

use super::roles::Roles;
use crate::door::clock::Clock;
use crate::model::secret::Secret;

/// Time in which a sign-in link must be used.
const LINK_LIFETIME: Duration = Duration::from_secs(10 * 60);

/// Lifetime of a session: a day of work.
pub(super) const SESSION_LIFETIME: Duration = Duration::from_secs(12 * 60 * 60);

/// Sessions that are kept; the one that ends first makes room.
const SESSIONS_AT_MOST: usize = 1_000;

/// Wrong tokens within [`TRIES_WINDOW`], after which none is looked at for a while.
const TRIES_AT_MOST: usize = 10;

/// See [`TRIES_AT_MOST`].
const TRIES_WINDOW: Duration = Duration::from_secs(60);

/// Bytes of a token and of a cookie.
const TOKEN_BYTES: usize = 32;

/// Longest token that is looked at, in bytes.
const TOKEN_BYTES_AT_MOST: usize = 1_024;

/// A keyed hash of a token or of a cookie.
type Tag = [u8; 32];

/// The system gives no random numbers.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[error("the system gives no random numbers for a sign-in link")]
pub struct NoRandomness;

/// Reason for refusing a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenRefusal {
    /// It is wrong, was used, or is too old.
    Wrong,
    /// There were too many wrong ones; so many seconds later one is looked at again.
    TooMany { retry_after_seconds: u64 },
}

/// Tokens that sign in, and the sessions that they began.
pub(super) struct Sessions {
    clock: Clock,
    random: SystemRandom,
    key: hmac::Key,
    /// The token of the settings. It can be used again and again.
    fixed: Option<(Tag, Roles)>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The link that was printed, until it is used.
    link: Option<(Tag, Roles, Duration)>,
    /// Sessions with their ends.
    open: BTreeMap<Tag, (Roles, Duration)>,
    /// Times of wrong tokens, oldest first.
    wrong: VecDeque<Duration>,
}

impl State {
    /// Seconds until a token is looked at again, after too many wrong ones.
    fn retry_after_seconds(&mut self, now: Duration) -> Option<u64> {
        while self.wrong.front().is_some_and(|at| now.saturating_sub(*at) >= TRIES_WINDOW) {
            self.wrong.pop_front();
        }
        let first = self.wrong.front().filter(|_| self.wrong.len() >= TRIES_AT_MOST)?;
        Some(TRIES_WINDOW.saturating_sub(now.saturating_sub(*first)).as_secs() + 1)
    }
}

impl Sessions {
    /// No session, and no link yet.
    pub(super) fn new(clock: Clock, fixed: Option<(&Secret, Roles)>) -> Result<Self, NoRandomness> {
        let random = SystemRandom::new();
        let key = hmac::Key::generate(hmac::HMAC_SHA256, &random).map_err(|_| NoRandomness)?;
        let fixed = fixed.map(|(token, roles)| (tag(&key, token.expose().trim()), roles));
        Ok(Self { clock, random, key, fixed, state: Mutex::default() })
    }

    /// A token that signs in once within ten minutes. It replaces the one before.
    pub(super) fn new_link(&self, roles: Roles) -> Result<Secret, NoRandomness> {
        let token = self.draw()?;
        let until = self.clock.elapsed().saturating_add(LINK_LIFETIME);
        self.state().link = Some((tag(&self.key, token.expose()), roles, until));
        Ok(token)
    }

    /// Exchanges a token for the cookie of a new session.
    pub(super) fn exchange(&self, token: &str) -> Result<Result<(Secret, Roles), TokenRefusal>, NoRandomness> {
        let now = self.clock.elapsed();
        let mut state = self.state();
        if let Some(retry_after_seconds) = state.retry_after_seconds(now) {
            return Ok(Err(TokenRefusal::TooMany { retry_after_seconds }));
        }
        let given = tag(&self.key, token);
        let by_link = state.link.filter(|(link, _, until)| *link == given && now < *until).map(|(_, roles, _)| roles);
        let by_fixed = self.fixed.filter(|(fixed, _)| *fixed == given).map(|(_, roles)| roles);
        let Some(roles) = by_link.or(by_fixed).filter(|_| (1..=TOKEN_BYTES_AT_MOST).contains(&token.len())) else {
            state.wrong.push_back(now);
            return Ok(Err(TokenRefusal::Wrong));
        };
        let cookie = self.draw()?;
        if by_link.is_some() {
            state.link = None;
        }
        state.open.retain(|_, (_, until)| now < *until);
        if state.open.len() >= SESSIONS_AT_MOST
            && let Some(first) = state.open.iter().min_by_key(|(_, (_, until))| *until).map(|(tag, _)| *tag)
        {
            state.open.remove(&first);
        }
        state.open.insert(tag(&self.key, cookie.expose()), (roles, now.saturating_add(SESSION_LIFETIME)));
        Ok(Ok((cookie, roles)))
    }

    /// Roles of the session that a cookie names.
    pub(super) fn roles(&self, cookie: &str) -> Option<Roles> {
        let now = self.clock.elapsed();
        let state = self.state();
        state.open.get(&tag(&self.key, cookie)).filter(|(_, until)| now < *until).map(|(roles, _)| *roles)
    }

    /// Roles of the token of the settings, for a program that sends it with each request. None for a wrong one, and for any after too
    /// many wrong ones.
    pub(super) fn roles_of_token(&self, token: &str) -> Option<Roles> {
        let now = self.clock.elapsed();
        let mut state = self.state();
        if state.retry_after_seconds(now).is_some() {
            return None;
        }
        let given = tag(&self.key, token);
        let by_fixed = self.fixed.filter(|(fixed, _)| *fixed == given && token.len() <= TOKEN_BYTES_AT_MOST);
        if by_fixed.is_none() {
            state.wrong.push_back(now);
        }
        by_fixed.map(|(_, roles)| roles)
    }

    /// Ends a session.
    pub(super) fn end(&self, cookie: &str) {
        self.state().open.remove(&tag(&self.key, cookie));
    }

    fn draw(&self) -> Result<Secret, NoRandomness> {
        let mut bytes = [0; TOKEN_BYTES];
        self.random.fill(&mut bytes).map_err(|_| NoRandomness)?;
        Ok(Secret::new(URL_SAFE_NO_PAD.encode(bytes)))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic leaves at worst a session too few.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn tag(key: &hmac::Key, text: &str) -> Tag {
    let mut tag = [0; 32];
    // SHA-256 gives 32 bytes.
    for (to, from) in tag.iter_mut().zip(hmac::sign(key, text.as_bytes()).as_ref()) {
        *to = *from;
    }
    tag
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sessions(fixed: Option<&str>) -> Sessions {
        let fixed = fixed.map(Secret::new);
        let clock = Clock::starting_at("2026-11-01T00:00:00Z".parse().unwrap());
        Sessions::new(clock, fixed.as_ref().map(|token| (token, Roles { people: true, operator: false }))).unwrap()
    }

    fn pass(seconds: u64) -> impl Future<Output = ()> {
        tokio::time::advance(Duration::from_secs(seconds))
    }

    #[tokio::test(start_paused = true)]
    async fn a_link_signs_in_once() {
        let sessions = sessions(None);
        let link = sessions.new_link(Roles::ALL).unwrap();
        assert_eq!(link.expose().len(), 43, "256 bits");
        let (cookie, roles) = sessions.exchange(link.expose()).unwrap().unwrap();
        assert_eq!(roles, Roles::ALL);
        assert_eq!(sessions.roles(cookie.expose()), Some(Roles::ALL));
        assert_eq!(sessions.exchange(link.expose()).unwrap().err(), Some(TokenRefusal::Wrong));
        assert_eq!(sessions.roles(link.expose()), None, "a link is no session");
        assert_eq!(sessions.roles(""), None);
        sessions.end(cookie.expose());
        assert_eq!(sessions.roles(cookie.expose()), None);
    }

    #[tokio::test(start_paused = true)]
    async fn links_and_sessions_end() {
        let sessions = sessions(None);
        let link = sessions.new_link(Roles::ALL).unwrap();
        pass(599).await;
        let (cookie, _) = sessions.exchange(link.expose()).unwrap().unwrap();
        let late = sessions.new_link(Roles::ALL).unwrap();
        pass(600).await;
        assert_eq!(sessions.exchange(late.expose()).unwrap().err(), Some(TokenRefusal::Wrong));
        assert!(sessions.roles(cookie.expose()).is_some());
        pass(SESSION_LIFETIME.as_secs()).await;
        assert_eq!(sessions.roles(cookie.expose()), None);
    }

    #[tokio::test(start_paused = true)]
    async fn after_ten_wrong_tokens_in_a_minute_none_is_looked_at() {
        let sessions = sessions(Some("token of the settings"));
        for number in 0..10 {
            let refused = sessions.exchange(&format!("token of the setting{number}")).unwrap().err();
            assert_eq!(refused, Some(TokenRefusal::Wrong));
        }
        pass(20).await;
        let refused = sessions.exchange("token of the settings").unwrap().err();
        assert_eq!(refused, Some(TokenRefusal::TooMany { retry_after_seconds: 41 }));
        pass(40).await;
        let (_, roles) = sessions.exchange("token of the settings").unwrap().unwrap();
        assert_eq!(roles, Roles { people: true, operator: false });
        assert!(sessions.exchange("token of the settings").unwrap().is_ok(), "that of the settings signs in again");
        assert_eq!(sessions.exchange("").unwrap().err(), Some(TokenRefusal::Wrong));
    }

    #[tokio::test(start_paused = true)]
    async fn a_program_sends_the_token_of_the_settings_and_no_other() {
        let sessions = sessions(Some("token of the settings"));
        let link = sessions.new_link(Roles::ALL).unwrap();
        let roles = Some(Roles { people: true, operator: false });
        assert_eq!(sessions.roles_of_token("token of the settings"), roles);
        assert_eq!(sessions.roles_of_token(link.expose()), None, "a link is for a browser");
        for _ in 1..10 {
            assert_eq!(sessions.roles_of_token("a guess"), None);
        }
        assert_eq!(sessions.roles_of_token("token of the settings"), None, "after ten wrong ones in a minute");
        pass(60).await;
        assert_eq!(sessions.roles_of_token("token of the settings"), roles);
    }

    #[tokio::test(start_paused = true)]
    async fn sessions_do_not_grow_without_end() {
        let sessions = sessions(Some("token"));
        let (first, _) = sessions.exchange("token").unwrap().unwrap();
        pass(1).await;
        for _ in 0..SESSIONS_AT_MOST {
            sessions.exchange("token").unwrap().unwrap();
        }
        let open = sessions.state().open.len();
        assert_eq!((open, sessions.roles(first.expose())), (SESSIONS_AT_MOST, None));
    }
}
