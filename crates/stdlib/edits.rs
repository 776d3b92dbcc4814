//! Passages of the library that are replaced before it is compiled, where the released text has a fault that
//! programs meet. An edit whose passage does not stand there once fails the build: then the fault is looked at anew.

/// A file of the library, a passage that stands in it once, and what takes its place.
pub type Edit = (&'static str, &'static str, &'static str);

const PROCESS_POOL: &str = "concurrent/futures/process.py";

/// All of them.
pub const EDITS: &[Edit] = &[
    // A negative time-out means nothing to a call that does not wait.
    (
        "queue.py",
        r#"        if timeout is not None and timeout < 0:
            raise ValueError("'timeout' must be a non-negative number")
        if not self._count"#,
        r#"        if not block:
            timeout = None
        elif timeout is not None and timeout < 0:
            raise ValueError("'timeout' must be a non-negative number")
        if not self._count"#,
    ),
    // A chunk without bytes was kept as one to be sent, and tried again for ever.
    (
        "asyncio/selector_events.py",
        "        self._buffer.extend([memoryview(data) for data in list_of_data])\n",
        r#"        chunks = [memoryview(data) for data in list_of_data]
        self._buffer.extend(chunk for chunk in chunks if chunk.nbytes)
        if not self._buffer:
            return
"#,
    ),
    // A connection was accepted for a future that was cancelled before its turn came, and lost.
    (
        "asyncio/selector_events.py",
        "    def _sock_accept(self, fut, sock):\n",
        "    def _sock_accept(self, fut, sock):\n        if fut.done():\n            return\n",
    ),
    // A status may be anything where Popen is replaced.
    ("subprocess.py", "        if self.returncode and self.returncode < 0:\n            try:", "        if isinstance(self.returncode, int) and self.returncode < 0:\n            try:"),
    ("subprocess.py", r#"returned non-zero exit status %d." % ("#, r#"returned non-zero exit status %s." % ("#),
    // Workers that end at max_tasks_per_child: the manager thread hung when the executor had been collected, and
    // when the count of idle workers still held a token of the worker that was gone. It starts the successor itself
    // now, by what it owns, and breaks the pool when nobody can be started.
    (
        PROCESS_POOL,
        "class _ExecutorManagerThread(",
        r#"def _spawn_worker(context, calls, results, initializer, initargs, max_tasks, processes):
    arguments = calls, results, initializer, initargs, max_tasks
    worker = context.Process(target=_process_worker, args=arguments)
    worker.start()
    processes[worker.pid] = worker


class _ExecutorManagerThread("#,
    ),
    (
        PROCESS_POOL,
        r#"        super().__init__()

    def run(self):
        # Main loop"#,
        r#"        self.max_workers = executor._max_workers
        super().__init__()

    def _worker_is_gone(self):
        # What the futures that nobody will run have to be told, or None.
        cause = reason = None
        executor = self.executor_reference()
        if executor is None:
            reason = 'The last worker reached its number of tasks after the executor was garbage collected.'
        elif executor._force_shutting_down:
            reason = 'The workers were being forcefully shut down.'
        elif self.pending_work_items or not self.is_shutting_down():
            if len(self.processes) < self.max_workers:
                try:
                    _spawn_worker(executor._mp_context, self.call_queue, self.result_queue,
                                  executor._initializer, executor._initargs,
                                  self.max_tasks_per_child, self.processes)
                except Exception as error:
                    cause = format_exception(error)
                    reason = 'A worker reached its number of tasks and another could not be started.'
        del executor
        if not self.processes and (self.pending_work_items or cause is not None):
            return cause, reason
        return None

    def run(self):
        # Main loop"#,
    ),
    (
        PROCESS_POOL,
        r#"                if executor := self.executor_reference():
                    if process_exited:
                        with self.shutdown_lock:
                            executor._adjust_process_count()
                    else:
                        executor._idle_worker_semaphore.release()
                    del executor
"#,
        r#"                if process_exited:
                    with self.shutdown_lock:
                        trouble = self._worker_is_gone()
                    if trouble is not None:
                        self.terminate_broken(*trouble)
                        return
                elif executor := self.executor_reference():
                    executor._idle_worker_semaphore.release()
                    del executor
"#,
    ),
    (PROCESS_POOL, "    def _terminate_broken(self, cause):", "    def _terminate_broken(self, cause, reason=None):"),
    (
        PROCESS_POOL,
        r#"        bpe = BrokenProcessPool("A process in the process pool was "
                                "terminated abruptly while the future was "
                                "running or pending.")
        if cause is not None:
            bpe.__cause__ = _RemoteTraceback(
                f"\n'''\n{''.join(cause)}'''")
"#,
        r#"        if reason is None:
            reason = ("A process in the process pool was "
                      "terminated abruptly while the future was "
                      "running or pending.")
"#,
    ),
    // Each future gets an exception of its own: one that all share would collect the tracebacks of all.
    (
        PROCESS_POOL,
        r#"                work_item.future.set_exception(bpe)
"#,
        r#"                bpe = BrokenProcessPool(reason)
                if cause is not None:
                    bpe.__cause__ = _RemoteTraceback(
                        f"\n'''\n{''.join(cause)}'''")
                work_item.future.set_exception(bpe)
                del bpe
"#,
    ),
    (
        PROCESS_POOL,
        r#"    def terminate_broken(self, cause):
        with self.shutdown_lock:
            self._terminate_broken(cause)
"#,
        r#"    def terminate_broken(self, cause, reason=None):
        with self.shutdown_lock:
            self._terminate_broken(cause, reason)
"#,
    ),
    (
        PROCESS_POOL,
        "        self._broken = False\n",
        "        self._broken = False\n        self._force_shutting_down = False\n",
    ),
    (
        PROCESS_POOL,
        r#"        if self._processes is None:
            return

        # if there's an idle process"#,
        r#"        if self._processes is None or self._force_shutting_down:
            return

        # if there's an idle process"#,
    ),
    (
        PROCESS_POOL,
        r#"        p = self._mp_context.Process(
            target=_process_worker,
            args=(self._call_queue,
                  self._result_queue,
                  self._initializer,
                  self._initargs,
                  self._max_tasks_per_child))
        p.start()
        self._processes[p.pid] = p
"#,
        r#"        _spawn_worker(self._mp_context, self._call_queue, self._result_queue,
                      self._initializer, self._initargs,
                      self._max_tasks_per_child, self._processes)
"#,
    ),
    // Before the workers are listed: the manager must not start one that the list lacks.
    (
        PROCESS_POOL,
        r#"        processes = {}
        if self._processes:
"#,
        r#"        with self._shutdown_lock:
            self._force_shutting_down = True

        processes = {}
        if self._processes:
"#,
    ),
];
