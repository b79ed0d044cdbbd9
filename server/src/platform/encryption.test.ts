import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { createLocalKeyWrapper, deriveInstallationKeys, loadMasterKey, parseMasterKey } from "./encryption.ts"

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sluice-key-"))
})

afterEach(() => rmSync(folder, { recursive: true }))

describe("the master key", () => {
  it("is made at the first start, for its owner alone, and found again at the next", () => {
    const file = join(folder, "data", "master.key")
    const made = loadMasterKey({ value: null, file })
    expect(made).toHaveLength(32)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(loadMasterKey({ value: null, file }).equals(made)).toBe(true)
  })

  it("is read from the variable as base64, as base64 for URLs or as hexadecimal", () => {
    const bytes = Buffer.from(Array.from({ length: 32 }, (_, at) => 255 - at))
    for (const text of [bytes.toString("base64"), bytes.toString("base64url"), bytes.toString("hex").toUpperCase()]) {
      expect(loadMasterKey({ value: text, file: join(folder, "none") }).equals(bytes)).toBe(true)
    }
    expect(() => statSync(join(folder, "none"))).toThrow("ENOENT")
  })

  it("is never replaced when the file holds something else, and the message does not repeat it", () => {
    const file = join(folder, "master.key")
    writeFileSync(file, "half a ke")
    expect(() => loadMasterKey({ value: null, file })).toThrow(/^(?!.*half a ke).*does not hold a master key/)
    expect(readFileSync(file, "utf8")).toBe("half a ke")
  })

  it("is an error with the variable's name when it is not 32 bytes, without its value", () => {
    expect(() => loadMasterKey({ value: "tooshort", file: "" })).toThrow(/^(?!.*tooshort)SLUICE_MASTER_KEY/)
    expect(parseMasterKey("x".repeat(44))).toBeNull()
  })

  it("says which file cannot be used and why", () => {
    writeFileSync(join(folder, "file"), "")
    chmodSync(join(folder, "file"), 0o600)
    expect(() => loadMasterKey({ value: null, file: join(folder, "file", "master.key") })).toThrow(
      /master key.*ENOTDIR/,
    )
  })
})

describe("data keys", () => {
  const dataKey = Buffer.alloc(32, 9)

  it("come back from their wrapping, under the same master key and for the same row", async () => {
    const wrapper = createLocalKeyWrapper(Buffer.alloc(32, 1))
    const wrapped = await wrapper.wrap(dataKey, "row")
    expect((await wrapper.unwrap(wrapped, "row")).equals(dataKey)).toBe(true)
    await expect(wrapper.unwrap(wrapped, "other")).rejects.toThrow()
    await expect(createLocalKeyWrapper(Buffer.alloc(32, 2)).unwrap(wrapped, "row")).rejects.toThrow()
  })

  it("are wrapped by a key whose fingerprint differs with the master key and is stable", () => {
    const fingerprints = [1, 2, 1].map((fill) => createLocalKeyWrapper(Buffer.alloc(32, fill)).fingerprint)
    expect(fingerprints[0]).toBe(fingerprints[2])
    expect(fingerprints[0]).not.toBe(fingerprints[1])
  })
})

describe("an installation's keys", () => {
  it("take the control token that was given, else one that follows from the master key", () => {
    expect(deriveInstallationKeys(Buffer.alloc(32), "given").controlToken).toBe("given")
    const derived = deriveInstallationKeys(Buffer.alloc(32), null)
    expect(derived.controlToken).toMatch(/^[A-Za-z0-9_-]{43}$/)
    expect(deriveInstallationKeys(Buffer.alloc(32), null).controlToken).toBe(derived.controlToken)
    expect(derived.cursors.equals(derived.sessions)).toBe(false)
  })
})
