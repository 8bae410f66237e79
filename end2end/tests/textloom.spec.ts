// The main thing: two people walk TextLoom's migration from the checklist to the end, and the way back. What is asserted on the
// page is asserted of the database too, which is asked past the console.
import { expect, test } from "../support/fixtures.ts";
import { look } from "../support/look.ts";
import { ask, databaseOf } from "../support/postgres.ts";
import { output } from "../support/processes.ts";
import { kneeboard } from "../support/repository.ts";
import { heard, RunPage } from "../support/run-page.ts";

test.use({ runbooks: "runbooks", targets: { textloom: "production" } });
test.setTimeout(15 * 60_000);

const BEFORE = "3737e96ea445";
const AFTER = "b15222e11ab9";

/** What somebody looked up before the run. */
const FIELDS = { "Free bytes on the volume": "50000000000" };

// The schema has no other index whose name begins like this.
const THERE = `
  SELECT count(*) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
  WHERE c.relnamespace = 'textloom_core'::regnamespace AND starts_with(c.relname, 'idx_')`;
const VALID = `${THERE} AND i.indisvalid AND i.indisready`;
const REVISION = "SELECT version_num FROM textloom_core.alembic_version";

const PROBES = [
  "The server can build indexes concurrently, and the role owns the tables",
  "The connection reaches the server itself, not a pooler",
  "pg_dump and pg_restore are not older than the server",
  "Migration file syntax validated",
  "Index naming conventions followed",
  "Partial indexes properly configured",
  "Index storage space verified",
  "Statistics are fresh enough to compare plans",
  "Test queries prepared for validation",
  "Slow queries can be seen",
];

const QUIET = ["Peak usage time avoided", "No old transaction, dump or prepared transaction is in the way"];

const BY_HAND = [
  "Monitoring dashboard configured",
  "Load testing scenarios defined",
  "Deployment window scheduled",
  "Stakeholder notification sent",
  "Rollback procedures documented",
  "Post-deployment monitoring plan created",
];

const PREFLIGHT = ["Index inventory before the change", "Plans and times before the change"];

const BACKUP = [
  "Dump the schema",
  "Read every block of the dump",
  "Restore it into a scratch database and compare",
  "Rehearse the migration, up and down, on a restored copy",
];

