import { describe, expect, it } from "vitest"
import { isStoreUnavailable } from "./store-unavailable.ts"

const withCode = (code: string, message = "failed") => Object.assign(new Error(message), { code })

describe("telling an absent store from a wrong query", () => {
  it.each([
    "ECONNREFUSED",
    "ECONNRESET",
    "ENOENT",
    "08006",
    "53300",
    "53100",
    "57P01",
    "57P02",
    "57P03",
    "58030",
    "25006",
  ])("counts %s as unavailable", (code) => {
    expect(isStoreUnavailable(withCode(code))).toBe(true)
  })

  it.each(["23505", "42501", "42P01", "22P02", "40001", "57014", "0A000"])("counts %s as an answer", (code) => {
    expect(isStoreUnavailable(withCode(code))).toBe(false)
  })

  it("looks at what caused an error and at each of several", () => {
    expect(isStoreUnavailable(new Error("query failed", { cause: withCode("ECONNREFUSED") }))).toBe(true)
    expect(isStoreUnavailable(new AggregateError([new Error("a"), withCode("ECONNREFUSED")]))).toBe(true)
    expect(isStoreUnavailable(new Error("query failed", { cause: withCode("23505") }))).toBe(false)
  })

  it("knows the driver's words where it gives no code", () => {
    expect(isStoreUnavailable(new Error("Connection terminated unexpectedly"))).toBe(true)
    expect(isStoreUnavailable(new Error("timeout exceeded when trying to connect"))).toBe(true)
  })

  it("is false for anything that is not an error, and ends on a circle of causes", () => {
    expect(isStoreUnavailable("ECONNREFUSED")).toBe(false)
    expect(isStoreUnavailable(null)).toBe(false)
    const circle: Error = new Error("a")
    circle.cause = circle
    expect(isStoreUnavailable(circle)).toBe(false)
  })
})
