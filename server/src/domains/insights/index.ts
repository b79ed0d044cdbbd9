/** The door of the insights domain: requests become figures. */
export { type AggregateDeps, aggregate } from "./aggregate.ts"
export {
  type BreakdownDeps,
  type BreakdownPage,
  checkFilters,
  readBreakdown,
  type SpanWish,
  toBreakdownSpan,
} from "./breakdown.ts"
export { type BreakdownPosition, type BreakdownStore, createBreakdownStore } from "./breakdown-store.ts"
export { foundCost, type RollupScope } from "./collect-rollups.ts"
export type { SeriesFilters } from "./figure-store.ts"
export { createLatencyTargetStore, type LatencyTargetStore } from "./latency-target-store.ts"
export { insightPermissions } from "./permissions.ts"
export { keepHoursMs, keepValuesMs, type PruneStore, pruneRollups } from "./prune-rollups.ts"
export { createPruneStore } from "./prune-store.ts"
export { createRollupStore, type RollupStore } from "./rollup-store.ts"
export { createSketchStore, type SketchStore } from "./sketch-store.ts"
export type { Summary } from "./summary.ts"
export { createSummaryStore, type SummaryStore } from "./summary-store.ts"
export { readTimeseries, type TimeseriesDeps, type TimeseriesQuestion } from "./timeseries.ts"
export { createTimeseriesStore, type TimeseriesStore } from "./timeseries-store.ts"
