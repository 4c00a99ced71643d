import type { Problem } from './events.js'

/**
 * Why a command is refused. WeChat documents no numbers for methods; these are ours and stable. The last four are
 * status codes that are the reason at the same time.
 */
export const refusals = {
  notAllowed: { errCode: -1, meaning: 'not allowed in this state' },
  badInput: { errCode: -2, meaning: 'a bad option or attribute; the problems name it' },
  unknownMethod: { errCode: -3, meaning: 'unknown method' },
  unsupported: { errCode: -4, meaning: 'not supported on this device' },
  timedOut: { errCode: -5, meaning: 'timed out' },
  busy: { errCode: -6, meaning: 'busy with too many commands' },
  deviceFailure: { errCode: -7, meaning: 'a device failed' },
  mediaFailure: { errCode: -9, meaning: 'the media process failed; it is being replaced' },
  storageFailure: { errCode: -10, meaning: 'could not be stored; nothing was changed' },
  stopping: { errCode: -11, meaning: 'the box is shutting down' },
  internalFault: { errCode: -12, meaning: 'a fault of the box itself' },
  illegalUrl: { errCode: -1313, meaning: 'the push address is missing or illegal' },
  cameraForbidden: { errCode: 10001, meaning: 'use of the camera is forbidden' },
  micForbidden: { errCode: 10002, meaning: 'use of the microphone is forbidden' },
  musicFailed: { errCode: 10003, meaning: 'the background music could not be loaded' },
} as const satisfies Record<string, { readonly errCode: number; readonly meaning: string }>

export type Refusal = keyof typeof refusals

/** The failing half of a reply, without the method. */
export interface Refused {
  readonly ok: false
  readonly errCode: number
  readonly errMsg: string
  readonly problems?: readonly Problem[]
}

/** `errMsg` of a success. */
export const okMessage = 'operateLivePusher:ok'

/** `errMsg` of a failure. */
export function failMessage(reason: string): string {
  return `operateLivePusher:fail ${reason}`
}

/** A refusal with its number; the reason defaults to the meaning in the table. */
export function refuse(refusal: Refusal, reason?: string, problems?: readonly Problem[]): Refused {
  const { errCode, meaning } = refusals[refusal]
  const errMsg = failMessage(reason ?? meaning)
  return problems === undefined ? { ok: false, errCode, errMsg } : { ok: false, errCode, errMsg, problems }
}