test("two people walk the migration to its verified end", async ({ as, databases }) => {
  const operator = await as("operator");
  const approver = await as("approver");
  const run = await RunPage.start(operator, "textloom", "textloom", FIELDS);
  const second = await RunPage.follow(approver, run);

  await test.step("preflight", async () => {
    await run.isLive();
    await look(operator, "textloom-checklist");
    await run.probe(...PROBES);
    for (const title of BY_HAND) await run.answer(title);
    const downtime = run.line("Application downtime window scheduled");
    await downtime.getByText("Note, or not applicable").click();
    await downtime
      .getByLabel("Why the line does not apply")
      .fill("Built concurrently: nothing stands still.");
    await downtime.getByRole("button", { name: "Not applicable" }).click();
    await run.lineIs("Application downtime window scheduled", "not applicable");
    for (const title of PREFLIGHT) await run.walk(title);
  });

  await test.step("backup", async () => {
    for (const title of BACKUP) await run.walk(title);
    for (const title of [
      "Database backup completed",
      "Rollback procedures tested",
      "Storage requirements calculated",
      "The rehearsed times fit into the window",
    ]) {
      await run.lineIs(title, "passed");
    }
    await expect(second.signOffs).toContainText("1 sign-off as dba missing");
    await look(approver, "textloom-gate");
    await operator.goto(`/runs/${run.id}?step=rehearsal`);
    const rehearsed = operator.getByRole("table", { name: /^Carried out on a copy/ }).getByRole("row");
    for (const title of [
      "Build the 20 indexes",
      "Plans and times after the change",
      "Set the revision back and drop the indexes",
      "Rename the live schema and restore the backup in its place",
    ]) {
      await expect(rehearsed.filter({ hasText: title }).first()).toContainText("pass");
    }
    await expect(operator.getByText("20 indexes as built on the copy")).toBeVisible();
    await look(operator, "textloom-rehearsal");
    await operator.goto(`/runs/${run.id}`);
    await run.isLive();
    expect(await ask(databases.textloom, THERE)).toBe("0");
    expect(await ask(databases.textloom, REVISION)).toBe(BEFORE);
    await second.sign("dba");
  });

  await test.step("migration", async () => {
    await run.probe(...QUIET);
    await run.startButton("Build the 20 indexes").click();
    await expect(run.page.getByRole("progressbar", { name: "Time against the rehearsal" })).toBeVisible();
    await expect(run.page.getByText(/ of about .* rehearsed$|rehearsed in /).first()).toBeVisible();
    await run.stepIs("Build the 20 indexes", "succeeded");
    await expect(run.database).toContainText("exit code 0");
    await expect(run.database).toContainText(AFTER);
    await expect(run.database).toContainText("after the change");
    await expect(run.database.getByRole("list", { name: "20 indexes: 20 ok" })).toBeVisible();
    await expect(second.database.getByRole("list", { name: "20 indexes: 20 ok" })).toBeVisible();
    expect(await ask(databases.textloom, VALID)).toBe("20");
    expect(await ask(databases.textloom, REVISION)).toBe(AFTER);
  });

  await test.step("an index that somebody drops is named and built again", async () => {
    await ask(databases.textloom, "DROP INDEX textloom_core.idx_tasks_created_at");
    await run.walk("Index inventory", "failed");
    const remedy = run.database.locator("details[name=remedy]").filter({ hasText: "idx_tasks_created_at" });
    await remedy.locator("summary").click();
    await remedy.getByLabel("Build it concurrently. Why").fill("Dropped by mistake.");
    await look(operator, "textloom-remedy");
    await remedy.getByRole("button", { name: heard("Build", "idx_tasks_created_at") }).click();
    await run.stepIs("Build idx_tasks_created_at", "succeeded");
    await expect(second.database.getByRole("list", { name: "20 indexes: 20 ok" })).toBeVisible();
    expect(await ask(databases.textloom, VALID)).toBe("20");
    await operator.goto(`/runs/${run.id}?step=inventory`);
    await operator.getByRole("button", { name: heard("Retry", "Index inventory") }).click();
    await run.stepIs("Index inventory", "succeeded");
    await operator.goto(`/runs/${run.id}`);
    await run.isLive();
  });

  await test.step("verification", async () => {
    for (const title of ["ANALYZE the six tables", "Plans and times after the change"]) {
      await run.walk(title);
    }
    await operator.goto(`/runs/${run.id}?step=plans`);
    const query = operator.locator("details.verdict").filter({ hasText: "Tasks in progress, newest first" });
    await query.locator("summary").first().click();
    const plans = query.getByRole("region", { name: "Query plans before and after" });
    await expect(plans.getByText("expected index")).toBeVisible();
    await expect(plans.getByText("idx_tasks_status_created_at").first()).toBeVisible();
    await look(operator, "textloom-plans");
    await operator.goto(`/runs/${run.id}`);
    await run.isLive();
    await run.settle("Queries that no index can help");
    await run.walk("Performance test suite");
    await run.walk("Index inventory, and the counters from here on");
    for (const title of ["Task creation and completion rates", "API response times"]) {
      await run.answer(`${title} are normal`);
    }
    await second.sign("product-owner");
  });

  await test.step("aftercare", async () => {
    for (const title of [
      "Index usage",
      "Slow queries",
      "Index sizes and bloat",
      "Table traffic and maintenance",
    ]) {
      await run.settle(title);
    }
    await run.walk("Nothing is left behind");
    await run.answer("It is decided how long the backup is kept, and where");
    await run.answer("Maintenance is agreed");
  });

  await test.step("end", async () => {
    await look(operator, "textloom-end");
    const done = operator.getByRole("region", { name: "Done" });
    await done.getByLabel("Note").fill("All as expected.");
    await done.getByRole("button", { name: "End the run" }).click();
    for (const page of [operator, approver]) {
      await expect(page.getByRole("status").filter({ hasText: "This run has ended" })).toContainText(
        "succeeded",
      );
    }
    await look(operator, "textloom-ended");
  });

  await test.step("the report, and the evidence on another machine", async () => {
    await approver.getByRole("link", { name: "report", exact: true }).click();
    const part = (name: string) =>
      approver.locator("section").filter({ has: approver.getByRole("heading", { name }) });
    const plain = part("In plain words");
    await expect(plain).toContainText("20 ok");
    await expect(plain).toContainText("1 remedy");
    await expect(plain).toContainText("with every gate open. They wrote: All as expected.");
    await expect(part("Left open")).toContainText(
      '"Application downtime window scheduled" was answered "not applicable"',
    );
    await expect(part("Who signed what")).toContainText("stands");
    await expect(part("Command said, database says")).toContainText(`revision ${AFTER}; indexes: 20 ok`);
    const query = part("Plans before and after")
      .locator("article")
      .filter({ hasText: "Tasks in progress, newest first" });
    await expect(query.getByRole("group", { name: "Plan before" })).toContainText("Seq Scan");
    await expect(query.getByRole("group", { name: "Plan after" })).toContainText(
      "idx_tasks_status_created_at",
    );
    for (const title of [...PROBES, ...BY_HAND]) await expect(part("Checklists")).toContainText(title);
    await look(approver, "report");
    const pdf = await approver.pdf();
    expect(pdf.subarray(0, 5).toString()).toBe("%PDF-");
    const download = approver.waitForEvent("download");
    await approver.getByRole("link", { name: "Download the evidence" }).click();
    const pack = await (await download).path();
    expect(await output(kneeboard, ["verify", pack])).toContain("good");
    await approver.goto(`/runs/${run.id}`);
  });

  await test.step("aftercare, when the run has ended", async () => {
    await operator.getByRole("link", { name: "aftercare", exact: true }).click();
    await expect(operator.getByRole("heading", { level: 1, name: /^Aftercare/ })).toBeVisible();
    await expect(operator.getByText("Counting begins behind the step")).toBeVisible();
    const index = operator.getByRole("listitem").filter({ hasText: "idx_tasks_status_created_at" });
    await expect(index).toContainText("no scan in");
    await look(operator, "aftercare");
    // The open page tells by itself what happens now.
    await ask(
      databases.textloom,
      "SELECT title FROM textloom_core.tasks WHERE status = 'processing' ORDER BY created_at LIMIT 1",
    );
    await expect(index).toContainText("1 scan", { timeout: 40_000 });
  });
});

