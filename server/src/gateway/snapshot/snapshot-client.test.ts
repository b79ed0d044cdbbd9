import { hash } from "node:crypto"
import { mkdtemp, readFile, rm, truncate, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { noLimits } from "@sluice/protocol/limits"
import type { SnapshotEntity, SnapshotLine } from "@sluice/protocol/snapshot"
import fc from "fast-check"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { createUuid } from "../../platform/ids.ts"
import type { Logger } from "../../platform/logger.ts"
import { createUnsealer, sealForGateway } from "../../platform/sealing.ts"
import { ControlServer, testControlToken } from "../../testing/control-server.ts"
import { ManualTimers, turnUntil } from "../../testing/manual-timers.ts"
import { ControlChannel, parseControlAddress } from "../control-channel.ts"
import { DiskCopy } from "./disk-copy.ts"
import { SnapshotClient } from "./snapshot-client.ts"

const organization = createUuid(1)
const project = createUuid(2)
const credentialId = createUuid(3)
const keyIds = Array.from({ length: 10 }, (_, i) => createUuid(10 + i))
const secretOf = (n: number): string => `slk_test${n}`
const find = (client: SnapshotClient, n: number) =>
  client.current?.findKey(hash("sha256", secretOf(n), "buffer")) ?? null

const keyEntity = (n: number, environment = "test"): SnapshotEntity => ({
  kind: "key",
  id: keyIds[n] as string,
  hash: hash("sha256", secretOf(n), "hex"),
  organization_id: organization,
  project_id: project,
  scopes: ["gateway"],
  models: null,
  environment,
  expires_at: null,
  limits: noLimits,
})
const credentialEntity: SnapshotEntity = {
  kind: "credential",
  id: credentialId,
  organization_id: organization,
  project_id: project,
  provider: "openai",
  source: "stored",
  base_url: null,
  sealed: sealForGateway(testControlToken, credentialId, "sk-very-secret"),
  priority: 0,
  headers: {},
}
const put = (entity: SnapshotEntity): SnapshotLine => ({ line: "put", entity })
const version = (text: string): SnapshotLine => ({ line: "version", version: text })
const ping = (text: string): SnapshotLine => ({ line: "ping", version: text })
const base = (text: string, ...entities: SnapshotEntity[]): SnapshotLine[] => [
  { line: "base-begin", version: text },
  put({ kind: "organization", id: organization, disabled: false, limits: noLimits }),
  put({ kind: "project", id: project, organization_id: organization, default_provider: null, response_headers: true }),
  ...entities.map(put),
  { line: "base-end", version: text },
]

let folder: string
let control: ControlServer
let timers: ManualTimers
let client: SnapshotClient
let channel: ControlChannel
let log: { readonly level: string; readonly text: string }[]
const path = (): string => join(folder, "copies", "gateway-0.sealed")

function createClient(options: { readonly token?: string; readonly stalePolicy?: "serve" | "refuse" } = {}): void {
  const note = (level: string) => (facts: object, message: string) =>
    void log.push({ level, text: `${message} ${JSON.stringify(facts)}` })
  const logger: Logger = { debug: note("debug"), info: note("info"), warn: note("warn"), error: note("error") }
  const token = options.token ?? testControlToken
  channel = new ControlChannel(parseControlAddress(`unix:${join(folder, "control.sock")}`), token)
  client = new SnapshotClient({
    channel,
    disk: new DiskCopy(path(), token),
    unseal: createUnsealer(testControlToken),
    clock: timers.clock,
    timers,
    logger,
    random: () => 1,
    maxAgeSeconds: 3600,
    stalePolicy: options.stalePolicy ?? "serve",
  })
}

async function startLive(...lines: SnapshotLine[]): Promise<void> {
  createClient()
  const started = client.start()
  await turnUntil(() => control.streams.size === 1, "the stream")
  control.say(...lines)
  await started
}

async function stopClient(): Promise<void> {
  await client.stop()
  channel.close()
  await turnUntil(() => control.streams.size === 0, "the end of the stream")
}

/** Starts without control, so that only the copy on disk is left. */
async function startFromDisk(): Promise<void> {
  control.mode = "broken"
  createClient()
  const started = client.start()
  timers.pass(1500)
  await started
}

/** As `startFromDisk`, where there is nothing to start from. */
async function failToStartFromDisk(token?: string): Promise<void> {
  control.mode = "broken"
  createClient(token === undefined ? {} : { token })
  const started = client.start()
  timers.pass(1500)
  // Reading the copy and closing it wait in one line, so after the stop it was read.
  await new Promise((resolve) => setImmediate(resolve))
  expect(client.current).toBeNull()
  await client.stop()
  await started
  expect(client.current).toBeNull()
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "sluice-snapshot-"))
  control = new ControlServer()
  await control.listen(join(folder, "control.sock"))
  timers = new ManualTimers()
  log = []
})

