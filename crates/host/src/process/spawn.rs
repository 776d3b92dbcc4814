//! `posix_spawn`: a new program without a copy of this one.

use crate::errno::{Errno, Result, direct};
use crate::signal::SignalSet;
use crate::strings::CStringArray;
use std::ffi::{CStr, CString};
use std::mem::MaybeUninit;

/// What the new process does with descriptors before the program starts, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileAction {
    Open { fd: i32, path: CString, flags: i32, mode: u32 },
    Close { fd: i32 },
    Dup2 { fd: i32, target: i32 },
    CloseFrom { low: i32 },
}

/// What differs from a plain start.
#[derive(Clone, Debug, Default)]
pub struct SpawnOptions {
    /// Look the program up in `PATH` (`posix_spawnp`).
    pub search: bool,
    /// Process group to join (0: a new one).
    pub group: Option<i32>,
    /// Effective ids become the real ones.
    pub reset_ids: bool,
    /// Start a session.
    pub session: bool,
    /// Signals to block.
    pub mask: Option<SignalSet>,
    /// Signals to set to their default.
    pub defaults: Option<SignalSet>,
    /// Scheduling policy; `None` in the pair keeps the policy and sets the priority only.
    pub scheduler: Option<(Option<i32>, i32)>,
    pub actions: Vec<FileAction>,
}

/// Ends the two C structures on every way out.
struct Prepared {
    actions: MaybeUninit<libc::posix_spawn_file_actions_t>,
    attributes: MaybeUninit<libc::posix_spawnattr_t>,
}

impl Drop for Prepared {
    fn drop(&mut self) {
        // SAFETY: `prepare` makes this value only after both were initialised.
        unsafe {
            libc::posix_spawn_file_actions_destroy(self.actions.as_mut_ptr());
            libc::posix_spawnattr_destroy(self.attributes.as_mut_ptr());
        }
    }
}

fn prepare() -> Result<Prepared> {
    let mut actions = MaybeUninit::uninit();
    let mut attributes = MaybeUninit::uninit();
    // SAFETY: both have room for what is initialised.
    unsafe {
        direct(libc::posix_spawn_file_actions_init(actions.as_mut_ptr()))?;
        if let Err(error) = direct(libc::posix_spawnattr_init(attributes.as_mut_ptr())) {
            libc::posix_spawn_file_actions_destroy(actions.as_mut_ptr());
            return Err(error);
        }
    }
    Ok(Prepared { actions, attributes })
}

unsafe extern "C" {
    fn posix_spawn_file_actions_addclosefrom_np(actions: *mut libc::posix_spawn_file_actions_t, low: i32) -> i32;
}

/// Starts `path`; answers the child's id.
pub fn posix_spawn(
    path: &CStr,
    arguments: &CStringArray,
    environment: &CStringArray,
    options: &SpawnOptions,
) -> Result<i32> {
    if arguments.is_empty() {
        return Err(Errno::EINVAL);
    }
    let mut prepared = prepare()?;
    let actions = prepared.actions.as_mut_ptr();
    for action in &options.actions {
        // SAFETY: the structure is initialised; libc copies the path.
        direct(unsafe {
            match action {
                FileAction::Open { fd, path, flags, mode } => {
                    libc::posix_spawn_file_actions_addopen(actions, *fd, path.as_ptr(), *flags, *mode)
                }
                FileAction::Close { fd } => libc::posix_spawn_file_actions_addclose(actions, *fd),
                FileAction::Dup2 { fd, target } => libc::posix_spawn_file_actions_adddup2(actions, *fd, *target),
                FileAction::CloseFrom { low } => posix_spawn_file_actions_addclosefrom_np(actions, *low),
            }
        })?;
    }
    let attributes = prepared.attributes.as_mut_ptr();
    let mut flags = 0;
    // SAFETY: the structure is initialised; each call copies what it is given.
    unsafe {
        if let Some(group) = options.group {
            flags |= libc::POSIX_SPAWN_SETPGROUP;
            direct(libc::posix_spawnattr_setpgroup(attributes, group))?;
        }
        if options.reset_ids {
            flags |= libc::POSIX_SPAWN_RESETIDS;
        }
        if options.session {
            flags |= libc::POSIX_SPAWN_SETSID as i32;
        }
        if let Some(mask) = options.mask {
            flags |= libc::POSIX_SPAWN_SETSIGMASK;
            let mask = mask.to_c();
            direct(libc::posix_spawnattr_setsigmask(attributes, &raw const mask))?;
        }
        if let Some(defaults) = options.defaults {
            flags |= libc::POSIX_SPAWN_SETSIGDEF;
            let defaults = defaults.to_c();
            direct(libc::posix_spawnattr_setsigdefault(attributes, &raw const defaults))?;
        }
        if let Some((policy, priority)) = options.scheduler {
            if let Some(policy) = policy {
                flags |= libc::POSIX_SPAWN_SETSCHEDULER;
                direct(libc::posix_spawnattr_setschedpolicy(attributes, policy))?;
            }
            flags |= libc::POSIX_SPAWN_SETSCHEDPARAM;
            let parameter = libc::sched_param { sched_priority: priority };
            direct(libc::posix_spawnattr_setschedparam(attributes, &raw const parameter))?;
        }
        direct(libc::posix_spawnattr_setflags(attributes, flags as libc::c_short))?;
    }
    let mut id = 0;
    let start = if options.search { libc::posix_spawnp } else { libc::posix_spawn };
    // SAFETY: path and arrays are NUL-ended and NULL-ended and outlive the call; both structures are
    // initialised. libc reads the arrays only, whatever its prototype says.
    direct(unsafe {
        start(
            &raw mut id,
            path.as_ptr(),
            actions,
            attributes,
            arguments.as_ptr().cast::<*mut libc::c_char>(),
            environment.as_ptr().cast::<*mut libc::c_char>(),
        )
    })?;
    Ok(id)
}
