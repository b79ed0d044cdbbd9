import { isProviderName } from "@sluice/protocol/providers"
import type { CatalogEntity, CredentialEntity } from "@sluice/protocol/snapshot"
import { emptyCatalog, indexCatalog } from "../catalog/hot.ts"
import type { Identity } from "../identity/index.ts"
import type { Know, RoutingKnowledge } from "./routing-knowledge.ts"
import type { RulePlace } from "./routing-rule-store.ts"

/** What a project's requests can reach, read from exactly what gateways were told. */
export function createKnowRoutes({
  hub,
  protocolOf,
}: Pick<Identity, "hub"> & Pick<RoutingKnowledge, "protocolOf">): Know {
  let indexed: CatalogEntity | undefined
  let index = emptyCatalog
  return async (place) => {
    // A credential that was just stored counts.
    await hub.poll()
    const [catalog] = hub.entitiesOf("catalog")
    if (catalog && catalog !== indexed) {
      index = indexCatalog(catalog)
      indexed = catalog
    }
    const credentials = hub.entitiesOf("credential").filter((credential) => isUsable(credential, place))
    const reachable = new Set(credentials.map(({ provider }) => provider))
    const models = hub.entitiesOf("custom_model").filter((model) => model.project_id === place.projectId)
    const customModels = new Map(
      models.map(({ id, name, provider, base_url, credential_id }) => {
        const opens = credentials.some(
          (credential) => credential.id === credential_id && credential.provider === provider,
        )
        const isReachable = base_url !== null || (credential_id === null ? reachable.has(provider) : opens)
        return [name, { id, provider, isReachable }]
      }),
    )
    return { catalog: index, reachable, customModels, protocolOf, isProviderName }
  }
}

/** Its own, its organization's, or one for everybody. */
const isUsable = (credential: CredentialEntity, { organizationId, projectId }: RulePlace): boolean =>
  credential.project_id === null
    ? credential.organization_id === null || credential.organization_id === organizationId
    : credential.project_id === projectId
