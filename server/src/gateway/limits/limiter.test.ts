import { type Limits, noLimits } from "@sluice/protocol/limits"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { GatewayError } from "../errors.ts"
import type { Admission } from "./admission.ts"
import { estimateTokens } from "./estimate-tokens.ts"
import { LeaseBook } from "./lease-book.ts"
import { limitHeaders } from "./limit-headers.ts"
import { Limiter } from "./limiter.ts"

const keyId = "01890a5d-ac96-774b-bcce-b302099a8057"
const organizationId = "01890a5d-ac96-774b-bcce-b302099a8058"
const callerWith = (limits: Partial<Limits> | null) => ({
  id: keyId,
  organizationId,
  limits: limits && { ...noLimits, ...limits },
})
const alone = { place: 0, processes: 1 }
const chat = { streams: false, operation: "chat", promptBytes: 400, maxOutputTokens: 100 } as const

function refusal(attempt: () => unknown): GatewayError {
  try {
    attempt()
  } catch (error) {
    if (error instanceof GatewayError) return error
    throw error
  }
  throw new Error("it was let through")
}

const header = (error: GatewayError, name: string): string | undefined => error.headers[error.headers.indexOf(name) + 1]

describe("the limiter", () => {
  it("counts nothing for a caller without limits", () => {
    const limiter = new Limiter({ place: alone })
    expect(limiter.admitRequest(callerWith(null), null, 0)).toBeNull()
    expect(limiter.size).toBe(0)
  })

  it("lets a minute's worth through at once, refuses the next, and says when to come back", () => {
    const limiter = new Limiter({ place: alone })
    const caller = callerWith({ requests_per_minute: 3 })
    for (const second of [100, 101, 101]) expect(limiter.admitRequest(caller, null, second)).not.toBeNull()
    const refused = refusal(() => limiter.admitRequest(caller, null, 120))
    expect([refused.code, refused.status]).toEqual(["rate_limit_exceeded", 429])
    expect(header(refused, "retry-after")).toBe("41")
    expect(header(refused, "x-ratelimit-limit-requests")).toBe("3")
    expect(header(refused, "x-ratelimit-remaining-requests")).toBe("0")
    expect(header(refused, "x-ratelimit-reset-requests")).toBe("42s")
    expect(limiter.admitRequest(caller, null, 161)).not.toBeNull()
    expect(refusal(() => limiter.admitRequest(caller, null, 161)).code).toBe("rate_limit_exceeded")
  })

  it("leaves lifted what was lifted here, though another process still leases it", () => {
    const limiter = new Limiter({ place: alone })
    const book = new LeaseBook(limiter)
    limiter.admitRequest(callerWith({ requests_per_minute: 3, concurrent_requests: 50 }), null, 0)
    const lifted = callerWith({ concurrent_requests: 50 })
    limiter.admitRequest(lifted, null, 1)
    const shares = { requests: { limit: 3, share: 1, elsewhere: 2 } }
    book.apply([{ scope: "key", id: keyId, forget: false, shares }], 2)
    for (let n = 0; n < 10; n += 1) expect(limiter.admitRequest(lifted, null, 3)).not.toBeNull()
  })

  it("holds an organization's limit against all its keys, and lets the tighter one speak", () => {
    const limiter = new Limiter({ place: alone })
    const limits = { ...noLimits, requests_per_minute: 2 }
    const admission = limiter.admitRequest(callerWith({ requests_per_minute: 10 }), limits, 0)
    limiter.admitRequest({ ...callerWith(null), id: "another" }, limits, 0)
    const refused = refusal(() => limiter.admitRequest(callerWith({ requests_per_minute: 10 }), limits, 0))
    expect(refused.message).toContain("organization")
    const said = limitHeaders(admission?.key ?? null, admission?.organization ?? null, 0, "x-ratelimit-")
    expect(said.slice(0, 4)).toEqual(["x-ratelimit-limit-requests", "2", "x-ratelimit-remaining-requests", "0"])
  })

  it("holds what is open until it closes, and names which kind is exceeded", () => {
    const limiter = new Limiter({ place: alone })
    const caller = callerWith({ concurrent_streams: 1, concurrent_requests: 2 })
    const first = limiter.admitRequest(caller, null, 0) as Admission
    limiter.admitAnswer(first, { ...chat, streams: true }, 0)
    const second = limiter.admitRequest(caller, null, 0) as Admission
    expect(refusal(() => limiter.admitAnswer(second, { ...chat, streams: true }, 0)).code).toBe(
      "concurrent_streams_exceeded",
    )
    expect(refusal(() => limiter.admitRequest(caller, null, 0)).code).toBe("concurrent_requests_exceeded")
    limiter.close(first, 1)
    limiter.close(first, 1)
    limiter.admitAnswer(second, { ...chat, streams: true }, 1)
    expect(limiter.admitRequest(caller, null, 1)).not.toBeNull()
  })

  it("reserves tokens, and puts what was used in their place", () => {
    const limiter = new Limiter({ place: alone })
    const caller = callerWith({ tokens_per_minute: 500 })
    const first = limiter.admitRequest(caller, null, 0) as Admission
    limiter.admitAnswer(first, chat, 0)
    const second = limiter.admitRequest(caller, null, 0) as Admission
    expect(refusal(() => limiter.admitAnswer(second, { ...chat, maxOutputTokens: 400 }, 0)).code).toBe(
      "rate_limit_exceeded",
    )
    limiter.settle(first, { total: 20, output: 10 }, 5)
    limiter.settle(first, { total: 400, output: 10 }, 5)
    limiter.admitAnswer(second, { ...chat, maxOutputTokens: 380 }, 5)
    expect(limiter.find(keyId)?.tokens?.held(5)).toBe(500)
    limiter.settle(second, { total: 0, output: null }, 6)
    expect(limiter.find(keyId)?.tokens?.held(6)).toBe(20)
  })

  it("lets one request through however large its estimate is, when nothing is held", () => {
    const limiter = new Limiter({ place: { place: 1, processes: 4 } })
    const admission = limiter.admitRequest(callerWith({ tokens_per_minute: 100 }), null, 0) as Admission
    limiter.admitAnswer(admission, { ...chat, maxOutputTokens: 1_000_000 }, 0)
    expect(limiter.find(keyId)?.tokens?.held(0)).toBe(100)
  })

  it("begins with an equal part of several processes, and keeps proportions when a limit changes", () => {
    const limiter = new Limiter({ place: { place: 1, processes: 4 } })
    limiter.admitRequest(callerWith({ requests_per_minute: 2, concurrent_requests: 100 }), null, 0)
    const subject = limiter.find(keyId)
    expect([subject?.requests?.share, subject?.concurrentRequests?.share]).toEqual([1, 25])
    const shares = { concurrent_requests: { limit: 100, share: 60, elsewhere: 10 } }
    new LeaseBook(limiter).apply([{ scope: "key", id: keyId, forget: false, shares }], 0)
    limiter.admitRequest(callerWith({ concurrent_requests: 50 }), null, 0)
    expect(subject?.concurrentRequests?.share).toBe(30)
    expect(limiter.admitRequest(callerWith({ requests_per_minute: 1_000_000 }), null, 0)).not.toBeNull()
  })

  it("begins with nothing of a limit smaller than the number of processes but in the first of them", () => {
    const shares = [0, 1, 2, 3].map((place) => {
      const limiter = new Limiter({ place: { place, processes: 4 } })
      const caller = callerWith({ requests_per_minute: 2, concurrent_requests: 7 })
      if (place < 2) limiter.admitRequest(caller, null, 0)
      else
        expect(
          header(
            refusal(() => limiter.admitRequest(caller, null, 0)),
            "retry-after",
          ),
        ).toBe("1")
      return [limiter.find(keyId)?.requests?.share, limiter.find(keyId)?.concurrentRequests?.share]
    })
    expect(shares).toEqual([
      [1, 2],
      [1, 2],
      [0, 2],
      [0, 1],
    ])
  })

  it("remembers no more callers than it has room for, whoever passes by", () => {
    const limiter = new Limiter({ place: alone, capacity: 100 })
    for (let i = 0; i < 1000; i += 1)
      limiter.admitRequest({ ...callerWith({ requests_per_minute: 9 }), id: `${i}` }, null, 0)
    expect(limiter.size).toBe(100)
    expect(limiter.active.size).toBeLessThanOrEqual(100)
  })

  it("admits no more than the limit in any minute, holds nothing below zero, and ends with nothing held", () => {
    const step = fc.record({
      gap: fc.nat({ max: 20 }),
      tokens: fc.nat({ max: 400 }),
      closes: fc.nat({ max: 3 }),
      streams: fc.boolean(),
    })
    const limit = fc.integer({ min: 1, max: 20 })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), limit, (steps, units) => {
        const limiter = new Limiter({ place: alone })
        const caller = callerWith({ requests_per_minute: units, tokens_per_minute: 2000, concurrent_streams: 2 })
        const open: Admission[] = []
        const admitted: number[] = []
        let second = 0
        for (const { gap, tokens, closes, streams } of steps) {
          second += gap
          for (const admission of open.splice(0, closes)) {
            limiter.close(admission, second)
            limiter.settle(admission, { total: tokens, output: tokens }, second)
          }
          try {
            const admission = limiter.admitRequest(caller, null, second) as Admission
            open.push(admission)
            limiter.admitAnswer(admission, { ...chat, streams }, second)
            admitted.push(second)
          } catch (error) {
            if (!(error instanceof GatewayError)) throw error
          }
          expect(admitted.filter((at) => second - at < 60).length).toBeLessThanOrEqual(units)
          for (const meter of limiter.find(keyId)?.meters ?? []) expect(meter.held(second)).toBeGreaterThanOrEqual(0)
          expect(limiter.find(keyId)?.streams?.held(second)).toBeLessThanOrEqual(2)
        }
        for (const admission of open) limiter.close(admission, second)
        for (const meter of limiter.find(keyId)?.meters ?? []) expect(meter.held(second + 61)).toBe(0)
      }),
    )
  })
})

describe("the estimate of a request's tokens", () => {
  it.each([
    ["chat", null, 100 + 256],
    ["chat", 10, 110],
    ["embeddings", null, 100],
    ["count_tokens", null, 0],
    ["images", null, 0],
  ] as const)("of %s with at most %s tokens of output is %i", (operation, maxOutputTokens, expected) => {
    expect(estimateTokens({ operation, promptBytes: 400, maxOutputTokens, meanOutputTokens: 256 })).toBe(expected)
  })

  it("expects 4,096 tokens of an answer at most", () => {
    const long = { operation: "chat", promptBytes: 0, maxOutputTokens: null, meanOutputTokens: 90_000 } as const
    expect(estimateTokens(long)).toBe(4096)
  })
})
