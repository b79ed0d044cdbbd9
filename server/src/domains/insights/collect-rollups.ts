import { dayMs, hourMs, placeKey, readValue, toValue, toValueBucket, type ValuePlace } from "./admitted-values.ts"
import { type SingleDimension, singleDimensions } from "./rollup-columns.ts"
import type { RollupRow } from "./rollup-row.ts"
import { Sketch } from "./sketch.ts"
import { addDimensionRow, addFoundCost, addRow, addTotals, noTotals, type Totals } from "./totals.ts"

/** How wide a bucket is. */
export const grains = ["minute", "hour", "day"] as const
export type Grain = (typeof grains)[number]

/** The width of a bucket in milliseconds. */
export const grainMs: Readonly<Record<Grain, number>> = { minute: 60_000, hour: hourMs, day: dayMs }

/** Whose requests. */
export interface RollupScope {
  readonly organization_id: string
  readonly project_id: string
}

/** What tells requests of one project apart; an empty text: none told. */
export interface Series extends RollupScope {
  readonly feature: string
  readonly feature_other: boolean
  readonly model: string
  readonly model_other: boolean
  readonly provider: string
  readonly key_id: string
}

/** Requests of one series in one bucket (its start, in milliseconds since 1970). */
export interface MetricGroup {
  readonly series: Series
  readonly grain: Grain
  readonly bucket: number
  readonly totals: Totals
}

/** Their durations, by the hour. */
export interface DurationGroup {
  readonly series: Series
  readonly bucket: number
  readonly latency: Sketch
  readonly firstToken: Sketch
}

/** Requests of one value of one dimension in one hour. */
export interface DimensionGroup extends RollupScope {
  readonly dimension: SingleDimension
  readonly hour: number
  readonly value: string
  readonly other: boolean
  readonly totals: Totals
}

/** What rows add to the rollups, each kind in the one order in which everybody writes it. */
export interface RollupBatch {
  readonly metrics: readonly MetricGroup[]
  readonly durations: readonly DurationGroup[]
  readonly dimensions: readonly DimensionGroup[]
}

/** Whether a value is counted apart in its bucket; one that is not is `other`. */
export type IsAdmitted = (place: ValuePlace, value: string) => boolean

/** How a row is counted. */
export interface RowCount {
  /** Adds a row to what its groups came to. */
  count(totals: Totals, row: RollupRow): void
  /** The same for `dimension_rollups`, which have fewer columns. */
  countDimension(totals: Totals, row: RollupRow): void
  /** Whether the row's durations are counted, too. */
  readonly durations: boolean
}

/** A request that is new to the rollups. */
export const wholeRow: RowCount = { count: addRow, countDimension: addDimensionRow, durations: true }

/** A request that the rollups have, and whose cost became known. */
export const foundCost: RowCount = { count: addFoundCost, countDimension: addFoundCost, durations: false }

/**
 * Adds rows up by everything that rollups know, in memory. Minutes are added up from rows, hours and days from minutes.
 */
export function collectRollups(
  rows: readonly RollupRow[],
  isAdmitted: IsAdmitted,
  how: RowCount = wholeRow,
): RollupBatch {
  const minutes = new Map<string, MetricGroup>()
  const durations = new Durations()
  const dimensions = new Map<string, DimensionGroup>()
  const told = new Map<string, MetricGroup>()
  for (const row of rows) {
    const at = Date.parse(row.finished_at)
    const minute = at - (at % grainMs.minute)
    const raw = rawKey(row, minute)
    let group = told.get(raw)
    if (!group) {
      const series = toSeries(row, at, isAdmitted)
      group = groupOf(minutes, { series, grain: "minute", bucket: minute })
      told.set(raw, group)
    }
    how.count(group.totals, row)
    if (how.durations) durations.add(group, row)
    for (const dimension of singleDimensions) {
      how.countDimension(dimensionOf(dimensions, { row, at, dimension, isAdmitted }).totals, row)
    }
  }
  return {
    metrics: [...withWiderGrains(minutes)].sort(byKey).map(([, group]) => group),
    durations: durations.groups(),
    dimensions: [...dimensions].sort(byKey).map(([, group]) => group),
  }
}

