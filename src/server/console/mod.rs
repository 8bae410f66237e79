//! The console itself: takes commands, asks `decide`, appends, rings the bell. Pages, API and command line all come through here.

mod aftercare;
mod cell;
mod people;
mod preflight;
mod problem;
mod reading;
mod runbooks;
mod signing;
mod start;
mod watch;

pub use problem::Problem;
pub use runbooks::{Loaded, RunbookFile, Runbooks};
pub use start::StartRun;

use crate::run::command::Report;
use crate::run::event::{Body, Event, Known};
use crate::run::{Actor, Envelope, Ms, RunId, RunState, RunSummary, Seq, decide, decide::decide_report};
use crate::server::aftercare::Sampler;
use crate::server::auth::{Auth, People};
use crate::server::clock::now_ms;
use crate::server::intent::Renderings;
use crate::server::logs::LogHub;
use crate::server::store::{AppendError, Store};
use crate::server::target::Targets;
use crate::server::watch::{Readings, Watches};
use cell::{Cell, Cells};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::{mpsc, watch as tokio_watch};

/// How often an append that lost a race is decided again. Each loss means that somebody else's event went in.
const RACES: usize = 20;

/// Cheap to clone; all clones are the same console.
#[derive(Clone)]
pub struct Console(Arc<Inner>);

struct Inner {
    store: Store,
    state_dir: PathBuf,
    runbooks: Runbooks,
    targets: Targets,
    people: People,
    logs: LogHub,
    sampler: Sampler,
    watches: Watches,
    readings: Readings,
    cells: Cells,
    preflights: preflight::Kept,
    renderings: Renderings,
    /// Tells the executor which run to look at.
    changed: mpsc::UnboundedSender<RunId>,
}

impl Console {
    /// The console and the end of the channel on which it names each run that changed, for the executor.
    pub fn new(
        store: Store,
        state_dir: PathBuf,
        runbooks: Runbooks,
        targets: Targets,
    ) -> (Self, mpsc::UnboundedReceiver<RunId>) {
        let (changed, changes) = mpsc::unbounded_channel();
        let (logs, sampler, watches) = (LogHub::new(), Sampler::default(), Watches::default());
        let (cells, readings) = (Cells::default(), Readings::default());
        let preflights = preflight::Kept::default();
        let people = Auth::new(store.pool()).people;
        let inner = Inner {
            store,
            state_dir,
            runbooks,
            targets,
            people,
            logs,
            sampler,
            watches,
            readings,
            cells,
            preflights,
            renderings: Renderings::default(),
            changed,
        };
        (Self(Arc::new(inner)), changes)
    }

    pub fn store(&self) -> &Store {
        &self.0.store
    }

    /// Where attempts keep their directories.
    pub fn state_dir(&self) -> &Path {
        &self.0.state_dir
    }

    /// The folder for what the steps of a run leave to each other.
    pub fn artifacts(&self, run: &RunId) -> PathBuf {
        self.state_dir().join("runs").join(run.as_str()).join("artifacts")
    }

    pub fn runbooks(&self) -> &Runbooks {
        &self.0.runbooks
    }

    pub fn targets(&self) -> &Targets {
        &self.0.targets
    }

    pub fn logs(&self) -> &LogHub {
        &self.0.logs
    }

    /// Looks at the counters of targets, for the aftercare page.
    pub fn sampler(&self) -> &Sampler {
        &self.0.sampler
    }

    /// What goes on in the targets of running steps.
    pub fn watches(&self) -> &Watches {
        &self.0.watches
    }

    /// What the targets of runs say that somebody looks at.
    pub fn readings(&self) -> &Readings {
        &self.0.readings
    }

    /// What migration tools have rendered for signatures.
    pub fn renderings(&self) -> &Renderings {
        &self.0.renderings
    }

    /// The latest hundred runs and all live ones, newest first.
    pub async fn runs(&self) -> Result<Vec<RunSummary>, Problem> {
        Ok(self.store().runs(100).await?)
    }

    /// A run as it is now.
    pub async fn state(&self, run: &RunId) -> Result<Arc<RunState>, Problem> {
        Ok(self.cell(run).await?.state())
    }

