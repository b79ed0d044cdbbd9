import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { boundLosses } from "./acknowledgement.ts"

const losses = fc.record({ dropped: fc.nat(), lostToCrash: fc.nat() })

describe("an acknowledgement", () => {
  it("reaches as far as was seen and never beyond what there is", () => {
    expect(boundLosses({ dropped: 3, lostToCrash: 9 }, { dropped: 5, lostToCrash: 4 })).toEqual({
      dropped: 3,
      lostToCrash: 4,
    })
    fc.assert(
      fc.property(losses, losses, (seen, real) => {
        const bound = boundLosses(seen, real)
        expect(bound.dropped <= seen.dropped && bound.dropped <= real.dropped).toBe(true)
        expect(bound.lostToCrash <= seen.lostToCrash && bound.lostToCrash <= real.lostToCrash).toBe(true)
      }),
    )
  })
})
