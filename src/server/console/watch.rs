//! Seeing what others write into the same state: a command line beside the server, a second console.

use super::Console;
use std::time::Duration;

/// A foreign event is seen within this time.
const EVERY: Duration = Duration::from_millis(300);

impl Console {
    /// Runs for ever: takes in foreign events of live runs and tells the executor.
    pub async fn watch_store(self) {
        let mut failing = false;
        loop {
            tokio::time::sleep(EVERY).await;
            match self.look_at_store().await {
                Ok(()) => failing = false,
                Err(error) if !failing => {
                    failing = true;
                    tracing::error!(%error, "the state cannot be watched for what others write");
                }
                Err(_) => {}
            }
        }
    }

    async fn look_at_store(&self) -> Result<(), super::Problem> {
        let heads = self.store().live_heads().await?;
        // A run that others ended is no longer among the live heads, but its page may be open here.
        let gone = self.0.cells.known().into_iter().filter(|run| heads.iter().all(|(live, _)| live != run));
        for run in gone.collect::<Vec<_>>() {
            if let Some(cell) = self.0.cells.get(&run).filter(|cell| cell.state().ended.is_none()) {
                let _one_at_a_time = cell.writing().await;
                self.catch_up(&run, &cell).await?;
            }
        }
        for (run, seq) in heads {
            let known = self.0.cells.get(&run);
            let Some(cell) = known else {
                self.cell(&run).await?;
                self.changed(&run);
                continue;
            };
            if cell.state().seq < seq {
                let _one_at_a_time = cell.writing().await;
                self.catch_up(&run, &cell).await?;
            }
        }
        Ok(())
    }

    /// The live runs, for the executor to look at when the console starts.
    pub async fn live_runs(&self) -> Result<Vec<crate::run::RunId>, super::Problem> {
        Ok(self.store().live_heads().await?.into_iter().map(|(run, _)| run).collect())
    }
}