afterEach(async () => {
  await client?.stop()
  channel?.close()
  await control.close()
  await rm(folder, { recursive: true, force: true })
})

describe("the snapshot client", () => {
  it("serves nothing before a base is whole, then all of it at once", async () => {
    createClient()
    const started = client.start()
    await turnUntil(() => control.streams.size === 1)
    const lines = base("v1", keyEntity(1), credentialEntity)
    control.say(...lines.slice(0, -1))
    await turnUntil(() => true)
    expect(client.current).toBeNull()
    control.say(...lines.slice(-1))
    await started
    expect(client.current).toMatchObject({ version: "v1", source: "live", keyCount: 1 })
    expect(find(client, 1)).toMatchObject({ id: keyIds[1], projectId: project })
    expect(find(client, 2)).toBeNull()
    const [credential] = client.current?.credentials(project, "openai") ?? []
    expect(credential && client.current?.unsealSecret(credential)).toBe("sk-very-secret")
    expect(client.current?.onlyProvider(project)).toBe("openai")
  })

  it("applies changes as they come", async () => {
    await startLive(...base("v1", keyEntity(1)))
    control.say({ line: "delete", kind: "key", id: keyIds[1] as string }, put(keyEntity(2)), version("v2"))
    await turnUntil(() => client.current?.version === "v2")
    expect([find(client, 1), find(client, 2)?.id]).toEqual([null, keyIds[2]])
  })

  it("asks for what it missed after a broken connection, soon, and goes on serving meanwhile", async () => {
    await startLive(...base("v1", keyEntity(1)))
    control.cut()
    await turnUntil(() => timers.waiting.some((ms) => ms <= 250), "a plan to connect again")
    expect(find(client, 1)).not.toBeNull()
    timers.pass(250)
    await turnUntil(() => control.asked.length === 2)
    expect(control.asked).toEqual([null, "v1"])
  })

  it("drops a change that was cut in the middle from its version, not from the next one", async () => {
    await startLive(...base("v1"))
    control.say(put(keyEntity(3)))
    await turnUntil(() => find(client, 3) !== null)
    control.cut()
    await turnUntil(() => timers.waiting.some((ms) => ms <= 250))
    timers.pass(250)
    await turnUntil(() => control.streams.size === 1 && control.asked.length === 2)
    expect(control.asked[1]).toBe("v1")
    control.say(put(keyEntity(3)), put(keyEntity(4)), version("v2"))
    await turnUntil(() => client.current?.version === "v2")
    expect([find(client, 3)?.id, find(client, 4)?.id]).toEqual([keyIds[3], keyIds[4]])
  })

  it("waits longer between tries while control stays away, two seconds at most", async () => {
    control.mode = "broken"
    createClient()
    const started = client.start()
    const delays: number[] = []
    for (let i = 0; i < 8; i += 1) {
      const isDelay = (ms: number): boolean => ms !== 5000 && ms !== 1500
      await turnUntil(() => timers.waiting.some(isDelay), "a plan to connect again")
      const delay = timers.waiting.find(isDelay) ?? 0
      delays.push(delay)
      timers.pass(delay)
    }
    expect(delays).toEqual([100, 200, 400, 800, 1600, 2000, 2000, 2000])
    await client.stop()
    await started
  })

  it("takes five seconds of silence for a dead connection", async () => {
    await startLive(...base("v1"))
    timers.pass(4900)
    expect(control.asked).toHaveLength(1)
    control.say(ping("v1"))
    await turnUntil(() => client.current?.ageSeconds() === 0)
    timers.pass(4900)
    timers.pass(200)
    timers.pass(250)
    await turnUntil(() => control.asked.length === 2)
    expect(log.some(({ text }) => text.includes("control said nothing"))).toBe(true)
  })

  it("connects again after a line that is not of the protocol, without telling what was in it", async () => {
    await startLive(...base("v1"))
    for (const stream of control.streams) stream.write('{"line":"put","entity":{"secret":"sk-123"}}\n')
    await turnUntil(() => log.some(({ text }) => text.includes("not of the snapshot's protocol")))
    expect(JSON.stringify(log)).not.toContain("sk-123")
    expect(client.current?.version).toBe("v1")
  })

  it("says once that control does not know its token, and how to mend it", async () => {
    control.mode = "stranger"
    createClient()
    const started = client.start()
    for (let i = 0; i < 4; i += 1) {
      await turnUntil(() => timers.waiting.some((ms) => ms !== 5000 && ms !== 1500))
      timers.pass(2000)
    }
    expect(log.filter(({ text }) => text.includes("SLUICE_CONTROL_TOKEN"))).toHaveLength(1)
    await client.stop()
    await started
  })

  it("grows older while control is away, and young again at its next word", async () => {
    await startLive(...base("v1"))
    control.mode = "broken"
    control.cut()
    await turnUntil(() => control.streams.size === 0)
    timers.pass(90_000)
    expect(client.current?.ageSeconds()).toBe(90)
    expect(client.isStale).toBe(false)
    timers.pass(3_600_000)
    expect(client.isStale).toBe(true)
    expect(client.current).not.toBeNull()
  })

  it("serves nothing from a stale snapshot when that is the policy", async () => {
    createClient({ stalePolicy: "refuse" })
    const started = client.start()
    await turnUntil(() => control.streams.size === 1)
    control.say(...base("v1"))
    await started
    timers.clock.move(3_601_000)
    expect(client.current).toBeNull()
    control.say(ping("v1"))
    await turnUntil(() => client.current !== null)
  })
})

