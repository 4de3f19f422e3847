/** Behavior of KMS that varies. Tests can change each answer at any time. */
export interface KmsSwitches {
  /**
   * After this time an alias that was created, changed or deleted counts in authorization by `kms:ResourceAliases`. "It might take up to five minutes before the
   * change is reflected", as the page "Use aliases to control access to KMS keys" says. Usually it takes seconds.
   */
  aliasDelayMs: number;
}

export const defaultKmsSwitches: KmsSwitches = { aliasDelayMs: 0 };
