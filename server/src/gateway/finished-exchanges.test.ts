import { expect, it } from "vitest"
import type { Exchange } from "./exchange.ts"
import { FinishedExchanges } from "./finished-exchanges.ts"

const exchanges = [1, 2, 3].map((id) => ({ id }) as unknown as Exchange)

it("records what finished in one turn of the loop after it, in its order, and once", async () => {
  const recorded: Exchange[] = []
  const finished = new FinishedExchanges((exchange) => recorded.push(exchange))
  for (const exchange of exchanges) finished.add(exchange)
  expect(recorded).toEqual([])
  await new Promise((resolve) => setImmediate(resolve))
  expect(recorded).toEqual(exchanges)
  finished.flush()
  expect(recorded).toEqual(exchanges)
})

it("records at once what is left when the gateway stops", () => {
  const recorded: Exchange[] = []
  const finished = new FinishedExchanges((exchange) => recorded.push(exchange))
  for (const exchange of exchanges) finished.add(exchange)
  finished.flush()
  expect(recorded).toEqual(exchanges)
})
