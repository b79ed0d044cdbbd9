import type { DrainAck, DrainBatch, EpochReport } from "@sluice/protocol/drain"
import type { Clock } from "../../platform/clock.ts"
import type { PriceBook } from "../catalog/index.ts"
import { type CommitLimits, CommitSize, commitLimits } from "./commit-size.ts"
import { type EpochChange, mergeReports, withoutSettled } from "./epoch.ts"
import { type ExchangeRow, isPlausibleTime, toExchangeRow } from "./exchange-row.ts"
import { type ExchangeStore, rowKey, type StoredRows } from "./exchange-store.ts"
import type { LastUse } from "./last-use.ts"
import { type RejectedRecord, readRecords } from "./read-records.ts"

/** What taking in a batch works with. */
export interface IngestDeps {
  readonly store: ExchangeStore
  readonly priceBook: Pick<PriceBook, "reckon">
  readonly clock: Clock
  /** Told of every key and credential that was used. */
  readonly lastUse: Pick<LastUse, "note">
  /** Called before rows of a day are stored, once a day and process; its failure does not stop the rows. */
  readonly prepareDay: (day: Date) => Promise<void>
  /** What one commit takes on. Default `commitLimits`. */
  readonly limits?: CommitLimits
}

/** Takes what gateways ship. */
export interface Ingest {
  /**
   * Stores a batch; resolves after COMMIT. Records that can never be stored are listed in the answer and stop no other.
   * Batches that arrive while a commit runs share the next one; many figures at once are spread over several.
   * @throws what the store throws when it cannot be reached: nothing of the batch was acknowledged, and it may be sent again.
   * Some of it may be stored, and is found again then.
   */
  ingest(batch: DrainBatch): Promise<DrainAck>
}

interface Waiting extends Prepared {
  resolve(ack: DrainAck): void
  reject(error: unknown): void
}

/** A batch, read and priced. */
interface Prepared {
  readonly report: EpochReport
  readonly rows: readonly { readonly index: number; readonly row: ExchangeRow }[]
  readonly rejected: readonly RejectedRecord[]
}

/** Ingest for one control process. Several may write to one database. */
export function createIngest(deps: IngestDeps): Ingest {
  const queue: Waiting[] = []
  const preparedDays = new Set<number>()
  const { records } = deps.limits ?? commitLimits
  const size = new CommitSize(deps.limits)
  let working = false

  async function work(): Promise<void> {
    working = true
    try {
      for (let batches = takeBatches(queue, records); batches.length > 0; batches = takeBatches(queue, records)) {
        await prepareDays(deps, batches, preparedDays)
        await settle(deps, size, batches)
      }
    } finally {
      working = false
    }
  }

  return {
    ingest: (batch) =>
      new Promise((resolve, reject) => {
        queue.push({ ...prepare(deps, batch), resolve, reject })
        if (!working) void work()
      }),
  }
}

/** As many of the oldest batches as have so many records together, and one at least. */
function takeBatches(queue: Waiting[], most: number): Waiting[] {
  let records = 0
  let count = 0
  for (const batch of queue) {
    records += batch.rows.length
    if (count > 0 && records > most) break
    count += 1
  }
  return queue.splice(0, count)
}

function prepare({ priceBook, clock }: IngestDeps, batch: DrainBatch): Prepared {
  const now = clock.now()
  const { accepted, rejected } = readRecords(batch.records)
  const rows = accepted.map(({ index, record }) => ({
    index,
    row: toExchangeRow(record, priceBook.reckon(record), now),
  }))
  return { report: batch.report, rows, rejected }
}

const dayMs = 24 * 60 * 60 * 1000

async function prepareDays(deps: IngestDeps, batches: readonly Prepared[], prepared: Set<number>): Promise<void> {
  const now = deps.clock.now()
  for (const { rows } of batches) {
    for (const { row } of rows) {
      const finishedAt = Date.parse(row.finished_at)
      const day = Math.floor(finishedAt / dayMs)
      if (prepared.has(day) || !isPlausibleTime(finishedAt, now)) continue
      prepared.add(day)
      // Without its own partition a row is kept by the default one.
      await deps.prepareDay(new Date(day * dayMs)).catch(() => prepared.delete(day))
    }
  }
}

async function settle(deps: IngestDeps, size: CommitSize, batches: readonly Waiting[]): Promise<void> {
  try {
    const rows = batches.flatMap((batch) => batch.rows.map(({ row }) => row))
    const reports = batches.map(({ report }) => report)
    const rejected = batches.flatMap((batch) => batch.rejected.map(({ epoch }) => epoch ?? batch.report.epoch))
    const settled = countBy(rows.map((row) => row.epoch))
    const shippedBy = reports[0]?.instance ?? ""
    const outcome = await storeInCommits(deps, size, { rows, reports, rejected, settled, shippedBy })
    const stored = new Set(outcome.stored)
    for (const batch of batches) batch.resolve(toAck(batch, { ...outcome, stored }))
    for (const row of rows) deps.lastUse.note(row)
  } catch (error) {
    for (const batch of batches) batch.reject(error)
  }
}

