//! The shim's one loop: child, output, callers, signals and clock, from the child's start to its exit record.

use std::os::fd::AsFd;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::child::{Child, End};
use super::door::Door;
use super::format::{MAX_RECORD, Stream};
use super::ladder::Ladder;
use super::mask::Masker;
use super::pump::Pump;
use super::signals::Signals;
use super::spec::{Cause, ExitRecord, Outcome, Rung, SentSignal, ShimSpec};
use super::writer::Writer;

/// How long the output must be silent, once the child has ended, before descendants that hold it open are left to
/// themselves.
const LINGER: Duration = Duration::from_secs(2);

/// How long they are listened to when they are never silent.
const LINGER_MOST: Duration = Duration::from_secs(30);

/// How many signals the exit record lists; its space is set aside and bounded.
const MOST_SIGNALS: usize = 24;

/// Milliseconds since 1970, UTC.
pub fn now_ms() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64)
}

/// The record of a child that never ran.
pub fn not_started(error: String) -> ExitRecord {
    let now = now_ms();
    let outcome = Outcome::NotStarted { error };
    let (started_ms, ended_ms) = (now, now);
    ExitRecord {
        started_ms,
        ended_ms,
        outcome,
        log_bytes: 0,
        lost_bytes: 0,
        signals: vec![],
        left_behind: false,
    }
}

/// A started child with all that the shim does for it.
pub struct Work<'a> {
    child: Child,
    log: &'a mut Writer,
    door: &'a mut Door,
    signals: Signals,
    ladder: Ladder,
    pumps: Vec<Pump>,
    scratch: Vec<u8>,
    started_ms: i64,
    started: Instant,
    sent: Vec<SentSignal>,
    ended: Option<Ended>,
}

/// What is known from the moment the child has ended.
struct Ended {
    how: End,
    listening_since: Instant,
    last_output: Instant,
    leftover_killed: bool,
}

impl Ended {
    fn give_up(&self) -> Instant {
        (self.last_output + LINGER).min(self.listening_since + LINGER_MOST)
    }
}

/// What one `poll` found.
#[derive(Default)]
struct Found {
    child: bool,
    interrupt: bool,
    terminate: bool,
    visitor: bool,
    pumps: Vec<bool>,
    caller: bool,
}

impl<'a> Work<'a> {
    /// Starts the child.
    ///
    /// # Errors
    /// A sentence that says why it cannot be started.
    pub fn start(
        spec: &ShimSpec,
        log: &'a mut Writer,
        door: &'a mut Door,
        signals: Signals,
    ) -> Result<Self, String> {
        let (started_ms, started) = (now_ms(), Instant::now());
        let (child, [out, err]) = Child::start(spec)?;
        let pump = |reader, stream| Pump::new(reader, stream, Masker::new(&spec.secrets));
        let timeout = spec.timeout_ms.map(Duration::from_millis);
        let ladder = Ladder::new(Instant::now(), timeout, Duration::from_millis(spec.grace_ms));
        let pumps = vec![pump(out, Stream::Out), pump(err, Stream::Err)];
        let scratch = vec![0; MAX_RECORD];
        let (sent, ended) = (vec![], None);
        Ok(Self { child, log, door, signals, ladder, pumps, scratch, started_ms, started, sent, ended })
    }

    /// Process id of the child.
    pub fn pid(&self) -> i32 {
        self.child.pid()
    }

    /// Works until the child has ended and its output is in the log.
    pub fn finish(mut self) -> ExitRecord {
        while !self.over() {
            let found = self.wait();
            let before = self.log.len();
            self.listen(&found);
            self.collect(&found.pumps);
            self.tick(Instant::now());
            if self.log.len() > before {
                self.door.ring();
            }
        }
        self.record()
    }

    fn over(&self) -> bool {
        let Some(ended) = &self.ended else { return false };
        let leave_them = ended.leftover_killed || self.sent.is_empty();
        self.pumps.is_empty() || (leave_them && Instant::now() >= ended.give_up())
    }

    fn wait(&self) -> Found {
        let (signals, door) = (&self.signals, &self.door);
        let fixed = [
            signals.child.as_fd(),
            signals.interrupt.as_fd(),
            signals.terminate.as_fd(),
            door.listener.as_fd(),
        ];
        let outputs = self.pumps.iter().map(|pump| pump.reader.as_fd());
        let callers = door.callers.iter().map(AsFd::as_fd);
        let all = fixed.into_iter().chain(outputs).chain(callers);
        let mut fds: Vec<PollFd> = all.map(|fd| PollFd::new(fd, PollFlags::POLLIN)).collect();
        if poll(&mut fds, self.patience()).is_err() {
            return Found::default();
        }
        let ready: Vec<bool> = fds.iter().map(|fd| fd.any().unwrap_or(true)).collect();
        let (pumps, callers) = ready[4..].split_at(self.pumps.len());
        let caller = callers.contains(&true);
        let pumps = pumps.to_vec();
        Found { child: ready[0], interrupt: ready[1], terminate: ready[2], visitor: ready[3], pumps, caller }
    }

