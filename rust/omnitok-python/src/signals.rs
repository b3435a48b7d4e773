//! Work without the GIL that the main thread can still be stopped in.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use omnitok_core::parallel::Watch;
use pyo3::call::PyCallArgs;
use pyo3::prelude::*;

use crate::error::OrRaise;

/// How long Ctrl-C may wait. A look takes the GIL, for which another thread may keep us waiting 5 ms.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Runs `work` without the GIL; what `report` raises when it is called from there stops the work and is raised here.
pub(crate) fn stoppable<P, R: Send>(
    py: Python<'_>,
    mut report: impl FnMut(P) -> PyResult<()> + Send,
    work: impl FnOnce(&mut dyn FnMut(P) -> ControlFlow<()>) -> omnitok_core::Result<R> + Send,
) -> PyResult<R> {
    let (result, raised) = py.detach(|| {
        let mut raised = None;
        let mut report = |event: P| match report(event) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                raised = Some(error);
                ControlFlow::Break(())
            }
        };
        (work(&mut report), raised)
    });
    match raised {
        Some(error) => Err(error),
        None => result.or_raise(py),
    }
}

/// Runs `work` without the GIL, and lets Ctrl-C and other signals through while it goes on.
pub(crate) fn interruptible<R: Send>(
    py: Python<'_>,
    work: impl FnOnce(Watch) -> omnitok_core::Result<R> + Send,
) -> PyResult<R> {
    let mut looked = Instant::now();
    let look = move |()| {
        if looked.elapsed() < LOOK_EVERY {
            return Ok(());
        }
        let outcome = Python::attach(|py| -> PyResult<()> { py.check_signals() });
        looked = Instant::now();
        outcome
    };
    stoppable(py, look, |report| work(&mut || report(())))
}

/// Runs `work` without the GIL. `report` is its progress callback: it takes the GIL, lets Ctrl-C through and calls
/// `progress`; what either raises stops the work and is raised here.
pub(crate) fn with_progress<P, A: for<'py> PyCallArgs<'py>, R: Send>(
    py: Python<'_>,
    progress: Option<Py<PyAny>>,
    arguments: impl Fn(P) -> A + Sync,
    work: impl FnOnce(&mut dyn FnMut(P) -> ControlFlow<()>) -> omnitok_core::Result<R> + Send,
) -> PyResult<R> {
    let report = |event: P| {
        Python::attach(|py| {
            py.check_signals()?;
            if let Some(progress) = &progress {
                progress.call1(py, arguments(event))?;
            }
            Ok(())
        })
    };
    stoppable(py, report, work)
}
