import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import fc from "fast-check"
import pg from "pg"
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { embeddedTemplate, silentLog } from "../../testing/database.ts"
import { EmbeddedDatabase, type EmbeddedOptions } from "./embedded.ts"
import { createEmbeddedPool, embeddedClientConfig } from "./pool.ts"
import { isStoreUnavailable } from "./store-unavailable.ts"
import type { Timers } from "./timers.ts"

/** Timers that a test fires by their delay. */
function createManualTimers() {
  const waiting = new Set<{ readonly delayMs: number; readonly run: () => void }>()
  const timers: Timers = {
    after(delayMs, run) {
      const timer = { delayMs, run }
      waiting.add(timer)
      return () => waiting.delete(timer)
    },
  }
  const fire = (delayMs: number) => {
    for (const timer of [...waiting].filter((one) => one.delayMs === delayMs)) {
      waiting.delete(timer)
      timer.run()
    }
  }
  const isWaiting = (delayMs: number) => [...waiting].some((timer) => timer.delayMs === delayMs)
  return { timers, fire, isWaiting }
}

const deadlines = { transactionDeadlineMs: 5000, statementDeadlineMs: 60_000, checkpointEveryMs: 30_000 }

let folder: string
let templatePath: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sluice-embedded-"))
  templatePath = await embeddedTemplate()
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const openIn = (name: string, options: Partial<EmbeddedOptions> = {}) =>
  EmbeddedDatabase.open({ directory: join(folder, name), templatePath, log: silentLog, ...deadlines, ...options })

