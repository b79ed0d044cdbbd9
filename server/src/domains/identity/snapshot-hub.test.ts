import { noLimits } from "@sluice/protocol/limits"
import type { SnapshotEntity, SnapshotLine } from "@sluice/protocol/snapshot"
import { SnapshotLine as SnapshotLineSchema } from "@sluice/protocol/snapshot"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { SnapshotChange, SnapshotChangeStore } from "./snapshot-change-store.ts"
import { SnapshotHub, type SnapshotSubscription } from "./snapshot-hub.ts"

const idOf = (number: number) => `01890a5d-ac96-774b-bcce-b3020000000${number}`

const organization = (number: number, disabled: boolean): SnapshotEntity => ({
  kind: "organization",
  id: idOf(number),
  disabled,
  limits: noLimits,
})

const catalog = (edition: number): SnapshotEntity => ({
  kind: "catalog",
  id: "catalog",
  models: { openai: [`gpt-${edition}`] },
  patterns: [],
})

/** What a database would hold: entities and the order in which they changed. */
class Table implements SnapshotChangeStore {
  entities = new Map<string, SnapshotEntity>()
  catalog = catalog(0)
  log: SnapshotChange[] = []
  failing = false
  #next = 1

  change(kind: string, id: string, entity: SnapshotEntity | null): void {
    if (entity) this.entities.set(id, entity)
    else this.entities.delete(id)
    this.note(kind, id)
  }

  note(kind: string, id: string): void {
    this.log.push({ version: this.#next, kind, entityId: id })
    this.#next += 1
  }

  /** A way back to how everything is now, as a restored backup would bring it. */
  backUp(): () => void {
    const [entities, log, next, edition] = [new Map(this.entities), [...this.log], this.#next, this.catalog]
    return () => {
      this.entities = new Map(entities)
      this.log = [...log]
      this.#next = next
      this.catalog = edition
    }
  }

  async newestVersion(): Promise<number> {
    return this.log.at(-1)?.version ?? 0
  }

  async readFrom(version: number, limit: number): Promise<SnapshotChange[]> {
    if (this.failing) throw new Error("no database")
    return this.log.filter((change) => change.version >= version).slice(0, limit)
  }

  async prune(): Promise<void> {
    this.log = this.log.slice(-1)
  }

  async load(ids?: ReadonlyMap<string, readonly string[]>): Promise<SnapshotEntity[]> {
    const wanted = ids?.get("organization")
    return [...this.entities.values()].filter((entity) => !ids || wanted?.includes(entity.id))
  }

  state(): Map<string, SnapshotEntity> {
    return new Map([...this.entities, ["catalog", this.catalog]])
  }
}

function openHub(table: Table, reported: unknown[] = []): SnapshotHub {
  return new SnapshotHub({
    changes: table,
    load: (ids) => table.load(ids),
    loadOthers: async () => [table.catalog],
    run: "run",
    now: () => 0,
    report: (error) => reported.push(error),
  })
}

/** A gateway, as the protocol says it behaves. */
class Gateway {
  state = new Map<string, SnapshotEntity>()
  version: string | null = null
  bases = 0
  endedFor: string | null = null
  /** Writes the socket takes before it wants to be asked again. */
  room = Number.POSITIVE_INFINITY
  #fresh: Map<string, SnapshotEntity> | null = null
  #subscription: SnapshotSubscription | null = null

  connect(hub: SnapshotHub): void {
    this.#subscription?.close()
    this.#fresh = null
    this.endedFor = null
    this.#subscription = hub.subscribe(this.version, {
      write: (lines) => {
        for (const line of lines.trimEnd().split("\n")) this.#apply(SnapshotLineSchema.parse(JSON.parse(line)))
        this.room -= 1
        return this.room > 0
      },
      end: (reason) => {
        this.endedFor = reason
      },
    })
  }

  drain(room: number): void {
    this.room = room
    this.#subscription?.resume()
  }

  #apply(line: SnapshotLine): void {
    const target = this.#fresh ?? this.state
    if (line.line === "base-begin") this.#fresh = new Map()
    if (line.line === "put") target.set(line.entity.id, line.entity)
    if (line.line === "delete") target.delete(line.id)
    if (line.line === "base-end") {
      this.state = this.#fresh ?? this.state
      this.#fresh = null
      this.bases += 1
    }
    if (line.line === "base-end" || line.line === "version") this.version = line.version
  }
}

type Step =
  | { readonly do: "change"; readonly id: number; readonly to: boolean | null }
  | { readonly do: "catalog"; readonly edition: number; readonly logged: boolean }
  | { readonly do: "poll" | "ping" | "prune" | "restore" | "fail" }
  | { readonly do: "connect" | "drain"; readonly who: number; readonly room: number }

const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant("change" as const), id: fc.nat(3), to: fc.constantFrom(true, false, null) }),
  },
  fc.record({ do: fc.constant("catalog" as const), edition: fc.nat(5), logged: fc.boolean() }),
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constantFrom("poll" as const, "poll", "poll", "ping", "prune", "restore", "fail") }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom("connect" as const, "drain"),
      who: fc.nat(2),
      room: fc.integer({ min: 1, max: 3 }),
    }),
  },
)

