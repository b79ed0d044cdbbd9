import { beforeAll, expect, it } from "vitest"
import type { Database } from "../../platform/database/database.ts"
import { createUuid } from "../../platform/ids.ts"
import { describeEachDatabase } from "../../testing/database.ts"
import { openTestIdentity, type TestIdentity } from "../../testing/identity.ts"
import { addTenant } from "../../testing/tenant-store.ts"
import { ownerOf } from "../../testing/tenants.ts"
import type { Actor } from "../identity/index.ts"
import { createLastUse, type LastUse } from "./last-use.ts"
import { createLastUseStore } from "./last-use-store.ts"

describeEachDatabase("a credential of the environment", (open) => {
  let database: Database
  let opened: TestIdentity
  let owner: Actor
  let lastUse: LastUse

  beforeAll(async () => {
    database = await open()
    opened = await openTestIdentity(database, {
      environmentCredentials: [
        { provider: "openai", variable: "OPENAI_API_KEY", secret: "sk-fromTheEnvironment1234" },
        { provider: "groq", variable: "GROQ_API_KEY", secret: "gsk_fromTheEnvironment1234" },
      ],
    })
    owner = ownerOf(opened.identity.firstOwner)
    lastUse = createLastUse(createLastUseStore(database))
  })

  const used = async () => {
    const { items } = await opened.identity.listCredentials(owner, { limit: 10, after: null })
    return Object.fromEntries(items.map(({ provider, lastUsedAt }) => [provider, lastUsedAt?.toISOString() ?? null]))
  }
  const use = (by: Actor, at: string) => ({
    organization_id: by.organization.id,
    project_id: by.project.id,
    key_id: createUuid(opened.clock.now()),
    credential_id: createUuid(opened.clock.now()),
    credential_source: "environment",
    provider: "openai",
    finished_at: at,
  })

  it("shows when the project last used it, and never an earlier time", async () => {
    expect(await used()).toEqual({ openai: null, groq: null })
    lastUse.note(use(owner, "2026-06-01T12:00:00.000Z"))
    lastUse.note(use(owner, "2026-06-01T11:00:00.000Z"))
    await lastUse.flush()
    expect(await used()).toEqual({ openai: "2026-06-01T12:00:00.000Z", groq: null })
    lastUse.note(use(owner, "2026-06-01T10:00:00.000Z"))
    await lastUse.flush()
    expect(await used()).toEqual({ openai: "2026-06-01T12:00:00.000Z", groq: null })
  })

  it("is not called used by what another project, a stored credential or a caller's own key did", async () => {
    const before = await used()
    const other = await addTenant(database)
    const late = "2026-06-02T12:00:00.000Z"
    lastUse.note(use(other, late))
    lastUse.note({ ...use(owner, late), credential_source: "stored" })
    lastUse.note({ ...use(owner, late), credential_source: "caller", credential_id: null })
    await lastUse.flush()
    expect(await used()).toEqual(before)
  })

  it("passes over a project that is gone, and keeps what could not be written for the next time", async () => {
    const gone = { ...owner, project: { ...owner.project, id: createUuid(opened.clock.now()) } }
    const flaky = createLastUse({
      write: (uses) =>
        uses.environment.length > 1 ? createLastUseStore(database).write(uses) : Promise.reject(new Error("away")),
    })
    flaky.note(use(owner, "2026-06-03T12:00:00.000Z"))
    await expect(flaky.flush()).rejects.toThrow("away")
    flaky.note(use(gone, "2026-06-03T12:00:00.000Z"))
    await flaky.flush()
    expect(await used()).toMatchObject({ openai: "2026-06-03T12:00:00.000Z" })
  })
})
