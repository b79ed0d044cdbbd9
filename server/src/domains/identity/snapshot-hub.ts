import type { SnapshotEntity, SnapshotLine } from "@sluice/protocol/snapshot"
import type { SnapshotChange, SnapshotChangeStore } from "./snapshot-change-store.ts"
import { baseLines, type SnapshotSink, SnapshotSubscriber, toText } from "./snapshot-subscriber.ts"

/** Changes a gateway may have missed and still be told of without a new base. */
const keptDeltas = 10_000

/** Changes read at once. */
const readLimit = 1000

/** How often changes of other processes are looked for, in milliseconds. */
export const snapshotPollMs = 250

/** How long changes are kept in the database, in milliseconds: a day. */
const keptMs = 24 * 60 * 60 * 1000

/** Kinds of identity's own tables. */
const identityKinds = ["organization", "project", "key", "credential"]

/** Ids by kind. */
type ChangedIds = ReadonlyMap<string, readonly string[]>

/** What the hub takes. */
export interface SnapshotHubDeps {
  readonly changes: SnapshotChangeStore
  /** Kinds that `load` knows beside identity's own; `loadOthers` reads the rest. */
  readonly moreKinds?: readonly string[]
  /** Everything that is stored for gateways, or the entities with these ids, as they are now. */
  load(ids?: ChangedIds): Promise<readonly SnapshotEntity[]>
  /** What does not come from the tables of identity: the catalog, provider overrides, the environment's credentials. */
  loadOthers(): Promise<readonly SnapshotEntity[]>
  /** Names the database and this run: versions of another one are worth nothing here. At most 40 characters. */
  readonly run: string
  now(): number
  /** Told of what went wrong while reading; it is tried again. */
  report(error: unknown): void
}

interface Delta {
  readonly version: number
  readonly text: string
}

/** A subscriber's end of the stream. */
export interface SnapshotSubscription {
  /** To be called when the sink can take more. */
  resume(): void
  /** To be called when the other side is gone. */
  close(): void
}

/**
 * Tells gateways what they need to know, and every change of it as soon as it is committed. Lines carry states, not steps:
 * whoever has read all of them up to a version knows everything as it was then, or newer.
 */
export class SnapshotHub {
  readonly #deps: SnapshotHubDeps
  readonly #storedKinds: ReadonlySet<string>
  readonly #subscribers = new Set<SnapshotSubscriber>()
  #entities = new Map<string, SnapshotEntity>()
  #deltas: Delta[] = []
  #generation = 0
  #version = 0
  /** The newest entry of the order of changes that is in `#entities`; null before the first load. */
  #position: number | null = null
  #polling: Promise<void> | null = null
  #pollAgain = false
  #othersChanged = false
  /** The last read failed and was reported. */
  #failing = false

  constructor(deps: SnapshotHubDeps) {
    this.#deps = deps
    this.#storedKinds = new Set([...identityKinds, ...(deps.moreKinds ?? [])])
  }

  /** Text that is equal exactly when the state it names is. */
  get version(): string {
    return `${this.#deps.run}.${this.#generation}.${this.#version}`
  }

  get subscribers(): number {
    return this.#subscribers.size
  }

  /** Loads everything. To be awaited before anyone subscribes. @throws what the store throws */
  async open(): Promise<void> {
    await this.#reload()
  }

