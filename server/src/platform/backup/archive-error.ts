/** Why a file is not an archive that can be used: one line for the person who named it. */
export class ArchiveError extends Error {}
