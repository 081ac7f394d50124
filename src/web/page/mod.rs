//! The pages, one file each. A page is `show(site, ask)`: it reads what it needs, and gives a heading and what stands below it.

pub(super) mod blueprint;
pub(super) mod catalog;
pub(super) mod definitions;
pub(super) mod embed;
pub(super) mod entity;
pub(super) mod figures;
pub(super) mod home;
pub(super) mod live;
pub(super) mod mapping;
pub(super) mod nowhere;
pub(super) mod plan;
pub(super) mod program;
pub(super) mod quality;
pub(super) mod run;
pub(super) mod runs;
pub(super) mod sign_in;
