/** `GET me`: who is asking, where they stand, and what this installation's addresses are. */
export interface MeBody {
  readonly user: { readonly id: string; readonly email: string; readonly name: string } | null
  readonly key: { readonly id: string; readonly name: string; readonly scopes: readonly string[] } | null
  readonly organization: { readonly id: string; readonly name: string }
  readonly workspace: { readonly id: string; readonly name: string }
  readonly project: { readonly id: string; readonly name: string }
  readonly permissions: readonly string[]
  readonly gateway_url: string
  /** True in a `sluice demo` installation. */
  readonly demo: boolean
  readonly version: string
}
