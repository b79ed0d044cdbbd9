import { keyScopes } from "@sluice/protocol/api/api-keys"
import { sql } from "drizzle-orm"
import { beforeAll, expect, it } from "vitest"
import type { Database } from "../../platform/database/database.ts"
import { describeEachDatabase } from "../../testing/database.ts"
import { openTestIdentity, type TestIdentity } from "../../testing/identity.ts"
import { addTenant } from "../../testing/tenant-store.ts"
import { ownerOf, readBase } from "../../testing/tenants.ts"
import type { Actor } from "./actor.ts"

const all = { limit: 200, after: null }
const signal = new AbortController().signal

describeEachDatabase("credentials that reach beyond one project", (open) => {
  let database: Database
  let opened: TestIdentity
  let owner: Actor
  let other: Actor
  let sibling: Actor

  beforeAll(async () => {
    database = await open()
    opened = await openTestIdentity(database, {
      bootstrapKey: "slk_bootstrapbootstrap01",
      environmentCredentials: [{ provider: "groq", variable: "GROQ_API_KEY", secret: "gsk_fromtheenvironment1234" }],
    })
    owner = ownerOf(opened.identity.firstOwner)
    other = await addTenant(database)
    const project = { id: "01890a5d-ac96-774b-bcce-000000000040", name: "Sibling" }
    await database.system.execute(sql`INSERT INTO projects (id, organization_id, workspace_id, name)
      VALUES (${project.id}, ${owner.organization.id}, ${owner.workspace.id}, 'Sibling')`)
    sibling = { ...owner, project }
  })

  const create = (actor: Actor, scope: "project" | "organization" | "installation", secret: string) =>
    opened.identity.createCredential(actor, { provider: "openai", secret, scope, label: `${scope} one` })

  const listed = async (actor: Actor) => (await opened.identity.listCredentials(actor, all)).items

  it("are listed for those who inherit them, nearest first, and page by page alike", async () => {
    await create(owner, "installation", "sk-of-the-installation-1234")
    await create(owner, "organization", "sk-of-the-organization-1234")
    await create(owner, "project", "sk-of-the-project-1234")
    expect((await listed(owner)).map(({ scope, source }) => `${scope} ${source}`)).toEqual([
      "project stored",
      "organization stored",
      "installation stored",
      "project env",
    ])
    expect((await listed(sibling)).map(({ scope }) => scope)).toEqual(["organization", "installation"])
    const pages: string[] = []
    for (let after: string | null = null, more = true; more; ) {
      const page: Awaited<ReturnType<typeof opened.identity.listCredentials>> = await opened.identity.listCredentials(
        owner,
        { limit: 1, after },
      )
      pages.push(...page.items.map(({ id }) => id))
      after = page.next
      more = page.hasMore
    }
    expect(pages).toEqual((await listed(owner)).map(({ id }) => id))
  })

  it("show another organization that they are offered, and nothing else of them", async () => {
    const [offered, ...more] = await listed(other)
    expect(more).toEqual([])
    expect(offered).toMatchObject({ scope: "installation", label: "installation one", provider: "openai" })
    expect(offered).toMatchObject({ lastFour: "", baseUrl: null, options: {}, lastUsedAt: null, projectId: null })
    expect(JSON.stringify(offered)).not.toContain("1234")
    const id = offered?.id ?? ""
    await expect(opened.identity.deleteCredential(other, id)).rejects.toMatchObject({ param: "credential:offer" })
    await expect(opened.identity.testCredential(other, { id, signal })).rejects.toMatchObject({ status: 403 })
  })

  it("of another organization are neither seen nor touched, not even by a query that forgets to ask", async () => {
    const organizationWide = (await listed(owner)).find(({ scope }) => scope === "organization")
    const id = organizationWide?.id ?? ""
    await expect(opened.identity.deleteCredential(other, id)).rejects.toMatchObject({ status: 404 })
    await expect(opened.identity.testCredential(other, { id, signal })).rejects.toMatchObject({ status: 404 })
    const seen = await database.inTenant(other.organization.id, (tx) => tx.execute(sql`SELECT id FROM credentials`))
    expect(seen.rows).toEqual([])
  })

  it("are stored by those who may, and named to the others as the permission they lack", async () => {
    const key: Actor["key"] = { id: "k", name: "ci", scopes: [...keyScopes] }
    const program: Actor = { ...owner, user: null, role: null, key }
    await expect(create(program, "organization", "sk-a")).rejects.toMatchObject({ param: "credential:share" })
    await expect(create(program, "installation", "sk-a")).rejects.toMatchObject({ param: "credential:offer" })
    const admin: Actor = { ...owner, role: "admin" }
    await expect(create(admin, "installation", "sk-a")).rejects.toMatchObject({ param: "credential:offer" })
    await expect(create(other, "installation", "sk-a")).rejects.toMatchObject({ param: "credential:offer" })
    const editor: Actor = { ...owner, role: "editor" }
    await expect(create(editor, "organization", "sk-a")).rejects.toMatchObject({ param: "credential:share" })
    const made = await create(admin, "organization", "sk-by-the-administrator")
    await expect(opened.identity.deleteCredential(program, made.id)).rejects.toMatchObject({ status: 403 })
    await opened.identity.deleteCredential(sibling, made.id)
    const bootstrap = await opened.identity.authenticateKey("slk_bootstrapbootstrap01")
    const offered = await create(bootstrap, "installation", "sk-by-the-operator")
    await opened.identity.deleteCredential(bootstrap, offered.id)
  })

  it("reach gateways with whom they are for, and are gone from there when they are deleted", async () => {
    await opened.identity.hub.poll()
    const ids = new Map((await listed(owner)).map(({ id, scope, source }) => [`${scope} ${source}`, id]))
    const told = (name: string) => readBase(opened).get(ids.get(name) ?? "")?.entity
    const organization_id = owner.organization.id
    expect(told("project stored")).toMatchObject({ organization_id, project_id: owner.project.id })
    expect(told("organization stored")).toMatchObject({ organization_id, project_id: null })
    expect(told("installation stored")).toMatchObject({ organization_id: null, project_id: null })
    await opened.identity.deleteCredential(owner, ids.get("installation stored") ?? "")
    await opened.identity.hub.poll()
    expect(told("installation stored")).toBeUndefined()
    expect(await listed(other)).toEqual([])
  })
})
