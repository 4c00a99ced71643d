/** What success, fail and complete get, from a reply of the box. */
import type { Answer } from '../client/box-client.js'
import type { Wx } from '../client/sockets.js'
import type { Callbacks, Failure, GeneralResult } from './methods.js'

export type Outcome =
  | { readonly ok: true; readonly result: GeneralResult & Readonly<Record<string, unknown>> }
  | { readonly ok: false; readonly error: Failure }

export const okMessage = 'operateLivePusher:ok'

export const failure = (errCode: number, reason: string): Outcome => ({
  ok: false,
  error: { errMsg: `operateLivePusher:fail ${reason}`, errCode },
})

export const outcomeOf = (reply: Answer): Outcome => {
  if (reply.ok) return { ok: true, result: { errMsg: okMessage, ...reply.result } }
  const { errMsg, errCode, problems } = reply
  return { ok: false, error: { errMsg, errCode, ...(problems ? { problems } : {}) } }
}

/** Where the box's pictures are. */
export interface Pictures {
  /** `http://192.168.1.20:8080` */
  readonly origin: string
  readonly headers: Readonly<Record<string, string>>
  readonly download: Wx['downloadFile']
}

const downloadFailed = -7

/** In a mini-program a picture is a file of its own; elsewhere its address will do. */
export const withPicture = (outcome: Outcome, { origin, headers, download }: Pictures): Promise<Outcome> => {
  if (!outcome.ok) return Promise.resolve(outcome)
  const { result } = outcome
  const url = `${origin}${result.tempImagePath}`
  const placed = (tempImagePath: string): Outcome => ({ ok: true, result: { ...result, tempImagePath } })
  if (download === undefined) return Promise.resolve(placed(url))
  return new Promise((resolve) => {
    download({
      url,
      header: headers,
      success: ({ tempFilePath, statusCode }) =>
        resolve(
          statusCode === 200
            ? placed(tempFilePath)
            : failure(downloadFailed, `the picture could not be loaded (${statusCode})`),
        ),
      fail: ({ errMsg }) => resolve(failure(downloadFailed, `the picture could not be loaded (${errMsg})`)),
    })
  })
}

/** Calls what there is to call, and what comes after it in any case. */
export const callBack = (outcome: Outcome, { success, fail, complete }: Callbacks): void => {
  if (outcome.ok) guarded(success, outcome.result)
  else guarded(fail, outcome.error)
  guarded(complete, outcome.ok ? outcome.result : outcome.error)
}

/** What a page throws is the page's: it is told as any uncaught error, and the others are called all the same. */
const guarded = <Value>(call: ((value: Value) => void) | undefined, value: Value): void => {
  if (typeof call !== 'function') return
  try {
    call(value)
  } catch (error) {
    setTimeout(() => {
      throw error
    }, 0)
  }
}
