import { SnapshotLine } from "@sluice/protocol/snapshot"
import type { Actor, FirstOwner } from "../domains/identity/index.ts"
import type { TestIdentity } from "./identity.ts"

/** The person that the first start made, in the first project. */
export const ownerOf = ({ place, ownerId }: FirstOwner): Actor => ({
  ...place,
  user: { id: ownerId, email: "owner@localhost", name: "Owner" },
  key: null,
  role: "owner",
})

/** What a gateway that connects now is told. */
export function readBase({ identity }: TestIdentity): Map<string, SnapshotLine & { line: "put" }> {
  const entities = new Map<string, SnapshotLine & { line: "put" }>()
  const write = (lines: string) => {
    for (const text of lines.trimEnd().split("\n")) {
      const line = SnapshotLine.parse(JSON.parse(text))
      if (line.line === "put") entities.set(line.entity.id, line)
    }
    return true
  }
  identity.hub.subscribe(null, { write, end: () => {} }).close()
  return entities
}
