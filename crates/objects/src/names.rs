//! Names that the interpreter itself uses, interned once a runtime: `t.names().__init__`.

use orochi_heap::Value;

use crate::thread::Attached;

macro_rules! names {
    ($($name:ident)+) => {
        /// The pre-interned names; each field is the str object of its own name.
        #[allow(missing_docs, non_snake_case, reason = "each field is the str of its name, spelled so")]
        pub struct Names { $(pub $name: Value,)+ }

        impl Names {
            /// Interns all names.
            pub(crate) fn new(t: Attached<'_>) -> Names {
                Names { $($name: crate::str::intern(t, stringify!($name)),)+ }
            }
        }
    };
}

names! {
    __abs__ __add__ __aenter__ __aexit__ __aiter__ __all__ __and__ __anext__ __annotate__ __annotations__ __await__
    __bases__ __bool__ __bases __buffer__ __builtins__ __bytes__ __call__ __cached__ __class__ __class_getitem__
    __classcell__ __classdict__ __classdictcell__ __complex__ __contains__ __copy__ __debug__ __deepcopy__ __del__ __delattr__ __delete__
    __delitem__ __dict__ __dir__ __divmod__ __doc__ __enter__ __eq__ __exit__ __file__ __firstlineno__ __float__ __floordiv__
    __format__ __func__ __fspath__ __ge__ __get__ __getattr__ __getattribute__ __getitem__ __getnewargs__ __getnewargs_ex__ __getstate__ __gt__
    __hash__ __iadd__ __iand__ __ifloordiv__ __ilshift__ __imatmul__ __imod__ __import__ __imul__ __index__ __init__
    __init_subclass__ __instancecheck__ __int__ __invert__ __ior__ __ipow__ __irshift__ __isub__ __iter__
    __itruediv__ __ixor__ __kwdefaults__ __le__ __len__ __length_hint__ __loader__ __lshift__ __lt__ __main__ __match_args__ __matmul__
    __missing__ __mod__ __module__ __mro__ __mro_entries__ __mul__ __name__ __ne__ __neg__ __new__ __next__ __objclass__ __or__
    __origin__ __orig_bases__ __orig_class__ __package__ __parameters__ __path__ __pos__ __pow__ __prepare__ __qualname__ __radd__ __rand__ __rdivmod__
    __reduce__ __reduce_ex__ __release_buffer__ __repr__ __reversed__ __rfloordiv__ __rlshift__ __rmatmul__ __rmod__
    __rmul__ __ror__ __round__ __rpow__ __rrshift__ __rshift__ __rsub__ __rtruediv__ __rxor__ __self__ __set__
    __set_name__ __setattr__ __setitem__ __setstate__ __sizeof__ __slots__ __slotnames__ __spec__ __static_attributes__ __str__ __sub__
    __subclasscheck__ __subclasses__ __subclasshook__ __text_signature__ __traceback__ __truediv__ __trunc__ __floor__ __ceil__ __type_params__
    __typing_subst__ __typing_is_unpacked_typevartuple__ __typing_unpacked_tuple_args__ __typing_prepare_subst__ __unpacked__ __weakref__ __wrapped__ __xor__
    __abstractmethods__ __isabstractmethod__ __defaults__ __code__ __globals__ __closure__ __context__ __cause__ __notes__ __suppress_context__
    _initializing _is_coroutine_marker append args builtins close code encode decode errors extend fileno flush get getvalue items key keys join
    locals mro name obj msg path name_from sort send throw values write read readline readinto reverse stdin stdout stderr sys encoding
    importlib _find_and_load _handle_fromlist _lock_unlock_module excepthook displayhook unraisablehook metaclass default end sep file
    strict last_exc last_type last_value last_traceback modules fromlist level cls big little return_ filename lineno
    n_fields n_sequence_fields n_unnamed_fields _fields cr_await gi_yieldfrom ag_await replace copy update print_file_and_line offset text end_lineno end_offset
    errno strerror filename2 value object start stop step real imag numerator denominator _abc_impl __abc_tpflags__ __conditional_annotations__ _mro
    closed seek tell truncate readable writable seekable isatty peek readall read1 readinto1 mode getstate setstate reset readlines
    call_soon context get_debug is_running call_exception_handler get_loop _loop _asyncio_future_blocking add_done_callback cancel done result
    message exception future source_traceback task limit run discard add
    _finalizing __IOBase_closed _dealloc_warn raw newlines buffer
}
