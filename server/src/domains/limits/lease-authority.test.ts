import type { LeaseReport } from "@sluice/protocol/leases"
import { expect, it } from "vitest"
import { createUuid } from "../../platform/ids.ts"
import { LeaseAuthority } from "./lease-authority.ts"

const key = createUuid(1)

/** A report of one of two processes about a key of 100 requests a minute, of which it holds so many, all back in a minute. */
function report(place: number, held: number, part: Partial<LeaseReport> = {}): LeaseReport {
  const requests = { limit: 100, share: 50, held, wanted: 50, returns: [0, 0, 0, 0, 0, held] }
  return {
    instance: `gateway-${place}`,
    epoch: `00000000-0000-7000-8000-00000000000${place}`,
    processes: 2,
    place,
    full: false,
    final: false,
    subjects: [{ scope: "key", id: key, attempted: true, meters: { requests } }],
    ...part,
  }
}

it("hands out nothing of what a stopping process took since its report before the last", () => {
  let now = 0
  const authority = new LeaseAuthority({ monotonic: () => now })
  authority.answer(report(0, 0, { full: true }))
  authority.answer(report(1, 0, { full: true }))
  for (let turn = 0; turn < 5; turn += 1) {
    now += 500
    authority.answer(report(0, 5))
    authority.answer(report(1, 10))
  }
  now += 400
  authority.answer(report(0, 40, { final: true }))
  let most = 0
  for (let turn = 0; turn < 20; turn += 1) {
    now += 500
    for (const { shares } of authority.answer(report(1, 10)).leases) most = Math.max(most, shares.requests?.share ?? 0)
  }
  expect(most).toBeGreaterThan(50)
  expect(most).toBeLessThanOrEqual(60)
})
