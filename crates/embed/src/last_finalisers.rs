//! What lives to the end of the program has its finalisers run before the process exits.
//!
//! Memory is not given back: the process goes away with all of it. So nothing is cleared and every finaliser
//! still sees the world as its class left it. They run in this order: what the main module's names hold, in
//! the order of the names; other objects whose class is a program's own (`__del__`); and then native ones, of
//! which streams write out what they hold, text layers before their buffers. The standard streams stay
//! open. A finaliser may make new objects; those that are still alive afterwards get a second pass, no more.

use orochi_heap::collect;
use orochi_objects::{Attached, Value, attr, dict, flags, module, type_};

const PASSES: usize = 2;

/// Runs them. The calling thread is the only one that runs in the interpreter. Says whether there were any.
pub fn run(t: Attached<'_>) -> bool {
    let spared = standard_streams(t);
    let mut any = false;
    for _ in 0..PASSES {
        let mut waiting = Vec::new();
        t.stop_world(|| waiting = collect::unfinalized(&t.runtime().heap));
        waiting.retain(|v| !spared.iter().any(|s| s.is(v)));
        if waiting.is_empty() {
            break;
        }
        any = true;
        let modules = t.interpreter().modules.load();
        let main = dict::get_by_name(t, &modules, "__main__").map(|m| module::dict_of(&m));
        let named = main.map_or_else(Vec::new, |names| dict::items(&names));
        for (_, v) in named {
            if !spared.iter().any(|s| s.is(&v)) && rank(t, &v) == 0 {
                collect::finalize_early(&t.runtime().heap, &v);
            }
        }
        waiting.sort_by_key(|v| rank(t, v));
        for v in &waiting {
            collect::finalize_early(&t.runtime().heap, v);
        }
    }
    any
}

/// Where an object's finaliser comes in the order.
fn rank(t: Attached<'_>, v: &Value) -> u8 {
    let class = type_::as_type(type_::type_of(t, v));
    match class.name_text().rsplit('.').next().unwrap_or_default() {
        _ if class.has(flags::HEAP_TYPE) => 0,
        "TextIOWrapper" | "generator" | "coroutine" | "async_generator" => 1,
        name if name.starts_with("Buffered") => 2,
        _ => 3,
    }
}

fn standard_streams(t: Attached<'_>) -> Vec<Value> {
    let sys = t.interpreter().sys.load();
    let mut found = Vec::new();
    for name in ["stdin", "stdout", "stderr", "__stdin__", "__stdout__", "__stderr__"] {
        let mut next = dict::get_by_name(t, &sys, name);
        for below in ["buffer", "raw"] {
            let Some(stream) = next.filter(|s| !s.is_none()) else { break };
            next = attr::get_by_name(t, &stream, below).map_err(|e| drop(t.take_raised(e))).ok();
            found.push(stream);
            if below == "raw" {
                found.extend(next.take());
                break;
            }
        }
    }
    found
}
