import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { HotCredential } from "../../domains/identity/hot.ts"
import { CredentialIndex } from "./credential-index.ts"

const credential = (id: string, more: Partial<HotCredential> = {}): HotCredential => ({
  id,
  organizationId: "o1",
  projectId: "p1",
  provider: "openai",
  source: "stored",
  baseUrl: null,
  sealed: "",
  priority: 0,
  headers: {},
  options: {},
  ...more,
})

const ofOrganization = (id: string, organizationId = "o1") => credential(id, { organizationId, projectId: null })
const ofEveryone = (id: string) => credential(id, { organizationId: null, projectId: null })
const idsOf = (index: CredentialIndex, projectId: string, organizationId: string | null) =>
  (index.of(projectId, organizationId).get("openai") ?? []).map(({ id }) => id)

describe("credentials by project", () => {
  it("come nearest first, and the environment's last, whatever their priority", () => {
    const index = new CredentialIndex()
    index.put(credential("environment", { source: "environment", priority: 9 }))
    index.put(ofEveryone("everyone"))
    index.put({ ...ofOrganization("organization"), priority: 5 })
    index.put(credential("own"))
    expect(idsOf(index, "p1", "o1")).toEqual(["own", "organization", "everyone", "environment"])
    expect(idsOf(index, "p2", "o1")).toEqual(["organization", "everyone"])
    expect(idsOf(index, "p3", "o2")).toEqual(["everyone"])
    expect(idsOf(index, "p4", null)).toEqual(["everyone"])
  })

  it("are found by their id by those who may use them, and by nobody else", () => {
    const index = new CredentialIndex()
    for (const one of [credential("own"), ofOrganization("organization"), ofEveryone("everyone")]) index.put(one)
    expect(index.find("own", "p1", "o1")?.id).toBe("own")
    expect(index.find("own", "p2", "o1")).toBeNull()
    expect(index.find("organization", "p2", "o1")?.id).toBe("organization")
    expect(index.find("organization", "p3", "o2")).toBeNull()
    expect(index.find("everyone", "p3", "o2")?.id).toBe("everyone")
    expect(index.find("gone", "p1", "o1")).toBeNull()
  })

  it("never reach a project of another organization, whatever was put and deleted in whatever order", () => {
    const owners = fc.constantFrom(["o1", "p1"], ["o1", null], ["o2", "p2"], ["o2", null], [null, null])
    const step = fc.record({ id: fc.constantFrom("a", "b", "c", "d"), owner: owners, gone: fc.boolean() })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const index = new CredentialIndex()
        const model = new Map<string, HotCredential>()
        for (const { id, owner, gone } of steps) {
          const [organizationId = null, projectId = null] = owner
          const made = credential(id, { organizationId, projectId })
          if (gone) index.delete(id)
          else index.put(made)
          if (gone) model.delete(id)
          else model.set(id, made)
          for (const [project, organization] of [
            ["p1", "o1"],
            ["p2", "o2"],
          ] as const) {
            const expected = [...model.values()]
              .filter(({ projectId: of }) => of === null || of === project)
              .filter(({ organizationId: of }) => of === null || of === organization)
              .map((each) => each.id)
            expect([...idsOf(index, project, organization)].sort()).toEqual(expected.sort())
          }
        }
      }),
    )
  })
})
