import { describe, expect, it } from "vitest"
import { systemRandom } from "../../platform/crypto.ts"
import { ManualClock } from "../../testing/manual-clock.ts"
import { type EstablishFirstOwnerDeps, establishFirstOwner } from "./establish-first-owner.ts"

const deps: EstablishFirstOwnerDeps = {
  tenancy: {
    establish: async ({ organization, workspace, project, owner }) => ({
      created: true,
      place: { organization, workspace, project },
      ownerId: owner.id,
    }),
  },
  apiKeys: { assertBootstrapKey: async () => {} },
  clock: new ManualClock(),
  random: systemRandom,
  bootstrapKey: null,
}

describe("what a first start makes", () => {
  it("tells the organization from the project by name, and a demonstration's from anybody's own", async () => {
    const real = (await establishFirstOwner(deps)).place
    expect([real.organization.name, real.project.name]).toEqual(["My organization", "Default project"])
    const demo = (await establishFirstOwner({ ...deps, isDemo: true })).place
    expect([demo.organization.name, demo.project.name]).toEqual(["Demo company", "Demo project"])
  })
})
