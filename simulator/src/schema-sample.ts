import { isRecord, type JsonRecord, listOf, recordOf } from "./json-reading.ts"
import type { Random } from "./random.ts"
import { writeWords } from "./words.ts"

const deepest = 8

/**
 * A value that fits a JSON schema: every property, the first choice of an enumeration, numbers within their bounds.
 * Reads JSON Schema and Gemini's upper-case dialect; `$ref` resolves inside the root's `$defs` or `definitions`.
 */
export function sampleFromSchema(schema: unknown, random: Random): unknown {
  return sampleAt(recordOf(schema), recordOf(schema), random, 0)
}

function sampleAt(schema: JsonRecord, root: JsonRecord, random: Random, depth: number): unknown {
  const resolved = resolve(schema, root)
  const choices = listOf(resolved.enum)
  if (choices.length > 0) return choices[0]
  if ("const" in resolved) return resolved.const
  const alternatives = [...listOf(resolved.anyOf), ...listOf(resolved.oneOf)]
  if (alternatives.length > 0) return sampleAt(recordOf(alternatives[0]), root, random, depth + 1)
  const type = typeOf(resolved)
  if (type === "object") return sampleObject(resolved, root, random, depth)
  if (type === "array") {
    const count = depth >= deepest ? 0 : Math.max(1, Number(resolved.minItems ?? 0))
    return Array.from({ length: Math.min(count, 16) }, () =>
      sampleAt(recordOf(resolved.items), root, random, depth + 1),
    )
  }
  if (type === "integer" || type === "number") return sampleNumber(resolved, type, random)
  if (type === "boolean") return random.next() < 0.5
  return type === "null" ? null : writeWords(2, random).join("")
}

function sampleObject(schema: JsonRecord, root: JsonRecord, random: Random, depth: number): JsonRecord {
  const properties = Object.entries(recordOf(schema.properties))
  if (depth >= deepest) return {}
  return Object.fromEntries(
    properties.map(([name, child]) => [name, sampleAt(recordOf(child), root, random, depth + 1)]),
  )
}

function sampleNumber(schema: JsonRecord, type: "integer" | "number", random: Random): number {
  const low = typeof schema.minimum === "number" ? schema.minimum : 0
  const high = typeof schema.maximum === "number" ? schema.maximum : low + 100
  const value = low + random.next() * (high - low)
  return type === "integer" ? Math.round(value) : Math.round(value * 100) / 100
}

function typeOf(schema: JsonRecord): string {
  const named = Array.isArray(schema.type) ? schema.type.find((type) => type !== "null") : schema.type
  if (typeof named === "string") return named.toLowerCase()
  return isRecord(schema.properties) ? "object" : "string"
}

function resolve(schema: JsonRecord, root: JsonRecord): JsonRecord {
  const reference = /^#\/(\$defs|definitions)\/(.+)$/.exec(typeof schema.$ref === "string" ? schema.$ref : "")
  if (reference?.[1] === undefined || reference[2] === undefined) return schema
  return recordOf(recordOf(root[reference[1]])[reference[2]])
}
