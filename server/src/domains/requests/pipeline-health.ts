import { type DropReason, dropReasons, heartbeatMs } from "@sluice/protocol/drain"
import type { Epoch } from "./epoch.ts"

/** What a crash took: nobody can know it exactly. */
export interface Crash {
  readonly instance: string
  readonly atLeast: number
  readonly atMost: number
  /** Milliseconds since 1970. */
  readonly lastHeardAt: number
}

/** Whether every finished request became a row: `received = stored + dropped (all reasons) + spooled + queueDepth`. */
export interface PipelineHealth {
  readonly received: number
  readonly stored: number
  readonly spooled: number
  readonly queueDepth: number
  readonly dropped: Readonly<Record<DropReason, number>>
  readonly lost: { readonly atLeast: number; readonly atMost: number }
  /** Newest first. */
  readonly crashes: readonly Crash[]
  /** Processes that are there now. */
  readonly gateways: readonly {
    readonly instance: string
    readonly lastHeardAt: number
    readonly snapshotVersion: string | null
  }[]
}

/** Silence after which a process counts as lost, in milliseconds. */
export const lostAfterMs = 3 * heartbeatMs

/** Crashes that are listed one by one; the sums hold all of them. */
const listedCrashes = 50

/** When the account is taken. */
export interface HealthMoment {
  /** Milliseconds since 1970. */
  readonly now: number
  /** When control began to listen: nobody could be heard before. */
  readonly listeningSince: number
}

/**
 * The account of all gateway processes. What a live process received and has not accounted for waits in its memory; what a
 * lost one had not is lost, until it speaks again or its spool arrives: then the account corrects itself.
 */
export function toPipelineHealth(epochs: readonly Epoch[], moment: HealthMoment): PipelineHealth {
  const accounts = toAccounts(epochs, moment)
  const dropped = Object.fromEntries(dropReasons.map((reason) => [reason, 0])) as Record<DropReason, number>
  for (const account of accounts) {
    for (const reason of dropReasons) dropped[reason] += account.dropped[reason] ?? 0
  }
  const crashes = accounts.filter((account) => account.atMost > 0).sort((a, b) => b.lastHeardAt - a.lastHeardAt)
  return {
    received: sum(accounts, (account) => account.received),
    stored: sum(accounts, (account) => account.stored),
    spooled: sum(accounts, (account) => account.spooled),
    queueDepth: sum(accounts, (account) => account.queued),
    dropped,
    lost: { atLeast: sum(crashes, (crash) => crash.atLeast), atMost: sum(crashes, (crash) => crash.atMost) },
    crashes: crashes
      .slice(0, listedCrashes)
      .map(({ instance, atLeast, atMost, lastHeardAt }) => ({ instance, atLeast, atMost, lastHeardAt })),
    gateways: epochs
      .filter((epoch) => stateOf(epoch, epochs, moment) === "live")
      .map(({ instance, lastHeardAt, snapshotVersion }) => ({ instance, lastHeardAt, snapshotVersion }))
      .sort((a, b) => (a.instance < b.instance ? -1 : 1)),
  }
}

/** `ended` by a clean stop; `lost` when silent for three heartbeats or replaced by a newer process of the instance. */
export function stateOf(
  epoch: Epoch,
  epochs: readonly Epoch[],
  { now, listeningSince }: HealthMoment,
): "live" | "ended" | "lost" {
  if (epoch.ended) return "ended"
  const heardAt = Math.max(epoch.lastHeardAt, listeningSince)
  const isReplaced = epochs.some((other) => other.instance === epoch.instance && other.startedAt > epoch.startedAt)
  return isReplaced || now - heardAt > lostAfterMs ? "lost" : "live"
}

interface Account extends Crash {
  readonly received: number
  readonly stored: number
  readonly spooled: number
  readonly queued: number
  readonly dropped: Readonly<Partial<Record<DropReason, number>>>
}

function toAccounts(epochs: readonly Epoch[], moment: HealthMoment): readonly Account[] {
  const claimed = new Map<string, number>()
  for (const owner of epochs) {
    for (const [epoch, count] of Object.entries(owner.spooled)) {
      if (epoch !== owner.epoch) claimed.set(epoch, (claimed.get(epoch) ?? 0) + count)
    }
  }
  const known = new Set(epochs.map((epoch) => epoch.epoch))
  const accounts = epochs.map((epoch) => toAccount(epoch, stateOf(epoch, epochs, moment), claimed.get(epoch.epoch)))
  // Spool files of a process that this installation never heard of: no more is known than that they wait.
  const strangers = [...claimed].filter(([epoch]) => !known.has(epoch)).map(([, count]) => toStranger(count))
  return [...accounts, ...strangers]
}

/** @param claimed records in spool files that another process took over; undefined when none did */
function toAccount(epoch: Epoch, state: "live" | "ended" | "lost", claimed: number | undefined): Account {
  const dropped = state === "live" ? epoch.dropped : withRejected(epoch)
  const settled = epoch.stored + sumDropped(dropped)
  const told = Math.max(epoch.received, settled)
  // Its own report counts a record as spooled until the next one, even if it was stored meanwhile.
  const spooled = claimed ?? Math.min(epoch.spooled[epoch.epoch] ?? 0, told - settled)
  const received = Math.max(told, settled + spooled)
  const rest = received - settled - spooled
  const open = state === "lost" ? epoch.ceiling - settled - spooled : 0
  const shared = { ...epoch, dropped, spooled }
  if (state === "live") return { ...shared, received, queued: rest, atLeast: 0, atMost: 0 }
  return { ...shared, received: received - rest, queued: 0, atLeast: rest, atMost: Math.max(rest, open) }
}

/** After its end nobody speaks for it: what control itself rejected of its records was dropped as well. */
function withRejected({ dropped, rejected }: Epoch): Account["dropped"] {
  return rejected > (dropped.rejected ?? 0) ? { ...dropped, rejected } : dropped
}

function toStranger(count: number): Account {
  const nothing = { stored: 0, queued: 0, dropped: {}, atLeast: 0, atMost: 0, lastHeardAt: 0 }
  return { ...nothing, instance: "", received: count, spooled: count }
}

const sumDropped = (dropped: Account["dropped"]): number =>
  dropReasons.reduce((total, reason) => total + (dropped[reason] ?? 0), 0)

const sum = <Item>(items: readonly Item[], value: (item: Item) => number): number =>
  items.reduce((total, item) => total + value(item), 0)
