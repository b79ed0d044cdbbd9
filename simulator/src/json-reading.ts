/** A JSON object whose fields are not known yet. */
export type JsonRecord = Readonly<Record<string, unknown>>

/** True for an object that is neither null nor an array. */
export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}

/** A record, or an empty one in its place. */
export const recordOf = (value: unknown): JsonRecord => (isRecord(value) ? value : {})

/** An array, or an empty one in its place. */
export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

/** Text, or null in place of anything else. */
export const textOf = (value: unknown): string | null => (typeof value === "string" ? value : null)

/** A non-negative whole number, or null in place of anything else. */
export const countOf = (value: unknown): number | null =>
  typeof value === "number" && Number.isInteger(value) && value >= 0 ? value : null
