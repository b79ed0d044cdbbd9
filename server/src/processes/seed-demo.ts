import type { ExchangeRecord } from "@sluice/protocol/exchange-record"
import { generateDemoRecords } from "@sluice/simulator/traffic"
import type { Clock } from "../platform/clock.ts"
import type { ControlDomains } from "./control-domains.ts"

/** Records of one batch: what a gateway that is behind ships at once. */
const batchRecords = 2000

/**
 * Fills an empty demonstration with two weeks of made-up requests, through the same intake as real ones; each says in its metadata
 * that it is made up. Does nothing once anything was recorded.
 */
export async function seedDemo(
  { epochs, identity, ingest }: ControlDomains,
  clock: Clock,
  demoKey: string,
): Promise<void> {
  if ((await epochs.list()).length > 0) return
  const { organization, project, key } = await identity.authenticateKey(demoKey)
  const now = clock.now()
  const records = [
    ...generateDemoRecords({
      seed: "sluice",
      now,
      organizationId: organization.id,
      projectId: project.id,
      keyId: key?.id ?? "",
    }),
  ]
  for (let from = 0; from < records.length; from += batchRecords) {
    const batch = records.slice(from, from + batchRecords)
    await ingest({ report: reportOf(batch, from + batch.length, records.length), records: batch })
  }
}

function reportOf(batch: readonly ExchangeRecord[], received: number, all: number) {
  return {
    instance: "demo-history",
    epoch: batch[0]?.epoch ?? "",
    started_at: batch[0]?.started_at ?? 0,
    opened: received,
    received,
    ceiling: received,
    queued: 0,
    spooled: {},
    dropped: {},
    final: received === all,
    snapshot_version: null,
  }
}
