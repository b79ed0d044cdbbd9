import type { UsageRecord } from "@sluice/protocol/exchange-record"
import { isObject, type JsonObject, toObject } from "./json-value.ts"

/**
 * Takes token counts out of a usage block. A count is a whole number from 0 to 2^53 − 1; what is absent or null is not
 * known; anything else makes the whole block `broken`, because a total without its parts would be priced wrongly.
 */
export class Counts {
  broken = false

  take(value: unknown): number | null {
    if (value === undefined || value === null) return null
    if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number
    this.broken = true
    return null
  }

  /** A block of further counts; one without members when it is absent. */
  block(value: unknown): JsonObject {
    if (value !== undefined && value !== null && !isObject(value)) this.broken = true
    return toObject(value)
  }

  /** The sum of what is known; null when nothing is. */
  sum(...parts: readonly (number | null)[]): number | null {
    let total: number | null = null
    for (const part of parts) if (part !== null) total = (total ?? 0) + part
    if (total !== null && !Number.isSafeInteger(total)) this.broken = true
    return total
  }

  /**
   * The counts as a record, with what is not given as unknown. Null when a value could not be read or a part exceeds
   * the total it is part of.
   */
  toUsage(known: Partial<UsageRecord>): UsageRecord | null {
    const usage: UsageRecord = { ...unknownUsage, ...known }
    const { input, output } = usage
    const fits =
      isPart(usage.cache_read, input) &&
      isPart(usage.cache_write_5m, input) &&
      isPart(usage.cache_write_1h, input) &&
      isPart(usage.audio_input, input) &&
      isPart(usage.reasoning, output) &&
      isPart(usage.audio_output, output)
    return this.broken || !fits ? null : usage
  }
}

const unknownUsage: UsageRecord = Object.freeze({
  input: null,
  output: null,
  cache_read: null,
  cache_write_5m: null,
  cache_write_1h: null,
  reasoning: null,
  audio_input: null,
  audio_output: null,
})

const isPart = (part: number | null, whole: number | null): boolean => part === null || whole === null || part <= whole
