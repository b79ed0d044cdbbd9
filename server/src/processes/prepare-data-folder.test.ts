import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { prepareDataFolder } from "./prepare-data-folder.ts"

const scratch = mkdtempSync(join(tmpdir(), "sluice-folder-"))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

describe("the data folder", () => {
  it("is made with all that is missing above it, for this user alone, once", () => {
    const folder = join(scratch, "a/b/supervisor")
    prepareDataFolder(folder, join(scratch, "a/b"))
    prepareDataFolder(folder, join(scratch, "a/b"))
    expect(statSync(folder).mode & 0o777).toBe(0o700)
  })

  it("is refused in one line when a file is in its way", () => {
    const file = join(scratch, "file")
    writeFileSync(file, "")
    const line = `The data folder ${file} cannot be used: there is a file where a folder is needed (ENOTDIR). Choose another with SLUICE_DATA_DIR.`
    expect(() => prepareDataFolder(join(file, "supervisor"), file)).toThrow(line)
  })

  it.runIf(process.platform === "linux")(
    "is refused where the file system makes no folders, instead of tried for ever",
    () => {
      expect(() => prepareDataFolder("/proc/none/supervisor", "/proc/none")).toThrow(
        "Choose another with SLUICE_DATA_DIR",
      )
    },
  )
})
