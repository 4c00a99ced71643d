/** Which part of a file of background music is played (spec 6.1). */

export interface MusicSpan {
  readonly startMs?: number | undefined
  readonly endMs?: number | undefined
}

/**
 * Negative, or beyond the end: from the start; 0, negative or beyond the end, or not after the start: to the end.
 * @param durationMs 0 when the file does not tell it
 * @returns `endMs` is undefined for: to the end
 */
export const musicRange = (
  { startMs = 0, endMs = 0 }: MusicSpan,
  durationMs: number,
): { readonly startMs: number; readonly endMs: number | undefined } => {
  const known = durationMs > 0 ? durationMs : Number.POSITIVE_INFINITY
  const start = startMs > 0 && startMs < known ? startMs : 0
  return { startMs: start, endMs: endMs > start && endMs < known ? endMs : undefined }
}
