import { expect, it } from "vitest"
import { collectorArgs } from "./supervisor.ts"

it("gives gateways no helpers for collecting garbage where every core has a process of its own already", () => {
  expect(collectorArgs(1, 2)).toEqual(["--single-threaded-gc"])
  expect(collectorArgs(4, 4)).toEqual(["--single-threaded-gc"])
  expect(collectorArgs(1, 4)).toEqual([])
})
