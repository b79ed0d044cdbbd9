import { randomBytes } from "node:crypto"
import { keyScopes } from "@sluice/protocol/api/api-keys"
import { noLimits } from "@sluice/protocol/limits"
import { sql } from "drizzle-orm"
import { beforeAll, expect, it } from "vitest"
import type { Database } from "../../platform/database/database.ts"
import { createUnsealer } from "../../platform/sealing.ts"
import { describeEachDatabase } from "../../testing/database.ts"
import { openTestIdentity, type TestIdentity, testMasterKey } from "../../testing/identity.ts"
import { addTenant } from "../../testing/tenant-store.ts"
import { ownerOf, readBase } from "../../testing/tenants.ts"
import type { Actor } from "./actor.ts"
import { createIdentityStores } from "./identity-store.ts"
import { recordSnapshotChange } from "./snapshot-change-store.ts"

const wanted = { name: "app", scopes: ["gateway" as const], environment: "production" as const }

describeEachDatabase("identity", (open) => {
  let database: Database
  let opened: TestIdentity
  let owner: Actor
  let other: Actor

  beforeAll(async () => {
    database = await open()
    opened = await openTestIdentity(database)
    owner = ownerOf(opened.identity.firstOwner)
    other = await addTenant(database)
  })

  it("makes a tenant, an owner and a key at the first start, and nothing at the next", async () => {
    expect(opened.identity.firstOwner).toMatchObject({ created: true, firstKey: expect.stringMatching(/^slk_p/) })
    const again = await openTestIdentity(database)
    expect(again.identity.firstOwner).toMatchObject({
      created: false,
      firstKey: null,
      place: opened.identity.firstOwner.place,
    })
    expect(again.identity.installationId).toBe(opened.identity.installationId)
    const { rows } = await database.system.execute(sql`SELECT count(*)::int AS n FROM users`)
    expect(rows).toEqual([{ n: 1 }])
  })

  it("refuses a database that was made with another master key, in one line", async () => {
    const attempt = openTestIdentity(database, { masterKey: testMasterKey("another") })
    await expect(attempt).rejects.toThrow(/^This database was made with another master key .*SLUICE_MASTER_KEY[^\n]*$/)
  })

  it("stores no key in clear, and finds its holder by its text alone", async () => {
    const { key, secret } = await opened.identity.createApiKey(owner, { ...wanted, models: ["gpt-*"] })
    const holder = await opened.identity.authenticateKey(secret)
    expect(holder).toMatchObject({ user: null, role: null, key: { id: key.id, name: "app", scopes: ["gateway"] } })
    expect(holder.project).toEqual(owner.project)
    const { rows } = await database.system.execute(sql`SELECT to_jsonb(api_keys)::text AS row FROM api_keys`)
    expect(JSON.stringify(rows)).not.toContain(secret.slice(4, 36))
    const wrong = secret.slice(0, -1) + (secret.endsWith("0") ? "1" : "0")
    await expect(opened.identity.authenticateKey(wrong)).rejects.toMatchObject({ code: "unauthenticated" })
  })

  it("lists a project's keys newest first, page by page, and leaves out revoked ones", async () => {
    const made: string[] = []
    for (let n = 0; n < 3; n += 1) {
      opened.clock.move(10)
      made.unshift((await opened.identity.createApiKey(owner, { ...wanted, name: `page ${n}` })).key.id)
    }
    const first = await opened.identity.listApiKeys(owner, { limit: 2, after: null })
    expect(first).toMatchObject({ hasMore: true, items: [{ id: made[0] }, { id: made[1] }] })
    await opened.identity.revokeApiKey(owner, made[2] ?? "")
    const second = await opened.identity.listApiKeys(owner, { limit: 50, after: made[1] ?? null })
    expect(second.items.map(({ id }) => id)).not.toContain(made[2])
    expect(second.hasMore).toBe(false)
    await expect(opened.identity.revokeApiKey(owner, made[2] ?? "")).rejects.toMatchObject({ code: "not_found" })
  })

  it("lets nobody see, use or end what belongs to another organization", async () => {
    const { key } = await opened.identity.createApiKey(owner, wanted)
    const credential = await opened.identity.createCredential(owner, {
      provider: "openai",
      secret: "sk-of-the-owner-1234",
    })
    await expect(opened.identity.revokeApiKey(other, key.id)).rejects.toMatchObject({ status: 404 })
    await expect(opened.identity.deleteCredential(other, credential.id)).rejects.toMatchObject({ status: 404 })
    const call = { id: credential.id, signal: new AbortController().signal }
    await expect(opened.identity.testCredential(other, call)).rejects.toMatchObject({ status: 404 })
    expect((await opened.identity.listApiKeys(other, { limit: 200, after: null })).items).toEqual([])
    expect((await opened.identity.listCredentials(other, { limit: 200, after: null })).items).toEqual([])
  })

  it("refuses an expired key, and a key that would hand out a scope it lacks", async () => {
    const soon = new Date(opened.clock.now() + 1000).toISOString()
    const { secret } = await opened.identity.createApiKey(owner, { ...wanted, expires_at: soon })
    await opened.identity.authenticateKey(secret)
    opened.clock.move(1000)
    await expect(opened.identity.authenticateKey(secret)).rejects.toMatchObject({ code: "unauthenticated" })
    await expect(opened.identity.createApiKey(owner, { ...wanted, expires_at: soon })).rejects.toMatchObject({
      details: [{ field: "expires_at" }],
    })
    const writer: Actor = {
      ...owner,
      user: null,
      role: null,
      key: { id: "k", name: "ci", scopes: ["api:write", "gateway"] },
    }
    await opened.identity.createApiKey(writer, wanted)
    const excess = opened.identity.createApiKey(writer, { ...wanted, scopes: ["gateway", "api:read"] })
    await expect(excess).rejects.toMatchObject({
      code: "permission_denied",
      message: expect.stringContaining("api:read"),
    })
  })

  it("lets no key make another that is good for more than itself, or lift its own limits", async () => {
    const make = async (values: object): Promise<Actor> => {
      const { secret } = await opened.identity.createApiKey(owner, { ...wanted, ...values, scopes: ["api:write"] })
      return await opened.identity.authenticateKey(secret)
    }
    const narrow = { ...wanted, scopes: ["api:write" as const] }
    const refused = { code: "permission_denied" }
    const listed = await make({ models: ["gpt-4o-mini"] })
    await expect(opened.identity.createApiKey(listed, narrow)).rejects.toMatchObject(refused)
    const limited = await make({ limits: { requests_per_minute: 10 } })
    await expect(opened.identity.createApiKey(limited, narrow)).rejects.toMatchObject(refused)
    const lift = { id: limited.key?.id ?? "", values: { limits: { requests_per_minute: null } }, expects: () => true }
    await expect(opened.identity.updateApiKey(limited, lift)).rejects.toMatchObject(refused)
    const [soon, later] = [60_000, 120_000].map((ms) => new Date(opened.clock.now() + ms).toISOString())
    const passing = await make({ expires_at: soon })
    await expect(opened.identity.createApiKey(passing, narrow)).rejects.toMatchObject(refused)
    await expect(opened.identity.createApiKey(passing, { ...narrow, expires_at: later })).rejects.toMatchObject(refused)
    await opened.identity.createApiKey(passing, { ...narrow, expires_at: soon })
  })

  it("keeps a provider's secret encrypted at rest and sealed on its way to gateways", async () => {
    const secret = `sk-${randomBytes(24).toString("hex")}`
    const credential = await opened.identity.createCredential(owner, {
      provider: "openai",
      secret,
      base_url: "https://host/v1/",
      options: { organization: "org-1" },
    })
    expect(credential).toMatchObject({ baseUrl: "https://host", lastFour: secret.slice(-4), label: "openai" })
    const { rows } = await database.system.execute(
      sql`SELECT encode(encrypted_secret, 'escape') || to_jsonb(credentials)::text AS row FROM credentials`,
    )
    expect(JSON.stringify(rows)).not.toContain(secret)
    await opened.identity.hub.poll()
    const line = readBase(opened).get(credential.id)
    expect(line?.entity).toMatchObject({ source: "stored", headers: { "openai-organization": "org-1" } })
    expect(JSON.stringify(line)).not.toContain(secret)
    const sealed = line?.entity.kind === "credential" ? line.entity.sealed : ""
    expect(createUnsealer(opened.keys.controlToken)(sealed, credential.id)).toBe(secret)
  })

  it("refuses options that would break a header or mean nothing to the provider", async () => {
    const refused = opened.identity.createCredential(owner, {
      provider: "openai",
      secret: "sk-abcdefghijkl",
      base_url: "http://169.254.169.254/",
      options: { organization: "a\r\nx-evil: 1" },
    })
    await expect(refused).rejects.toMatchObject({ details: [{ field: "options.organization" }, { field: "base_url" }] })
    const foreign = { provider: "anthropic" as const, secret: "sk-ant-abcdefgh", options: { project: "p" } }
    await expect(opened.identity.createCredential(owner, foreign)).rejects.toMatchObject({ code: "validation_failed" })
  })

  it("tells gateways of a new key and of its end, and counts a disabled organization out", async () => {
    const { key, secret } = await opened.identity.createApiKey(owner, wanted)
    await opened.identity.hub.poll()
    expect(readBase(opened).get(key.id)?.entity).toMatchObject({ kind: "key", scopes: ["gateway"], limits: noLimits })
    await opened.identity.revokeApiKey(owner, key.id)
    await opened.identity.hub.poll()
    expect(readBase(opened).has(key.id)).toBe(false)
    await expect(opened.identity.authenticateKey(secret)).rejects.toMatchObject({ code: "unauthenticated" })

    await opened.identity.setOrganizationDisabled(other.organization.id, true)
    await opened.identity.hub.poll()
    expect(readBase(opened).get(other.organization.id)?.entity).toMatchObject({ disabled: true })
    expect(await opened.identity.setOrganizationDisabled(key.id, true)).toBe(false)
  })

  it("hears of another process's changes by polling", async () => {
    const second = await openTestIdentity(database, { clock: opened.clock })
    const { key } = await second.identity.createApiKey(owner, wanted)
    await opened.identity.hub.poll()
    expect(readBase(opened).has(key.id)).toBe(true)
  })

  it("keeps the newest change when it forgets old ones", async () => {
    const { changes } = createIdentityStores(database)
    const newest = await changes.newestVersion()
    await changes.prune(new Date("2100-01-01"))
    expect(await changes.readFrom(0, 10)).toMatchObject([{ version: newest }])
    await opened.identity.hub.poll()
    const { key } = await opened.identity.createApiKey(owner, wanted)
    await opened.identity.hub.poll()
    expect(readBase(opened).has(key.id)).toBe(true)
  })

  it("numbers changes in the order they commit, when many are made at once", async () => {
    const { changes } = createIdentityStores(database)
    const seen: number[] = []
    let from = await changes.newestVersion()
    const making = Promise.all(Array.from({ length: 20 }, () => opened.identity.createApiKey(owner, wanted)))
    let made = false
    const finished = making.then(() => {
      made = true
    })
    for (let last = false; !last; ) {
      last = made
      const read = await changes.readFrom(from + 1, 1000)
      seen.push(...read.map(({ version }) => version))
      from = read.at(-1)?.version ?? from
    }
    await finished
    const keys = (await making).map(({ key }) => key.id)
    const { rows } = await database.system.execute(
      sql`SELECT version::int FROM snapshot_changes WHERE entity_id IN ${keys}`,
    )
    expect(seen.filter((version) => rows.some((row) => row.version === version))).toHaveLength(20)
  })

  it("lets no change commit before one that has the smaller version", async () => {
    let letGo = () => {}
    const held = new Promise<void>((resolve) => {
      letGo = resolve
    })
    let hasVersion = () => {}
    const begun = new Promise<void>((resolve) => {
      hasVersion = resolve
    })
    const first = database.inTransaction(async (tx) => {
      await recordSnapshotChange(tx, "key", "first")
      hasVersion()
      await held
    })
    await begun
    let overtook = false
    const second = database
      .inTransaction((tx) => recordSnapshotChange(tx, "key", "second"))
      .then(() => {
        overtook = true
      })
    // The embedded database has one session: there the second waits for that, and asking would wait too.
    for (let waits = database.kind === "embedded"; !waits && !overtook; ) {
      const { rows } = await database.system.execute(
        sql`SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`,
      )
      waits = rows.length > 0
    }
    expect(overtook).toBe(false)
    letGo()
    await Promise.all([first, second])
    const read = await createIdentityStores(database).changes.readFrom(0, 1000)
    expect(read.slice(-2).map(({ entityId }) => entityId)).toEqual(["first", "second"])
  })

  it("puts the bootstrap key in force at every start, with every scope, and ends one that was replaced", async () => {
    const bootstrapKey = "slk_bootstrapbootstrap01"
    const first = await openTestIdentity(database, { bootstrapKey })
    const actor = await first.identity.authenticateKey(bootstrapKey)
    expect(actor.key?.scopes).toEqual(keyScopes)
    await first.identity.revokeApiKey(owner, actor.key?.id ?? "")
    await expect(first.identity.authenticateKey(bootstrapKey)).rejects.toMatchObject({ code: "unauthenticated" })
    const again = await openTestIdentity(database, { bootstrapKey })
    expect((await again.identity.authenticateKey(bootstrapKey)).key?.id).toBe(actor.key?.id)
    const replaced = await openTestIdentity(database, { bootstrapKey: "slk_bootstrapbootstrap02" })
    await replaced.identity.authenticateKey("slk_bootstrapbootstrap02")
    await expect(replaced.identity.authenticateKey(bootstrapKey)).rejects.toMatchObject({ code: "unauthenticated" })
  })

  it("lists credentials of the environment after stored ones, uses them, and stores nothing of them", async () => {
    const environmentCredentials = [
      { provider: "groq" as const, variable: "GROQ_API_KEY", secret: "gsk_fromtheenvironment1234" },
      { provider: "gemini" as const, variable: "GEMINI_API_KEY", secret: "AIzafromtheenvironment5678" },
    ]
    const probed: string[] = []
    const probeProvider = async ({ secret }: { readonly secret: string }) => {
      probed.push(secret)
      return { status: 401, latencyMs: 3, message: `refused ${secret}` }
    }
    const { identity } = await openTestIdentity(database, { environmentCredentials, probeProvider })
    const listed: (string | null)[] = []
    let after: string | null = null
    do {
      const page: Awaited<ReturnType<typeof identity.listCredentials>> = await identity.listCredentials(owner, {
        limit: 1,
        after,
      })
      listed.push(...page.items.map((item) => item.variable))
      expect(page.hasMore).toBe(page.next !== null)
      after = page.next
    } while (after)
    expect(listed.slice(-2)).toEqual(["GROQ_API_KEY", "GEMINI_API_KEY"])
    expect(listed.slice(0, -2).every((variable) => variable === null)).toBe(true)
    const [groq] = identity.environmentCredentials
    const id = groq?.credential.id ?? ""
    const result = await identity.testCredential(owner, { id, signal: new AbortController().signal })
    expect(probed).toEqual(["gsk_fromtheenvironment1234"])
    expect(result.message).toBe("refused [secret]")
    await expect(identity.deleteCredential(owner, id)).rejects.toMatchObject({ code: "conflict" })
    const again = await openTestIdentity(database, { environmentCredentials })
    expect(again.identity.environmentCredentials[0]?.credential.id).toBe(id)
    const { rows } = await database.system.execute(sql`SELECT count(*)::int AS n FROM credentials WHERE id = ${id}`)
    expect(rows).toEqual([{ n: 0 }])
  })

  it("signs the owner in once per link, and only with the newest link that has not expired", async () => {
    const { identity, clock } = opened
    const tokenOf = (link: { readonly path: string }) => link.path.replace("/sign-in?token=", "")
    const from = { ipAddress: "203.0.113.9", userAgent: "test" }
    const earlier = await identity.issueOwnerLink()
    const link = await identity.issueOwnerLink()
    expect(await identity.consumeOwnerLink(tokenOf(earlier), from)).toBeNull()
    const attempts = await Promise.all([1, 2, 3].map(() => identity.consumeOwnerLink(tokenOf(link), from)))
    const sessions = attempts.filter((session) => session !== null)
    expect(sessions).toHaveLength(1)
    const cookie = sessions[0]?.cookie ?? ""
    expect(await identity.authenticateSession(cookie)).toMatchObject({ role: "owner", project: owner.project })
    expect(await identity.authenticateSession(`${cookie.split(".")[0]}.forged`)).toBeNull()

    const { rows } = await database.system.execute(
      sql`SELECT (SELECT string_agg(to_jsonb(s)::text, '') FROM sessions s) AS sessions,
                 (SELECT string_agg(to_jsonb(v)::text, '') FROM verifications v) AS links`,
    )
    expect(JSON.stringify(rows)).not.toContain(cookie.slice(0, 20))
    await identity.closeSession(cookie)
    expect(await identity.authenticateSession(cookie)).toBeNull()

    const late = await identity.issueOwnerLink()
    clock.move(24 * 60 * 60 * 1000)
    expect(await identity.consumeOwnerLink(tokenOf(late), from)).toBeNull()
  })

  it("ends a session after thirty days", async () => {
    const { identity, clock } = opened
    const link = await identity.issueOwnerLink()
    const session = await identity.consumeOwnerLink(link.path.slice(15), { ipAddress: null, userAgent: null })
    clock.move(30 * 24 * 60 * 60 * 1000 - 1)
    expect(await identity.authenticateSession(session?.cookie ?? "")).not.toBeNull()
    clock.move(1)
    expect(await identity.authenticateSession(session?.cookie ?? "")).toBeNull()
  })
})