describe("the copy on disk", () => {
  it("is what a gateway starts from while control is away, and holds nothing in clear", async () => {
    await startLive(...base("v1", keyEntity(1), credentialEntity))
    control.say(put(keyEntity(2)), version("v2"))
    await turnUntil(() => client.current?.version === "v2")
    await stopClient()
    const text = await readFile(path(), "utf8")
    for (const clear of ["sk-very-secret", keyIds[1] as string, "organization"]) expect(text).not.toContain(clear)
    await startFromDisk()
    expect(client.current).toMatchObject({ version: "v2", source: "disk", keyCount: 2 })
    const [credential] = client.current?.credentials(project, "openai") ?? []
    expect(credential && client.current?.unsealSecret(credential)).toBe("sk-very-secret")
  })

  it("takes the changes that come after a start from disk too", async () => {
    await startLive(...base("v1", keyEntity(1)))
    await stopClient()
    await startFromDisk()
    control.mode = "up"
    timers.pass(2000)
    await turnUntil(() => control.streams.size === 1)
    expect(control.asked.at(-1)).toBe("v1")
    control.say({ line: "delete", kind: "key", id: keyIds[1] as string }, version("v2"))
    await turnUntil(() => client.current?.version === "v2")
    expect(client.current?.source).toBe("live")
    await stopClient()
    await startFromDisk()
    expect(client.current?.version).toBe("v2")
    expect(find(client, 1)).toBeNull()
  })

  it("is as old as control's last word, over any number of starts", async () => {
    await startLive(...base("v1"))
    timers.clock.move(61_000)
    control.say(ping("v1"))
    await turnUntil(() => client.current?.ageSeconds() === 0)
    await stopClient()
    timers.clock.move(1_800_000)
    await startFromDisk()
    expect(client.current?.ageSeconds()).toBeGreaterThanOrEqual(1800)
    expect(client.current?.ageSeconds()).toBeLessThan(1810)
  })

  it("is none of another installation's", async () => {
    await startLive(...base("v1"))
    await stopClient()
    await failToStartFromDisk("another-token-another-token-another")
  })

  it("gets a new base when the changes weigh more than it does", async () => {
    await startLive(...base("v1"))
    const long = keyEntity(1, "x")
    const models = Array.from({ length: 2000 }, (_, i) => `model-${i}-${"m".repeat(40)}`)
    for (let i = 0; i < 12; i += 1) {
      control.say(put({ ...long, kind: "key", models } as SnapshotEntity), version(`v${i + 2}`))
      await turnUntil(() => client.current?.version === `v${i + 2}`)
    }
    timers.clock.move(61_000)
    await turnUntil(() => {
      // The copy is written behind; how much was written shows with the next change.
      if (control.asked.length === 1) control.say(put(keyEntity(2)), version("v99"))
      if (timers.waiting.some((ms) => ms <= 250)) timers.pass(250)
      return control.asked.length === 2
    })
    expect(control.asked).toEqual([null, null])
  })

  it("does not hold up serving when it cannot be written", async () => {
    await writeFile(join(folder, "copies"), "in the way")
    await startLive(...base("v1", keyEntity(1)))
    control.say(put(keyEntity(2)), version("v2"))
    await turnUntil(() => client.current?.version === "v2")
    expect(find(client, 2)).not.toBeNull()
    await turnUntil(() => log.some(({ text }) => text.includes("could not be read or written")))
  })

  it("loads as a state that once was, wherever it is cut off", async () => {
    const changes = fc.array(
      fc.array(fc.record({ n: fc.integer({ min: 0, max: 9 }), isDeleted: fc.boolean() }), {
        minLength: 1,
        maxLength: 4,
      }),
      { minLength: 1, maxLength: 5 },
    )
    await fc.assert(
      fc.asyncProperty(changes, fc.double({ min: 0, max: 1, noNaN: true }), async (history, share) => {
        timers = new ManualTimers()
        control.mode = "up"
        await rm(path(), { force: true })
        await startLive(...base("v0", keyEntity(0)))
        const keys = new Set([0])
        const states = new Map([["v0", [0]]])
        for (const [at, change] of history.entries()) {
          for (const { n, isDeleted } of change) {
            if (isDeleted) keys.delete(n)
            else keys.add(n)
            control.say(isDeleted ? { line: "delete", kind: "key", id: keyIds[n] as string } : put(keyEntity(n)))
          }
          control.say(version(`v${at + 1}`))
          states.set(`v${at + 1}`, [...keys].sort())
          await turnUntil(() => client.current?.version === `v${at + 1}`)
        }
        await stopClient()
        const copy = await readFile(path())
        const cut = Math.floor(copy.length * share)
        await truncate(path(), cut)
        if (cut <= copy.indexOf("\n")) return await failToStartFromDisk()
        await startFromDisk()
        const known = keyIds.flatMap((_, n) => (find(client, n) ? [n] : []))
        expect(known).toEqual(states.get(client.current?.version ?? ""))
        await stopClient()
      }),
      { numRuns: 25 },
    )
  })
})