test("a run on which the migration succeeded goes back by downgrade", async ({ as, databases }) => {
  const operator = await as("operator");
  const approver = await as("approver");
  const run = await RunPage.start(operator, "textloom", "textloom", FIELDS, "On by itself");
  const second = await RunPage.follow(approver, run);
  await run.isLive();

  await test.step("to the gate by itself", async () => {
    await run.probe(...PROBES);
    for (const title of BY_HAND) await run.answer(title);
    await run.answer("Application downtime window scheduled");
    await run.startButton(PREFLIGHT[0]).click();
    // The last step of the preflight is also the last thing that the phase lacked: the run goes on into the backup.
    for (const title of [...PREFLIGHT, ...BACKUP]) await run.stepIs(title, "succeeded");
    await second.sign("dba");
  });

  await test.step("migration", async () => {
    await run.probe(...QUIET);
    await run.startButton("Build the 20 indexes").click();
    await run.stepIs("Build the 20 indexes", "succeeded");
    expect(await ask(databases.textloom, VALID)).toBe("20");
  });

  await test.step("the way back", async () => {
    const database = databaseOf(databases.textloom);
    const title = `Drop the 20 indexes and go back to ${BEFORE}`;
    const press = await run.prepareWayBack(title, "Writes got too dear.", "some other name");
    await press.click();
    await expect(run.refusal).toContainText(database);
    expect(await ask(databases.textloom, REVISION)).toBe(AFTER);
    const way = run.wayBack.getByRole("group").filter({ hasText: title });
    await way.getByLabel(/^Type the database's name/).fill(database);
    await press.click();
    for (const step of [
      "Set the revision back and drop the indexes",
      "Drop what an unfinished upgrade has left",
      "Index inventory after the way back",
    ]) {
      await run.stepIs(step, "succeeded");
    }
    await expect(run.database.getByRole("list", { name: "20 indexes: 0 ok, 20 missing" })).toBeVisible();
    await expect(run.database).toContainText(BEFORE);
    expect(await ask(databases.textloom, THERE)).toBe("0");
    expect(await ask(databases.textloom, REVISION)).toBe(BEFORE);
  });

  await test.step("end", async () => {
    await look(operator, "textloom-way-back");
    await operator.getByRole("button", { name: "End the run" }).click();
    await expect(approver.getByRole("status").filter({ hasText: "This run has ended" })).toContainText(
      "rolled back",
    );
  });
});
