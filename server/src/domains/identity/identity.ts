import type { SnapshotEntity } from "@sluice/protocol/snapshot"
import type { Clock } from "../../platform/clock.ts"
import type { RandomBytes } from "../../platform/crypto.ts"
import type { InstallationKeys, KeyWrapper } from "../../platform/encryption.ts"
import type { Logger } from "../../platform/logger.ts"
import { createSealer } from "../../platform/sealing.ts"
import { authenticateKey, authenticateSession } from "./authenticate.ts"
import { buildEnvironmentSnapshot, buildSnapshot } from "./build-snapshot.ts"
import { createApiKey } from "./create-api-key.ts"
import { createCredentialVault } from "./credential-vault.ts"
import type { EntitySource } from "./entity-source.ts"
import { type EnvironmentVariableCredential, toEnvironmentCredentials } from "./environment-credentials.ts"
import { establishFirstOwner, type FirstOwner } from "./establish-first-owner.ts"
import { getApiKey } from "./get-api-key.ts"
import type { IdentityStores } from "./identity-store.ts"
import { listApiKeys } from "./list-api-keys.ts"
import { listCredentials } from "./list-credentials.ts"
import { createCredential, deleteCredential, type ProbeProvider, testCredential } from "./manage-credentials.ts"
import { openInstallation } from "./open-installation.ts"
import { changeOrganizationLimits, readOrganizationLimits } from "./organization-limits.ts"
import { consumeOwnerLink, issueOwnerLink } from "./owner-link.ts"
import { revokeApiKey } from "./revoke-api-key.ts"
import { closeSession } from "./sign-in.ts"
import { SnapshotHub } from "./snapshot-hub.ts"
import { updateApiKey } from "./update-api-key.ts"
import { useCredential, usualCredential } from "./use-credential.ts"

/** What the domain takes to work. */
export interface IdentityDeps {
  readonly stores: IdentityStores
  readonly wrapper: KeyWrapper
  readonly keys: InstallationKeys
  readonly clock: Clock
  readonly random: RandomBytes
  readonly log: Logger
  readonly probeProvider: ProbeProvider
  /** `SLUICE_BOOTSTRAP_KEY`, checked, or null. */
  readonly bootstrapKey: string | null
  /** Provider keys found in the environment. */
  readonly environmentCredentials: readonly EnvironmentVariableCredential[]
  readonly allowPrivateUpstreams: boolean
  /** Whether what a first start makes is named as a demonstration. */
  readonly isDemo?: boolean
  /** What gateways are told of beside identity: the catalog and provider overrides. */
  loadOtherEntities(): Promise<readonly SnapshotEntity[]>
  /** What other domains store that gateways are told of one by one. */
  readonly entitySources?: readonly EntitySource[]
}

/** The domain's verbs with what they use filled in, what the start made, and the hub, loaded. */
export type Identity = Awaited<ReturnType<typeof openIdentity>>

/**
 * Opens the installation, makes what a first start makes, and loads the hub. The caller drives the hub's `poll`, `ping` and
 * `prune` with its own timers.
 * @throws MasterKeyError when the database was made with another master key
 */