function toSeries(row: RollupRow, at: number, isAdmitted: IsAdmitted): Series {
  const { organization_id, project_id } = row
  const [feature, model] = [readValue(row, "feature"), readValue(row, "model")]
  const isOther = (dimension: "feature" | "model", value: string) =>
    value !== "" && !isAdmitted({ organization_id, project_id, dimension, bucket: toValueBucket(dimension, at) }, value)
  const [feature_other, model_other] = [isOther("feature", feature), isOther("model", model)]
  return {
    organization_id,
    project_id,
    feature: feature_other ? "" : feature,
    feature_other,
    model: model_other ? "" : model,
    model_other,
    provider: toValue(row.provider),
    key_id: row.key_id,
  }
}

/** Rows with one such key belong to one group. Lengths stand before texts, which may hold anything. */
function rawKey(row: RollupRow, minute: number): string {
  const model = row.model_actual ?? row.model_requested
  const lengths = `${row.provider?.length ?? "-"} ${row.feature?.length ?? "-"} ${model?.length ?? "-"}`
  return `${row.project_id} ${minute} ${row.key_id} ${lengths} ${row.provider}${row.feature}${model}`
}

/** Names a series inside its project. */
export const seriesKey = (series: Omit<Series, keyof RollupScope>): string =>
  JSON.stringify([
    series.feature,
    series.feature_other,
    series.model,
    series.model_other,
    series.provider,
    series.key_id,
  ])

/** Fifteen digits hold every time a date can. */
const timeKey = (time: number): string => String(time).padStart(15, "0")

const metricKey = ({ series, grain, bucket }: Omit<MetricGroup, "totals">): string =>
  `${series.project_id} ${grain} ${timeKey(bucket)} ${seriesKey(series)}`

function groupOf(groups: Map<string, MetricGroup>, place: Omit<MetricGroup, "totals">): MetricGroup {
  const key = metricKey(place)
  const held = groups.get(key)
  if (held) return held
  const made = { ...place, totals: noTotals() }
  groups.set(key, made)
  return made
}

function withWiderGrains(minutes: ReadonlyMap<string, MetricGroup>): Map<string, MetricGroup> {
  const all = new Map(minutes)
  for (const { series, bucket, totals } of minutes.values()) {
    for (const grain of ["hour", "day"] as const) {
      addTotals(groupOf(all, { series, grain, bucket: bucket - (bucket % grainMs[grain]) }).totals, totals)
    }
  }
  return all
}

/** Durations by series and hour. */
class Durations {
  readonly #byHour = new Map<string, DurationGroup>()
  readonly #byMinute = new Map<MetricGroup, DurationGroup>()

  add(minute: MetricGroup, row: RollupRow): void {
    const { latency, firstToken } = this.#byMinute.get(minute) ?? this.#open(minute)
    latency.add(row.latency_ms)
    if (row.time_to_first_token_ms !== null) firstToken.add(row.time_to_first_token_ms)
  }

  groups(): readonly DurationGroup[] {
    return [...this.#byHour.values()]
  }

  #open(minute: MetricGroup): DurationGroup {
    const { series } = minute
    const bucket = minute.bucket - (minute.bucket % hourMs)
    const key = `${series.project_id} ${bucket} ${seriesKey(series)}`
    const group = this.#byHour.get(key) ?? { series, bucket, latency: new Sketch(), firstToken: new Sketch() }
    this.#byHour.set(key, group)
    this.#byMinute.set(minute, group)
    return group
  }
}

interface DimensionQuestion {
  readonly row: RollupRow
  readonly at: number
  readonly dimension: SingleDimension
  readonly isAdmitted: IsAdmitted
}

function dimensionOf(
  groups: Map<string, DimensionGroup>,
  { row, at, dimension, isAdmitted }: DimensionQuestion,
): DimensionGroup {
  const { organization_id, project_id } = row
  const value = readValue(row, dimension)
  const place = { organization_id, project_id, dimension, bucket: toValueBucket(dimension, at) }
  const other = value !== "" && !isAdmitted(place, value)
  const shown = other ? "" : value
  const key = `${placeKey(place)} ${other ? "1" : "0"} ${shown}`
  let group = groups.get(key)
  if (!group) {
    group = { organization_id, project_id, dimension, hour: place.bucket, value: shown, other, totals: noTotals() }
    groups.set(key, group)
  }
  return group
}

function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
