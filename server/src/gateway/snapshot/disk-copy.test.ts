import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { testControlToken } from "../../testing/control-server.ts"
import { DiskCopy } from "./disk-copy.ts"

let folder: string
let path: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "sluice-copy-"))
  path = join(folder, "copies", "gateway-0.sealed")
})

afterEach(() => rm(folder, { recursive: true, force: true }))

describe("the file of the copy", () => {
  it("ends at the change before one that could not be written, instead of leaving it out", async () => {
    const disk = new DiskCopy(path, testControlToken)
    await disk.beginBase()
    await disk.addToBase(["a"])
    await disk.endBase()
    await disk.addChange(["b"])
    await disk.close()
    const found = new DiskCopy(path, testControlToken)
    expect((await found.load()).lines).toEqual(["a", "b"])
    await truncate(path, (await readFile(path)).length - 3)
    const torn = new DiskCopy(path, testControlToken)
    expect((await torn.load()).lines).toEqual(["a"])
    await torn.resume()
    await torn.addChange(["c"])
    await torn.close()
    expect((await new DiskCopy(path, testControlToken).load()).lines).toEqual(["a", "c"])
  })

  it("keeps the old base until a new one is whole", async () => {
    const disk = new DiskCopy(path, testControlToken)
    await disk.beginBase()
    await disk.addToBase(["old"])
    await disk.endBase()
    await disk.beginBase()
    await disk.addToBase(["n".repeat(100_000)])
    expect((await new DiskCopy(path, testControlToken).load()).lines).toEqual(["old"])
    await disk.addToBase(["ew"])
    await disk.endBase()
    expect((await new DiskCopy(path, testControlToken).load()).lines).toHaveLength(2)
    await disk.close()
    expect(await readdir(join(folder, "copies"))).toEqual(["gateway-0.sealed"])
  })

  it("is nothing when blocks were left out or exchanged", async () => {
    const disk = new DiskCopy(path, testControlToken)
    await disk.beginBase()
    await disk.addToBase(["a"])
    await disk.endBase()
    for (const change of ["b", "c"]) await disk.addChange([change])
    await disk.close()
    const [base, first, second] = (await readFile(path, "utf8")).split("\n")
    const loaded = async (...blocks: (string | undefined)[]) => {
      await writeFile(path, `${blocks.join("\n")}\n`)
      return (await new DiskCopy(path, testControlToken).load()).lines
    }
    expect(await loaded(base, first, second)).toEqual(["a", "b", "c"])
    expect(await loaded(base, second)).toEqual(["a"])
    expect(await loaded(base, second, first)).toEqual(["a"])
    expect(await loaded(first, second)).toEqual([])
  })
})
