import type { LimitedSubject } from "./limited-subject.ts"
import type { Meter } from "./meter.ts"

/**
 * What limits say of themselves in an answer, flat: name, value, … Names without their prefix `x-ratelimit-`. Where key and
 * organization both have a limit, the one with less left speaks.
 */
export function limitHeaders(
  key: LimitedSubject | null,
  organization: LimitedSubject | null,
  second: number,
  prefix: string,
): string[] {
  const headers: string[] = []
  const requests = tighter(key?.requests ?? null, organization?.requests ?? null, second)
  if (requests) describe(headers, requests, "requests", { second, prefix })
  const tokens = tighter(key?.tokens ?? null, organization?.tokens ?? null, second)
  if (tokens) describe(headers, tokens, "tokens", { second, prefix })
  return headers
}

function tighter(a: Meter | null, b: Meter | null, second: number): Meter | null {
  if (!a?.isLimited) return b?.isLimited ? b : null
  if (!b?.isLimited) return a
  return a.remaining(second) <= b.remaining(second) ? a : b
}

function describe(
  headers: string[],
  meter: Meter,
  name: "requests" | "tokens",
  { second, prefix }: { readonly second: number; readonly prefix: string },
): void {
  headers.push(`${prefix}limit-${name}`, String(meter.limit))
  headers.push(`${prefix}remaining-${name}`, String(meter.remaining(second)))
  headers.push(`${prefix}reset-${name}`, toDuration(meter.resetSeconds(second)))
}

/** As OpenAI writes durations: `1s`, `1m1s`. */
const toDuration = (seconds: number): string =>
  seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`
