//! The instruction table: one entry an opcode, with its operands and its meaning.
//!
//! The macro below makes the enum [`Op`], its names, operand kinds, extra words and prose from the
//! one list, so the encoder, the disassembler, the eval loop and the reference page cannot disagree.
//!
//! `R[x]` is register x of the frame's window. Register order: parameters, other locals, cell
//! variables, free variables, temporaries. A cell or free variable's register holds its cell.
//! "Run" means consecutive registers from `R[x]` on; a run is always made of temporaries, every
//! register above a call's run is dead, and instructions that read a run take all of it.
//! Offsets count words from the next instruction (after this one's cache or argument word).
//! A *cached* instruction is followed by one word that belongs to the eval loop (0 at first); an
//! instruction with an *argument word* is followed by one word of data.
//! `Nop`, `Move`, `LoadConst`, `Clear`, `MakeCell`, `PushExc`, `PopExc` and `Jump` never raise.

/// What an operand field means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OperandKind {
    /// Not used; zero.
    Unused,
    /// Register written.
    Dst,
    /// Register read.
    Src,
    /// Register read, or with the `CONST` flag an index into the constants.
    SrcOrConst,
    /// First register of a run that is read (and taken).
    Run,
    /// First register of a run that is written.
    DstRun,
    /// Index into the names.
    Name,
    /// A plain number.
    Number,
    /// Signed 16-bit offset.
    Jump16,
    /// With the following field: unsigned 32-bit index into the constants.
    Const32,
    /// With the following field: signed 32-bit offset.
    Jump32,
}

/// What follows the instruction word.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Follow {
    /// Nothing.
    Plain,
    /// One inline cache word.
    Cached,
    /// One argument word.
    Argument,
}