    /// Until the next thing that happens by the clock.
    fn patience(&self) -> PollTimeout {
        let quiet = self.pumps.iter().filter_map(|pump| pump.quiet_at);
        let next = quiet.chain(self.ladder.wake()).chain(self.ended.as_ref().map(Ended::give_up)).min();
        next.map_or(PollTimeout::NONE, |at| {
            let wait = at.saturating_duration_since(Instant::now());
            // Rounded up: waking just before the time would only spin.
            PollTimeout::try_from(wait.as_micros().div_ceil(1000)).unwrap_or(PollTimeout::MAX)
        })
    }

    fn listen(&mut self, found: &Found) {
        if found.visitor {
            self.door.admit();
        }
        if found.caller {
            for rung in self.door.asked() {
                self.send(rung, Cause::Console);
            }
        }
        if found.interrupt && Signals::came(&self.signals.interrupt) {
            self.send(Rung::Interrupt, Cause::Passed);
        }
        if found.terminate && Signals::came(&self.signals.terminate) {
            self.send(Rung::Terminate, Cause::Passed);
        }
        if found.child && Signals::came(&self.signals.child) && self.ended.is_none() {
            let now = Instant::now();
            if let Some(how) = self.child.ended() {
                self.ladder.stop();
                self.ended =
                    Some(Ended { how, listening_since: now, last_output: now, leftover_killed: false });
            }
        }
    }

    fn collect(&mut self, ready: &[bool]) {
        let mut still_open = Vec::with_capacity(self.pumps.len());
        for (at, mut pump) in std::mem::take(&mut self.pumps).into_iter().enumerate() {
            let is_ready = ready.get(at).copied().unwrap_or(false);
            if !is_ready || pump.read(&mut self.scratch, self.log) {
                still_open.push(pump);
            } else {
                pump.finish(self.log);
            }
        }
        self.pumps = still_open;
        if let Some(ended) = self.ended.as_mut().filter(|_| ready.contains(&true)) {
            ended.last_output = Instant::now();
        }
    }

    fn tick(&mut self, now: Instant) {
        for pump in self.pumps.iter_mut().filter(|pump| pump.quiet_at.is_some_and(|at| at <= now)) {
            pump.pause(self.log);
        }
        if let Some(rung) = self.ladder.due(now) {
            self.send(rung, Cause::Timeout);
        }
        // A cancelled or timed-out step leaves nothing running that still writes to its log.
        let leftover = |ended: &Ended| now >= ended.give_up() && !ended.leftover_killed;
        if !self.sent.is_empty() && self.ended.as_ref().is_some_and(leftover) {
            self.send(Rung::Kill, Cause::Leftover);
            if let Some(ended) = &mut self.ended {
                (ended.leftover_killed, ended.listening_since, ended.last_output) = (true, now, now);
            }
        }
    }

    fn send(&mut self, rung: Rung, cause: Cause) {
        self.child.send(rung);
        if self.sent.len() < MOST_SIGNALS {
            self.sent.push(SentSignal { at_ms: now_ms(), rung, cause });
        }
    }

    fn record(mut self) -> ExitRecord {
        let left_behind = !self.pumps.is_empty();
        for pump in std::mem::take(&mut self.pumps) {
            pump.finish(self.log);
        }
        // A clock that was set meanwhile does not make the child older or younger.
        let ended_ms = self.started_ms + self.started.elapsed().as_millis() as i64;
        let on_disk = self.log.close(ended_ms);
        let how = self.ended.map_or(Ok(0), |ended| ended.how);
        let outcome = match (self.ladder.begun(), how) {
            (true, how) => Outcome::TimedOut { code: how.as_ref().ok().copied(), signal: how.err() },
            (false, Ok(code)) => Outcome::Exited { code },
            (false, Err(signal)) => Outcome::Signalled { signal },
        };
        let log_bytes = self.log.len();
        // A disk that cannot promise the log promises none of it.
        let lost_bytes = self.log.lost() + if on_disk.is_err() { log_bytes } else { 0 };
        let (started_ms, signals) = (self.started_ms, self.sent);
        ExitRecord { started_ms, ended_ms, outcome, log_bytes, lost_bytes, signals, left_behind }
    }
}
