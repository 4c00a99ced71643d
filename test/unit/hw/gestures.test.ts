import test from 'ava'
import {
  atLevel,
  atTime,
  type ButtonMemory,
  firstSeen,
  type GestureRules,
  nextAt,
  type Outcome,
} from '../../../hw/buttons/gestures.js'

const times = { debounceMs: 20, holdMs: 700, doubleMs: 300, stuckMs: 30_000 }
const all: GestureRules = { ...times, hold: true, double: true }
const holding: GestureRules = { ...times, hold: true, double: false }
const simple: GestureRules = { ...times, hold: false, double: false }

interface Story {
  /** `[ms, down]`: levels as they are reported */
  readonly levels: readonly (readonly [number, boolean])[]
  readonly untilMs: number
  readonly rules?: GestureRules
  /** what is known first, at 0 */
  readonly first?: boolean
}

/** Everything that came of it as `kind@ms`; time passes as the recogniser asks for it. */
const told = ({ levels, untilMs, rules = all, first = false }: Story): string[] => {
  let memory: ButtonMemory = firstSeen(first, 0)
  const outcomes: Outcome[] = []
  const take = ([next, more]: readonly [ButtonMemory, readonly Outcome[]]): void => {
    memory = next
    outcomes.push(...more)
  }
  const pass = (toMs: number): void => {
    for (let at = nextAt(memory, rules); at !== undefined && at <= toMs; at = nextAt(memory, rules))
      take(atTime(memory, at, rules))
  }
  for (const [atMs, down] of levels) {
    pass(atMs)
    take(atLevel(memory, down, atMs, rules))
  }
  pass(untilMs)
  return outcomes.map(({ kind, atMs }) => `${kind}@${atMs}`)
}

const tap = (atMs: number, forMs = 80): (readonly [number, boolean])[] => [
  [atMs, true],
  [atMs + forMs, false],
]

for (const [title, story, expected] of [
  [
    'a button with nothing but press tells it at once',
    { levels: tap(100), untilMs: 2000, rules: simple },
    ['press@100'],
  ],
  [
    'a button that may be held tells a press at the release',
    { levels: tap(100), untilMs: 2000, rules: holding },
    ['press@180'],
  ],
  [
    'a hold is told while the button is down, and its release is nothing',
    { levels: tap(100, 900), untilMs: 3000 },
    ['hold@800'],
  ],
  ['a press that could become a double waits for it', { levels: tap(100), untilMs: 2000 }, ['press@480']],
  [
    'two presses in time are one double, told at the second',
    { levels: [...tap(100), ...tap(300)], untilMs: 2000 },
    ['double@300'],
  ],
  [
    'two presses with too long a pause are two presses',
    { levels: [...tap(100), ...tap(500)], untilMs: 2000 },
    ['press@480', 'press@880'],
  ],
  [
    'two quick presses of a button without double are two presses',
    { levels: [...tap(100), ...tap(250)], untilMs: 2000, rules: holding },
    ['press@180', 'press@330'],
  ],
  [
    'the second press of a double may be held: that is nothing more',
    { levels: [...tap(100), ...tap(300, 2000)], untilMs: 4000 },
    ['double@300'],
  ],
  [
    'contact bounce at both ends is one press',
    {
      levels: [
        [100, true],
        [103, false],
        [105, true],
        [111, false],
        [112, true],
        [200, false],
        [204, true],
        [209, false],
      ],
      untilMs: 2000,
      rules: holding,
    },
    ['press@209'],
  ],
  ['a spike is no press', { levels: tap(100, 3), untilMs: 2000, rules: simple }, []],
  [
    'a release just before the hold time is a press, however late it is known',
    { levels: tap(100, 695), untilMs: 2000, rules: holding },
    ['press@795'],
  ],
  [
    'bounce across the hold time does not end a hold',
    {
      levels: [
        [0, true],
        [690, false],
        [702, true],
        [1000, false],
      ],
      untilMs: 2000,
      rules: holding,
    },
    ['hold@700'],
  ],
  [
    'a stuck button is told once, and works again after it was released',
    { levels: [[100, true], [45_000, false], ...tap(46_000)], untilMs: 50_000, rules: simple },
    ['press@100', 'stuck@30100', 'press@46000'],
  ],
  [
    'a stuck button that may be held is a hold first',
    { levels: [[0, true]], untilMs: 100_000 },
    ['hold@700', 'stuck@30000'],
  ],
  [
    'a button that is down at the start and released soon was pressed during the start',
    { levels: [[200, false]], untilMs: 2000, rules: simple, first: true },
    ['press@200'],
  ],
  [
    'a button that is down at the start for long does nothing but be stuck',
    { levels: [[40_000, false]], untilMs: 50_000, first: true },
    ['stuck@30000'],
  ],
  [
    'the level check finds a lost edge',
    {
      levels: [
        [1000, false],
        [2000, true],
        [3000, true],
        [4000, false],
      ],
      untilMs: 6000,
      rules: simple,
    },
    ['press@2000'],
  ],
  [
    'levels that are reported twice or late change nothing',
    {
      levels: [
        [100, true],
        [100, true],
        [150, true],
        [180, false],
        [90, false],
      ],
      untilMs: 2000,
      rules: holding,
    },
    ['press@180'],
  ],
] as const satisfies readonly (readonly [string, Story, readonly string[]])[])
  test(title, (t) => {
    t.deepEqual(told(story), [...expected])
  })

test('a press that is read late, after its time, is what it was', (t) => {
  let memory = firstSeen(false, 0)
  memory = atLevel(memory, true, 1000, holding)[0]
  // The process slept: press and release are read together, and long after the hold time.
  const [next, outcomes] = atLevel(memory, false, 1080, holding)
  t.deepEqual(outcomes, [])
  t.deepEqual(atTime(next, 5000, holding)[1], [{ kind: 'press', atMs: 1080 }])
})

test('a button that nobody touches asks for no time', (t) => {
  t.is(nextAt(firstSeen(false, 0), all), undefined)
})