    /// At most `limit` events after `after`, in order.
    pub async fn events(&self, run: &RunId, after: Seq, limit: usize) -> Result<Vec<Arc<Event>>, Problem> {
        Ok(self.cell(run).await?.events(after, limit))
    }

    /// Holds the seq of the last event and rings whenever there is a newer one. It says only that something is there:
    /// pull with `events`.
    pub async fn bell(&self, run: &RunId) -> Result<tokio_watch::Receiver<Seq>, Problem> {
        Ok(self.cell(run).await?.bell())
    }

    /// Carries out a person's command.
    ///
    /// # Errors
    /// A refusal of `decide`, no such run, or a state that cannot be written.
    pub async fn command(
        &self,
        run: &RunId,
        envelope: Envelope,
        actor: &Actor,
    ) -> Result<Arc<RunState>, Problem> {
        if envelope.command.looks_first() {
            self.look_first(run).await?;
        }
        self.look_at_people(run, &envelope.command, actor).await?;
        self.look_at_intents(run, &envelope.command, actor).await?;
        let id = Some(envelope.command_id.clone());
        self.append(run, &actor.name, id, |state, now| {
            decide::decide(state, &envelope, actor, now).map_err(Problem::from)
        })
        .await
        .map(|(state, _)| state)
    }

    /// Takes a report of the executor. Whether it left an event: a report that no longer fits leaves none.
    pub async fn report(&self, run: &RunId, report: Report) -> Result<bool, Problem> {
        self.append(run, Actor::CONSOLE, None, |state, now| Ok(decide_report(state, report.clone(), now)))
            .await
            .map(|(_, appended)| appended)
    }

    async fn append(
        &self,
        run: &RunId,
        actor: &str,
        command_id: Option<String>,
        decide: impl Fn(&RunState, Ms) -> Result<Vec<Known>, Problem>,
    ) -> Result<(Arc<RunState>, bool), Problem> {
        let cell = self.cell(run).await?;
        let _one_at_a_time = cell.writing().await;
        for _ in 0..RACES {
            let state = cell.state();
            let now = now_ms();
            let bodies = decide(&state, now)?;
            if bodies.is_empty() {
                return Ok((state, false));
            }
            let events = seal(&state, now, actor, command_id.as_deref(), bodies);
            match self.store().append(run, &events).await {
                Ok(()) => {
                    cell.push(events);
                    self.changed(run);
                    return Ok((cell.state(), true));
                }
                Err(AppendError::Raced) => self.catch_up(run, &cell).await?,
                Err(error) => return Err(error.into()),
            }
        }
        Err(Problem::Internal("the run is being written by too many at once; try again".to_owned()))
    }

    /// Takes in what another console or a command line appended.
    async fn catch_up(&self, run: &RunId, cell: &Cell) -> Result<(), Problem> {
        let newer = self.store().events(run, cell.state().seq).await?;
        if !newer.is_empty() {
            cell.push(newer);
            self.changed(run);
        }
        Ok(())
    }

    fn changed(&self, run: &RunId) {
        // Without an executor (on the command line) nobody listens.
        let _ = self.0.changed.send(run.clone());
    }

    async fn cell(&self, run: &RunId) -> Result<Arc<Cell>, Problem> {
        if let Some(cell) = self.0.cells.get(run) {
            return Ok(cell);
        }
        let events = self.store().events(run, 0).await?;
        let cell = Cell::of(events).ok_or_else(|| Problem::NotFound(format!("There is no run {run}.")))?;
        Ok(self.0.cells.keep(run, cell))
    }
}

/// The events that carry out `bodies` behind `state`. The command's id stands on the first.
fn seal(state: &RunState, now: Ms, actor: &str, command_id: Option<&str>, bodies: Vec<Known>) -> Vec<Event> {
    let mut events: Vec<Event> = Vec::with_capacity(bodies.len());
    for (body, seq) in bodies.into_iter().zip(state.seq + 1..) {
        let before = events.last().map_or(state.hash.as_str(), |event| event.hash.as_str());
        let id = command_id.filter(|_| events.is_empty()).map(str::to_owned);
        let event = Event::seal(before, seq, now, actor, id, Body::Known(body));
        events.push(event);
    }
    events
}
