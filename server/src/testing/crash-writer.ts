import { writeSync } from "node:fs"
import { systemClock } from "../platform/clock.ts"
import { openDatabase } from "../platform/database/database.ts"
import { installation, modelPricing } from "../platform/database/schema.ts"
import { createUuid } from "../platform/ids.ts"

/**
 * A program to be killed: opens the embedded database in the directory it is given, says how many rows and how high a
 * counter it found (`open <rows> <counter>`), then writes ten rows and raises the counter in each transaction, saying
 * `kept <counter>` after each commit, until it is killed.
 */
const [dataDir = "", templatePath = ""] = process.argv.slice(2)
const rowsPerTransaction = 10
const silent = { info: () => {}, warn: () => {}, error: () => {} }
const database = await openDatabase({ dataDir, templatePath, clock: systemClock, log: silent })
const found = await database.system.execute<{ rows: string; counter: string }>(`
  SELECT (SELECT count(*) FROM model_pricing) AS rows,
    coalesce((SELECT value FROM installation WHERE key = 'counter'), '0') AS counter`)
let counter = Number(found.rows[0]?.counter)
// A line is out of the process before the next statement: what was said survives the kill.
writeSync(1, `open ${found.rows[0]?.rows} ${counter}\n`)
for (;;) {
  counter += 1
  await database.inTransaction(async (tx) => {
    const rows = Array.from({ length: rowsPerTransaction }, () => ({
      id: createUuid(systemClock.now()),
      provider: "openai",
      model: `model-${counter}`,
      version: "1",
      source: "test",
      effectiveFrom: new Date(systemClock.now()),
    }))
    await tx.insert(modelPricing).values(rows)
    const raised = { key: "counter", value: String(counter) }
    await tx.insert(installation).values(raised).onConflictDoUpdate({ target: installation.key, set: raised })
  })
  writeSync(1, `kept ${counter}\n`)
}