interface Shipment {
  readonly rows: readonly ExchangeRow[]
  readonly reports: readonly EpochReport[]
  /** The epoch of each record that was already found wrong. */
  readonly rejected: readonly string[]
  /** By epoch: the records that came with the reports, be they in this commit or in those after it. */
  readonly settled: ReadonlyMap<string, number>
  /** The process that shipped them. */
  readonly shippedBy: string
}

interface Outcome extends StoredRows {
  /** Keys of rows that the database cannot hold, whatever our own checks said. */
  readonly refused: ReadonlySet<string>
}

/** As many commits as it takes; the reports go with the first, as if the rows of the others were still on their way. */
async function storeInCommits(deps: IngestDeps, size: CommitSize, shipment: Shipment): Promise<Outcome> {
  const { rows } = shipment
  const outcomes: Outcome[] = []
  for (let from = 0; from < rows.length || outcomes.length === 0; ) {
    const count = size.fit(rows.slice(from))
    const part = rows.slice(from, from + count)
    try {
      outcomes.push(await storeRows(deps, from === 0 ? { ...shipment, rows: part } : withoutReports(shipment, part)))
    } catch (error) {
      // A deadline and a lost connection look alike.
      size.failed(count)
      throw error
    }
    from += count
  }
  size.succeeded()
  return mergeOutcomes(outcomes)
}

const withoutReports = (shipment: Shipment, rows: readonly ExchangeRow[]): Shipment => ({
  ...shipment,
  rows,
  reports: [],
  rejected: [],
})

const mergeOutcomes = (outcomes: readonly Outcome[]): Outcome => ({
  stored: new Set(outcomes.flatMap(({ stored }) => [...stored])),
  unknownTenant: new Set(outcomes.flatMap(({ unknownTenant }) => [...unknownTenant])),
  refused: new Set(outcomes.flatMap(({ refused }) => [...refused])),
})

/** One commit; if the database refuses a row, one for each half, down to the row that is to blame. */
async function storeRows(deps: IngestDeps, shipment: Shipment): Promise<Outcome> {
  const { rows } = shipment
  try {
    const account = (stored: StoredRows) => toEpochChanges(shipment, stored)
    return { ...(await deps.store.commit(rows, deps.clock.now(), account)), refused: new Set() }
  } catch (error) {
    const [first] = rows
    if (!first || !deps.store.isRefusal(error)) throw error
    if (rows.length === 1) {
      const rest = await storeRows(deps, { ...shipment, rows: [], rejected: [...shipment.rejected, first.epoch] })
      return { ...rest, refused: new Set([rowKey(first)]) }
    }
    const middle = rows.length >> 1
    const one = await storeRows(deps, { ...shipment, rows: rows.slice(0, middle) })
    const other = await storeRows(deps, withoutReports(shipment, rows.slice(middle)))
    return mergeOutcomes([one, other])
  }
}

/** What a commit adds to the account of every process that it concerns, in the order of their epochs. */
function toEpochChanges(shipment: Shipment, stored: StoredRows): readonly EpochChange[] {
  const { rows, reports, rejected, settled, shippedBy } = shipment
  const isNew = new Set(stored.stored)
  const storedBy = countBy(rows.filter((row) => isNew.delete(rowKey(row))).map((row) => row.epoch))
  const unknown = rows.filter((row) => stored.unknownTenant.has(rowKey(row))).map((row) => row.epoch)
  const rejectedBy = countBy([...rejected, ...unknown])
  const told = new Map<string, EpochReport>()
  for (const report of reports) {
    const earlier = told.get(report.epoch)
    told.set(report.epoch, earlier ? mergeReports(earlier, report) : report)
  }
  return [...new Set([...told.keys(), ...storedBy.keys(), ...rejectedBy.keys()])].sort().map((epoch) => {
    const report = told.get(epoch)
    return {
      epoch,
      report: report ? withoutSettled(report, settled) : null,
      shippedBy,
      stored: storedBy.get(epoch) ?? 0,
      rejected: rejectedBy.get(epoch) ?? 0,
    }
  })
}

function countBy(keys: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1)
  return counts
}

/** Takes what it acknowledges out of `outcome.stored`: a record that came in two batches is new in one of them. */
function toAck(batch: Prepared, outcome: Outcome & { readonly stored: Set<string> }): DrainAck {
  const rejected = batch.rejected.map(({ index, reason }) => ({ index, reason }))
  let stored = 0
  let duplicates = 0
  for (const { index, row } of batch.rows) {
    const key = rowKey(row)
    if (outcome.unknownTenant.has(key)) rejected.push({ index, reason: "organization_id, project_id: no such project" })
    else if (outcome.refused.has(key))
      rejected.push({ index, reason: "the database cannot hold a value of this record" })
    else if (outcome.stored.delete(key)) stored += 1
    else duplicates += 1
  }
  return { stored, duplicates, rejected: rejected.sort((a, b) => a.index - b.index) }
}