describe("the embedded database behind the driver", () => {
  let embedded: EmbeddedDatabase
  let pool: pg.Pool
  beforeAll(async () => {
    embedded = await openIn("shared")
    pool = createEmbeddedPool(embedded, silentLog)
    await pool.query("CREATE TABLE notes (client int NOT NULL, step int NOT NULL, note text)")
  })
  afterAll(async () => {
    await pool.end()
    await embedded.close()
  })
  beforeEach(async () => {
    await pool.query("TRUNCATE notes")
  })

  const count = async (where = "true") =>
    Number((await pool.query(`SELECT count(*) FROM notes WHERE ${where}`)).rows[0]?.count)

  /** A transaction of its own client; every step waits for its answer, so that others may come between. */
  async function transact(client: number, steps: number, end: "COMMIT" | "ROLLBACK"): Promise<boolean> {
    const connection = await pool.connect()
    try {
      await connection.query("BEGIN")
      const start = await connection.query("SELECT txid_current() AS id")
      for (let step = 0; step < steps; step += 1) {
        await connection.query("INSERT INTO notes VALUES ($1, $2)", [client, step])
      }
      const finish = await connection.query("SELECT txid_current() AS id")
      await connection.query(end)
      return start.rows[0]?.id === finish.rows[0]?.id
    } finally {
      connection.release()
    }
  }

  it("keeps the transactions of eight clients apart", async () => {
    const whole = await Promise.all(
      Array.from({ length: 24 }, (_, client) => transact(client, 5, client % 3 === 0 ? "ROLLBACK" : "COMMIT")),
    )
    expect(whole.every(Boolean)).toBe(true)
    expect(await count()).toBe(16 * 5)
    expect(await count("client % 3 = 0")).toBe(0)
  })

  it("holds exactly what was committed, whatever several clients do at once", async () => {
    const plan = fc.array(fc.tuple(fc.integer({ min: 1, max: 4 }), fc.constantFrom("COMMIT", "ROLLBACK")), {
      maxLength: 10,
    })
    await fc.assert(
      fc.asyncProperty(plan, async (clients) => {
        await pool.query("TRUNCATE notes")
        await Promise.all(clients.map(([steps, end], client) => transact(client, steps, end as "COMMIT" | "ROLLBACK")))
        const kept = clients.reduce((sum, [steps, end]) => sum + (end === "COMMIT" ? steps : 0), 0)
        expect(await count()).toBe(kept)
      }),
      { numRuns: 12 },
    )
  })

  it("goes on after a query that fails, inside and outside a transaction", async () => {
    await expect(pool.query("SELECT nonsense")).rejects.toMatchObject({ code: "42703" })
    await expect(pool.query("SELECT $1::int", ["x"])).rejects.toMatchObject({ code: "22P02" })
    const client = await pool.connect()
    await client.query("BEGIN")
    await expect(client.query("SELECT 1/$1::int", [0])).rejects.toMatchObject({ code: "22012" })
    await expect(client.query("SELECT 1")).rejects.toMatchObject({ code: "25P02" })
    expect((await client.query("COMMIT")).command).toBe("ROLLBACK")
    client.release()
    expect((await pool.query("SELECT 1 AS one")).rows).toEqual([{ one: 1 }])
  })

  it("rolls back a client that vanishes in its transaction", async () => {
    const client = new pg.Client(embeddedClientConfig(embedded))
    client.on("error", () => {})
    await client.connect()
    await client.query("BEGIN; INSERT INTO notes VALUES (1, 1)")
    const waiting = count()
    ;(client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy()
    expect(await waiting).toBe(0)
  })

  it("rolls back a client that says goodbye, or is thrown away, in its transaction", async () => {
    const leaver = new pg.Client(embeddedClientConfig(embedded))
    await leaver.connect()
    await leaver.query("BEGIN; INSERT INTO notes VALUES (1, 1)")
    await leaver.end()
    expect(await count()).toBe(0)
    const thrown = await pool.connect()
    await thrown.query("BEGIN; INSERT INTO notes VALUES (1, 1)")
    thrown.release(true)
    expect(await count()).toBe(0)
  })

  it("does not run what a vanished client was still waiting to run", async () => {
    const holder = await pool.connect()
    await holder.query("BEGIN")
    const client = new pg.Client(embeddedClientConfig(embedded))
    client.on("error", () => {})
    await client.connect()
    const never = client.query("INSERT INTO notes VALUES (9, 9)")
    ;(client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy()
    await expect(never).rejects.toSatisfy(isStoreUnavailable)
    await holder.query("COMMIT")
    holder.release()
    expect(await count()).toBe(0)
  })

  it("carries a parameter of 20 MB there and back", async () => {
    const text = "sluice–".repeat(20 * 1024 * 128)
    expect(Buffer.byteLength(text)).toBeGreaterThan(20 * 1024 * 1024)
    const { rows } = await pool.query("SELECT $1::text AS text, length($1) AS length", [text])
    expect(rows[0]?.text === text).toBe(true)
    expect(rows[0]?.length).toBe(text.length)
  })

  it.each([
    ["COPY", "COPY notes FROM STDIN"],
    ["COPY", "SELECT 1; COPY notes TO STDOUT"],
    ["LISTEN", "LISTEN changes"],
    ["SET", "SET statement_timeout = 5"],
  ])("refuses %s with a sentence and goes on: %s", async (word, text) => {
    await expect(pool.query(text)).rejects.toMatchObject({ code: "0A000", message: expect.stringContaining(word) })
    expect(await count()).toBe(0)
  })

  it("refuses named statements, and fails the transaction they are in", async () => {
    const client = await pool.connect()
    await client.query("BEGIN")
    const named = client.query({ name: "it's mine", text: "SELECT $1::int", values: [1] })
    await expect(named).rejects.toMatchObject({ code: "0A000", message: expect.stringContaining("it's mine") })
    await expect(client.query("SELECT 1")).rejects.toMatchObject({ code: "25P02" })
    await client.query("ROLLBACK")
    client.release()
    expect(await count()).toBe(0)
  })

  it("gives a copy of itself from which another database opens", async () => {
    await pool.query("INSERT INTO notes VALUES (1, 2, 'copied')")
    const { writeFile } = await import("node:fs/promises")
    const path = join(folder, "dump.tar.gz")
    await writeFile(path, await embedded.dump())
    const copy = await openIn("copy", { templatePath: path })
    const client = new pg.Client(embeddedClientConfig(copy))
    await client.connect()
    expect((await client.query("SELECT * FROM notes")).rows).toEqual([{ client: 1, step: 2, note: "copied" }])
    await client.end()
    await copy.close()
  })
})

describe("the embedded database in trouble", () => {
  let embedded: EmbeddedDatabase
  let pool: pg.Pool
  let manual: ReturnType<typeof createManualTimers>
  let said: string[]
  let opened = 0

  beforeEach(async () => {
    manual = createManualTimers()
    said = []
    opened += 1
    const log = { ...silentLog, error: ({ reason }: Readonly<Record<string, unknown>>) => said.push(String(reason)) }
    embedded = await openIn(`trouble-${opened}`, { timers: manual.timers, log })
    pool = createEmbeddedPool(embedded, silentLog)
    await pool.query("CREATE TABLE notes (id int)")
  })
  afterEach(async () => {
    await pool.end()
    await embedded.close()
  })

  const notes = async () => (await pool.query("SELECT id FROM notes ORDER BY id")).rows.map(({ id }) => id)

  it("ends a transaction that outlasts its deadline, and everyone can go on", async () => {
    await pool.query("INSERT INTO notes VALUES (1)")
    const client = await pool.connect()
    await client.query("BEGIN; INSERT INTO notes VALUES (2)")
    const blocked = pool.query("INSERT INTO notes VALUES (3)")
    expect(manual.isWaiting(deadlines.transactionDeadlineMs)).toBe(true)
    manual.fire(deadlines.transactionDeadlineMs)
    await expect(blocked).rejects.toSatisfy(isStoreUnavailable)
    await expect(client.query("COMMIT")).rejects.toSatisfy(isStoreUnavailable)
    client.release(true)
    expect(await notes()).toEqual([1])
    expect(said).toEqual([expect.stringContaining("open longer than 5000 ms")])
  })

  it("stops the clock of a transaction that ended in time", async () => {
    const client = await pool.connect()
    await client.query("BEGIN; INSERT INTO notes VALUES (2)")
    await client.query("COMMIT")
    client.release()
    expect(manual.isWaiting(deadlines.transactionDeadlineMs)).toBe(false)
    manual.fire(deadlines.transactionDeadlineMs)
    expect(await notes()).toEqual([2])
  })

  it("ends a query that nothing can cancel", async () => {
    const endless = pool.query("SELECT count(*) FROM generate_series(1, 1000000000000)")
    const ended = expect(endless).rejects.toSatisfy(isStoreUnavailable)
    await new Promise((resolve) => setImmediate(resolve))
    expect(manual.isWaiting(deadlines.statementDeadlineMs)).toBe(true)
    manual.fire(deadlines.statementDeadlineMs)
    await ended
    expect(await notes()).toEqual([])
  })

  it("answers a query that breaks the engine with an error, keeps what was committed and starts again", async () => {
    await pool.query("INSERT INTO notes VALUES (1)")
    await pool.query("CREATE FUNCTION deep(n int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN deep(n + 1); END $$")
    const broken = pool.query("INSERT INTO notes SELECT deep($1)", [1])
    await expect(broken).rejects.toMatchObject({ code: "57P02", message: expect.stringContaining("restarted") })
    await expect(broken).rejects.toSatisfy(isStoreUnavailable)
    expect(await notes()).toEqual([1])
    expect(said).toHaveLength(1)
  })

  it("writes a checkpoint now and then, when something happened since", async () => {
    const position = async () => (await pool.query("SELECT checkpoint_lsn FROM pg_control_checkpoint()")).rows[0]
    await pool.query("INSERT INTO notes VALUES (1)")
    const before = await position()
    manual.fire(deadlines.checkpointEveryMs)
    expect(await position()).not.toEqual(before)
    expect(manual.isWaiting(deadlines.checkpointEveryMs)).toBe(true)
  })

  it("closes with a transaction open, keeping what was committed", async () => {
    await pool.query("INSERT INTO notes VALUES (1)")
    const client = new pg.Client(embeddedClientConfig(embedded))
    client.on("error", () => {})
    await client.connect()
    await client.query("BEGIN; INSERT INTO notes VALUES (2)")
    await embedded.close()
    await expect(client.query("COMMIT")).rejects.toSatisfy(isStoreUnavailable)
    const again = await openIn(`trouble-${opened}`)
    const reader = new pg.Client(embeddedClientConfig(again))
    await reader.connect()
    expect((await reader.query("SELECT id FROM notes")).rows).toEqual([{ id: 1 }])
    await reader.end()
    await again.close()
  })

  it("says why a directory does not open", async () => {
    const { mkdir, writeFile } = await import("node:fs/promises")
    await mkdir(join(folder, "damaged"))
    await writeFile(join(folder, "damaged", "PG_VERSION"), "18\n")
    await expect(openIn("damaged")).rejects.toThrow(/database in .*damaged does not open/)
  })
})
