import { type Period, periods } from "@sluice/protocol/api/figures"
import type { Clock } from "../../platform/clock.ts"
import type { Failure, FailureStore } from "../requests/index.ts"
import { hourMs } from "./admitted-values.ts"
import type { SketchStore } from "./sketch-store.ts"
import { periodSpans, widenSpan } from "./span.ts"
import { type Summary, toSummary } from "./summary.ts"
import type { DueSummary, SummaryStore } from "./summary-store.ts"

/** How old a summary may get while nothing arrives but time passes, in milliseconds. */
const quietMs: Readonly<Record<Period, number>> = {
  last_24h: 5 * 60_000,
  last_7d: 30 * 60_000,
  last_30d: hourMs,
}

/** Summaries of one run; the rest are of the next. */
const runSummaries = 600

/** Failures that a summary lists. */
const listedFailures = 20

/** What aggregation works with. */
export interface AggregateDeps {
  readonly sketches: SketchStore
  readonly summaries: SummaryStore
  readonly failures: FailureStore
  /** Whether requests stored long ago are still being counted. */
  readonly hasUncounted: () => Promise<boolean>
  readonly clock: Clock
}

/**
 * Brings sketches and summaries up to date; gives how many summaries were reckoned. Costs two small statements while nothing changes.
 * Safe to run twice, and in two processes at once.
 */
export async function aggregate(deps: AggregateDeps): Promise<number> {
  const { sketches, summaries, clock } = deps
  for (let merged = await sketches.mergeSome(); merged?.more; ) merged = await sketches.mergeSome()
  const now = clock.now()
  const olderThan = Object.fromEntries(periods.map((period) => [period, now - quietMs[period]]))
  const due = await summaries.listDue(olderThan as Record<Period, number>, runSummaries)
  if (due.length === 0) return 0
  const backFill = await deps.hasUncounted()
  for (const one of due) await summaries.write(one, await reckon(deps, one, backFill), now)
  return due.length
}

async function reckon(deps: AggregateDeps, due: DueSummary, backFill: boolean): Promise<Summary> {
  const { summaries, failures, clock } = deps
  const now = clock.now()
  const spans = periodSpans(due.period, now)
  const percentiles = widenSpan(spans.current, hourMs)
  const before = { from: percentiles.from - (spans.current.to - spans.current.from), to: percentiles.from }
  const current = await summaries.readSpan(due, spans.current, percentiles)
  const previous = await summaries.readSpan(due, spans.previous, before)
  const { since, latencyTargetMs } = await summaries.readFacts(due)
  const scope = { organizationId: due.organization_id, projectId: due.project_id }
  const recent =
    current.sums.counts.errors === 0
      ? []
      : await failures.list(scope, { since: new Date(spans.current.from), limit: listedFailures })
  return toSummary({
    spans,
    current,
    previous,
    failures: recent.map(toItem),
    since,
    backFill,
    latencyTargetMs,
    percentilesFrom: percentiles.from,
    now,
  })
}

const toItem = (failure: Failure): Summary["recent_failures"][number] => ({
  id: failure.id,
  finished_at: failure.finishedAt.toISOString(),
  status: failure.status,
  error_code: failure.errorCode,
  error_category: failure.errorCategory,
  feature: failure.feature,
  model: failure.model,
  provider: failure.provider,
  latency_ms: failure.latencyMs,
})
