import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { RowChecksum, toLine } from "./row-checksum.ts"

const rows = fc.array(fc.array(fc.option(fc.string()), { minLength: 1, maxLength: 4 }), { maxLength: 20 })

function sum(lines: readonly string[]) {
  const checksum = new RowChecksum()
  for (const line of lines) checksum.add(line)
  return checksum.total
}

describe("a table's sum", () => {
  it("does not depend on the order of rows", () => {
    fc.assert(
      fc.property(rows, fc.nat(), (table, turn) => {
        const lines = table.map(toLine)
        const at = lines.length === 0 ? 0 : turn % lines.length
        expect(sum([...lines.slice(at), ...lines.slice(0, at)].reverse())).toEqual(sum(lines))
      }),
    )
  })

  it("notices a row that is missing, there twice, or changed in one value", () => {
    fc.assert(
      fc.property(rows, fc.nat(), (table, turn) => {
        fc.pre(table.length > 0)
        const lines = table.map(toLine)
        const at = turn % lines.length
        const changed = lines.with(at, toLine([...(table[at] ?? []), "more"]))
        const others = [lines.toSpliced(at, 1), [...lines, lines[at] ?? ""], [...changed, lines[at] ?? ""], changed]
        for (const other of others) expect(sum(other)).not.toEqual(sum(lines))
      }),
    )
  })

  it("tells null from the text null and from nothing", () => {
    const sums = [[null], ["null"], [""], [null, null]].map((row) => sum([toLine(row)]).checksum)
    expect(new Set(sums).size).toBe(4)
  })
})
