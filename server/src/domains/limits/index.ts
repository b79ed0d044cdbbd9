/** The door of the limits domain: who may use how much of a limit that several gateway processes share. */
export { LeaseAuthority } from "./lease-authority.ts"
