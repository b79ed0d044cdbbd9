import type { RollupRow } from "./rollup-row.ts"

/** Dimensions whose values come from callers, so that only so many of them are counted apart. */
export const boundedDimensions = ["feature", "model", "task", "user", "session"] as const
export type BoundedDimension = (typeof boundedDimensions)[number]

/** Values counted apart: features and models of a project and day, the others of a project and hour. */
export const valueLimits: Readonly<Record<BoundedDimension, number>> = {
  feature: 1000,
  model: 500,
  task: 1000,
  user: 1000,
  session: 1000,
}

export const hourMs = 60 * 60 * 1000
export const dayMs = 24 * hourMs

/** How long a bucket of values is, in milliseconds. */
const bucketMs: Readonly<Record<BoundedDimension, number>> = {
  feature: dayMs,
  model: dayMs,
  task: hourMs,
  user: hourMs,
  session: hourMs,
}

/** Where a value is counted: one dimension of a project in one bucket of time (milliseconds since 1970). */
export interface ValuePlace {
  readonly organization_id: string
  readonly project_id: string
  readonly dimension: BoundedDimension
  readonly bucket: number
}

/** The bucket that counts a dimension's values at a time. */
export const toValueBucket = (dimension: BoundedDimension, at: number): number => at - (at % bucketMs[dimension])

/** Names a place; one line of text, since none of its parts has a space. */
export const placeKey = (place: ValuePlace): string => `${place.project_id} ${place.dimension} ${place.bucket}`

/** What PostgreSQL's texts cannot hold. */
const unstorable = /\0|\p{Surrogate}/u

/** A value as rollups have it: empty for none, and as the database stores it. */
export function toValue(text: string | null): string {
  if (text === null || !unstorable.test(text)) return text ?? ""
  return text.replace(/\0|\p{Surrogate}/gu, "\ufffd")
}

/** The value that a row has. A model is the one that was called, or the one that was asked for. */
export function readValue(row: RollupRow, dimension: BoundedDimension): string {
  switch (dimension) {
    case "feature":
      return toValue(row.feature)
    case "model":
      return toValue(row.model_actual ?? row.model_requested)
    case "task":
      return toValue(row.task)
    case "user":
      return toValue(row.user_id)
    case "session":
      return toValue(row.session_id)
  }
}
