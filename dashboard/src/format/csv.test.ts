import { describe, expect, it } from "vitest"
import { toCsv } from "./csv.ts"

describe("CSV", () => {
  it("quotes what needs it, and leaves unknown empty", () => {
    expect(
      toCsv([
        ["feature", "cost_usd", "requests"],
        ['a "b", c', null, 12],
      ]),
    ).toBe('\uFEFFfeature,cost_usd,requests\r\n"a ""b"", c",,12\r\n')
  })

  it("holds nothing that a spreadsheet would run, and keeps numbers numbers", () => {
    expect(toCsv([["=1+1", "@x", "-0.5", "-cmd"]])).toBe("\uFEFF'=1+1,'@x,-0.5,'-cmd\r\n")
  })
})
