//! Work that is finished even if nobody waits for it any more.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

use tokio_util::task::TaskTracker;

/// Runs `work` where it is awaited; if that is given up, it goes on in a task of its own.
pub(crate) fn finish_anyway<F>(tasks: &TaskTracker, work: F) -> FinishAnyway<F>
where
    F: Future<Output: Send + 'static> + Send + 'static,
{
    FinishAnyway { work: Some(Box::pin(work)), tasks: tasks.clone() }
}

/// See [`finish_anyway`].
pub(crate) struct FinishAnyway<F>
where
    F: Future<Output: Send + 'static> + Send + 'static,
{
    /// `None` once it is done.
    work: Option<Pin<Box<F>>>,
    tasks: TaskTracker,
}

impl<F> Future for FinishAnyway<F>
where
    F: Future<Output: Send + 'static> + Send + 'static,
{
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let work = self.work.as_mut().expect("a future is not polled after it is done");
        let output = ready!(work.as_mut().poll(context));
        self.work = None;
        Poll::Ready(output)
    }
}

impl<F> Drop for FinishAnyway<F>
where
    F: Future<Output: Send + 'static> + Send + 'static,
{
    fn drop(&mut self) {
        if let Some(work) = self.work.take() {
            self.tasks.spawn(work);
        }
    }
}
