//! A watch channel that wakes its waiters in the order of their ids. tokio's picks one of eight
//! lists at random for each waiter, and no seed governs that.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};
use std::task::{Poll, Waker};

use openraft_rt::watch::{RecvError, SendError, Watch, WatchReceiver, WatchSender};
use openraft_rt::{OptionalSend, OptionalSync};

/// The watch of the seeded runtime.
pub struct SeededWatch;

#[derive(Default)]
struct Control {
    version: u64,
    senders: usize,
    receivers: usize,
    next_id: u64,
    waiting: BTreeMap<u64, Waker>,
}

struct Shared<T> {
    value: RwLock<T>,
    control: Mutex<Control>,
}

impl<T> Shared<T> {
    fn control(&self) -> MutexGuard<'_, Control> {
        self.control.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn value(&self) -> RwLockReadGuard<'_, T> {
        self.value.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn change<O>(&self, change: impl FnOnce(&mut T) -> O) -> O {
        change(&mut self.value.write().unwrap_or_else(PoisonError::into_inner))
    }

    fn announce(&self) {
        let waiting = {
            let mut control = self.control();
            control.version += 1;
            std::mem::take(&mut control.waiting)
        };
        waiting.into_values().for_each(Waker::wake);
    }

    fn receiver(self: &Arc<Self>, seen: Option<u64>) -> Receiver<T> {
        let mut control = self.control();
        control.receivers += 1;
        control.next_id += 1;
        let (id, seen) = (control.next_id, seen.unwrap_or(control.version));
        drop(control);
        Receiver { shared: Arc::clone(self), id, seen }
    }
}

/// The sending side.
pub struct Sender<T>(Arc<Shared<T>>);

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        self.0.control().senders += 1;
        Self(Arc::clone(&self.0))
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        let waiting = {
            let mut control = self.0.control();
            control.senders -= 1;
            if control.senders == 0 {
                std::mem::take(&mut control.waiting)
            } else {
                BTreeMap::new()
            }
        };
        waiting.into_values().for_each(Waker::wake);
    }
}

/// The receiving side.
pub struct Receiver<T> {
    shared: Arc<Shared<T>>,
    id: u64,
    seen: u64,
}

impl<T> Clone for Receiver<T> {
    fn clone(&self) -> Self {
        self.shared.receiver(Some(self.seen))
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        let mut control = self.shared.control();
        control.receivers -= 1;
        control.waiting.remove(&self.id);
    }
}

/// A look at the value.
pub struct Seen<'a, T>(RwLockReadGuard<'a, T>);

impl<T> Deref for Seen<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl Watch for SeededWatch {
    type Sender<T: OptionalSend + OptionalSync> = Sender<T>;
    type Receiver<T: OptionalSend + OptionalSync> = Receiver<T>;
    type Ref<'a, T: OptionalSend + 'a> = Seen<'a, T>;

    fn channel<T: OptionalSend + OptionalSync>(init: T) -> (Sender<T>, Receiver<T>) {
        let control = Mutex::new(Control { senders: 1, ..Control::default() });
        let shared = Arc::new(Shared { value: RwLock::new(init), control });
        let receiver = shared.receiver(None);
        (Sender(shared), receiver)
    }
}

impl<T: OptionalSend + OptionalSync> WatchSender<SeededWatch, T> for Sender<T> {
    fn send(&self, value: T) -> Result<(), SendError<T>> {
        if self.0.control().receivers == 0 {
            return Err(SendError(value));
        }
        self.0.change(|now| *now = value);
        self.0.announce();
        Ok(())
    }

    fn send_if_modified<F>(&self, modify: F) -> bool
    where
        F: FnOnce(&mut T) -> bool,
    {
        let modified = self.0.change(modify);
        if modified {
            self.0.announce();
        }
        modified
    }

    fn borrow_watched(&self) -> Seen<'_, T> {
        Seen(self.0.value())
    }

    fn subscribe(&self) -> Receiver<T> {
        self.0.receiver(None)
    }
}

impl<T: OptionalSend + OptionalSync> WatchReceiver<SeededWatch, T> for Receiver<T> {
    async fn changed(&mut self) -> Result<(), RecvError> {
        poll_fn(|context| {
            let mut control = self.shared.control();
            if control.version != self.seen {
                self.seen = control.version;
                return Poll::Ready(Ok(()));
            }
            if control.senders == 0 {
                return Poll::Ready(Err(RecvError(())));
            }
            control.waiting.insert(self.id, context.waker().clone());
            Poll::Pending
        })
        .await
    }

    fn borrow_watched(&self) -> Seen<'_, T> {
        Seen(self.shared.value())
    }

    fn borrow_and_update(&mut self) -> Seen<'_, T> {
        let value = self.shared.value();
        self.seen = self.shared.control().version;
        Seen(value)
    }
}
