import fc from "fast-check"
import { expect, it } from "vitest"
import type { Exchange } from "./exchange.ts"
import { OpenExchanges } from "./open-exchanges.ts"

const exchange = (): Exchange => ({ place: -1 }) as Exchange

it("holds what was added and not taken away, whatever the order, and takes nothing away twice", () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 15 }), { maxLength: 200 }), (turns) => {
      const all = Array.from({ length: 16 }, exchange)
      const open = new OpenExchanges()
      const model = new Set<Exchange>()
      for (const turn of turns) {
        const one = all[turn] as Exchange
        if (model.delete(one)) expect(open.delete(one)).toBe(true)
        else {
          expect(open.delete(one)).toBe(false)
          open.add(one)
          model.add(one)
        }
        expect(new Set(open.all())).toEqual(model)
        expect(open.size).toBe(model.size)
      }
    }),
  )
})
