// Failures by their codes and not by their class: the client that calls are used with may be a bundle of its own.

/** What a failure says of itself; the code is empty for one that is not the client's. */
export const failureOf = (failure: unknown): { readonly code: string; readonly retryAfterMs: number | undefined } => {
  const { code, retryAfterMs } = (failure ?? {}) as { readonly code?: unknown; readonly retryAfterMs?: unknown }
  return { code: typeof code === 'string' ? code : '', retryAfterMs: typeof retryAfterMs === 'number' ? retryAfterMs : undefined }
}

/** Whether the line ended under a request, so that nobody knows whether it took effect. */
export const isUncertain = (failure: unknown): boolean =>
  ['CLIENT_OFFLINE', 'CLIENT_CLOSED', 'CLIENT_TIMEOUT'].includes(failureOf(failure).code)
