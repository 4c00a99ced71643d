/** A look → the fragment shader that shows it (GLSL ES 1.00, one pass). Numbers only, all our own. Pure. */
import {
  edgeStep,
  glow,
  type Look,
  mostSmooth,
  ownWeight,
  reachShare,
  skin,
  taps,
  whiteCurve,
  whiteEverywhere,
} from './looks.js'

/** Samples for each point. */
const tapCount = 32

const number = (value: number): string => {
  if (!Number.isFinite(value)) throw new Error('a look has only finite numbers')
  return Math.min(100, Math.max(-100, value)).toFixed(5)
}
const vector = (values: readonly number[]): string => `vec${values.length}(${values.map(number).join(', ')})`

/** One line: launch text and properties take it alike. */
export const lookShader = (look: Look): string =>
  [
    'precision highp float;',
    'varying vec2 v_texcoord; uniform sampler2D tex; uniform float width; uniform float height;',
    'const vec3 luma = vec3(0.299, 0.587, 0.114);',
    ...(look.smooth > 0 || look.white > 0 ? [skinFunction] : []),
    ...(look.smooth > 0 ? [tapFunction] : []),
    'void main() {',
    'vec3 here = texture2D(tex, v_texcoord).rgb; vec3 c = here; float s = 0.0;',
    ...(look.smooth > 0 ? [smoothing(look)] : look.white > 0 ? [skinAround] : []),
    ...(look.white > 0 ? [whitening(look.white)] : []),
    ...(look.grade ? [grading(look.grade)] : []),
    'gl_FragColor = vec4(clamp(c, 0.0, 1.0), 1.0);',
    '}',
  ].join(' ')

const skinFunction = [
  'float skin(vec3 c) {',
  'float y = dot(c, luma);',
  'vec2 d = vec2((c.b - y) * 0.564, (c.r - y) * 0.713);',
  'float l = length(d);',
  `float along = dot(d, ${vector(skin.direction)}) / max(l, 0.001);`,
  'float depth = l / max(y, 0.08);',
  `return smoothstep(${skin.along.map(number).join(', ')}, along)`,
  `* smoothstep(${number(skin.depth[0])}, ${number(skin.depth[1])}, depth)`,
  `* (1.0 - smoothstep(${number(skin.depth[2])}, ${number(skin.depth[3])}, depth))`,
  `* smoothstep(${skin.luma.map(number).join(', ')}, y);`,
  '}',
].join(' ')

/** Whether the surroundings are skin: noise on something that is almost skin must not make a pattern of it. */
const skinAround = [
  `vec2 reach = ${number(reachShare * 0.5)} * min(width, height) / vec2(width, height);`,
  'vec3 around = here * 2.0;',
  ...[
    [-1, 0],
    [1, 0],
    [0, -1],
    [0, 1],
    [-0.6, -0.6],
    [0.6, -0.6],
    [-0.6, 0.6],
    [0.6, 0.6],
  ].map((at) => `around += texture2D(tex, v_texcoord + ${vector(at)} * reach).rgb;`),
  's = skin(around * 0.1);',
].join(' ')

const tapFunction = [
  'vec4 tap(vec3 here, vec2 at, float weight) {',
  'vec3 c = texture2D(tex, v_texcoord + at).rgb;',
  'vec3 d = abs(c - here);',
  `float near = max(0.0, 1.0 - max(d.r, max(d.g, d.b)) / ${number(edgeStep)});`,
  'return vec4(c, 1.0) * (weight * near * near);',
  '}',
].join(' ')

const smoothing = ({ smooth, detail }: Look): string =>
  [
    `vec2 reach = ${number(reachShare)} * min(width, height) / vec2(width, height);`,
    `vec4 sum = vec4(here, 1.0) * ${number(ownWeight)};`,
    ...taps(tapCount).map(
      ({ x, y, weight }) => `sum += tap(here, ${vector([x, y])} * reach, ${number(weight)});`,
    ),
    'vec3 base = sum.rgb / sum.a;',
    's = skin(base);',
    `float mixed = s * ${number(smooth * mostSmooth)};`,
    `c = mix(here, base + (here - base) * ${number(detail)}, mixed);`,
    `c += c * (1.0 - c) * (mixed * ${number(glow * 2)});`,
  ].join(' ')

const whitening = (white: number): string => {
  const k = white * whiteCurve
  return [
    `vec3 lit = log(1.0 + c * ${number(k)}) / ${number(Math.log(1 + k))};`,
    `c = mix(c, lit, ${number(whiteEverywhere)} + ${number(1 - whiteEverywhere)} * s);`,
  ].join(' ')
}

const grading = ({ slope, offset, power, saturation }: NonNullable<Look['grade']>): string =>
  [
    `c = pow(clamp(c * ${vector(slope)} + ${vector(offset)}, 0.0, 1.0), ${vector(power)});`,
    `c = mix(vec3(dot(c, vec3(0.2126, 0.7152, 0.0722))), c, ${number(saturation)});`,
  ].join(' ')
