import { mkdtempSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, describe, expect, it } from "vitest"
import { readConfig } from "../config.ts"
import { askForOwnerLink, openOperatorSocket } from "./operator-socket.ts"

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

const createConfig = () => {
  const folder = mkdtempSync(join(tmpdir(), "sluice-operator-"))
  folders.push(folder)
  const { config } = readConfig({ SLUICE_DATA_DIR: folder }, "/")
  if (!config) throw new Error("the test's configuration is wrong")
  return config
}

describe("the operator's socket", () => {
  const masterKey = Buffer.alloc(32, 7)

  it("gives a link to whoever holds the master key, through a socket of this user alone", async () => {
    const config = createConfig()
    const socket = await openOperatorSocket(config, masterKey, () => Promise.resolve("/sign-in?token=once"))
    expect(await askForOwnerLink(config, masterKey)).toBe("/sign-in?token=once")
    expect(statSync(join(config.dataDir, "operator.sock")).mode & 0o777).toBe(0o600)
    await expect(askForOwnerLink(config, Buffer.alloc(32, 8))).rejects.toThrow("401")
    await socket.close()
  })

  it("is nobody when no control process runs", async () => {
    expect(await askForOwnerLink(createConfig(), masterKey)).toBeNull()
  })

  it("says when control cannot make a link", async () => {
    const config = createConfig()
    const socket = await openOperatorSocket(config, masterKey, () => Promise.reject(new Error("no database")))
    await expect(askForOwnerLink(config, masterKey)).rejects.toThrow("503")
    await socket.close()
  })

  it("replaces what a killed process left", async () => {
    const config = createConfig()
    const first = await openOperatorSocket(config, masterKey, () => Promise.resolve("first"))
    const second = await openOperatorSocket(config, masterKey, () => Promise.resolve("second"))
    expect(await askForOwnerLink(config, masterKey)).toBe("second")
    await first.close()
    await second.close()
  })
})
