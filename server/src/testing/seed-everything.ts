import { systemClock } from "../platform/clock.ts"
import type { Database } from "../platform/database/database.ts"
import { ensurePartitions } from "../platform/database/partitions.ts"
import * as schema from "../platform/database/schema.ts"
import { createUuid } from "../platform/ids.ts"

const newId = () => createUuid(systemClock.now())

/** Texts that are easily damaged on the way from one database to another. */
const texts = ["plain", "Zürich ☃ 𝒳", 'it\'s "quoted"\\ \n\t', "", "{},NULL", "null"]

/**
 * Fills tables with values of every kind we store: fractions, exact decimals, bytes, lists, JSON, instants in parts of days,
 * and texts that are easily damaged. `requests` rows of `request_logs` over three days, and as many snapshot changes.
 */
export async function seedEverything(database: Database, requests: number): Promise<void> {
  const { system } = database
  const now = new Date(systemClock.now())
  const [organizationId, workspaceId, projectId, userId, dataKeyId, keyId] = Array.from({ length: 6 }, newId) as [
    string,
    string,
    string,
    string,
    string,
    string,
  ]
  await system.insert(schema.installation).values({ key: "master_key_fingerprint", value: "f".repeat(32) })
  await system.insert(schema.organizations).values({ id: organizationId, name: texts[1] ?? "", slug: newId() })
  await system.insert(schema.workspaces).values({ id: workspaceId, organizationId, name: texts[2] ?? "" })
  await system.insert(schema.projects).values({ id: projectId, organizationId, workspaceId, name: "" })
  await system.insert(schema.users).values({ id: userId, name: "Somebody", email: `${newId()}@example.com` })
  await system.insert(schema.members).values({ id: newId(), organizationId, userId, role: "owner" })
  const wrapped = Buffer.from([0, 1, 254, 255, 92, 34, 39])
  await system.insert(schema.dataKeys).values({ id: dataKeyId, organizationId, wrapped, wrappedBy: "test" })
  await system.insert(schema.apiKeys).values({
    id: keyId,
    organizationId,
    projectId,
    name: "key",
    hash: Buffer.from(newId()),
    lastFour: "abcd",
    scopes: texts,
    models: [],
    environment: "production",
    expiresAt: now,
  })
  await system.insert(schema.modelPricing).values({
    id: newId(),
    provider: "openai",
    model: "gpt-4o-mini",
    version: "1",
    inputPerToken: "0.000000150000001",
    rates: { tiers: [{ above: 200_000, rate: "1e-7" }], note: texts[2] },
    source: "test",
    effectiveFrom: now,
  })
  await seedRequests(database, requests, { organizationId, projectId, keyId })
}

interface Owner {
  readonly organizationId: string
  readonly projectId: string
  readonly keyId: string
}

async function seedRequests(database: Database, requests: number, owner: Owner): Promise<void> {
  const { system } = database
  await ensurePartitions(database, new Date(systemClock.now() - 86_400_000), 3)
  for (let position = 0; position < requests; position += 1) {
    const finishedAt = new Date(systemClock.now() - (position % 4) * 86_400_000 + position)
    await system.insert(schema.requestLogs).values({
      id: newId(),
      ...owner,
      epoch: newId(),
      seq: position,
      environment: "production",
      startedAt: finishedAt,
      finishedAt,
      endpoint: "/v1/chat/completions",
      protocol: "openai",
      operation: "chat",
      providerUnknown: false,
      status: 200,
      streaming: position % 2 === 0,
      latencyMs: position / 7,
      gatewayMs: 0.1 + 0.2,
      costUsd: "0.000000000001",
      usageSource: "none",
      feature: texts[position % texts.length] ?? null,
      metadata: { text: texts[position % texts.length], number: 1e21, list: [null, true] },
      attempts: 1,
      promptBytes: 2 ** 40,
      completionBytes: 1,
      quality: texts,
    })
    await system.insert(schema.snapshotChanges).values({ kind: "key", entityId: texts[position % texts.length] ?? "" })
  }
}