macro_rules! instructions {
    ($( $(#[doc = $doc:literal])+ $name:ident [$a:ident $b:ident $c:ident] $follow:ident; )+) => {
        /// An opcode. The prose of each is its entry in the instruction table.
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
        #[repr(u8)]
        pub enum Op { $( $(#[doc = $doc])+ $name, )+ }

        impl Op {
            /// Every opcode in numeric order.
            pub const ALL: &'static [Op] = &[ $(Op::$name),+ ];
            /// Number of opcodes.
            pub const COUNT: usize = Self::ALL.len();

            /// The opcode of a byte, if there is one.
            #[inline]
            pub const fn from_byte(byte: u8) -> Option<Op> {
                if (byte as usize) < Self::COUNT { Some(Self::ALL[byte as usize]) } else { None }
            }
            /// The name as written in the table.
            pub const fn name(self) -> &'static str {
                match self { $(Op::$name => stringify!($name)),+ }
            }
            /// Kinds of the operands a, b, c.
            pub const fn operands(self) -> [OperandKind; 3] {
                match self { $(Op::$name => [OperandKind::$a, OperandKind::$b, OperandKind::$c]),+ }
            }
            /// What follows the instruction word.
            pub const fn follow(self) -> Follow {
                match self { $(Op::$name => Follow::$follow),+ }
            }
            /// The table's prose.
            pub const fn doc(self) -> &'static str {
                match self { $(Op::$name => concat!($($doc, "\n"),+)),+ }
            }
            /// Words that this instruction takes in all.
            pub const fn size(self) -> usize {
                match self.follow() { Follow::Plain => 1, Follow::Cached | Follow::Argument => 2 }
            }
        }
    };
}

instructions! {
    // --- moving values -------------------------------------------------------------------------
    /// Does nothing.
    Nop [Unused Unused Unused] Plain;
    /// R[a] = R[b]; with TAKE_B the reference moves.
    Move [Dst Src Unused] Plain;
    /// R[a] = constants[bc].
    LoadConst [Dst Const32 Unused] Plain;
    /// Raises UnboundLocalError (NameError for a free variable) naming local a if R[a] is unbound.
    CheckBound [Src Unused Unused] Plain;
    /// `del` of local a: raises if unbound, then leaves it unbound.
    DeleteLocal [Src Unused Unused] Plain;
    /// Leaves R[a] unbound, releasing what it held; never raises.
    Clear [Src Unused Unused] Plain;
    /// Wraps the parameter in R[a] (or nothing, if unbound) in a new cell, in place.
    MakeCell [Src Unused Unused] Plain;
    /// R[a] = the contents of cell R[b]; NameError/UnboundLocalError if empty.
    LoadCell [Dst Src Unused] Plain;
    /// Contents of cell R[b] = R[a].
    StoreCell [Src Src Unused] Plain;
    /// Empties cell R[b]; raises if it was empty.
    DeleteCell [Unused Src Unused] Plain;
    /// R[a] = names[c] from the namespace of the frame, else the contents of cell R[b] (class body).
    LoadNameOrCell [Dst Src Name] Plain;
    /// R[a] = names[c] from the mapping R[b], else the global or builtin (annotation scopes).
    LoadMappingOrGlobal [Dst Src Name] Plain;
    /// R[a] = names[c] from the mapping R[b], else the contents of the cell in register Argument.
    LoadMappingOrCell [Dst Src Name] Argument;
    /// R[a] = global or builtin names[b].
    LoadGlobal [Dst Name Unused] Cached;
    /// Global names[b] = R[a].
    StoreGlobal [Src Name Unused] Cached;
    /// `del` of global names[b].
    DeleteGlobal [Unused Name Unused] Plain;
    /// R[a] = names[b] in the frame's namespace, then globals, then builtins (module, class, exec).
    LoadName [Dst Name Unused] Cached;
    /// names[b] in the frame's namespace = R[a].
    StoreName [Src Name Unused] Cached;
    /// `del` of names[b] in the frame's namespace.
    DeleteName [Unused Name Unused] Plain;
    /// R[a] = the namespace mapping of the frame (class body, `locals()` of a module).
    LoadLocals [Dst Unused Unused] Plain;

    /// Makes sure that the frame's namespace has `__annotations__` (a new dict if it has not).
    SetupAnnotations [Unused Unused Unused] Plain;

    // --- attributes and items ------------------------------------------------------------------
    /// R[a] = R[b].names[c].
    LoadAttr [Dst Src Name] Cached;
    /// R[b].names[c] = R[a].
    StoreAttr [Src Src Name] Cached;
    /// `del R[b].names[c]`.
    DeleteAttr [Unused Src Name] Plain;
    /// R[a] = callable, R[a+1] = self, for a call of R[b].names[c]; R[a+1] is unbound if nothing is
    /// to be passed as self. The Call that follows uses run a.
    LoadMethod [DstRun Src Name] Cached;
    /// `super()` attribute: run b = super, class, self; R[a] = attribute names[c]. EXTRA: the source
    /// says `super()` without arguments (matters only if `super` is not the builtin type).
    LoadSuperAttr [Dst Run Name] Plain;
    /// As LoadSuperAttr, but R[a], R[a+1] = callable, self as LoadMethod does.
    LoadSuperMethod [DstRun Run Name] Plain;
    /// R[a] = the special method number c (see `SPECIAL_NAMES`) of R[b]'s type, bound: R[a] =
    /// callable, R[a+1] = self or unbound, as LoadMethod. TypeError names what the `with` statement misses.
    LoadSpecial [DstRun Src Number] Plain;
    /// R[a] = R[b][R[c]].
    LoadSubscr [Dst Src SrcOrConst] Plain;
    /// R[b][R[c]] = R[a].
    StoreSubscr [Src Src SrcOrConst] Plain;
    /// `del R[b][R[c]]`.
    DeleteSubscr [Unused Src SrcOrConst] Plain;
    /// R[a] = slice of run b with c (2 or 3) members.
    BuildSlice [Dst Run Number] Plain;

    // --- operators -----------------------------------------------------------------------------
    /// R[a] = R[b] + R[c] (INPLACE: `+=`), as all binary operators.
    Add [Dst Src SrcOrConst] Plain;
    /// R[a] = R[b] - R[c].
    Sub [Dst Src SrcOrConst] Plain;
    /// R[a] = R[b] * R[c].
    Mul [Dst Src SrcOrConst] Plain;
    /// R[a] = R[b] / R[c].
    TrueDiv [Dst Src SrcOrConst] Plain;
    /// R[a] = R[b] // R[c].
    FloorDiv [Dst Src SrcOrConst] Plain;
    /// R[a] = R[b] % R[c].
    Mod [Dst Src SrcOrConst] Plain;
    /// R[a] = R[b] ** R[c].
    Pow [Dst Src SrcOrConst] Plain;
    /// R[a] = R[b] @ R[c].
    MatMul [Dst Src SrcOrConst] Plain;
    /// R[a] = R[b] << R[c].
    Shl [Dst Src SrcOrConst] Plain;
    /// R[a] = R[b] >> R[c].
    Shr [Dst Src SrcOrConst] Plain;
    /// R[a] = R[b] & R[c].
    And [Dst Src SrcOrConst] Plain;
    /// R[a] = R[b] | R[c].
    Or [Dst Src SrcOrConst] Plain;
    /// R[a] = R[b] ^ R[c].
    Xor [Dst Src SrcOrConst] Plain;
    /// R[a] = R[b] < R[c] (any object, as rich comparison gives it).
    Lt [Dst Src SrcOrConst] Plain;
    /// R[a] = R[b] <= R[c].
    Le [Dst Src SrcOrConst] Plain;
    /// R[a] = R[b] > R[c].
    Gt [Dst Src SrcOrConst] Plain;
    /// R[a] = R[b] >= R[c].
    Ge [Dst Src SrcOrConst] Plain;
    /// R[a] = R[b] == R[c].
    Eq [Dst Src SrcOrConst] Plain;
    /// R[a] = R[b] != R[c].
    Ne [Dst Src SrcOrConst] Plain;
    /// R[a] = R[b] is R[c].
    Is [Dst Src SrcOrConst] Plain;
    /// R[a] = R[b] is not R[c].
    IsNot [Dst Src SrcOrConst] Plain;
    /// R[a] = R[b] in R[c].
    In [Dst Src SrcOrConst] Plain;
    /// R[a] = R[b] not in R[c].
    NotIn [Dst Src SrcOrConst] Plain;
    /// R[a] = not R[b].
    Not [Dst Src Unused] Plain;
    /// R[a] = bool(R[b]).
    ToBool [Dst Src Unused] Plain;
    /// R[a] = -R[b].
    Neg [Dst Src Unused] Plain;
    /// R[a] = +R[b].
    Pos [Dst Src Unused] Plain;
    /// R[a] = ~R[b].
    Invert [Dst Src Unused] Plain;

    // --- jumps ---------------------------------------------------------------------------------
    /// Jumps forward.
    Jump [Unused Jump32 Unused] Plain;
    /// Jumps back to a loop's head; a safepoint.
    Loop [Unused Jump32 Unused] Plain;
    /// Jumps if R[a] is true. This and all conditional jumps may jump back: then they are a safepoint, as `Loop`.
    /// EXTRA (here and for JumpIfFalse): R[a] is a temporary that is released only if the jump is not taken.
    JumpIfTrue [Src Jump32 Unused] Plain;
    /// Jumps if R[a] is false.
    JumpIfFalse [Src Jump32 Unused] Plain;
    /// Jumps if R[a] is None.
    JumpIfNone [Src Jump32 Unused] Plain;
    /// Jumps if R[a] is not None.
    JumpIfNotNone [Src Jump32 Unused] Plain;
    /// Jumps if R[a] < R[b] is true, as all fused jumps (CONST: b indexes the constants).
    JumpIfLt [Src SrcOrConst Jump16] Plain;
    /// Jumps if R[a] <= R[b] is true.
    JumpIfLe [Src SrcOrConst Jump16] Plain;
    /// Jumps if R[a] > R[b] is true.
    JumpIfGt [Src SrcOrConst Jump16] Plain;
    /// Jumps if R[a] >= R[b] is true.
    JumpIfGe [Src SrcOrConst Jump16] Plain;
    /// Jumps if R[a] == R[b] is true.
    JumpIfEq [Src SrcOrConst Jump16] Plain;
    /// Jumps if R[a] != R[b] is true.
    JumpIfNe [Src SrcOrConst Jump16] Plain;
    /// Jumps if R[a] < R[b] is false.
    JumpIfNotLt [Src SrcOrConst Jump16] Plain;
    /// Jumps if R[a] <= R[b] is false.
    JumpIfNotLe [Src SrcOrConst Jump16] Plain;
    /// Jumps if R[a] > R[b] is false.
    JumpIfNotGt [Src SrcOrConst Jump16] Plain;
    /// Jumps if R[a] >= R[b] is false.
    JumpIfNotGe [Src SrcOrConst Jump16] Plain;
    /// Jumps if R[a] == R[b] is false.
    JumpIfNotEq [Src SrcOrConst Jump16] Plain;
    /// Jumps if R[a] != R[b] is false.
    JumpIfNotNe [Src SrcOrConst Jump16] Plain;
    /// Jumps if R[a] is R[b].
    JumpIfIs [Src SrcOrConst Jump16] Plain;
    /// Jumps if R[a] is not R[b].
    JumpIfIsNot [Src SrcOrConst Jump16] Plain;

    // --- iteration -----------------------------------------------------------------------------
    /// R[a] = iter(R[b]).
    GetIter [Dst Src Unused] Plain;
    /// R[a] = next(R[b]); at the end releases R[b] and jumps.
    ForIter [Dst Src Jump16] Cached;
    /// The same at a loop's end: R[a] = next(R[b]) and jumps (back, a safepoint) if there is a next
    /// value; else releases R[b] and goes on.
    ForLoop [Dst Src Jump16] Cached;
    /// Unpacks R[b] into run a of exactly c values; here the run may also be consecutive plain locals.
    /// Reads R[b] and all members first, writes all or (on an error) none.
    UnpackSequence [DstRun Src Number] Plain;
    /// Unpacks R[b] into run a: c values, a list of the rest, then Argument values.
    UnpackEx [DstRun Src Number] Argument;

    // --- calls ---------------------------------------------------------------------------------
    /// R[a] = call of run b: callable, self or unbound, then c positional arguments. A safepoint.
    /// EXTRA: there is no self; R[b+1] was not written (it is a dead register, room for a bound
    /// method's self).
    Call [Dst Run Number] Cached;
    /// As Call, EXTRA included; the last arguments are named by the tuple constants[Argument] (c counts all arguments).
    CallKw [Dst Run Number] Argument;
    /// `R[a] = R[b](*R[b+1])`: run b = callable, tuple or other iterable; with EXTRA also a dict,
    /// `R[a] = R[b](*R[b+1], **R[b+2])`.
    CallEx [Dst Run Unused] Plain;
    /// Returns R[a] (CONST: constants[a]) from the frame.
    Return [SrcOrConst Unused Unused] Plain;
    /// R[a] = new function of code constants[c]. Run b holds what the flags name, in this order:
    /// bit 0 defaults tuple, bit 1 dict of keyword defaults, bit 2 annotate function, bit 3 closure
    /// tuple, bit 4 annotations as a tuple of names and values in turn (`FUNCTION_*`); its length is the number of these bits (TAKE and CONST mean nothing here).
    MakeFunction [Dst Run Number] Plain;
    /// R[a] = `builtins.__build_class__`.
    LoadBuildClass [Dst Unused Unused] Plain;

    // --- containers ----------------------------------------------------------------------------
    /// R[a] = tuple of run b with c members.
    BuildTuple [Dst Run Number] Plain;
    /// R[a] = list of run b with c members.
    BuildList [Dst Run Number] Plain;
    /// R[a] = set of run b with c members.
    BuildSet [Dst Run Number] Plain;
    /// R[a] = dict of run b with c pairs (key, value, key, value ...).
    BuildMap [Dst Run Number] Plain;
    /// R[a] = dict of the keys constants[Argument] (a tuple) and the values of run b (c of them).
    BuildConstKeyMap [Dst Run Number] Argument;
    /// R[a] = the strings of run b (c of them) joined.
    BuildString [Dst Run Number] Plain;
    /// Appends R[b] to the list R[a].
    ListAppend [Src Src Unused] Plain;
    /// Extends the list R[a] with the iterable R[b] (`*x` in a display; TypeError words it so).
    ListExtend [Src Src Unused] Plain;
    /// R[a] = tuple of the list R[b].
    ListToTuple [Dst Src Unused] Plain;
    /// Adds R[b] to the set R[a].
    SetAdd [Src Src Unused] Plain;
    /// Adds the members of the iterable R[b] to the set R[a].
    SetUpdate [Src Src Unused] Plain;
    /// Dict R[a][R[b]] = R[c].
    MapAdd [Src Src Src] Plain;
    /// Updates the dict R[a] with the mapping R[b] (`{**x}`).
    DictUpdate [Src Src Unused] Plain;
    /// Updates the dict R[a] with the mapping R[b] for a call of R[c]: TypeError on a double key.
    DictMerge [Src Src Src] Plain;

    // --- strings -------------------------------------------------------------------------------
    /// R[a] = str, repr or ascii (c = 1, 2, 3) of R[b].
    Convert [Dst Src Number] Plain;
    /// R[a] = format(R[b]).
    FormatSimple [Dst Src Unused] Plain;
    /// R[a] = format(R[b], R[c]).
    FormatSpec [Dst Src SrcOrConst] Plain;
    /// R[a] = Interpolation of run b: value, expression text and, with EXTRA, format spec; c = conversion (0-3).
    BuildInterpolation [Dst Run Number] Plain;
    /// R[a] = Template of run b: tuple of strings, tuple of interpolations.
    BuildTemplate [Dst Run Unused] Plain;

    // --- exceptions ----------------------------------------------------------------------------
    /// At a handler's start: R[a] = the exception handled until now (or None); R[b] is handled from now.
    PushExc [Dst Src Unused] Plain;
    /// At a handler's end: the exception in R[a] (or none) is the handled one again; takes R[a].
    PopExc [Src Unused Unused] Plain;
    /// R[a] = whether exception R[b] matches R[c] (class or tuple; TypeError otherwise).
    MatchExc [Dst Src Src] Plain;
    /// `except*`: splits group R[b] by R[c]: R[a] = the matching part or None, R[a+1] = the rest or None.
    /// R[b] may be None (nothing is left): then both are None. A single exception that matches is wrapped.
    MatchExcGroup [DstRun Src Src] Plain;
    /// Raises R[a].
    Raise [Src Unused Unused] Plain;
    /// Raises R[a] from R[b].
    RaiseFrom [Src Src Unused] Plain;
    /// Bare `raise`.
    RaiseCurrent [Unused Unused Unused] Plain;
    /// Raises R[a] again as it is: keeps its traceback (no new entry for this line), no new context.
    Reraise [Src Unused Unused] Plain;
    /// `except*` end: R[a] = what is to be raised for the list R[b] of raised and rest given the original R[c], or None.
    /// The last member of the list is the rest; it may be None.
    PrepReraiseStar [Dst Src Src] Plain;
    /// R[a] = AssertionError, whatever the builtins say.
    LoadAssertionError [Dst Unused Unused] Plain;
    /// R[a] = NotImplementedError, whatever the builtins say.
    LoadNotImplementedError [Dst Unused Unused] Plain;
    /// Exceptional end of `with`: run b = exit callable, self or unbound, exception; calls it with
    /// (type, value, traceback); R[a] = its result. Leaves the run's exception in place, takes the rest.
    WithExceptStart [Dst Run Unused] Plain;

    // --- generators and coroutines -------------------------------------------------------------
    /// Suspends, giving R[b]; R[a] = what is sent at resumption. EXTRA: inside an async generator
    /// and the value is its own `yield` (wrapped for the awaiting side).
    Yield [Dst Src Unused] Plain;
    /// R[a] = the iterator that `yield from R[b]` delegates to.
    GetYieldFromIter [Dst Src Unused] Plain;
    /// R[a] = awaitable iterator of R[b]; c = 0 await, 1 after __aenter__, 2 after __aexit__ (wording of the TypeError).
    GetAwaitable [Dst Src Number] Plain;
    /// Delegates to the iterator R[b], sending R[c] (None first): suspends with each value that it yields,
    /// R[b] and R[c] are temporaries, released at the end;
    /// staying on this instruction with R[c] = what is sent in (thrown exceptions and close go to R[b]);
    /// when it ends, R[a] = its result and execution goes on.
    YieldFrom [Dst Src Src] Plain;
    /// R[a] = R[b].__aiter__().
    GetAiter [Dst Src Unused] Plain;
    /// R[a] = awaitable of R[b].__anext__().
    GetAnext [Dst Src Unused] Plain;
    /// Handler of an `async for`: if R[a] is StopAsyncIteration takes it and jumps, else raises R[a] again.
    EndAsyncFor [Src Jump32 Unused] Plain;

    // --- imports -------------------------------------------------------------------------------
    /// R[a] = __import__(names[c], level, from-list) with run b = level, from-list.
    ImportName [Dst Run Name] Plain;
    /// R[a] = names[c] from module R[b] (which stays).
    ImportFrom [Dst Src Name] Plain;
    /// `from R[a] import *` into the frame's namespace.
    ImportStar [Src Unused Unused] Plain;

    // --- pattern matching ----------------------------------------------------------------------
    /// R[a] = whether R[b] is a mapping (the flag of its type). Does not take R[b].
    MatchMapping [Dst Src Unused] Plain;
    /// R[a] = whether R[b] is a sequence (the flag of its type). Does not take R[b].
    MatchSequence [Dst Src Unused] Plain;
    /// R[a] = tuple of the values of mapping R[b] for the keys tuple R[c], or None.
    MatchKeys [Dst Src Src] Plain;
    /// Class pattern: run b = subject, class, tuple of keyword names; c positional patterns;
    /// R[a] = tuple of the attributes, or None.
    MatchClass [Dst Run Number] Plain;
    /// R[a] = len(R[b]). Does not take R[b].
    GetLen [Dst Src Unused] Plain;

    // --- the rest ------------------------------------------------------------------------------
    /// R[a] = intrinsic number c of R[b]: see `Intrinsic1`.
    Intrinsic1 [Dst Src Number] Plain;
    /// R[a] = intrinsic number c of run b (two values): see `Intrinsic2`.
    Intrinsic2 [Dst Run Number] Plain;
}

/// `MakeFunction`: the run holds the defaults tuple.
pub const FUNCTION_DEFAULTS: u8 = 1;
/// `MakeFunction`: the run holds the dict of keyword defaults.
pub const FUNCTION_KWDEFAULTS: u8 = 2;
/// `MakeFunction`: the run holds the annotate function.
pub const FUNCTION_ANNOTATE: u8 = 4;
/// `MakeFunction`: the run holds the closure, a tuple of cells in the order of the code's free names.
pub const FUNCTION_CLOSURE: u8 = 8;

/// `MakeFunction`: the run holds the annotations, a tuple (name, value, name, value ...); only under
/// `from __future__ import annotations`, where the values are text.
pub const FUNCTION_ANNOTATIONS: u8 = 16;

/// Names for `LoadSpecial`, by number.
pub const SPECIAL_NAMES: [&str; 4] = ["__enter__", "__exit__", "__aenter__", "__aexit__"];

/// Operations of `Intrinsic1`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Intrinsic1 {
    /// Prints an expression statement's value in interactive mode (`sys.displayhook`).
    Print,
    /// Makes a TypeVar of a name.
    TypeVar,
    /// Makes a ParamSpec of a name.
    ParamSpec,
    /// Makes a TypeVarTuple of a name.
    TypeVarTuple,
    /// `Generic[...]` of a tuple of type parameters.
    SubscriptGeneric,
    /// Makes a TypeAliasType of a tuple (name, type parameters or None, evaluate function).
    TypeAlias,
}

/// Operations of `Intrinsic2`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Intrinsic2 {
    /// TypeVar with a bound: name, evaluate function.
    TypeVarWithBound,
    /// TypeVar with constraints: name, evaluate function.
    TypeVarWithConstraints,
    /// Sets a function's type parameters: function, tuple; gives the function.
    SetFunctionTypeParams,
    /// Sets a type parameter's default: parameter, evaluate function; gives the parameter.
    SetTypeParamDefault,
}
