import type { CustomModelEntity } from "@sluice/protocol/snapshot"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { CustomModelTable } from "./hot-custom-models.ts"

const entity = (id: string, name: string, projectId = "p1"): CustomModelEntity => ({
  kind: "custom_model",
  id,
  organization_id: "o1",
  project_id: projectId,
  name,
  provider: "custom",
  upstream_model: `upstream-${name}`,
  credential_id: "c1",
  base_url: null,
})

describe("custom models by name", () => {
  it("are found in their own project, and nowhere else", () => {
    const table = new CustomModelTable()
    table.put(entity("m1", "ours"))
    expect(table.find("p1", "ours")).toMatchObject({ id: "m1", provider: "custom", upstreamModel: "upstream-ours" })
    expect(table.find("p2", "ours")).toBeNull()
    expect(table.find("p1", "theirs")).toBeNull()
    expect([...table.of("p2").keys()]).toEqual([])
  })

  it("keep up with renames, swaps of names and deletions, whatever their order", () => {
    const step = fc.record({
      id: fc.constantFrom("m1", "m2", "m3"),
      name: fc.constantFrom("a", "b"),
      projectId: fc.constantFrom("p1", "p2"),
      gone: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
        const table = new CustomModelTable()
        const model = new Map<string, CustomModelEntity>()
        for (const { id, name, projectId, gone } of steps) {
          if (gone) {
            table.delete(id)
            model.delete(id)
            continue
          }
          table.put(entity(id, name, projectId))
          model.set(id, entity(id, name, projectId))
        }
        for (const [id, { name, project_id }] of model) {
          const namesakes = [...model.values()].filter(
            (other) => other.name === name && other.project_id === project_id,
          )
          if (namesakes.length === 1) expect(table.find(project_id, name)?.id).toBe(id)
        }
        for (const project of ["p1", "p2"]) {
          for (const found of table.of(project).values()) expect(model.get(found.id)?.name).toBe(found.name)
        }
      }),
    )
  })
})