export async function openIdentity(deps: IdentityDeps) {
  const { stores, clock, random, keys } = deps
  const installationId = await openInstallation({ store: stores.installation, wrapper: deps.wrapper, clock })
  const firstOwner = await establishFirstOwner({ ...deps, tenancy: stores.tenancy, apiKeys: stores.apiKeys })
  const environment = toEnvironmentCredentials({
    installationId,
    place: firstOwner.place,
    found: deps.environmentCredentials,
    readAt: new Date(clock.now()),
  })
  const vault = createCredentialVault({ store: stores.dataKeys, wrapper: deps.wrapper, clock, random })
  const hub = createHub(deps, { installationId, environment, vault })
  await hub.open()
  const changed = () => hub.wake()
  const limitDeps = { store: stores.organizationLimits, changed }
  const keyDeps = { store: stores.apiKeys, clock, random, changed }
  const authentication = { sessions: stores.sessions, apiKeys: stores.apiKeys, clock, sessionKey: keys.sessions }
  const sessionDeps = { store: stores.sessions, tenancy: stores.tenancy, clock, random, sessionKey: keys.sessions }
  const { allowPrivateUpstreams, probeProvider } = deps
  const operatorId = firstOwner.place.organization.id
  const shared = { clock, environment, allowPrivateUpstreams, operatorId, changed }
  const credentialDeps = { ...shared, store: stores.credentials, vault }
  return {
    installationId,
    firstOwner: firstOwner as FirstOwner,
    environmentCredentials: environment,
    hub,
    issueOwnerLink: () => issueOwnerLink(sessionDeps, firstOwner.ownerId),
    consumeOwnerLink: bind(consumeOwnerLink, sessionDeps),
    closeSession: bind(closeSession, stores.sessions),
    authenticateKey: bind(authenticateKey, authentication),
    authenticateSession: bind(authenticateSession, authentication),
    listApiKeys: bind(listApiKeys, keyDeps),
    getApiKey: bind(getApiKey, keyDeps),
    createApiKey: bind(createApiKey, keyDeps),
    updateApiKey: bind(updateApiKey, keyDeps),
    revokeApiKey: bind(revokeApiKey, keyDeps),
    readOrganizationLimits: bind(readOrganizationLimits, limitDeps),
    changeOrganizationLimits: bind(changeOrganizationLimits, limitDeps),
    listCredentials: bind(listCredentials, credentialDeps),
    createCredential: bind(createCredential, credentialDeps),
    deleteCredential: bind(deleteCredential, credentialDeps),
    useCredential: bind(useCredential, credentialDeps),
    usualCredential: bind(usualCredential, credentialDeps),
    testCredential: bind(testCredential, { ...credentialDeps, probeProvider }),
    /** Stops or lets on an organization's traffic. False when there is no such organization. */
    async setOrganizationDisabled(organizationId: string, disabled: boolean): Promise<boolean> {
      const found = await stores.tenancy.setDisabled(organizationId, disabled ? new Date(clock.now()) : null)
      changed()
      return found
    },
  }
}

/** A verb with its first argument, what it uses, filled in. */
const bind =
  <Deps, Arguments extends readonly unknown[], Result>(
    verb: (deps: Deps, ...rest: Arguments) => Result,
    deps: Deps,
  ): ((...rest: Arguments) => Result) =>
  (...rest) =>
    verb(deps, ...rest)

function createHub(
  { stores, keys, clock, random, log, loadOtherEntities, entitySources = [] }: IdentityDeps,
  parts: {
    readonly installationId: string
    readonly environment: ReturnType<typeof toEnvironmentCredentials>
    readonly vault: ReturnType<typeof createCredentialVault>
  },
): SnapshotHub {
  const seal = createSealer(keys.controlToken, random)
  const fromEnvironment = buildEnvironmentSnapshot(parts.environment, seal)
  return new SnapshotHub({
    changes: stores.changes,
    run: `${parts.installationId.slice(0, 8)}.${random(6).toString("hex")}`,
    now: clock.now,
    report: (error) => log.error({ error }, "the snapshot's changes could not be read"),
    moreKinds: entitySources.map((source) => source.kind),
    load: async (ids) => {
      const own = await buildSnapshot(
        {
          decrypt: (credential) => parts.vault.decrypt(credential),
          seal,
          report: (error, credentialId) => log.error({ error, credentialId }, "a credential cannot be decrypted"),
        },
        await stores.snapshot.load(ids),
      )
      const others: SnapshotEntity[] = []
      for (const source of entitySources) {
        if (!ids || ids.has(source.kind)) others.push(...(await source.load(ids?.get(source.kind))))
      }
      return [...own, ...others]
    },
    loadOthers: async () => [...fromEnvironment, ...(await loadOtherEntities())],
  })
}
