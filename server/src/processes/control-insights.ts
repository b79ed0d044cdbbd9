import {
  type AggregateDeps,
  type BreakdownStore,
  createBreakdownStore,
  createLatencyTargetStore,
  createPruneStore,
  createSketchStore,
  createSummaryStore,
  createTimeseriesStore,
  type LatencyTargetStore,
  type PruneStore,
  type SummaryStore,
  type TimeseriesStore,
} from "../domains/insights/index.ts"
import { createFailureStore, type UncountedStore } from "../domains/requests/index.ts"
import type { Clock } from "../platform/clock.ts"
import type { Database } from "../platform/database/database.ts"
import { aggregateJob } from "../worker/jobs/aggregate.ts"
import { countUncountedJob } from "../worker/jobs/count-uncounted.ts"
import { pruneRollupsJob } from "../worker/jobs/prune-rollups.ts"
import type { Job } from "../worker/scheduler.ts"

/** Figures over one database: what the API and the jobs are made of. */
export interface ControlInsights {
  readonly summaries: SummaryStore
  readonly timeseries: TimeseriesStore
  readonly breakdowns: BreakdownStore
  readonly latencyTargets: LatencyTargetStore
  readonly aggregation: AggregateDeps
  readonly prune: PruneStore
}

/** Opens the domain; nothing is read yet. */
export function openInsights(deps: {
  readonly database: Database
  readonly clock: Clock
  readonly uncounted: UncountedStore
}): ControlInsights {
  const { database, clock, uncounted } = deps
  const summaries = createSummaryStore(database)
  return {
    summaries,
    timeseries: createTimeseriesStore(database),
    breakdowns: createBreakdownStore(database),
    latencyTargets: createLatencyTargetStore(database),
    aggregation: {
      summaries,
      sketches: createSketchStore(database),
      failures: createFailureStore(database),
      hasUncounted: () => uncounted.hasAny(),
      clock,
    },
    prune: createPruneStore(database),
  }
}

/** What keeps figures up to date. */
export const insightJobs = (insights: ControlInsights, uncounted: UncountedStore, clock: Clock): readonly Job[] => [
  countUncountedJob(uncounted),
  aggregateJob(insights.aggregation),
  pruneRollupsJob({ store: insights.prune, clock }),
]
