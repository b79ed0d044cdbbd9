import type { GatewayErrorCode } from "@sluice/protocol/error-codes"
import type { LimitKind } from "@sluice/protocol/limits"
import { GatewayError } from "../errors.ts"
import type { Admission } from "./admission.ts"
import { limitHeaders } from "./limit-headers.ts"
import type { LimitedSubject } from "./limited-subject.ts"
import type { Meter } from "./meter.ts"

const codes: Readonly<Record<LimitKind, GatewayErrorCode>> = {
  requests: "rate_limit_exceeded",
  tokens: "rate_limit_exceeded",
  streams: "concurrent_streams_exceeded",
  concurrent_requests: "concurrent_requests_exceeded",
}

const units: Readonly<Record<LimitKind, string>> = {
  requests: "requests a minute",
  tokens: "tokens a minute",
  streams: "streams at once",
  concurrent_requests: "requests at once",
}

/** 429: says which limit of whom was reached, and when another try is worth it. */
export function limitExceeded(
  admission: Admission,
  reached: { readonly subject: LimitedSubject; readonly meter: Meter; readonly units: number },
): GatewayError {
  const { key, organization, now } = admission
  const { subject, meter } = reached
  const retryAfter = meter.retryAfterSeconds(reached.units, now)
  const whose = subject.scope === "key" ? "this key" : "this key's organization"
  return new GatewayError(
    codes[meter.kind],
    `${whose} may use ${meter.limit} ${units[meter.kind]}; try again in ${retryAfter} s`,
    { headers: ["retry-after", String(retryAfter), ...limitHeaders(key, organization, now, "x-ratelimit-")] },
  )
}