  /**
   * Adds a subscriber. It gets the changes after `since` when that version is one of this run and they are all still
   * known, else a base.
   * @throws Error before the first load
   */
  subscribe(since: string | null, sink: SnapshotSink): SnapshotSubscription {
    if (this.#position === null) throw new Error("the snapshot is not loaded yet")
    const missed = since === null ? null : this.#deltasAfter(since)
    const base = missed ? null : baseLines(this.version, this.#entities)
    const subscriber = new SnapshotSubscriber(sink, base)
    this.#subscribers.add(subscriber)
    for (const delta of missed ?? []) subscriber.send(delta.text)
    subscriber.resume()
    return {
      resume: () => subscriber.resume(),
      close: () => {
        subscriber.close()
        this.#subscribers.delete(subscriber)
      },
    }
  }

  /** What gateways were last told of one kind: exactly what they decide with. `poll` first to be sure it is the newest. */
  entitiesOf<Kind extends SnapshotEntity["kind"]>(kind: Kind): Extract<SnapshotEntity, { kind: Kind }>[] {
    const found: Extract<SnapshotEntity, { kind: Kind }>[] = []
    for (const entity of this.#entities.values()) if (isOfKind(entity, kind)) found.push(entity)
    return found
  }

  /** Something was committed in this process: read it now, not at the next poll. */
  wake(): void {
    this.poll().catch(this.#deps.report)
  }

  /** The catalog or another thing that `loadOthers` reads changed. */
  wakeForOthers(): void {
    this.#othersChanged = true
    this.wake()
  }

  /** Reads and publishes what was committed since. A failure is reported and costs nothing but time. */
  poll(): Promise<void> {
    if (this.#polling) {
      this.#pollAgain = true
      return this.#polling
    }
    this.#polling = this.#pollUntilCaughtUp()
    return this.#polling
  }

  /** A sign of life for every subscriber that has nothing else to read. */
  ping(): void {
    const text = toText({ line: "ping", version: this.version })
    for (const subscriber of this.#subscribers) subscriber.sendIfIdle(text)
  }

  /** Forgets old changes in the database. @throws what the store throws */
  prune(): Promise<void> {
    return this.#deps.changes.prune(new Date(this.#deps.now() - keptMs))
  }

  /** Lets go of every subscriber. */
  close(): void {
    for (const subscriber of this.#subscribers) subscriber.end("stopping")
    this.#subscribers.clear()
  }

  async #pollUntilCaughtUp(): Promise<void> {
    try {
      do {
        this.#pollAgain = false
        if (await this.#readOnce()) this.#pollAgain = true
        this.#failing = false
      } while (this.#pollAgain)
    } catch (error) {
      // Once for each time it begins: four lines a second would bury what matters.
      if (!this.#failing) this.#deps.report(error)
      this.#failing = true
    } finally {
      // In the same turn as the last look at `pollAgain`, so that no call falls between the two.
      this.#polling = null
    }
  }

  /** True when there may be more to read. */
  async #readOnce(): Promise<boolean> {
    if (this.#position === null) return false
    if (this.#othersChanged) await this.#publishChangedOthers()
    const read = await this.#deps.changes.readFrom(this.#position, readLimit)
    if (this.#position > 0 && read[0]?.version !== this.#position) {
      await this.#reload()
      return true
    }
    const fresh = read.filter((change) => change.version > (this.#position ?? 0))
    const newest = fresh.at(-1)
    if (!newest) return false
    await this.#publish(fresh.filter((change) => this.#storedKinds.has(change.kind)))
    if (fresh.some((change) => !this.#storedKinds.has(change.kind))) await this.#publishOthers()
    this.#position = newest.version
    return read.length === readLimit
  }

  async #publish(changes: readonly SnapshotChange[]): Promise<void> {
    if (changes.length === 0) return
    const ids = new Map<string, Set<string>>()
    for (const { kind, entityId } of changes) {
      ids.set(kind, (ids.get(kind) ?? new Set()).add(entityId))
    }
    const entities = await this.#deps.load(new Map([...ids].map(([kind, set]) => [kind, [...set]])))
    const lines: SnapshotLine[] = []
    const found = new Set(entities.map(keyOf))
    for (const [kind, set] of ids) {
      for (const id of set) {
        if (!found.has(`${kind} ${id}`) && this.#entities.has(`${kind} ${id}`)) lines.push({ line: "delete", kind, id })
      }
    }
    for (const entity of entities) lines.push({ line: "put", entity })
    this.#apply(lines)
  }

  /** The mark goes first: a change that comes while this reads must leave its own. */
  async #publishChangedOthers(): Promise<void> {
    this.#othersChanged = false
    try {
      await this.#publishOthers()
    } catch (error) {
      this.#othersChanged = true
      throw error
    }
  }

  async #publishOthers(): Promise<void> {
    const others = await this.#deps.loadOthers()
    const changed = others.filter((other) => !isSameEntity(this.#entities.get(keyOf(other)), other))
    this.#apply(changed.map((entity) => ({ line: "put", entity })))
  }

  #apply(lines: readonly SnapshotLine[]): void {
    if (lines.length === 0) return
    for (const line of lines) {
      if (line.line === "put") this.#entities.set(keyOf(line.entity), line.entity)
      if (line.line === "delete") this.#entities.delete(`${line.kind} ${line.id}`)
    }
    this.#version += 1
    const text = lines.map(toText).join("") + toText({ line: "version", version: this.version })
    this.#deltas.push({ version: this.#version, text })
    if (this.#deltas.length > keptDeltas) this.#deltas.splice(0, this.#deltas.length - keptDeltas)
    for (const subscriber of this.#subscribers) {
      subscriber.send(text)
      if (subscriber.ended) this.#subscribers.delete(subscriber)
    }
  }

  /** Starts anew: everyone reconnects and gets a base, because nobody can tell what they missed. */
  async #reload(): Promise<void> {
    const position = await this.#deps.changes.newestVersion()
    const stored = await this.#deps.load()
    const others = await this.#deps.loadOthers()
    this.#entities = new Map([...stored, ...others].map((entity) => [keyOf(entity), entity]))
    this.#deltas = []
    this.#generation += 1
    this.#version = 0
    this.#position = position
    for (const subscriber of this.#subscribers) subscriber.end("the order of changes was lost")
    this.#subscribers.clear()
  }

  /** What was published after a version; null when that is not known any more, or it is not one of this run. */
  #deltasAfter(since: string): readonly Delta[] | null {
    const prefix = `${this.#deps.run}.${this.#generation}.`
    const version = since.startsWith(prefix) ? Number(since.slice(prefix.length)) : Number.NaN
    if (!Number.isSafeInteger(version) || version > this.#version) return null
    const oldest = this.#deltas[0]?.version ?? this.#version + 1
    return version + 1 >= oldest ? this.#deltas.slice(version + 1 - oldest) : null
  }
}

const isOfKind = <Kind extends SnapshotEntity["kind"]>(
  entity: SnapshotEntity,
  kind: Kind,
): entity is Extract<SnapshotEntity, { kind: Kind }> => entity.kind === kind

const keyOf = (entity: SnapshotEntity): string => `${entity.kind} ${entity.id}`

/** Sealed secrets differ each time they are sealed, so those entities count as changed. */
const isSameEntity = (a: SnapshotEntity | undefined, b: SnapshotEntity): boolean =>
  a !== undefined && JSON.stringify(a) === JSON.stringify(b)
