//! Work that is finished even if nobody waits for it any more.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

use tokio_util::task::TaskTracker;

/// Runs `work` where it is awaited; if that is given up, it goes on in a task of its own.
pub(crate) fn finish_anyway<T: Send + 'static>(
    tasks: &TaskTracker,
    work: impl Future<Output = T> + Send + 'static,
) -> FinishAnyway<T> {
    FinishAnyway { work: Some(Box::pin(work)), tasks: tasks.clone() }
}

/// See [`finish_anyway`].
pub(crate) struct FinishAnyway<T: Send + 'static> {
    /// `None` once it is done.
    work: Option<Pin<Box<dyn Future<Output = T> + Send>>>,
    tasks: TaskTracker,
}

impl<T: Send + 'static> Future for FinishAnyway<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let work = self.work.as_mut().expect("a future is not polled after it is done");
        let output = ready!(work.as_mut().poll(context));
        self.work = None;
        Poll::Ready(output)
    }
}

impl<T: Send + 'static> Drop for FinishAnyway<T> {
    fn drop(&mut self) {
        if let Some(work) = self.work.take() {
            self.tasks.spawn(work);
        }
    }
}