async function take(
  step: Step,
  table: Table,
  hub: SnapshotHub,
  gateways: readonly Gateway[],
  restore: () => void,
): Promise<void> {
  const gateway = "who" in step ? gateways[step.who] : undefined
  table.failing = false
  if (step.do === "change")
    table.change("organization", idOf(step.id), step.to === null ? null : organization(step.id, step.to))
  if (step.do === "catalog") {
    table.catalog = catalog(step.edition)
    if (step.logged) table.note("catalog", "catalog")
    else hub.wakeForOthers()
  }
  if (step.do === "poll") await hub.poll()
  if (step.do === "ping") hub.ping()
  if (step.do === "prune") await hub.prune()
  if (step.do === "restore") {
    restore()
    await hub.poll()
  }
  if (step.do === "fail") {
    table.failing = true
    await hub.poll()
  }
  if (step.do === "connect") gateway?.connect(hub)
  if (step.do === "drain") gateway?.drain(step.room)
}

describe("the snapshot hub", () => {
  it("brings every gateway to the same state, however changes, readers and failures interleave", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(steps, { maxLength: 40 }), async (taken) => {
        const table = new Table()
        table.change("organization", idOf(0), organization(0, false))
        const hub = openHub(table)
        await hub.open()
        const restore = table.backUp()
        const gateways = [new Gateway(), new Gateway(), new Gateway()]
        for (const step of taken) await take(step, table, hub, gateways, restore)
        table.failing = false
        hub.wakeForOthers()
        await hub.poll()
        for (const gateway of gateways) {
          if (gateway.version === null || gateway.endedFor !== null) gateway.connect(hub)
          gateway.drain(Number.POSITIVE_INFINITY)
          expect(gateway.state).toEqual(table.state())
          expect(gateway.version).toBe(hub.version)
        }
      }),
      { numRuns: 300 },
    )
  })

  it("publishes a change that is made while an earlier one is being read", async () => {
    const table = new Table()
    const hub = openHub(table)
    await hub.open()
    const gateway = new Gateway()
    gateway.connect(hub)
    for (const edition of [1, 2]) {
      table.catalog = catalog(edition)
      hub.wakeForOthers()
    }
    await hub.poll()
    expect(gateway.state.get("catalog")).toEqual(catalog(2))
  })

  it("sends a gateway that comes back only what it missed", async () => {
    const table = new Table()
    const hub = openHub(table)
    await hub.open()
    const gateway = new Gateway()
    gateway.connect(hub)
    table.change("organization", idOf(1), organization(1, true))
    await hub.poll()
    gateway.connect(hub)
    expect(gateway.bases).toBe(1)
    expect(gateway.state.get(idOf(1))).toMatchObject({ disabled: true })
  })

  it("sends a base to a gateway that knows another run of the hub", async () => {
    const table = new Table()
    const gateway = new Gateway()
    for (const hub of [openHub(table), openHub(table)]) {
      await hub.open()
      gateway.version &&= gateway.version.replace("run", "earlier")
      gateway.connect(hub)
    }
    expect(gateway.bases).toBe(2)
  })

  it("lets go of a gateway that does not read, and of nobody else", async () => {
    const table = new Table()
    const hub = openHub(table)
    await hub.open()
    const stuck = new Gateway()
    const reading = new Gateway()
    stuck.room = 1
    for (const gateway of [stuck, reading]) gateway.connect(hub)
    for (let edition = 1; stuck.endedFor === null && edition < 100; edition += 1) {
      const models = { openai: Array.from({ length: 20_000 }, (_, at) => `model-${edition}-${at}-${"x".repeat(40)}`) }
      table.catalog = { kind: "catalog", id: "catalog", models, patterns: [] }
      hub.wakeForOthers()
      await hub.poll()
    }
    expect(stuck.endedFor).toBe("too far behind")
    expect(hub.subscribers).toBe(1)
    expect(reading.state).toEqual(table.state())
  })

  it("reports a failure to read once and goes on when the database is back", async () => {
    const table = new Table()
    const reported: unknown[] = []
    const hub = openHub(table, reported)
    await hub.open()
    table.change("organization", idOf(2), organization(2, false))
    table.failing = true
    await hub.poll()
    await hub.poll()
    expect(reported).toHaveLength(1)
    table.failing = false
    await hub.poll()
    const gateway = new Gateway()
    gateway.connect(hub)
    expect(gateway.state.has(idOf(2))).toBe(true)
  })

  it("tells of what another domain stores one by one, and when it is gone", async () => {
    const table = new Table()
    const roots = new Map<string, SnapshotEntity>()
    const hub = new SnapshotHub({
      changes: table,
      moreKinds: ["provider"],
      load: async (ids) => [...roots.values()].filter((root) => !ids || ids.get("provider")?.includes(root.id)),
      loadOthers: async () => [],
      run: "run",
      now: () => 0,
      report: () => undefined,
    })
    await hub.open()
    const gateway = new Gateway()
    gateway.connect(hub)
    roots.set("groq", { kind: "provider", id: "groq", base_url: "https://groq.example" })
    table.note("provider", "groq")
    await hub.poll()
    expect(gateway.state.get("groq")).toEqual(roots.get("groq"))
    roots.delete("groq")
    table.note("provider", "groq")
    await hub.poll()
    expect(gateway.state.has("groq")).toBe(false)
  })

  it("ends every stream when it closes", async () => {
    const hub = openHub(new Table())
    await hub.open()
    const gateway = new Gateway()
    gateway.connect(hub)
    hub.close()
    expect(gateway.endedFor).toBe("stopping")
    expect(hub.subscribers).toBe(0)
  })
})
