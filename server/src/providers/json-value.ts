/** An object as JSON gave it: every member is unknown until looked at. */
export type JsonObject = Readonly<Record<string, unknown>>

/** True for a JSON object; an array or null is none. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}

/** The value as an object, or one without members. */
export function toObject(value: unknown): JsonObject {
  return isObject(value) ? value : nothing
}

/** The value as a list, or an empty one. */
export function toList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

/** The value if it is a text with something in it. */
export function toText(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null
}

const nothing: JsonObject = Object.freeze({})
