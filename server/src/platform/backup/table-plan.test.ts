import { describe, expect, it } from "vitest"
import { inOrder } from "./table-plan.ts"

describe("the order of tables", () => {
  it("puts what others refer to first, and is the alphabet's else", () => {
    const references = [
      { table: "b", target: "z" },
      { table: "z", target: "c" },
      { table: "z", target: "z" },
    ]
    expect(inOrder(["z", "b", "c", "a"], references)).toEqual(["a", "c", "z", "b"])
  })

  it("refuses a circle by name", () => {
    const references = [
      { table: "a", target: "b" },
      { table: "b", target: "a" },
    ]
    expect(() => inOrder(["a", "b", "c"], references)).toThrow("in a circle: a, b")
  })
})
